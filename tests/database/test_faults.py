"""Generated from `test_async_faults.py` by `scripts/generate_sync.py`; change that file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dynalayer import (
    BatchIncomplete,
    ConditionFailed,
    ConnectionLost,
    Create,
    Database,
    OutcomeUnknown,
    RetryPolicy,
    ServiceUnavailable,
    Throttled,
    Update,
    ValidationError,
)
from dynalayer.testing import Faults

from .shop import Order, shop

ADA = Order.key("ada", "1")


class Waits(list[float]):
    """Keeps how long the executor wanted to wait."""

    def wait(self, seconds: float) -> None:
        self.append(seconds)


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
def faults() -> Iterator[Faults]:
    inner = Database("memory:")
    inner.create_tables(shop)
    yield Faults(inner.connection)
    inner.close()


@pytest.fixture
def db(faults: Faults, waits: Waits) -> Database:
    return Database(faults, retry=RetryPolicy(base=1.0, random=lambda: 1.0), sleep=waits.wait)


def test_throttling_is_waited_out(db: Database, faults: Faults, waits: Waits) -> None:
    faults.fail(Throttled("slow down"), times=2)
    db.create(Order(customer="ada", id="1"))
    assert waits == [2.0, 4.0]
    assert db.get(ADA) is not None


def test_after_the_last_attempt_the_error_is_raised(db: Database, faults: Faults, waits: Waits) -> None:
    faults.fail(Throttled("slow down"), times=9)
    with pytest.raises(Throttled):
        db.get(ADA)
    assert len(faults.calls) == 4
    assert len(waits) == 3


def test_a_mistake_is_not_tried_again(db: Database, faults: Faults, waits: Waits) -> None:
    faults.fail(ValidationError("wrong"))
    with pytest.raises(ValidationError):
        db.get(ADA)
    assert waits == []


def test_a_failed_condition_is_not_tried_again(db: Database, faults: Faults, waits: Waits) -> None:
    db.create(Order(customer="ada", id="1"))
    with pytest.raises(ConditionFailed):
        db.create(Order(customer="ada", id="1"))
    assert waits == []


def test_a_read_without_an_answer_is_tried_again(db: Database, faults: Faults) -> None:
    db.create(Order(customer="ada", id="1"))
    faults.fail(ConnectionLost("reset"))
    assert db.get(ADA) is not None


def test_a_counter_without_an_answer_is_not_counted_twice(db: Database, faults: Faults) -> None:
    db.create(Order(customer="ada", id="1"))
    for error in (ConnectionLost("reset"), ServiceUnavailable("oops")):
        faults.fail(error, operation="UpdateItem", after_commit=True)
        with pytest.raises(OutcomeUnknown) as caught:
            db.update(ADA, Order.lines.add(1))
        assert caught.value.__cause__ is error
    found = db.get(ADA)
    assert found is not None
    assert found.lines == 2


def test_a_create_without_an_answer_is_not_reported_as_a_duplicate(db: Database, faults: Faults) -> None:
    faults.fail(ConnectionLost("reset"), operation="PutItem", after_commit=True)
    db.create(Order(customer="ada", id="1"))
    assert faults.calls.operations == ["PutItem", "PutItem"]


def test_a_transaction_without_an_answer_takes_effect_once(db: Database, faults: Faults) -> None:
    db.create(Order(customer="ada", id="1"))
    faults.fail(ConnectionLost("reset"), operation="TransactWriteItems", after_commit=True)
    db.transact(Update(ADA, (Order.lines.add(1),)), Create(Order(customer="ada", id="2")))
    found = db.get(ADA)
    assert found is not None
    assert found.lines == 1


def test_what_a_batch_leaves_undone_is_done_in_the_end(db: Database, faults: Faults, waits: Waits) -> None:
    faults.leave_undone(10, times=2)
    db.batch_write(put=[Order(customer="ada", id=f"{n:02d}") for n in range(25)])
    faults.leave_undone(7, times=3)
    found = db.batch_get([Order.key("ada", f"{n:02d}") for n in range(25)])
    assert [order and order.id for order in found] == [f"{n:02d}" for n in range(25)]
    assert len(waits) == 5


def test_what_a_batch_never_does_is_reported(db: Database, faults: Faults) -> None:
    orders = [Order(customer="ada", id=f"{n:02d}") for n in range(25)]
    faults.leave_undone(24, times=9)
    with pytest.raises(BatchIncomplete, match="21 items of the batch were not written after 4 attempts") as caught:
        db.batch_write(put=orders)
    written = list(db.query(Order.key.partition("ada")))
    assert len(written) == 4
    assert sorted(order.id for order in [*written, *caught.value.undone]) == [order.id for order in orders]
