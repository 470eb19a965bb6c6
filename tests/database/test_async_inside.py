"""Attributes kept inside a map behave as attributes of their own; `test_inside.py` is generated from this file."""

from __future__ import annotations

from typing import Any

import pytest

from dynalayer import (
    AsyncDatabase,
    BoundPassed,
    Check,
    ConditionFailed,
    InvalidValue,
    ItemNotFound,
    ItemTooLarge,
    NotUnique,
    OutcomeUnknown,
    Put,
    RetryPolicy,
    StaleRevision,
    TransactionCanceled,
    Update,
    ValidationError,
    scan,
)
from dynalayer.statements import Raw
from dynalayer.testing import AsyncFaults

from .agency import Author, Note, Plan, Profile, Review, agency
from .conftest import NOW, Clock

pytestmark = pytest.mark.anyio

KEY = Review.key("ada", "1")


def review(identifier: str = "1", **values: Any) -> Review:
    return Review(agent="ada", id=identifier, author=Author("Bo"), **values)


async def stored(db: AsyncDatabase, key: Any) -> dict[str, Any]:
    answer = await db.run(Raw("GetItem", {"TableName": agency.name, "Key": key.wire, "ConsistentRead": True}))
    found: dict[str, Any] = answer["Item"]
    return found


async def leave(db: AsyncDatabase, key: Any, **attributes: Any) -> None:
    """Another program leaves an item with nothing but these attributes."""
    await db.run(Raw("PutItem", {"TableName": agency.name, "Item": {**key.wire, **attributes}}))


async def test_an_item_is_written_into_the_map_and_read_out_of_it(async_agency: AsyncDatabase) -> None:
    await async_agency.create(review(rating=4, words=["a"], date="2026-01-02"))
    item = await stored(async_agency, KEY)
    assert item["Data"]["M"]["rating"] == {"N": "4"}
    assert (item["GSI1PK"], item["GSI1SK"]) == ({"S": "REVIEW#ada"}, {"S": "DATE#2026-01-02"})
    assert await async_agency.get(KEY) == review(rating=4, words=["a"], date="2026-01-02")


async def test_an_update_changes_what_it_names_and_nothing_else_in_the_map(async_agency: AsyncDatabase) -> None:
    await async_agency.create(review(comment="kept", words=["a"]))
    updated = await async_agency.update(
        KEY,
        Review.rating.set(2),
        Review.helpful.add(1),
        Review.words.append("b"),
        Review.author.at(lambda a: a.url).set("https://bo.example"),
        Review.author.at(lambda a: a.likes).add(3),
        if_=(Review.rating == 0) & Review.author.at(lambda a: a.url).missing(),
    )
    author = Author("Bo", "https://bo.example", 3)
    assert updated == Review(agent="ada", id="1", author=author, rating=2, comment="kept", words=["a", "b"], helpful=1)
    assert await async_agency.get(KEY) == updated


async def test_attributes_are_removed_from_the_map(async_agency: AsyncDatabase) -> None:
    await async_agency.create(review(comment="x", words=["a", "b"]))
    await async_agency.update(KEY, Review.comment.remove(), Review.words.at(lambda w: w[0]).remove())
    assert (await async_agency.update(KEY, Review.helpful.add(1))).words == ["b"]
    assert "comment" not in (await stored(async_agency, KEY))["Data"]["M"]


async def test_a_condition_that_fails_gives_the_item_back(async_agency: AsyncDatabase) -> None:
    await async_agency.create(review(rating=3))
    with pytest.raises(ConditionFailed, match="meets the condition"):
        await async_agency.update(KEY, Review.rating.set(5), if_=Review.rating > 3)
    with pytest.raises(BoundPassed, match=r"Review\.helpful"):
        await async_agency.update(KEY, Review.helpful.add(9, ceiling=5))
    with pytest.raises(ItemNotFound):
        await async_agency.update(Review.key("ada", "2"), Review.comment.set("x"))
    assert await async_agency.delete(KEY, if_=Review.rating == 3) == review(rating=3)


async def test_a_bound_holds_in_the_map(async_agency: AsyncDatabase) -> None:
    await async_agency.create(Plan(user="u"))
    await async_agency.update(Plan.key("u"), Plan.count.add(5, ceiling=5))
    with pytest.raises(BoundPassed, match=r"Plan\.count would pass its ceiling of 5"):
        await async_agency.update(Plan.key("u"), Plan.count.add(1, ceiling=5))


async def test_index_keys_follow_what_is_in_the_map(async_agency: AsyncDatabase) -> None:
    for number in (1, 2, 3):
        await async_agency.create(review(str(number), rating=number, date=f"2026-01-0{number}"))
    await async_agency.update(KEY, Review.date.set("2026-02-01"), Review.rating.set(3))
    newest = [each.id async for each in async_agency.query(Review.newest("ada").descending().limit(2))]
    assert newest == ["1", "3"]
    three = Review.by_rating(3).expired().select(Review.id, Review.rating)
    assert [row async for row in async_agency.query(three)] == [("1", 3), ("3", 3)]
    await async_agency.update(KEY, Review.date.remove())
    assert [each.id async for each in async_agency.query(Review.newest("ada"))] == ["2", "3"]


