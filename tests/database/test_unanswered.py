"""Generated from `test_async_unanswered.py` by `scripts/generate_sync.py`; change that file."""

from __future__ import annotations

from decimal import Decimal

import pytest

from dynalayer import (
    ConditionFailed,
    ConnectionLost,
    Create,
    Database,
    ItemNotFound,
    NotUnique,
    OutcomeUnknown,
    RetryPolicy,
    StaleRevision,
    Throttled,
    Update,
)
from dynalayer.statements import Raw
from dynalayer.testing import Faults, FrozenClock

from .people import Address, Document, Person
from .shop import Order, Session

ADA = Order.key("ada", "1")
NO_WAIT = RetryPolicy(base=0.0)


def order(**values: object) -> Order:
    return Order(customer="ada", id="1", total=Decimal("9.50"), tags={"b", "a"}, **values)  # type: ignore[arg-type]


@pytest.fixture
def shop_faults(database: Database) -> Faults:
    return Faults(database.connection)


@pytest.fixture
def lossy(shop_faults: Faults, clock: FrozenClock) -> Database:
    return Database(shop_faults, clock=clock, retry=NO_WAIT)


@pytest.fixture
def people_faults(sync_people: Database) -> Faults:
    return Faults(sync_people.connection)


@pytest.fixture
def staff(people_faults: Faults, clock: FrozenClock) -> Database:
    return Database(people_faults, clock=clock, retry=NO_WAIT)


WRITES = ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems")


def lose(faults: Faults, times: int = 1) -> None:
    """Let the next writes take effect and their answers get lost."""
    for operation in WRITES:
        faults.time_out(operation=operation, after_commit=True, times=times)


# Create and put


@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_create_that_was_made_is_made(lossy: Database, shop_faults: Faults, times: int) -> None:
    lose(shop_faults, times)
    lossy.create(order(note="Ω", lines=3))
    assert lossy.get(ADA) == order(note="Ω", lines=3)


def test_a_create_of_what_others_have_made_is_not_taken_for_ours(lossy: Database, shop_faults: Faults) -> None:
    lossy.create(order(note="theirs"))
    shop_faults.time_out(operation="PutItem")
    with pytest.raises(OutcomeUnknown, match="PutItem of Order in") as caught:
        lossy.create(order(note="ours"))
    assert isinstance(caught.value.__cause__, ConditionFailed)
    assert (caught.value.entity, caught.value.key) == ("Order", ADA)
    found = lossy.get(ADA)
    assert found is not None
    assert found.note == "theirs"


def test_a_create_that_was_never_sent_is_refused_in_plain_words(lossy: Database, shop_faults: Faults) -> None:
    lossy.create(order())
    shop_faults.refuse_connections()
    with pytest.raises(ConditionFailed, match="an item with this key exists"):
        lossy.create(order())


def test_a_create_that_never_gets_an_answer_says_that_it_is_unknown(lossy: Database, shop_faults: Faults) -> None:
    shop_faults.time_out(operation="PutItem", times=None)
    with pytest.raises(OutcomeUnknown, match="given up after 4 of 4 attempts"):
        lossy.create(order())


def test_throttling_after_silence_is_no_proof_that_nothing_was_done(lossy: Database, shop_faults: Faults) -> None:
    lose(shop_faults)
    shop_faults.throttle(operation="PutItem", times=None)
    with pytest.raises(OutcomeUnknown) as caught:
        lossy.put(order())
    assert isinstance(caught.value.__cause__, Throttled)
    assert lossy.get(ADA) == order()


@pytest.mark.parametrize("times", [1, 3])
def test_a_put_is_made(lossy: Database, shop_faults: Faults, times: int) -> None:
    lose(shop_faults, times)
    lossy.put(order())
    assert lossy.get(ADA) == order()


def test_a_put_whose_condition_it_has_itself_undone_is_made(lossy: Database, shop_faults: Faults) -> None:
    lossy.put(order(state="open"))
    lose(shop_faults)
    lossy.put(order(state="done"), if_=Order.state == "open")
    assert lossy.get(ADA) == order(state="done")


# Updates


