"""Generated from `test_async_inside.py` by `scripts/generate_sync.py`; change that file."""

from __future__ import annotations

from typing import Any

import pytest

from dynalayer import (
    BoundPassed,
    Check,
    ConditionFailed,
    Database,
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
from dynalayer.testing import Faults

from .agency import Author, Note, Plan, Profile, Review, agency
from .conftest import NOW, Clock

KEY = Review.key("ada", "1")


def review(identifier: str = "1", **values: Any) -> Review:
    return Review(agent="ada", id=identifier, author=Author("Bo"), **values)


def stored(db: Database, key: Any) -> dict[str, Any]:
    answer = db.run(Raw("GetItem", {"TableName": agency.name, "Key": key.wire, "ConsistentRead": True}))
    found: dict[str, Any] = answer["Item"]
    return found


def leave(db: Database, key: Any, **attributes: Any) -> None:
    """Another program leaves an item with nothing but these attributes."""
    db.run(Raw("PutItem", {"TableName": agency.name, "Item": {**key.wire, **attributes}}))


def test_an_item_is_written_into_the_map_and_read_out_of_it(sync_agency: Database) -> None:
    sync_agency.create(review(rating=4, words=["a"], date="2026-01-02"))
    item = stored(sync_agency, KEY)
    assert item["Data"]["M"]["rating"] == {"N": "4"}
    assert (item["GSI1PK"], item["GSI1SK"]) == ({"S": "REVIEW#ada"}, {"S": "DATE#2026-01-02"})
    assert sync_agency.get(KEY) == review(rating=4, words=["a"], date="2026-01-02")


def test_an_update_changes_what_it_names_and_nothing_else_in_the_map(sync_agency: Database) -> None:
    sync_agency.create(review(comment="kept", words=["a"]))
    updated = sync_agency.update(
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
    assert sync_agency.get(KEY) == updated


def test_attributes_are_removed_from_the_map(sync_agency: Database) -> None:
    sync_agency.create(review(comment="x", words=["a", "b"]))
    sync_agency.update(KEY, Review.comment.remove(), Review.words.at(lambda w: w[0]).remove())
    assert (sync_agency.update(KEY, Review.helpful.add(1))).words == ["b"]
    assert "comment" not in (stored(sync_agency, KEY))["Data"]["M"]


def test_a_condition_that_fails_gives_the_item_back(sync_agency: Database) -> None:
    sync_agency.create(review(rating=3))
    with pytest.raises(ConditionFailed, match="meets the condition"):
        sync_agency.update(KEY, Review.rating.set(5), if_=Review.rating > 3)
    with pytest.raises(BoundPassed, match=r"Review\.helpful"):
        sync_agency.update(KEY, Review.helpful.add(9, ceiling=5))
    with pytest.raises(ItemNotFound):
        sync_agency.update(Review.key("ada", "2"), Review.comment.set("x"))
    assert sync_agency.delete(KEY, if_=Review.rating == 3) == review(rating=3)


def test_a_bound_holds_in_the_map(sync_agency: Database) -> None:
    sync_agency.create(Plan(user="u"))
    sync_agency.update(Plan.key("u"), Plan.count.add(5, ceiling=5))
    with pytest.raises(BoundPassed, match=r"Plan\.count would pass its ceiling of 5"):
        sync_agency.update(Plan.key("u"), Plan.count.add(1, ceiling=5))


def test_index_keys_follow_what_is_in_the_map(sync_agency: Database) -> None:
    for number in (1, 2, 3):
        sync_agency.create(review(str(number), rating=number, date=f"2026-01-0{number}"))
    sync_agency.update(KEY, Review.date.set("2026-02-01"), Review.rating.set(3))
    newest = [each.id for each in sync_agency.query(Review.newest("ada").descending().limit(2))]
    assert newest == ["1", "3"]
    three = Review.by_rating(3).expired().select(Review.id, Review.rating)
    assert list(sync_agency.query(three)) == [("1", 3), ("3", 3)]
    sync_agency.update(KEY, Review.date.remove())
    assert [each.id for each in sync_agency.query(Review.newest("ada"))] == ["2", "3"]


def test_filters_and_selections_name_what_is_in_the_map(sync_agency: Database) -> None:
    sync_agency.create(review("1", rating=1, words=["x"]))
    sync_agency.create(review("2", rating=5, comment="good"))
    good = Review.key.partition("ada").where((Review.rating > 3) & (Review.author.at(lambda a: a.name) == "Bo"))
    assert [each.id for each in sync_agency.query(good)] == ["2"]
    rows = Review.key.partition("ada").select(Review.rating, Review.author.at(lambda a: a.name), Review.comment)
    assert list(sync_agency.query(rows)) == [(1, "Bo", None), (5, "Bo", "good")]
    assert sync_agency.get(KEY.select(Review.words, Review.helpful)) == (["x"], 0)
    assert list(sync_agency.scan(scan(Review).where(Review.rating < 3).select(Review.id))) == [("1",)]
    carried = Review.by_id("2").expired().select(Review.comment, Review.author)
    assert list(sync_agency.query(carried)) == [("good", Author("Bo"))]
    assert sync_agency.count(Review.key.partition("ada").where(Review.rating == 5)) == 1


def test_an_upsert_makes_the_item_with_its_map_and_index_keys(sync_agency: Database) -> None:
    changes = (Review.author.set(Author("Bo")), Review.rating.set(3), Review.words.append("a"), Review.helpful.add(2))
    made = sync_agency.update(KEY, *changes, Review.date.set("2026-01-01"), upsert=True)
    assert made == review(rating=3, words=["a"], helpful=2, date="2026-01-01")
    item = stored(sync_agency, KEY)
    assert item == stored_by_a_put(sync_agency, made)
    again = sync_agency.update(KEY, *changes, upsert=True)
    assert (again.words, again.helpful, again.date) == (["a", "a"], 4, "2026-01-01")


def stored_by_a_put(db: Database, entity: Any) -> dict[str, Any]:
    db.put(entity)
    return stored(db, entity.key)


def test_an_upsert_with_a_condition_holds_it_against_what_is_there(sync_agency: Database) -> None:
    changes = (Review.author.set(Author("Bo")), Review.rating.set(3))
    with pytest.raises(ConditionFailed):
        sync_agency.update(KEY, *changes, if_=Review.helpful == 1, upsert=True)
    sync_agency.update(KEY, *changes, if_=Review.rating.missing() | (Review.rating < 3), upsert=True)
    with pytest.raises(ConditionFailed):
        sync_agency.update(KEY, *changes, if_=Review.rating.missing() | (Review.rating < 3), upsert=True)


def test_an_update_makes_the_map_of_an_item_that_lacks_it(sync_agency: Database) -> None:
    key = Plan.key("u")
    leave(sync_agency, key, user={"S": "u"}, foreign={"S": "kept"})
    plan = sync_agency.update(key, Plan.steps.append("a"), Plan.count.add(2), Plan.title.remove())
    assert (plan.user, plan.steps, plan.count, plan.title, plan.revision) == ("u", ["a"], 2, "-", 1)
    plan = sync_agency.update(plan, Plan.steps.append("b"))
    assert (plan.steps, plan.revision) == (["a", "b"], 2)
    assert (stored(sync_agency, key))["foreign"] == {"S": "kept"}


def test_what_builds_on_a_map_that_is_not_there_is_refused(sync_agency: Database) -> None:
    leave(sync_agency, KEY)
    with pytest.raises(ValidationError, match=r"no map 'Data' yet, and this builds on .*Review\.author\.name"):
        sync_agency.update(KEY, Review.author.at(lambda a: a.name).set("x"))


def test_an_item_whose_map_is_none_is_told(sync_agency: Database) -> None:
    leave(sync_agency, KEY, Data={"S": "{}"})
    with pytest.raises(ValidationError, match="a 'Data' that is no map"):
        sync_agency.update(KEY, Review.rating.set(1))
    with pytest.raises(InvalidValue, match="'Data', which should be the map of its others, is of type S"):
        sync_agency.get(KEY)


def test_moments_and_revisions_are_kept_beside_the_map_and_in_it(sync_agency: Database, clock: Clock) -> None:
    plan = Plan(user="u", steps=["a"])
    sync_agency.create(plan)
    clock.advance(1)
    changed = sync_agency.update(plan, Plan.steps.append("b"))
    assert (changed.created, changed.updated, changed.revision) == (NOW * 1000, NOW * 1000 + 1000, 2)
    with pytest.raises(StaleRevision, match="has revision 2, this instance has 1"):
        sync_agency.put(plan)
    item = stored(sync_agency, changed.key)
    assert (item["CreatedAt"]["N"], item["Data"]["M"]["revision"]) == (str(int(NOW * 1000)), {"N": "2"})


def test_a_value_in_the_map_is_unique(sync_agency: Database) -> None:
    sync_agency.create(Profile(user="1", email="a@x"))
    with pytest.raises(NotUnique):
        sync_agency.create(Profile(user="2", email="a@x"))
    sync_agency.update(Profile.key("1"), Profile.email.set("b@x"))
    sync_agency.update(Profile.key("2"), Profile.email.set("a@x"), upsert=True)
    holder = sync_agency.get_by(Profile, Profile.email, "a@x")
    assert holder == Profile(user="2", email="a@x")


def test_transactions_write_into_maps_that_are_there_and_that_are_not(sync_agency: Database) -> None:
    sync_agency.create(review("1", rating=1))
    made = Update(Review.key("ada", "2"), (Review.author.set(Author("New")), Review.rating.set(2)), upsert=True)
    sync_agency.transact(Update(KEY, (Review.rating.set(5),), Review.rating == 1), made, Put(Plan(user="u")))
    assert [each.rating for each in sync_agency.query(Review.key.partition("ada"))] == [5, 2]
    with pytest.raises(TransactionCanceled):
        sync_agency.transact(made, Check(KEY, Review.rating == 1))
    sync_agency.transact(made, Check(KEY, Review.rating == 5))


def test_a_batch_writes_and_reads_maps(sync_agency: Database) -> None:
    sync_agency.batch_write(put=[review("1", rating=1), review("2")])
    found = sync_agency.batch_get([KEY, Review.key("ada", "2")])
    assert [each and each.rating for each in found] == [1, 0]


def test_an_item_of_an_older_version_moves_into_the_map(sync_agency: Database) -> None:
    key = Note.key("n")
    leave(sync_agency, key, EntityType={"S": "Note"}, id={"S": "n"}, text={"S": "old"}, other={"S": "x"})
    found = sync_agency.get(key)
    assert found is not None
    assert found.text == "old"
    note = sync_agency.update(key, Note.stars.add(1))
    assert (note.text, note.stars) == ("old", 1)
    item = stored(sync_agency, key)
    assert item["Data"] == {"M": {"id": {"S": "n"}, "text": {"S": "old"}, "stars": {"N": "1"}}}
    assert (item["other"], "text" in item) == ({"S": "x"}, False)


def test_expired_items_are_hidden(sync_agency: Database, clock: Clock) -> None:
    sync_agency.create(review(expires=int(NOW) + 10))
    clock.advance(11)
    assert sync_agency.get(KEY) is None
    with pytest.raises(ItemNotFound):
        sync_agency.update(KEY, Review.rating.set(1))
    sync_agency.create(review(rating=2))


def test_an_item_that_is_too_large_is_told_with_its_largest_attribute(sync_agency: Database) -> None:
    with pytest.raises(ItemTooLarge, match=r"its largest attribute is 'Data\.comment' with 409,607"):
        sync_agency.put(review(comment="x" * 409_600))


# Writes without an answer


@pytest.fixture
def agency_faults(sync_agency: Database) -> Faults:
    return Faults(sync_agency.connection)


@pytest.fixture
def quiet(agency_faults: Faults, clock: Clock) -> Database:
    return Database(agency_faults, clock=clock, retry=RetryPolicy(base=0.0))


SETS = (Review.author.set(Author("Bo")), Review.rating.set(3))


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("after_commit", [True, False])
@pytest.mark.parametrize("makes_map", [True, False])
def test_an_upsert_that_sets_is_made_although_answers_are_lost(
    quiet: Database, agency_faults: Faults, makes_map: bool, after_commit: bool, times: int
) -> None:
    for _ in ("a new item", "one that is there"):
        agency_faults.time_out(operation="UpdateItem", after_commit=after_commit, times=times)
        assert quiet.run(Update(KEY, SETS, upsert=True, makes_map=makes_map)) == review(rating=3)


def test_a_conditional_upsert_that_was_made_without_an_answer_is_told_as_unknown(
    quiet: Database, agency_faults: Faults
) -> None:
    agency_faults.time_out(operation="UpdateItem", after_commit=True)
    with pytest.raises(OutcomeUnknown):
        quiet.run(Update(KEY, SETS, Review.rating.missing(), upsert=True, makes_map=True))
    assert quiet.get(KEY) == review(rating=3)


def test_an_upsert_that_adds_counts_once_as_a_transaction(quiet: Database, agency_faults: Faults) -> None:
    once = quiet.with_(exactly_once=True)
    for count in (1, 2):
        agency_faults.time_out(operation="TransactWriteItems", after_commit=True)
        made = once.update(KEY, *SETS, Review.words.append("x"), upsert=True)
        assert made.words == ["x"] * count
