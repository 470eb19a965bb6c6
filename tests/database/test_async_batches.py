"""What batches and reads of one moment do, on every engine; `test_batches.py` is generated from this file."""

from __future__ import annotations

import pytest

from dynalayer import (
    AccessDenied,
    AsyncDatabase,
    BatchIncomplete,
    CancellationReason,
    DeadlineExceeded,
    InvalidValue,
    ItemTooLarge,
    ResourceNotFound,
    RetryPolicy,
    Throttled,
    TransactionCanceled,
)
from dynalayer.testing import AsyncFaults

from .conftest import NOW, Clock
from .library import Book, Loan, Reader, shelves

pytestmark = pytest.mark.anyio


async def async_wait(seconds: float) -> None:
    """Nothing is waited for."""


def patient(faults: AsyncFaults, clock: Clock) -> AsyncDatabase:
    return AsyncDatabase(faults, clock=clock, retry=RetryPolicy(base=1.0), sleep=async_wait)


def books(count: int) -> list[Book]:
    return [Book(shelf="a", place=n) for n in range(count)]


async def test_a_batch_read_tells_of_each_key_what_became_of_it(adb: AsyncDatabase) -> None:
    await adb.batch_write(put=[Reader(id="ada"), Loan(reader="ada", id="1"), Book(shelf="a", place=1)])
    await adb.put(Book(shelf="a", place=2, expires=int(NOW) - 1))
    reader, loan, book, gone = Reader.key("ada"), Loan.key("ada", "1"), Book.key("a", 1), Book.key("a", 2)
    found = await adb.batch_read([reader, loan, book, gone, loan])
    person = found[reader]
    assert person is not None
    assert person.id == "ada"
    assert found[loan] == Loan(reader="ada", id="1")
    assert found.missing == (gone,)
    assert found[gone] is None
    assert list(found.done) == [reader, loan, book]
    assert [type(item).__name__ for item in found.items] == ["Reader", "Loan", "Book", "NoneType", "Loan"]
    with pytest.raises(KeyError, match="was not asked for"):
        found[Reader.key("bob")]


async def test_a_batch_of_many_chunks_keeps_its_order(adb: AsyncDatabase) -> None:
    written = await adb.batch_write(put=books(530))
    assert (len(written.done), written.undone) == (530, ())
    found = await adb.batch_get([Book.key("a", n) for n in range(529, -1, -1)])
    assert [book and book.place for book in found] == list(range(529, -1, -1))
    assert await adb.count(Book.key.partition("a")) == 530


async def test_a_batch_over_16_mb_is_cut_by_size(adb: AsyncDatabase, clock: Clock) -> None:
    faults = AsyncFaults(adb.connection)
    db = patient(faults, clock)
    # Each character takes six in the request.
    large = [Book(shelf="a", place=n, title="\x01" * 180_000) for n in range(20)]
    await db.batch_write(put=large)
    assert [len(call.request["RequestItems"][shelves.name]) for call in faults.calls] == [10, 10]
    found = await db.batch_get([Book.key("a", n) for n in range(20)])
    assert [book and len(book.title) for book in found] == [180_000] * 20


async def test_an_item_that_is_too_large_is_refused_before_any_is_written(adb: AsyncDatabase) -> None:
    with pytest.raises(ItemTooLarge):
        await adb.batch_write(put=[*books(200), Book(shelf="b", place=1, title="x" * 500_000)])
    assert await adb.count(Book.key.partition("a")) == 0


async def test_what_is_left_over_is_tried_again_and_then_told(adb: AsyncDatabase, clock: Clock) -> None:
    faults = AsyncFaults(adb.connection)
    db = patient(faults, clock)
    faults.leave_undone(20, times=3)
    assert (await db.batch_write(put=books(25))).undone == ()
    keys = [Book.key("a", n) for n in range(25)]
    faults.leave_undone(24, times=30)
    found = await db.batch_read(keys, partial=True)
    assert (len(found.done), len(found.undone), found.missing) == (4, 21, ())
    assert {type(reason) for reason in found.undone.values()} <= {Throttled, *Throttled.__subclasses__()}
    with pytest.raises(BatchIncomplete, match="21 items of the batch were not read after 4 attempts"):
        found.checked()
    with pytest.raises(BatchIncomplete):
        found[next(iter(found.undone))]