def test_an_update_that_sets_is_made_again(lossy: Database, shop_faults: Faults) -> None:
    lossy.put(order())
    lose(shop_faults, 2)
    changes = (Order.state.set("done"), Order.tags.add({"c"}), Order.tags.discard({"a"}))
    found = lossy.update(ADA, changes[0], changes[1])
    assert (found.state, found.tags) == ("done", {"a", "b", "c"})
    lose(shop_faults, 2)
    found = lossy.update(ADA, changes[2], Order.note.remove())
    assert found.tags == {"b", "c"}


@pytest.mark.parametrize("upsert", [False, True])
def test_an_update_that_counts_is_not_made_again(lossy: Database, shop_faults: Faults, upsert: bool) -> None:
    lossy.put(order())
    lose(shop_faults)
    with pytest.raises(OutcomeUnknown, match=r"UpdateItem of Order in .* it would take effect twice: read") as caught:
        lossy.update(ADA, Order.lines.add(1), upsert=upsert)
    assert caught.value.may_have_taken_effect
    assert isinstance(caught.value.__cause__, ConnectionLost)
    assert shop_faults.calls.operations.count("UpdateItem") == 1
    found = lossy.get(ADA)
    assert found is not None
    assert found.lines == 1


def test_an_update_that_was_never_sent_is_made_again_whatever_it_does(lossy: Database, shop_faults: Faults) -> None:
    lossy.put(order())
    shop_faults.refuse_connections(times=2)
    assert (lossy.update(ADA, Order.lines.add(1))).lines == 1


def test_an_update_whose_condition_others_may_have_undone_is_unknown(lossy: Database, shop_faults: Faults) -> None:
    lossy.put(order(state="open"))
    lose(shop_faults)
    with pytest.raises(OutcomeUnknown, match="it was refused") as caught:
        lossy.update(ADA, Order.state.set("done"), if_=Order.state == "open")
    assert caught.value.item is not None
    assert caught.value.item["state"] == {"S": "done"}


# Deletions


def test_a_deletion_that_found_nothing_the_second_time_says_what_is_lost(lossy: Database, shop_faults: Faults) -> None:
    lossy.put(order())
    lose(shop_faults)
    with pytest.raises(OutcomeUnknown, match="the item is gone, but"):
        lossy.delete(ADA)
    assert lossy.get(ADA) is None


def test_a_deletion_that_was_not_made_is_made_again(lossy: Database, shop_faults: Faults) -> None:
    lossy.put(order())
    shop_faults.time_out(operation="DeleteItem")
    assert lossy.delete(ADA) == order()


def test_a_deletion_with_a_condition_is_unknown_once_it_is_refused(lossy: Database, shop_faults: Faults) -> None:
    lossy.put(order(state="done"))
    lose(shop_faults)
    with pytest.raises(OutcomeUnknown):
        lossy.delete(ADA, if_=Order.state == "done")
    assert lossy.get(ADA) is None


# Batches and transactions


@pytest.mark.parametrize("times", [1, 3])
def test_a_batch_is_written(lossy: Database, shop_faults: Faults, times: int) -> None:
    lossy.put(order())
    lose(shop_faults, times)
    written = lossy.batch_write(put=[Session(session_id="s")], delete=[ADA])
    assert not written.undone
    assert lossy.batch_get([ADA, Session.key("s")]) == [None, Session(session_id="s")]


@pytest.mark.parametrize("times", [1, 3])
def test_a_transaction_takes_effect_once(lossy: Database, shop_faults: Faults, times: int) -> None:
    lossy.put(order())
    lose(shop_faults, times)
    lossy.transact(Update(ADA, (Order.lines.add(1),)), Create(Session(session_id="s")))
    found = lossy.get(ADA)
    assert found is not None
    assert found.lines == 1


def test_a_transaction_that_never_gets_an_answer_says_that_it_is_unknown(lossy: Database, shop_faults: Faults) -> None:
    shop_faults.time_out(operation="TransactWriteItems", times=None)
    with pytest.raises(OutcomeUnknown, match=r"TransactWriteItems on .*, .*: no answer tells"):
        lossy.transact(Create(order()), Create(Session(session_id="s")))


# Exactly once


@pytest.mark.parametrize("times", [0, 1, 2, 3])
def test_a_counter_counts_exactly_once(lossy: Database, shop_faults: Faults, times: int) -> None:
    lossy.put(order())
    exact = lossy.with_(exactly_once=True)
    for total in (1, 2):
        lose(shop_faults, times)
        assert (exact.update(ADA, Order.lines.add(1))).lines == total
    shop_faults.heal()


