"""What item collections do, on every engine; `test_collections.py` is generated from this file."""

from __future__ import annotations

import pytest

from dynalayer import AsyncDatabase, InvalidValue, UnknownItem, collection
from dynalayer.statements import Raw

from .conftest import NOW
from .library import Book, Loan, Reader, Visit, library

pytestmark = pytest.mark.anyio

LOANS, PROFILE, VISITS = Loan.key.partition("ada"), Reader.key.partition("ada"), Visit.key.partition("ada")


async def fill(db: AsyncDatabase) -> None:
    """Six loans, one of them expired, a profile, two visits, an item of no entity between them; and another reader."""
    loans = [Loan(reader="ada", id=f"{n}", day="mon", expires=1 if n == 3 else None) for n in range(6)]
    visits = [Visit(reader="ada", at=f"{n}") for n in range(2)]
    await db.batch_write(put=[*loans, *visits, Reader(id="ada", day="mon"), Reader(id="bob", day="mon")])
    other = {"PK": {"S": "READER#ada"}, "SK": {"S": "NOTE#1"}}
    await db.run(Raw("PutItem", {"TableName": library.name, "Item": other}))


def told(item: Reader | Loan | Visit | UnknownItem) -> str:
    match item:
        case Reader():
            return "profile"
        case Loan():
            return f"loan {item.id}"
        case Visit():
            return f"visit {item.at}"
        case UnknownItem():
            return item.item["SK"]["S"]


async def test_a_collection_gives_several_entities_in_the_order_of_their_keys(adb: AsyncDatabase) -> None:
    await fill(adb)
    found = [told(item) async for item in adb.query(collection(PROFILE, LOANS))]
    assert found == ["loan 0", "loan 1", "loan 2", "loan 4", "loan 5", "profile"]
    back = [told(item) async for item in adb.query(collection(VISITS, PROFILE, LOANS).descending().limit(4))]
    assert back == ["visit 1", "visit 0", "profile", "loan 5"]
    assert len([item async for item in adb.query(collection(PROFILE, LOANS).expired().consistent())]) == 7


async def test_each_part_of_a_collection_may_have_a_range_of_its_own(adb: AsyncDatabase) -> None:
    await fill(adb)
    parts = collection(LOANS.at_least("4"), VISITS.before("1"))
    assert [told(item) async for item in adb.query(parts)] == ["loan 4", "loan 5", "visit 0"]
    assert [told(item) async for item in adb.query(collection(LOANS.equals("1"), PROFILE))] == ["loan 1", "profile"]


async def test_items_of_other_kinds_are_skipped_or_given_as_they_are(adb: AsyncDatabase) -> None:
    await fill(adb)
    asked = collection(LOANS.at_least("5"), VISITS)
    assert [told(item) async for item in adb.query(asked)] == ["loan 5", "visit 0", "visit 1"]
    found = [told(item) async for item in adb.query(asked.unknown())]
    assert found == ["loan 5", "NOTE#1", "PROFILE", "visit 0", "visit 1"]


async def test_a_collection_is_read_by_an_index_as_well(adb: AsyncDatabase) -> None:
    await fill(adb)
    found = [told(item) async for item in adb.query(collection(Loan.by_day("mon"), Reader.by_day("mon")))]
    assert found == ["loan 0", "loan 1", "loan 2", "loan 4", "loan 5", "profile", "profile"]


async def test_a_collection_is_counted_and_read_by_pages(adb: AsyncDatabase) -> None:
    await fill(adb)
    asked = collection(VISITS, PROFILE, LOANS)
    assert await adb.count(asked) == 8
    assert await adb.count(asked.limit(3)) == 3
    assert await adb.count(asked.unknown()) == 9
    for size in (1, 2, 3, 20):
        found, cursor = [], None
        while True:
            page = await adb.page(asked, size=size, after=cursor)
            found += [told(item) for item in page.items]
            if (cursor := page.cursor) is None:
                break
        assert found == ["loan 0", "loan 1", "loan 2", "loan 4", "loan 5", "profile", "visit 0", "visit 1"]
    first = await adb.page(asked, size=2)
    with pytest.raises(InvalidValue, match="of another query"):
        await adb.page(asked.descending(), after=first.cursor)


async def test_a_collection_that_is_not_one_query_is_refused() -> None:
    assert NOW
    with pytest.raises(InvalidValue, match="different partitions"):
        collection(LOANS, Reader.key.partition("bob"))
    with pytest.raises(InvalidValue, match="not read by one table and index"):
        collection(LOANS, Book.key.partition("a"))
    with pytest.raises(InvalidValue, match="not read by one table and index"):
        collection(LOANS, Reader.by_day("mon"))
    with pytest.raises(InvalidValue, match="Loan has a filter"):
        collection(LOANS.where(Loan.lines > 1), PROFILE)
    with pytest.raises(InvalidValue, match="say limit, descending"):
        collection(LOANS.limit(1), PROFILE)