async def test_filters_and_selections_name_what_is_in_the_map(async_agency: AsyncDatabase) -> None:
    await async_agency.create(review("1", rating=1, words=["x"]))
    await async_agency.create(review("2", rating=5, comment="good"))
    good = Review.key.partition("ada").where((Review.rating > 3) & (Review.author.at(lambda a: a.name) == "Bo"))
    assert [each.id async for each in async_agency.query(good)] == ["2"]
    rows = Review.key.partition("ada").select(Review.rating, Review.author.at(lambda a: a.name), Review.comment)
    assert [row async for row in async_agency.query(rows)] == [(1, "Bo", None), (5, "Bo", "good")]
    assert await async_agency.get(KEY.select(Review.words, Review.helpful)) == (["x"], 0)
    assert [row async for row in async_agency.scan(scan(Review).where(Review.rating < 3).select(Review.id))] == [("1",)]
    carried = Review.by_id("2").expired().select(Review.comment, Review.author)
    assert [row async for row in async_agency.query(carried)] == [("good", Author("Bo"))]
    assert await async_agency.count(Review.key.partition("ada").where(Review.rating == 5)) == 1


async def test_an_upsert_makes_the_item_with_its_map_and_index_keys(async_agency: AsyncDatabase) -> None:
    changes = (Review.author.set(Author("Bo")), Review.rating.set(3), Review.words.append("a"), Review.helpful.add(2))
    made = await async_agency.update(KEY, *changes, Review.date.set("2026-01-01"), upsert=True)
    assert made == review(rating=3, words=["a"], helpful=2, date="2026-01-01")
    item = await stored(async_agency, KEY)
    assert item == await stored_by_a_put(async_agency, made)
    again = await async_agency.update(KEY, *changes, upsert=True)
    assert (again.words, again.helpful, again.date) == (["a", "a"], 4, "2026-01-01")


async def stored_by_a_put(db: AsyncDatabase, entity: Any) -> dict[str, Any]:
    await db.put(entity)
    return await stored(db, entity.key)


async def test_an_upsert_with_a_condition_holds_it_against_what_is_there(async_agency: AsyncDatabase) -> None:
    changes = (Review.author.set(Author("Bo")), Review.rating.set(3))
    with pytest.raises(ConditionFailed):
        await async_agency.update(KEY, *changes, if_=Review.helpful == 1, upsert=True)
    await async_agency.update(KEY, *changes, if_=Review.rating.missing() | (Review.rating < 3), upsert=True)
    with pytest.raises(ConditionFailed):
        await async_agency.update(KEY, *changes, if_=Review.rating.missing() | (Review.rating < 3), upsert=True)


async def test_an_update_makes_the_map_of_an_item_that_lacks_it(async_agency: AsyncDatabase) -> None:
    key = Plan.key("u")
    await leave(async_agency, key, user={"S": "u"}, foreign={"S": "kept"})
    plan = await async_agency.update(key, Plan.steps.append("a"), Plan.count.add(2), Plan.title.remove())
    assert (plan.user, plan.steps, plan.count, plan.title, plan.revision) == ("u", ["a"], 2, "-", 1)
    plan = await async_agency.update(plan, Plan.steps.append("b"))
    assert (plan.steps, plan.revision) == (["a", "b"], 2)
    assert (await stored(async_agency, key))["foreign"] == {"S": "kept"}


async def test_what_builds_on_a_map_that_is_not_there_is_refused(async_agency: AsyncDatabase) -> None:
    await leave(async_agency, KEY)
    with pytest.raises(ValidationError, match=r"no map 'Data' yet, and this builds on .*Review\.author\.name"):
        await async_agency.update(KEY, Review.author.at(lambda a: a.name).set("x"))


async def test_an_item_whose_map_is_none_is_told(async_agency: AsyncDatabase) -> None:
    await leave(async_agency, KEY, Data={"S": "{}"})
    with pytest.raises(ValidationError, match="a 'Data' that is no map"):
        await async_agency.update(KEY, Review.rating.set(1))
    with pytest.raises(InvalidValue, match="'Data', which should be the map of its others, is of type S"):
        await async_agency.get(KEY)


async def test_moments_and_revisions_are_kept_beside_the_map_and_in_it(
    async_agency: AsyncDatabase, clock: Clock
) -> None:
    plan = Plan(user="u", steps=["a"])
    await async_agency.create(plan)
    clock.advance(1)
    changed = await async_agency.update(plan, Plan.steps.append("b"))
    assert (changed.created, changed.updated, changed.revision) == (NOW * 1000, NOW * 1000 + 1000, 2)
    with pytest.raises(StaleRevision, match="has revision 2, this instance has 1"):
        await async_agency.put(plan)
    item = await stored(async_agency, changed.key)
    assert (item["CreatedAt"]["N"], item["Data"]["M"]["revision"]) == (str(int(NOW * 1000)), {"N": "2"})


