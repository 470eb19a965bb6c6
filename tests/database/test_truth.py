"""Whatever goes wrong, a write says the truth: done, not done, or unknown."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynalayer import AccessDenied, Database, DeadlineExceeded, DynalayerError, OutcomeUnknown, RetryBudget, RetryPolicy
from dynalayer.testing import Faults, FrozenClock, fresh_database

from .shop import Order, shop

ADA = Order.key("ada", "1")
WRITES = ("UpdateItem", "PutItem", "TransactWriteItems", "GetItem")

faults_of_a_call = st.lists(st.sampled_from(["throttle", "silence", "after", "refused", "denied", "fine"]), max_size=6)


def plan(faults: Faults, kinds: list[str]) -> None:
    """Plan one fault after another for the writes that come."""
    faults.heal()
    for kind in kinds:
        for operation in WRITES:
            if kind == "throttle":
                faults.throttle(operation=operation)
            elif kind == "denied":
                faults.fail(AccessDenied("no"), operation=operation)
            elif kind in ("silence", "after"):
                faults.time_out(operation=operation, after_commit=kind == "after", seconds=0.5)
            elif kind == "refused":
                faults.conflict(operation=operation)


@pytest.mark.parametrize("exact", [False, True])
@given(st.lists(faults_of_a_call, max_size=6), st.integers(0, 60), st.floats(0.1, 9))
@settings(deadline=None, max_examples=60)
def test_a_counter_is_what_its_calls_said(exact: bool, calls: list[list[str]], tokens: int, deadline: float) -> None:
    clock = FrozenClock()
    faults = Faults(fresh_database(shop, clock=clock).connection, clock=clock)
    policy = RetryPolicy(random=lambda: 1.0)
    budget = RetryBudget(tokens)
    db = Database(faults, clock=clock, sleep=clock.sleep, retry=policy, budget=budget, exactly_once=exact)
    db.put(Order(customer="ada", id="1"))
    done = unknown = 0
    for kinds in calls:
        plan(faults, kinds)
        begun = clock()
        try:
            db.with_(deadline=deadline).update(ADA, Order.lines.add(1))
            done += 1
        except OutcomeUnknown:
            unknown += 1
        except DeadlineExceeded as error:
            unknown += error.may_have_taken_effect
        except DynalayerError:
            pass
        # The attempt that is under way when the time is over lasts half a second more here.
        assert clock() - begun <= deadline + 0.5
        faults.heal()
    found = db.get(ADA)
    assert found is not None
    assert done <= found.lines <= done + unknown


@given(faults_of_a_call, st.booleans())
@settings(deadline=None)
def test_a_create_is_there_if_it_says_so_and_not_if_it_denies_it(kinds: list[str], exact: bool) -> None:
    clock = FrozenClock()
    faults = Faults(fresh_database(shop, clock=clock).connection, clock=clock)
    db = Database(faults, clock=clock, sleep=clock.sleep, exactly_once=exact)
    plan(faults, kinds)
    try:
        db.create(Order(customer="ada", id="1", note="ours"))
        said: bool | None = True
    except OutcomeUnknown:
        said = None
    except DynalayerError:
        said = False
    faults.heal()
    assert said is None or (db.get(ADA) is not None) is said