async def test_one_chunk_that_fails_does_not_hide_what_the_others_did(adb: AsyncDatabase, clock: Clock) -> None:
    faults = AsyncFaults(adb.connection)
    db = patient(faults, clock)
    faults.fail(AccessDenied("not yours"), operation="BatchWriteItem")
    with pytest.raises(BatchIncomplete, match=r"25 items of the batch were not written .*not yours") as caught:
        await db.batch_write(put=books(75))
    result = caught.value.result
    assert (len(result.done), len(result.undone)) == (50, 25)
    assert {type(left.reason) for left in result.undone} == {AccessDenied}
    assert await adb.count(Book.key.partition("a")) == 50
    assert not {each.place for each in result.done} & {each.place for each in caught.value.undone}


async def test_a_batch_of_which_nothing_was_done_raises_the_reason_itself(adb: AsyncDatabase, clock: Clock) -> None:
    faults = AsyncFaults(adb.connection)
    db = patient(faults, clock)
    faults.fail(ResourceNotFound("no such table"), times=2)
    with pytest.raises(ResourceNotFound):
        await db.batch_write(put=books(3))
    with pytest.raises(ResourceNotFound):
        await db.batch_get([Book.key("a", 1)])


async def test_a_deadline_that_ends_a_batch_does_not_hide_what_was_done(adb: AsyncDatabase, clock: Clock) -> None:
    faults = AsyncFaults(adb.connection)
    db = patient(faults, clock).with_(deadline=0.1, retry=RetryPolicy(base=1.0, random=lambda: 1.0))
    faults.leave_undone(20, times=9)
    with pytest.raises(BatchIncomplete) as caught:
        await db.batch_write(put=books(25))
    assert {type(left.reason) for left in caught.value.result.undone} == {DeadlineExceeded}
    assert (len(caught.value.result.done), len(caught.value.undone)) == (5, 20)
    assert await adb.count(Book.key.partition("a")) == 5
    with pytest.raises(BatchIncomplete) as caught:
        await db.batch_get([Book.key("a", n) for n in range(25)])
    assert (len(caught.value.result.done), len(caught.value.undone)) == (5, 20)


async def test_an_empty_batch_does_nothing(adb: AsyncDatabase, clock: Clock) -> None:
    faults = AsyncFaults(adb.connection)
    db = patient(faults, clock)
    assert await db.batch_get([]) == []
    assert (await db.batch_write()).done == ()
    assert faults.calls == []


async def test_items_are_read_at_one_moment_each_by_its_own_type(adb: AsyncDatabase) -> None:
    await adb.batch_write(put=[Reader(id="ada", name="Ada"), Loan(reader="ada", id="1", lines=3)])
    await adb.put(Book(shelf="a", place=1, expires=int(NOW) - 1))
    reader, none, loan, again, gone = await adb.transact_get(
        Reader.key("ada"), Loan.key("ada", "2"), Loan.key("ada", "1"), Reader.key("ada"), Book.key("a", 1)
    )
    assert reader is not None
    assert loan is not None
    assert (reader.name, none, loan.lines, again, gone) == ("Ada", None, 3, reader, None)
    many = await adb.transact_get(*[Loan.key("ada", f"{n}") for n in range(10)])
    assert [n for n, each in enumerate(many) if each] == [1]
    with pytest.raises(InvalidValue, match="reads 1 to 100 items, got 101"):
        await adb.transact_get(*[Loan.key("ada", f"{n}") for n in range(101)])


async def test_a_read_that_meets_a_writer_is_made_again(adb: AsyncDatabase, clock: Clock) -> None:
    faults = AsyncFaults(adb.connection)
    db = patient(faults, clock)
    await db.put(Reader(id="ada"))
    reasons = [CancellationReason("None"), CancellationReason("TransactionConflict", "busy")]
    faults.fail(TransactionCanceled(reasons=reasons), operation="TransactGetItems", times=2)
    assert (await db.transact_get(Reader.key("ada"), Reader.key("bob")))[0] is not None
    faults.fail(TransactionCanceled(reasons=reasons), operation="TransactGetItems", times=4)
    with pytest.raises(TransactionCanceled, match=r"not read together; Reader in library\S*: busy"):
        await db.transact_get(Reader.key("ada"), Reader.key("bob"))