async def test_a_value_in_the_map_is_unique(async_agency: AsyncDatabase) -> None:
    await async_agency.create(Profile(user="1", email="a@x"))
    with pytest.raises(NotUnique):
        await async_agency.create(Profile(user="2", email="a@x"))
    await async_agency.update(Profile.key("1"), Profile.email.set("b@x"))
    await async_agency.update(Profile.key("2"), Profile.email.set("a@x"), upsert=True)
    holder = await async_agency.get_by(Profile, Profile.email, "a@x")
    assert holder == Profile(user="2", email="a@x")


async def test_transactions_write_into_maps_that_are_there_and_that_are_not(async_agency: AsyncDatabase) -> None:
    await async_agency.create(review("1", rating=1))
    made = Update(Review.key("ada", "2"), (Review.author.set(Author("New")), Review.rating.set(2)), upsert=True)
    await async_agency.transact(Update(KEY, (Review.rating.set(5),), Review.rating == 1), made, Put(Plan(user="u")))
    assert [each.rating async for each in async_agency.query(Review.key.partition("ada"))] == [5, 2]
    with pytest.raises(TransactionCanceled):
        await async_agency.transact(made, Check(KEY, Review.rating == 1))
    await async_agency.transact(made, Check(KEY, Review.rating == 5))


async def test_a_batch_writes_and_reads_maps(async_agency: AsyncDatabase) -> None:
    await async_agency.batch_write(put=[review("1", rating=1), review("2")])
    found = await async_agency.batch_get([KEY, Review.key("ada", "2")])
    assert [each and each.rating for each in found] == [1, 0]


async def test_an_item_of_an_older_version_moves_into_the_map(async_agency: AsyncDatabase) -> None:
    key = Note.key("n")
    await leave(async_agency, key, EntityType={"S": "Note"}, id={"S": "n"}, text={"S": "old"}, other={"S": "x"})
    found = await async_agency.get(key)
    assert found is not None
    assert found.text == "old"
    note = await async_agency.update(key, Note.stars.add(1))
    assert (note.text, note.stars) == ("old", 1)
    item = await stored(async_agency, key)
    assert item["Data"] == {"M": {"id": {"S": "n"}, "text": {"S": "old"}, "stars": {"N": "1"}}}
    assert (item["other"], "text" in item) == ({"S": "x"}, False)


async def test_expired_items_are_hidden(async_agency: AsyncDatabase, clock: Clock) -> None:
    await async_agency.create(review(expires=int(NOW) + 10))
    clock.advance(11)
    assert await async_agency.get(KEY) is None
    with pytest.raises(ItemNotFound):
        await async_agency.update(KEY, Review.rating.set(1))
    await async_agency.create(review(rating=2))


async def test_an_item_that_is_too_large_is_told_with_its_largest_attribute(async_agency: AsyncDatabase) -> None:
    with pytest.raises(ItemTooLarge, match=r"its largest attribute is 'Data\.comment' with 409,607"):
        await async_agency.put(review(comment="x" * 409_600))


# Writes without an answer


@pytest.fixture
def agency_faults(async_agency: AsyncDatabase) -> AsyncFaults:
    return AsyncFaults(async_agency.connection)


@pytest.fixture
def quiet(agency_faults: AsyncFaults, clock: Clock) -> AsyncDatabase:
    return AsyncDatabase(agency_faults, clock=clock, retry=RetryPolicy(base=0.0))


SETS = (Review.author.set(Author("Bo")), Review.rating.set(3))


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("after_commit", [True, False])
@pytest.mark.parametrize("makes_map", [True, False])
async def test_an_upsert_that_sets_is_made_although_answers_are_lost(
    quiet: AsyncDatabase, agency_faults: AsyncFaults, makes_map: bool, after_commit: bool, times: int
) -> None:
    for _ in ("a new item", "one that is there"):
        agency_faults.time_out(operation="UpdateItem", after_commit=after_commit, times=times)
        assert await quiet.run(Update(KEY, SETS, upsert=True, makes_map=makes_map)) == review(rating=3)


async def test_a_conditional_upsert_that_was_made_without_an_answer_is_told_as_unknown(
    quiet: AsyncDatabase, agency_faults: AsyncFaults
) -> None:
    agency_faults.time_out(operation="UpdateItem", after_commit=True)
    with pytest.raises(OutcomeUnknown):
        await quiet.run(Update(KEY, SETS, Review.rating.missing(), upsert=True, makes_map=True))
    assert await quiet.get(KEY) == review(rating=3)


async def test_an_upsert_that_adds_counts_once_as_a_transaction(
    quiet: AsyncDatabase, agency_faults: AsyncFaults
) -> None:
    once = quiet.with_(exactly_once=True)
    for count in (1, 2):
        agency_faults.time_out(operation="TransactWriteItems", after_commit=True)
        made = await once.update(KEY, *SETS, Review.words.append("x"), upsert=True)
        assert made.words == ["x"] * count
