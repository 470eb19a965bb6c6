"""What the awaited executor does when calls go wrong; `test_faults.py` is generated from this file."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from dynalayer import (
    AsyncDatabase,
    BatchIncomplete,
    ConditionFailed,
    ConnectionLost,
    Create,
    OutcomeUnknown,
    RetryPolicy,
    ServiceUnavailable,
    Throttled,
    Update,
    ValidationError,
)
from dynalayer.testing import AsyncFaults

from .shop import Order, shop

pytestmark = pytest.mark.anyio

ADA = Order.key("ada", "1")


class Waits(list[float]):
    """Keeps how long the executor wanted to wait."""

    async def async_wait(self, seconds: float) -> None:
        self.append(seconds)


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
async def faults() -> AsyncIterator[AsyncFaults]:
    inner = AsyncDatabase("memory:")
    await inner.create_tables(shop)
    yield AsyncFaults(inner.connection)
    await inner.close()


@pytest.fixture
def db(faults: AsyncFaults, waits: Waits) -> AsyncDatabase:
    return AsyncDatabase(faults, retry=RetryPolicy(base=1.0, random=lambda: 1.0), sleep=waits.async_wait)


async def test_throttling_is_waited_out(db: AsyncDatabase, faults: AsyncFaults, waits: Waits) -> None:
    faults.fail(Throttled("slow down"), times=2)
    await db.create(Order(customer="ada", id="1"))
    assert waits == [2.0, 4.0]
    assert await db.get(ADA) is not None


async def test_after_the_last_attempt_the_error_is_raised(db: AsyncDatabase, faults: AsyncFaults, waits: Waits) -> None:
    faults.fail(Throttled("slow down"), times=9)
    with pytest.raises(Throttled):
        await db.get(ADA)
    assert len(faults.calls) == 4
    assert len(waits) == 3


async def test_a_mistake_is_not_tried_again(db: AsyncDatabase, faults: AsyncFaults, waits: Waits) -> None:
    faults.fail(ValidationError("wrong"))
    with pytest.raises(ValidationError):
        await db.get(ADA)
    assert waits == []


async def test_a_failed_condition_is_not_tried_again(db: AsyncDatabase, faults: AsyncFaults, waits: Waits) -> None:
    await db.create(Order(customer="ada", id="1"))
    with pytest.raises(ConditionFailed):
        await db.create(Order(customer="ada", id="1"))
    assert waits == []


async def test_a_read_without_an_answer_is_tried_again(db: AsyncDatabase, faults: AsyncFaults) -> None:
    await db.create(Order(customer="ada", id="1"))
    faults.fail(ConnectionLost("reset"))
    assert await db.get(ADA) is not None


async def test_a_counter_without_an_answer_is_not_counted_twice(db: AsyncDatabase, faults: AsyncFaults) -> None:
    await db.create(Order(customer="ada", id="1"))
    for error in (ConnectionLost("reset"), ServiceUnavailable("oops")):
        faults.fail(error, operation="UpdateItem", after_commit=True)
        with pytest.raises(OutcomeUnknown) as caught:
            await db.update(ADA, Order.lines.add(1))
        assert caught.value.__cause__ is error
    found = await db.get(ADA)
    assert found is not None
    assert found.lines == 2


async def test_a_create_without_an_answer_is_not_reported_as_a_duplicate(
    db: AsyncDatabase, faults: AsyncFaults
) -> None:
    faults.fail(ConnectionLost("reset"), operation="PutItem", after_commit=True)
    await db.create(Order(customer="ada", id="1"))
    assert faults.calls.operations == ["PutItem", "PutItem"]


async def test_a_transaction_without_an_answer_takes_effect_once(db: AsyncDatabase, faults: AsyncFaults) -> None:
    await db.create(Order(customer="ada", id="1"))
    faults.fail(ConnectionLost("reset"), operation="TransactWriteItems", after_commit=True)
    await db.transact(Update(ADA, (Order.lines.add(1),)), Create(Order(customer="ada", id="2")))
    found = await db.get(ADA)
    assert found is not None
    assert found.lines == 1


async def test_what_a_batch_leaves_undone_is_done_in_the_end(
    db: AsyncDatabase, faults: AsyncFaults, waits: Waits
) -> None:
    faults.leave_undone(10, times=2)
    await db.batch_write(put=[Order(customer="ada", id=f"{n:02d}") for n in range(25)])
    faults.leave_undone(7, times=3)
    found = await db.batch_get([Order.key("ada", f"{n:02d}") for n in range(25)])
    assert [order and order.id for order in found] == [f"{n:02d}" for n in range(25)]
    assert len(waits) == 5


async def test_what_a_batch_never_does_is_reported(db: AsyncDatabase, faults: AsyncFaults) -> None:
    orders = [Order(customer="ada", id=f"{n:02d}") for n in range(25)]
    faults.leave_undone(24, times=9)
    with pytest.raises(BatchIncomplete, match="21 items of the batch were not written after 4 attempts") as caught:
        await db.batch_write(put=orders)
    written = [order async for order in db.query(Order.key.partition("ada"))]
    assert len(written) == 4
    assert sorted(order.id for order in [*written, *caught.value.undone]) == [order.id for order in orders]
