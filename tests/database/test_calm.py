"""Generated from `test_async_calm.py` by `scripts/generate_sync.py`; change that file."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from dynalayer import (
    AccessDenied,
    Breaker,
    CircuitOpen,
    ConnectionLost,
    Create,
    Database,
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
from dynalayer.testing import Faults, FrozenClock, fresh_database

from .shop import Order, Session, sessions, shop

ADA = Order.key("ada", "1")
ORDER = Order(customer="ada", id="1")
ONCE = RetryPolicy(attempts=1)
RULE = Breaker(ratio=0.5, volume=4, window=10.0, pause=30.0)

Open = Callable[..., Database]


@pytest.fixture
def faults(frozen_clock: FrozenClock) -> Faults:
    return Faults(fresh_database(shop, sessions, clock=frozen_clock).connection, clock=frozen_clock)


@pytest.fixture
def opened(faults: Faults, frozen_clock: FrozenClock) -> Open:
    def make(**options: Any) -> Database:
        return Database(faults, clock=frozen_clock, sleep=frozen_clock.sleep, **options)

    return make


def fail(db: Database, times: int, error: type[DynalayerError] = Throttled) -> None:
    for _ in range(times):
        with pytest.raises(error):
            db.with_(retry=ONCE).get(ADA)


# The budget


def test_calls_that_all_fail_are_made_once_when_the_budget_is_used_up(faults: Faults, opened: Open) -> None:
    db = opened(budget=RetryBudget(20))
    faults.throttle(times=None)
    fail_often(db, 2)
    assert len(faults.calls) == 4 + 2
    with pytest.raises(Throttled) as caught:
        db.get(ADA)
    assert len(faults.calls) == 7
    assert "the retry budget is used up (<RetryBudget: 0 of 20 tokens>)" in caught.value.__notes__[0]


def fail_often(db: Database, times: int) -> None:
    for _ in range(times):
        with pytest.raises(Throttled):
            db.get(ADA)


def test_calls_that_end_well_earn_retries_again(faults: Faults, opened: Open) -> None:
    db = opened(budget=RetryBudget(5))
    faults.throttle(times=2)
    fail_often(db, 1)
    for _ in range(5):
        db.get(ADA)
    faults.throttle()
    assert db.get(ADA) is None


def test_a_retry_that_ends_well_gives_back_what_it_cost(faults: Faults, opened: Open) -> None:
    db = opened(budget=RetryBudget(20))
    faults.throttle()
    db.get(ADA)
    assert db.budget.tokens == 20
    faults.fail(ConnectionLost("reset"), times=2)
    db.get(ADA)
    assert db.budget.tokens == 10


def test_a_database_with_other_options_shares_the_budget(faults: Faults, opened: Open) -> None:
    db = opened(budget=RetryBudget(15), deadline=math.inf)
    faults.throttle(times=4)
    fail_often(db.with_(deadline=60), 1)
    assert db.budget.tokens == 0


# Signatures out of time


def test_a_signature_out_of_time_is_made_once_more(faults: Faults, opened: Open) -> None:
    db = opened()
    for code, message in (
        ("InvalidSignatureException", "Signature expired: 20261121T120000Z is now earlier than 20261121T121000Z"),
        ("InvalidSignatureException", "Signature not yet current: 20261121T120000Z is still later than"),
        ("RequestTimeTooSkewed", "The difference between the request time and the current time is too large."),
        ("IncompleteSignatureException", "Authorization header requires 'Signature' parameter."),
    ):
        error = AccessDenied(message, code=code)
        faults.fail(error)
        assert db.get(ADA) is None
        faults.fail(error, times=2)
        with pytest.raises(AccessDenied):
            db.get(ADA)


def test_a_wrong_signature_is_final(faults: Faults, opened: Open) -> None:
    error = AccessDenied("The request signature we calculated does not match", code="InvalidSignatureException")
    faults.fail(error)
    with pytest.raises(AccessDenied):
        opened().get(ADA)
    assert len(faults.calls) == 1


# The breaker


def test_without_a_breaker_every_call_is_made(faults: Faults, opened: Open) -> None:
    faults.throttle(times=None)
    fail(opened(), 60)
    assert len(faults.calls) == 60


def test_a_circuit_that_is_open_says_of_what_and_until_when(
    faults: Faults, opened: Open, frozen_clock: FrozenClock
) -> None:
    db = opened(breaker=RULE)
    faults.throttle(times=None)
    fail(db, 4)
    frozen_clock.advance(10)
    with pytest.raises(CircuitOpen, match="table 'shop': no read is made for 20 s, because 50% or more") as caught:
        db.get(ADA)
    assert (caught.value.table, caught.value.kind, caught.value.seconds) == ("shop", "read", 20.0)
    assert caught.value.until == frozen_clock() + 20
    assert "the last with Throttled" in str(caught.value)
    assert not caught.value.may_have_taken_effect
    assert len(faults.calls) == 4


def test_writes_and_other_tables_have_circuits_of_their_own(faults: Faults, opened: Open) -> None:
    db = opened(breaker=RULE)
    faults.throttle(times=4)
    fail(db, 4)
    db.put(ORDER)
    assert db.get(Session.key("s")) is None
    with pytest.raises(CircuitOpen):
        db.get(ADA)
    assert db.circuits is not None
    assert db.circuits.states() == {
        ("shop", "read"): "open",
        ("shop", "write"): "closed",
        ("sessions", "read"): "closed",
    }


@pytest.mark.parametrize("error", [Throttled("hot"), ServiceUnavailable("oops"), ConnectionLost("no answer")])
def test_what_is_the_services_fault_counts(faults: Faults, opened: Open, error: DynalayerError) -> None:
    db = opened(breaker=RULE)
    faults.fail(error, times=None)
    fail(db, 4, type(error))
    with pytest.raises(CircuitOpen):
        db.get(ADA)


@pytest.mark.parametrize("error", [ConditionFailed(), ValidationError("wrong"), AccessDenied("no")])
def test_what_is_the_requests_fault_does_not(faults: Faults, opened: Open, error: DynalayerError) -> None:
    db = opened(breaker=RULE)
    faults.fail(error, times=40)
    fail(db, 40, type(error))
    assert db.get(ADA) is None


def test_a_service_that_is_well_again_is_found_by_one_call(
    faults: Faults, opened: Open, frozen_clock: FrozenClock
) -> None:
    db = opened(breaker=RULE)
    faults.throttle(times=5)
    fail(db, 4)
    frozen_clock.advance(30)
    fail(db, 1)
    fail(db, 1, CircuitOpen)
    frozen_clock.advance(30)
    assert db.get(ADA) is None
    assert db.get(ADA) is None
    assert len(faults.calls) == 7


def test_observers_are_told_of_circuits(faults: Faults, opened: Open, frozen_clock: FrozenClock) -> None:
    class Seen(Observer):
        def breaker_changed(self, event: BreakerChanged) -> None:
            changes.append((event.table, event.operations, event.old, event.new))

    changes: list[tuple[str, ...]] = []
    db = opened(breaker=RULE, observers=[Seen()])
    faults.throttle(times=4)
    fail(db, 4)
    frozen_clock.advance(30)
    db.get(ADA)
    assert changes == [
        ("shop", "read", "closed", "open"),
        ("shop", "read", "open", "half open"),
        ("shop", "read", "half open", "closed"),
    ]


def test_a_call_that_met_the_failures_itself_tells_of_them(faults: Faults, opened: Open) -> None:
    db = opened(breaker=RULE, retry=RetryPolicy(attempts=9))
    faults.throttle(times=None)
    with pytest.raises(Throttled) as caught:
        db.get(ADA)
    assert len(faults.calls) == 4
    assert "no read is made" in caught.value.__notes__[0]


def test_a_transaction_needs_the_circuits_of_all_its_tables(
    faults: Faults, opened: Open, frozen_clock: FrozenClock
) -> None:
    db = opened(breaker=RULE)
    faults.throttle(operation="PutItem", times=4)
    for _ in range(4):
        with pytest.raises(Throttled):
            db.with_(retry=ONCE).put(Session(session_id="s"))
    with pytest.raises(CircuitOpen, match="table 'sessions': no write"):
        db.transact(Create(ORDER), Create(Session(session_id="s")))
    frozen_clock.advance(30)
    db.transact(Create(ORDER), Create(Session(session_id="s")))
    assert db.circuits is not None
    assert set(db.circuits.states().values()) == {"closed"}


def test_throttling_that_names_a_table_is_that_tables(faults: Faults, opened: Open) -> None:
    db = opened(breaker=RULE)
    resource = "arn:aws:dynamodb:eu-west-1:123456789012:table/sessions/index/by-language"
    faults.throttle(times=4, reason="IndexWriteProvisionedThroughputExceeded", resource=resource)
    for _ in range(4):
        with pytest.raises(Throttled):
            db.with_(retry=ONCE).transact(Create(ORDER), Create(Session(session_id="s")))
    assert db.circuits is not None
    assert db.circuits.states() == {("shop", "write"): "closed", ("sessions", "write"): "open"}


def test_making_tables_has_no_circuit(faults: Faults, opened: Open) -> None:
    db = opened(breaker=RULE)
    db.create_tables(shop)
    assert db.circuits is not None
    assert db.circuits.states() == {}


# The end


def test_a_closed_database_makes_no_calls(faults: Faults, opened: Open) -> None:
    db = opened()
    other = db.with_(deadline=1)
    db.close()
    for each in (db, other):
        with pytest.raises(DatabaseClosed, match="has been closed") as caught:
            each.get(ADA)
        assert not caught.value.may_have_taken_effect
    assert len(faults.calls) == 0
