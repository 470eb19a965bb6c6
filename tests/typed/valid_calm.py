"""Code for a service that is not calm, which must be free of type errors."""

from __future__ import annotations

from typing import assert_type

from dynalayer import (
    AsyncDatabase,
    Breaker,
    CircuitOpen,
    Database,
    DatabaseClosed,
    Hedge,
    OutcomeUnknown,
    RetryBudget,
    RetryPolicy,
    Throttled,
)

from .valid import User, k

budget = RetryBudget(100, cost=1)
rule = Breaker(ratio=1.0, volume=5)
assert_type(RetryPolicy.one_two_four(), RetryPolicy)
assert_type(RetryPolicy.background(10).wait(1), float)
calm = Database("memory:", retry=RetryPolicy.interactive(), budget=budget, breaker=rule, hedge=Hedge(0.05, share=0.2))
assert_type(calm.with_(exactly_once=True), Database)
assert_type(calm.with_(exactly_once=True).get(k), User | None)
assert_type(calm.budget.tokens, float)
if calm.circuits is not None:
    for (table, kind), state in calm.circuits.states().items():
        assert_type((table, kind), tuple[str, str])
        assert state in ("closed", "open", "half open")
try:
    calm.get(k)
except CircuitOpen as error:
    assert_type((error.table, error.kind, error.until), tuple[str, str, float])
except (OutcomeUnknown, DatabaseClosed) as error:
    assert_type(error.may_have_taken_effect, bool)
except Throttled as error:
    assert_type(error.index, str | None)
calm.close(within=3)


async def main() -> None:
    adb = AsyncDatabase("memory:", breaker=rule, budget=budget, exactly_once=True)
    assert_type(await adb.with_(exactly_once=False, deadline=1).get(k), User | None)
    await adb.close(within=3.0)
