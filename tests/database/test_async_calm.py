"""What the awaited executor does when the service is not calm; `test_calm.py` is generated from this file."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from dynalayer import (
    AccessDenied,
    AsyncDatabase,
    Breaker,
    CircuitOpen,
    ConnectionLost,
    Create,
    DatabaseClosed,
    Observer,
    RetryBudget,
    RetryPolicy,
    ServiceUnavailable,
    Throttled,
    ValidationError,
)
from dynalayer.protocol import ConditionFailed, DynalayerError
from dynalayer.telemetry import BreakerChanged
from dynalayer.testing import AsyncFaults, FrozenClock, fresh_async_database

from .shop import Order, Session, sessions, shop

pytestmark = pytest.mark.anyio

ADA = Order.key("ada", "1")
ORDER = Order(customer="ada", id="1")
ONCE = RetryPolicy(attempts=1)
RULE = Breaker(ratio=0.5, volume=4, window=10.0, pause=30.0)

Open = Callable[..., AsyncDatabase]


@pytest.fixture
def faults(frozen_clock: FrozenClock) -> AsyncFaults:
    return AsyncFaults(fresh_async_database(shop, sessions, clock=frozen_clock).connection, clock=frozen_clock)


@pytest.fixture
def opened(faults: AsyncFaults, frozen_clock: FrozenClock) -> Open:
    def make(**options: Any) -> AsyncDatabase:
        return AsyncDatabase(faults, clock=frozen_clock, sleep=frozen_clock.async_sleep, **options)

    return make


async def fail(db: AsyncDatabase, times: int, error: type[DynalayerError] = Throttled) -> None:
    for _ in range(times):
        with pytest.raises(error):
            await db.with_(retry=ONCE).get(ADA)


# The budget


async def test_calls_that_all_fail_are_made_once_when_the_budget_is_used_up(faults: AsyncFaults, opened: Open) -> None:
    db = opened(budget=RetryBudget(20))
    faults.throttle(times=None)
    await fail_often(db, 2)
    assert len(faults.calls) == 4 + 2
    with pytest.raises(Throttled) as caught:
        await db.get(ADA)
    assert len(faults.calls) == 7
    assert "the retry budget is used up (<RetryBudget: 0 of 20 tokens>)" in caught.value.__notes__[0]


async def fail_often(db: AsyncDatabase, times: int) -> None:
    for _ in range(times):
        with pytest.raises(Throttled):
            await db.get(ADA)


async def test_calls_that_end_well_earn_retries_again(faults: AsyncFaults, opened: Open) -> None:
    db = opened(budget=RetryBudget(5))
    faults.throttle(times=2)
    await fail_often(db, 1)
    for _ in range(5):
        await db.get(ADA)
    faults.throttle()
    assert await db.get(ADA) is None


async def test_a_retry_that_ends_well_gives_back_what_it_cost(faults: AsyncFaults, opened: Open) -> None:
    db = opened(budget=RetryBudget(20))
    faults.throttle()
    await db.get(ADA)
    assert db.budget.tokens == 20
    faults.fail(ConnectionLost("reset"), times=2)
    await db.get(ADA)
    assert db.budget.tokens == 10


async def test_a_database_with_other_options_shares_the_budget(faults: AsyncFaults, opened: Open) -> None:
    db = opened(budget=RetryBudget(15), deadline=math.inf)
    faults.throttle(times=4)
    await fail_often(db.with_(deadline=60), 1)
    assert db.budget.tokens == 0


# Signatures out of time


async def test_a_signature_out_of_time_is_made_once_more(faults: AsyncFaults, opened: Open) -> None:
    db = opened()
    for code, message in (
        ("InvalidSignatureException", "Signature expired: 20261121T120000Z is now earlier than 20261121T121000Z"),
        ("InvalidSignatureException", "Signature not yet current: 20261121T120000Z is still later than"),
        ("RequestTimeTooSkewed", "The difference between the request time and the current time is too large."),
        ("IncompleteSignatureException", "Authorization header requires 'Signature' parameter."),
    ):
        error = AccessDenied(message, code=code)
        faults.fail(error)
        assert await db.get(ADA) is None
        faults.fail(error, times=2)
        with pytest.raises(AccessDenied):
            await db.get(ADA)


async def test_a_wrong_signature_is_final(faults: AsyncFaults, opened: Open) -> None:
    error = AccessDenied("The request signature we calculated does not match", code="InvalidSignatureException")
    faults.fail(error)
    with pytest.raises(AccessDenied):
        await opened().get(ADA)
    assert len(faults.calls) == 1


# The breaker


async def test_without_a_breaker_every_call_is_made(faults: AsyncFaults, opened: Open) -> None:
    faults.throttle(times=None)
    await fail(opened(), 60)
    assert len(faults.calls) == 60


async def test_a_circuit_that_is_open_says_of_what_and_until_when(
    faults: AsyncFaults, opened: Open, frozen_clock: FrozenClock
) -> None:
    db = opened(breaker=RULE)
    faults.throttle(times=None)
    await fail(db, 4)
    frozen_clock.advance(10)
    with pytest.raises(CircuitOpen, match="table 'shop': no read is made for 20 s, because 50% or more") as caught:
        await db.get(ADA)
    assert (caught.value.table, caught.value.kind, caught.value.seconds) == ("shop", "read", 20.0)
    assert caught.value.until == frozen_clock() + 20
    assert "the last with Throttled" in str(caught.value)
    assert not caught.value.may_have_taken_effect
    assert len(faults.calls) == 4


async def test_writes_and_other_tables_have_circuits_of_their_own(faults: AsyncFaults, opened: Open) -> None:
    db = opened(breaker=RULE)
    faults.throttle(times=4)
    await fail(db, 4)
    await db.put(ORDER)
    assert await db.get(Session.key("s")) is None
    with pytest.raises(CircuitOpen):
        await db.get(ADA)
    assert db.circuits is not None
    assert db.circuits.states() == {
        ("shop", "read"): "open",
        ("shop", "write"): "closed",
        ("sessions", "read"): "closed",
    }


@pytest.mark.parametrize("error", [Throttled("hot"), ServiceUnavailable("oops"), ConnectionLost("no answer")])
async def test_what_is_the_services_fault_counts(faults: AsyncFaults, opened: Open, error: DynalayerError) -> None:
    db = opened(breaker=RULE)
    faults.fail(error, times=None)
    await fail(db, 4, type(error))
    with pytest.raises(CircuitOpen):
        await db.get(ADA)


@pytest.mark.parametrize("error", [ConditionFailed(), ValidationError("wrong"), AccessDenied("no")])
async def test_what_is_the_requests_fault_does_not(faults: AsyncFaults, opened: Open, error: DynalayerError) -> None:
    db = opened(breaker=RULE)
    faults.fail(error, times=40)
    await fail(db, 40, type(error))
    assert await db.get(ADA) is None


async def test_a_service_that_is_well_again_is_found_by_one_call(
    faults: AsyncFaults, opened: Open, frozen_clock: FrozenClock
) -> None:
    db = opened(breaker=RULE)
    faults.throttle(times=5)
    await fail(db, 4)
    frozen_clock.advance(30)
    await fail(db, 1)
    await fail(db, 1, CircuitOpen)
    frozen_clock.advance(30)
    assert await db.get(ADA) is None
    assert await db.get(ADA) is None
    assert len(faults.calls) == 7


async def test_observers_are_told_of_circuits(faults: AsyncFaults, opened: Open, frozen_clock: FrozenClock) -> None:
    class Seen(Observer):
        def breaker_changed(self, event: BreakerChanged) -> None:
            changes.append((event.table, event.operations, event.old, event.new))

    changes: list[tuple[str, ...]] = []
    db = opened(breaker=RULE, observers=[Seen()])
    faults.throttle(times=4)
    await fail(db, 4)
    frozen_clock.advance(30)
    await db.get(ADA)
    assert changes == [
        ("shop", "read", "closed", "open"),
        ("shop", "read", "open", "half open"),
        ("shop", "read", "half open", "closed"),
    ]


async def test_a_call_that_met_the_failures_itself_tells_of_them(faults: AsyncFaults, opened: Open) -> None:
    db = opened(breaker=RULE, retry=RetryPolicy(attempts=9))
    faults.throttle(times=None)
    with pytest.raises(Throttled) as caught:
        await db.get(ADA)
    assert len(faults.calls) == 4
    assert "no read is made" in caught.value.__notes__[0]


async def test_a_transaction_needs_the_circuits_of_all_its_tables(
    faults: AsyncFaults, opened: Open, frozen_clock: FrozenClock
) -> None:
    db = opened(breaker=RULE)
    faults.throttle(operation="PutItem", times=4)
    for _ in range(4):
        with pytest.raises(Throttled):
            await db.with_(retry=ONCE).put(Session(session_id="s"))
    with pytest.raises(CircuitOpen, match="table 'sessions': no write"):
        await db.transact(Create(ORDER), Create(Session(session_id="s")))
    frozen_clock.advance(30)
    await db.transact(Create(ORDER), Create(Session(session_id="s")))
    assert db.circuits is not None
    assert set(db.circuits.states().values()) == {"closed"}


async def test_throttling_that_names_a_table_is_that_tables(faults: AsyncFaults, opened: Open) -> None:
    db = opened(breaker=RULE)
    resource = "arn:aws:dynamodb:eu-west-1:123456789012:table/sessions/index/by-language"
    faults.throttle(times=4, reason="IndexWriteProvisionedThroughputExceeded", resource=resource)
    for _ in range(4):
        with pytest.raises(Throttled):
            await db.with_(retry=ONCE).transact(Create(ORDER), Create(Session(session_id="s")))
    assert db.circuits is not None
    assert db.circuits.states() == {("shop", "write"): "closed", ("sessions", "write"): "open"}


async def test_making_tables_has_no_circuit(faults: AsyncFaults, opened: Open) -> None:
    db = opened(breaker=RULE)
    await db.create_tables(shop)
    assert db.circuits is not None
    assert db.circuits.states() == {}


# The end


async def test_a_closed_database_makes_no_calls(faults: AsyncFaults, opened: Open) -> None:
    db = opened()
    other = db.with_(deadline=1)
    await db.close()
    for each in (db, other):
        with pytest.raises(DatabaseClosed, match="has been closed") as caught:
            await each.get(ADA)
        assert not caught.value.may_have_taken_effect
    assert len(faults.calls) == 0