def test_exactly_one_of_two_creates_of_the_same_item_passes(lossy: Database, shop_faults: Faults) -> None:
    exact = lossy.with_(exactly_once=True)
    lose(shop_faults)
    exact.create(order())
    shop_faults.heal()
    shop_faults.time_out(operation="TransactWriteItems")
    with pytest.raises(ConditionFailed, match="an item with this key exists"):
        exact.create(order())


def test_exactly_one_deletion_finds_the_item(lossy: Database, shop_faults: Faults) -> None:
    lossy.put(order(state="done"))
    exact = lossy.with_(exactly_once=True)
    with pytest.raises(ConditionFailed):
        exact.delete(ADA, if_=Order.state == "open")
    lose(shop_faults)
    assert exact.delete(ADA) == order(state="done")
    assert exact.delete(ADA) is None
    lossy.put(order(state="done"))
    assert exact.delete(ADA, if_=Order.state == "done") == order(state="done")


def test_writes_that_are_refused_say_the_same_exactly_once_or_not(lossy: Database) -> None:
    for db in (lossy, lossy.with_(exactly_once=True)):
        with pytest.raises(ItemNotFound, match="there is no item with this key"):
            db.update(ADA, Order.lines.add(1))
    lossy.put(order())
    for db in (lossy, lossy.with_(exactly_once=True)):
        with pytest.raises(ConditionFailed, match="the condition was not met, nothing was written"):
            db.put(order(), if_=Order.lines == 5)


# Entities with revisions, versions and unique values


def test_an_instance_is_updated_once(staff: Database, people_faults: Faults) -> None:
    document = Document(id="d")
    lose(people_faults)
    staff.create(document)
    assert document.revision == 1
    lose(people_faults)
    document.text = "two"
    staff.put(document)
    assert document.revision == 2
    people_faults.heal()
    people_faults.time_out(operation="UpdateItem")
    assert (staff.update(document, Document.words.add(3))).words == 3


def test_an_instance_whose_update_was_made_without_an_answer_is_not_changed_twice(
    staff: Database, people_faults: Faults
) -> None:
    document = Document(id="d")
    staff.create(document)
    lose(people_faults)
    with pytest.raises(OutcomeUnknown):
        staff.update(document, Document.words.add(3))
    found = staff.get(Document.key("d"))
    assert found is not None
    assert (found.words, found.revision) == (3, 2)


def test_a_refusal_with_our_own_revision_is_a_refusal(staff: Database, people_faults: Faults) -> None:
    document = Document(id="d")
    staff.create(document)
    people_faults.time_out(operation="UpdateItem")
    with pytest.raises(ConditionFailed, match="meets the condition"):
        staff.update(document, Document.words.add(3), if_=Document.words == 9)
    stale = staff.get(Document.key("d"))
    assert stale is not None
    staff.update(Document.key("d"), Document.text.set("theirs"))
    with pytest.raises(StaleRevision):
        staff.update(stale, Document.words.add(3))


def test_unique_values_are_claimed_once(staff: Database, people_faults: Faults) -> None:
    person = Person(org="acme", id="1", email="ada@acme")
    lose(people_faults, 2)
    staff.create(person)
    lose(people_faults)
    staff.update(Person.key("acme", "1"), Person.email.set("ada@new"))
    assert staff.get_by(Person, Person.email, "ada@new") is not None
    people_faults.time_out(operation="TransactWriteItems")
    with pytest.raises(NotUnique):
        staff.create(Person(org="acme", id="2", email="ada@new"))


def test_an_item_of_an_older_version_is_upgraded_once(staff: Database, people_faults: Faults) -> None:
    key = {"PK": {"S": "ADDRESS#a"}, "SK": {"S": "Address"}}
    item = {**key, "id": {"S": "a"}, "line": {"S": "Main Street 12"}}
    staff.run(Raw("PutItem", {"TableName": Address.__definition__.table.name, "Item": item}))
    people_faults.time_out(operation="PutItem", after_commit=True)
    people_faults.time_out(operation="UpdateItem", after_commit=True)
    found = staff.update(Address.key("a"), Address.street.set("Side Street"))
    assert (found.street, found.number) == ("Side Street", 12)
