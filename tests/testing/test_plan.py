"""The faults that a plan lets happen at the seam."""

from __future__ import annotations

from contextlib import suppress

import pytest

from dynalayer import (
    BatchIncomplete,
    ConnectionLost,
    Create,
    Database,
    RetryPolicy,
    Throttled,
    ThrottlingReason,
    TransactionCanceled,
    TransactionConflict,
    Update,
)
from dynalayer.protocol import from_wire
from dynalayer.testing import FaultPlan, Faults, FrozenClock, fresh_database

from .shop import Order, shop

ADA = Order.key("ada", "1")
ONCE = RetryPolicy(attempts=1)


@pytest.fixture
def faults(frozen_clock: FrozenClock) -> Faults:
    return Faults(fresh_database(shop).connection, clock=frozen_clock, seed=7)


@pytest.fixture
def db(faults: Faults, frozen_clock: FrozenClock) -> Database:
    return Database(faults, clock=frozen_clock, sleep=frozen_clock.sleep, retry=ONCE)


def test_throttling_names_its_reason(db: Database, faults: Faults) -> None:
    faults.throttle(reason="TableWriteKeyRangeThroughputExceeded", resource="arn:aws:dynamodb:::table/shop")
    with pytest.raises(Throttled) as caught:
        db.create(Order(customer="ada", id="1"))
    reason = ThrottlingReason("TableWriteKeyRangeThroughputExceeded", "arn:aws:dynamodb:::table/shop")
    assert caught.value.reasons == (reason,)
    assert db.get(ADA) is None


@pytest.mark.parametrize("code", ["ThrottlingException", "ProvisionedThroughputExceededException"])
def test_the_reasons_of_throttling_survive_the_wire(code: str) -> None:
    import msgspec

    error = Throttled("slow down", code=code, reasons=[ThrottlingReason("IndexReadMaxOnDemandThroughputExceeded", "a")])
    read = from_wire(400, msgspec.json.encode(error.to_wire()))
    assert isinstance(read, Throttled)
    assert (read.code, read.reasons) == (code, error.reasons)


def test_a_fault_meets_only_what_it_names(db: Database, faults: Faults) -> None:
    faults.throttle(operation="GetItem", table="shop")
    faults.throttle(table="elsewhere")
    db.create(Order(customer="ada", id="1"))
    with pytest.raises(Throttled):
        db.get(ADA)
    assert db.get(ADA) is not None


def test_a_fault_finds_its_table_in_batches_and_transactions(db: Database, faults: Faults) -> None:
    faults.throttle(table="shop", times=2)
    with pytest.raises(Throttled):
        db.batch_write(put=[Order(customer="ada", id="1")])
    with pytest.raises(Throttled):
        db.transact(Create(Order(customer="ada", id="1")))


def test_a_seed_decides_which_calls_a_probable_fault_meets(frozen_clock: FrozenClock) -> None:
    def met(seed: int) -> list[bool]:
        faults = Faults(fresh_database(shop).connection, seed=seed)
        faults.throttle(times=None, probability=0.3)
        db = Database(faults, retry=ONCE)
        for _ in range(200):
            with suppress(Throttled):
                db.get(ADA)
        return [call.error is not None for call in faults.calls]

    assert met(1) == met(1) != met(2)
    assert 30 < sum(met(1)) < 90


def test_a_time_out_before_the_commit_leaves_nothing(db: Database, faults: Faults, frozen_clock: FrozenClock) -> None:
    before = frozen_clock()
    faults.time_out(seconds=10)
    with pytest.raises(ConnectionLost, match="no answer within 10 seconds"):
        db.create(Order(customer="ada", id="1"))
    assert frozen_clock() == before + 10
    assert db.get(ADA) is None


def test_a_time_out_after_the_commit_leaves_the_item(db: Database, faults: Faults) -> None:
    faults.time_out(after_commit=True)
    with pytest.raises(ConnectionLost):
        db.create(Order(customer="ada", id="1"))
    assert db.get(ADA) is not None


def test_a_conflict_of_a_transaction_has_a_reason_for_each_action(db: Database, faults: Faults) -> None:
    db.create(Order(customer="ada", id="1"))
    faults.conflict()
    with pytest.raises(TransactionCanceled) as caught:
        db.transact(Update(ADA, (Order.lines.add(1),)), Create(Order(customer="ada", id="2")))
    assert [reason.code for reason in caught.value.reasons] == ["TransactionConflict"] * 2
    faults.conflict(operation="UpdateItem")
    with pytest.raises(TransactionConflict):
        db.update(ADA, Order.lines.add(1))


def test_a_conflict_that_passes_is_waited_out(faults: Faults, frozen_clock: FrozenClock) -> None:
    db = Database(faults, clock=frozen_clock, sleep=frozen_clock.sleep)
    faults.conflict(times=2)
    db.transact(Create(Order(customer="ada", id="1")))
    assert db.get(ADA) is not None
    assert len(frozen_clock.slept) == 2


def test_a_slow_call_takes_time_of_the_clock_alone(db: Database, faults: Faults, frozen_clock: FrozenClock) -> None:
    before = frozen_clock()
    faults.slow(30, operation="GetItem")
    assert db.get(ADA) is None
    assert frozen_clock() == before + 30


def test_slow_calls_need_a_clock() -> None:
    with pytest.raises(ValueError, match="FrozenClock"):
        FaultPlan().slow(1)


def test_a_refused_connection_is_tried_again_by_reads(faults: Faults, frozen_clock: FrozenClock) -> None:
    faults.refuse_connections(times=2)
    assert Database(faults, sleep=frozen_clock.sleep).get(ADA) is None
    assert [call.error for call in faults.calls] == ["ConnectionLost", "ConnectionLost", None]


def test_a_partial_batch_is_finished_or_reported(faults: Faults, frozen_clock: FrozenClock) -> None:
    db = Database(faults, clock=frozen_clock, sleep=frozen_clock.sleep)
    orders = [Order(customer="ada", id=f"{n:02}") for n in range(30)]
    faults.leave_undone(9, times=2)
    db.batch_write(put=orders)
    assert len(list(db.query(Order.key.partition("ada")))) == 30
    faults.leave_undone(24, times=None)
    with pytest.raises(BatchIncomplete):
        db.batch_write(put=[Order(customer="bob", id=f"{n:02}") for n in range(25)])


def test_healing_forgets_what_was_to_come(db: Database, faults: Faults) -> None:
    faults.throttle(times=None)
    with pytest.raises(Throttled):
        db.get(ADA)
    faults.heal()
    assert db.get(ADA) is None


def test_two_wrappers_may_share_one_plan(frozen_clock: FrozenClock) -> None:
    plan = FaultPlan()
    first = Database(Faults(fresh_database(shop).connection, like=plan), retry=ONCE)
    second = Database(Faults(fresh_database(shop).connection, like=plan), retry=ONCE)
    plan.throttle(times=2)
    for db in (first, second):
        with pytest.raises(Throttled):
            db.get(ADA)
    assert len(plan.calls) == 2
