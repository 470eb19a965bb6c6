"""Generated from `test_async_life.py` by `scripts/generate_sync.py`; change that file."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from dynalayer import (
    Check,
    ConditionFailed,
    Create,
    Database,
    Delete,
    InvalidValue,
    ItemNotFound,
    NewerVersion,
    NotUnique,
    Put,
    StaleRevision,
    TransactionCanceled,
    Update,
    shards,
)
from dynalayer.statements import Raw

from .conftest import NOW, Clock
from .people import Address, Document, Leaflet, Person, Reading, people


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(NOW + seconds, UTC)


def ada(identifier: str = "1", email: str = "ada@acme", phone: int | None = None, expires: int | None = None) -> Person:
    return Person(org="acme", id=identifier, email=email, phone=phone, expires=expires)


def raw_items(db: Database) -> list[dict[str, Any]]:
    answer = db.run(Raw("Scan", {"TableName": people.name, "ConsistentRead": True}))
    return list(answer["Items"])


def raw_put(db: Database, item: dict[str, Any]) -> None:
    db.run(Raw("PutItem", {"TableName": people.name, "Item": item}))


def old_address(db: Database, identifier: str = "a") -> None:
    key = {"PK": {"S": f"ADDRESS#{identifier}"}, "SK": {"S": "Address"}}
    raw_put(db, {**key, "id": {"S": identifier}, "line": {"S": "Main Street 12"}, "note": {"S": "kept"}})


def test_the_first_write_gives_an_instance_its_moments_and_its_revision(sync_people: Database, clock: Clock) -> None:
    document = Document(id="d", text="one")
    with pytest.raises(AttributeError, match="no value for 'created_at' before it is written"):
        _ = document.created_at
    sync_people.create(document)
    assert (document.created_at, document.updated_at, document.revision) == (moment(0), moment(0), 1)
    assert sync_people.get(Document.key("d")) == document
    clock.now += 5
    document.text = "two"
    sync_people.put(document)
    assert (document.created_at, document.updated_at, document.revision) == (moment(0), moment(5), 2)
    assert sync_people.get(Document.key("d")) == document


def test_a_write_that_fails_leaves_the_instance_as_it_was(sync_people: Database) -> None:
    sync_people.create(Document(id="d"))
    again = Document(id="d")
    with pytest.raises(ConditionFailed):
        sync_people.create(again)
    assert again.revision == 0
    assert "created_at" not in again.__dict__


def test_an_update_moves_the_moment_the_revision_and_the_index_key(sync_people: Database, clock: Clock) -> None:
    sync_people.create(Document(id="d"))
    clock.now += 7
    document = sync_people.update(Document.key("d"), Document.words.add(3))
    assert (document.created_at, document.updated_at, document.revision) == (moment(0), moment(7), 2)
    found = [each.words for each in sync_people.query(Document.by_time("d").at_least(moment(7)))]
    assert found == [3]


def test_an_upsert_makes_the_moments_too(sync_people: Database, clock: Clock) -> None:
    first = sync_people.update(Document.key("d"), Document.words.add(1), upsert=True)
    clock.now += 1
    second = sync_people.update(Document.key("d"), Document.words.add(1), upsert=True)
    assert (first.created_at, first.revision) == (moment(0), 1)
    assert (second.created_at, second.updated_at, second.revision) == (moment(0), moment(1), 2)


def test_the_moment_of_the_last_write_never_goes_backwards(sync_people: Database, clock: Clock) -> None:
    document = Document(id="d")
    sync_people.create(document)
    clock.now -= 100
    document.text = "by a clock that is behind"
    sync_people.put(document)
    assert document.updated_at == moment(0)
    behind = sync_people.update(Document.key("d"), Document.words.add(1))
    assert behind.updated_at == moment(0)
    sync_people.transact(Update(Document.key("d"), (Document.words.add(1),)))
    found = sync_people.get(Document.key("d"), consistent=True)
    assert found is not None
    assert (found.updated_at, found.words, found.revision) == (moment(0), 2, 4)


def test_whole_seconds_do_not_go_backwards_either(sync_people: Database, clock: Clock) -> None:
    sync_people.put(Reading(day="mon", device="x"))
    clock.now -= 60
    sync_people.put(Reading(day="mon", device="x", value=2))
    found = sync_people.get(Reading.key("x", "mon"))
    assert found is not None
    assert (found.at, found.value) == (int(NOW), 2)


def test_an_instance_that_is_not_the_newest_can_change_nothing(sync_people: Database) -> None:
    sync_people.create(Document(id="d"))
    mine = sync_people.get(Document.key("d"))
    theirs = sync_people.get(Document.key("d"))
    assert mine is not None
    assert theirs is not None
    theirs.text = "theirs"
    sync_people.put(theirs)
    with pytest.raises(StaleRevision, match=r"stored item has revision 2, this instance has 1"):
        sync_people.put(mine)
    with pytest.raises(StaleRevision, match="read it again"):
        sync_people.update(mine, Document.words.add(1))
    with pytest.raises(StaleRevision):
        sync_people.delete(mine)
    with pytest.raises(TransactionCanceled, match=r"1: Document in .* has revision 2"):
        sync_people.transact(Put(mine))
    with pytest.raises(StaleRevision):
        sync_people.put(Document(id="d", text="from nowhere"))
    assert sync_people.get(Document.key("d")) == theirs
    newest = sync_people.update(theirs, Document.words.add(1))
    assert newest.revision == 3
    sync_people.delete(newest)
    assert sync_people.get(Document.key("d")) is None


def test_a_value_that_another_item_has_is_refused(sync_people: Database) -> None:
    sync_people.create(ada(phone=5))
    with pytest.raises(NotUnique, match="another item has this email") as caught:
        sync_people.create(ada("2"))
    assert caught.value.attribute == "email"
    with pytest.raises(NotUnique, match="this phone"):
        sync_people.put(ada("2", email="bob@acme", phone=5))
    sync_people.put(ada("2", email="bob@acme"))
    with pytest.raises(NotUnique):
        sync_people.update(Person.key("acme", "2"), Person.email.set("ada@acme"))
    with pytest.raises(ConditionFailed, match="an item with this key exists"):
        sync_people.create(ada(email="new@acme"))
    assert len(raw_items(sync_people)) == 2 + 3


def test_values_are_given_back_when_they_change_or_go(sync_people: Database) -> None:
    sync_people.create(ada(phone=5))
    changed = sync_people.update(Person.key("acme", "1"), Person.email.set("countess@acme"), Person.phone.set(None))
    assert (changed.email, changed.phone) == ("countess@acme", None)
    sync_people.create(ada("2", phone=5))
    deleted = sync_people.delete(Person.key("acme", "1"))
    assert deleted is not None
    assert deleted.email == "countess@acme"
    sync_people.put(ada("2", email="countess@acme"))
    assert len(raw_items(sync_people)) == 2
    assert sync_people.delete(Person.key("acme", "1")) is None


def test_the_holder_of_a_value_is_found_without_an_index(sync_people: Database) -> None:
    sync_people.create(ada(phone=5))
    assert sync_people.get_by(Person, Person.email, "ada@acme") == ada(phone=5)
    assert sync_people.get_by(Person, Person.phone, 5) == ada(phone=5)
    assert sync_people.get_by(Person, Person.email, "bob@acme") is None
    with pytest.raises(InvalidValue, match="not declared with unique=True"):
        sync_people.get_by(Person, Person.name, "Ada")


def test_an_expired_item_gives_its_values_back(sync_people: Database, clock: Clock) -> None:
    sync_people.create(ada(expires=int(NOW) + 10))
    with pytest.raises(InvalidValue, match="can only set or remove it"):
        sync_people.update(Person.key("acme", "1"), Person.expires.add(10))
    sync_people.update(Person.key("acme", "1"), Person.expires.set(int(NOW) + 20))
    clock.now += 15
    with pytest.raises(NotUnique):
        sync_people.create(ada("2"))
    clock.now += 5
    sync_people.create(ada("2"))
    assert sync_people.get_by(Person, Person.email, "ada@acme") == ada("2")


def test_an_item_that_is_to_stay_after_all_keeps_its_values(sync_people: Database, clock: Clock) -> None:
    sync_people.create(ada(expires=int(NOW) + 10))
    sync_people.update(Person.key("acme", "1"), Person.expires.remove())
    clock.now += 20
    with pytest.raises(NotUnique):
        sync_people.create(ada("2"))
    sync_people.put(ada(expires=int(NOW) + 100))
    sync_people.put(ada())
    clock.now += 200
    with pytest.raises(NotUnique):
        sync_people.create(ada("2"))


def test_a_transaction_keeps_values_unique_with_its_other_writes(sync_people: Database) -> None:
    sync_people.create(ada())
    with pytest.raises(TransactionCanceled, match=r"2: Person in .*another item has this email") as caught:
        sync_people.transact(Create(Document(id="d")), Create(ada("2")))
    assert [reason.code for reason in caught.value.reasons] == ["None", "NotUnique"]
    assert sync_people.get(Document.key("d")) is None
    document = Document(id="d")
    sync_people.transact(Create(document), Delete(Person.key("acme", "1")), Create(ada("3", email="bob@acme")))
    assert document.revision == 1
    sync_people.transact(
        Check(Document.key("d"), Document.words == 0),
        Update(Person.key("acme", "3"), (Person.email.set("ada@acme"),)),
    )
    found = sync_people.get_by(Person, Person.email, "ada@acme")
    assert found is not None
    assert found.id == "3"


def test_a_batch_that_cannot_keep_a_promise_is_refused(sync_people: Database) -> None:
    with pytest.raises(InvalidValue, match="Person has unique attributes, which a batch cannot keep"):
        sync_people.batch_write(put=[ada()])
    with pytest.raises(InvalidValue, match="Document has a revision"):
        sync_people.batch_write(delete=[Document.key("d")])
    sync_people.batch_write(put=[Reading(day="mon", device="x")])
    found = sync_people.get(Reading.key("x", "mon"))
    assert found is not None
    assert found.at == int(NOW)


def test_an_unknown_person_cannot_be_updated(sync_people: Database) -> None:
    with pytest.raises(ItemNotFound):
        sync_people.update(Person.key("acme", "9"), Person.email.set("x"))
    with pytest.raises(InvalidValue, match=r"Document\.revision is filled in by the layer"):
        sync_people.update(Document.key("d"), Document.revision.set(7))
    assert raw_items(sync_people) == []


def test_items_of_older_versions_are_upgraded_on_read_and_keep_what_is_unknown(
    sync_people: Database,
) -> None:
    old_address(sync_people)
    found = sync_people.get(Address.key("a"))
    assert found is not None
    assert (found.street, found.number, found.country) == ("Main Street", 12, "ch")
    sync_people.put(found)
    (stored,) = raw_items(sync_people)
    assert stored["note"] == {"S": "kept"}
    assert stored["_v"] == {"N": "3"}
    assert "line" not in stored
    assert [each.id for each in sync_people.query(Address.by_country("ch"))] == ["a"]


def test_an_update_of_an_older_item_upgrades_it_first(sync_people: Database) -> None:
    old_address(sync_people, "a")
    old_address(sync_people, "b")
    changed = sync_people.update(Address.key("a"), Address.number.add(1))
    assert (changed.street, changed.number) == ("Main Street", 13)
    sync_people.transact(Update(Address.key("b"), (Address.number.add(2),)))
    found = [each.number for each in sync_people.query(Address.by_country("ch"))]
    assert found == [13, 14]


def test_an_older_item_that_counted_no_revisions_is_changed_by_who_has_read_it(
    sync_people: Database,
) -> None:
    raw_put(sync_people, {"PK": {"S": "LEAFLET#a"}, "SK": {"S": "Leaflet"}, "id": {"S": "a"}})
    read = sync_people.get(Leaflet.key("a"))
    assert read is not None
    assert (sync_people.update(read, Leaflet.text.set("new"))).revision == 1
    with pytest.raises(StaleRevision):
        sync_people.update(read, Leaflet.text.set("late"))


def test_an_item_of_a_newer_version_is_neither_read_nor_overwritten(sync_people: Database) -> None:
    address = Address(id="a", street="x", number=1)
    sync_people.create(address)
    (stored,) = raw_items(sync_people)
    raw_put(sync_people, {**stored, "_v": {"N": "4"}})
    with pytest.raises(NewerVersion, match="is of version 4, this program knows versions up to 3"):
        sync_people.get(Address.key("a"))
    with pytest.raises(NewerVersion):
        sync_people.put(address)
    with pytest.raises(NewerVersion):
        sync_people.update(Address.key("a"), Address.number.add(1))


def test_a_hot_key_is_spread_and_read_shard_by_shard(sync_people: Database) -> None:
    sync_people.batch_write(put=[Reading(day="mon", device=f"d{n}") for n in range(40)])
    found = [
        [each.device for each in sync_people.query(Reading.by_day("mon", shard))] for shard in shards(Reading.shard)
    ]
    assert all(found)
    assert sorted(device for devices in found for device in devices) == sorted(f"d{n}" for n in range(40))


def test_every_item_says_what_it_is(sync_people: Database) -> None:
    sync_people.create(Address(id="a", street="x", number=1))
    sync_people.update(Document.key("d"), Document.words.add(1), upsert=True)
    assert sorted(item["kind"]["S"] for item in raw_items(sync_people)) == ["Address", "Document"]
