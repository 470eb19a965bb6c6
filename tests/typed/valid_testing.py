"""Code with the testing kit that must be free of type errors."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import assert_type

from dynalayer import AsyncDatabase, Database, DeadlineExceeded, RetryPolicy, Throttled
from dynalayer.testing import (
    AsyncFaults,
    Call,
    Calls,
    FaultPlan,
    Faults,
    FrozenClock,
    fresh_async_database,
    fresh_database,
    serving,
)

from .valid import User, app, k

clock = FrozenClock(datetime(2026, 11, 21, tzinfo=UTC))
clock.advance(1.5)
clock.set(0)
assert_type(clock(), float)
assert_type(clock.slept, list[float])

db = fresh_database(app, clock=clock)
assert_type(db, Database)
plan = FaultPlan(clock=clock, seed=3)
faults = Faults(db.connection, like=plan)
plan.fail(Throttled("slow"), operation="GetItem", times=None, probability=0.5)
plan.fail(lambda call: Throttled(call.operation))
plan.throttle(reason="TableReadProvisionedThroughputExceeded", table="app")
plan.time_out(after_commit=True, seconds=3)
plan.slow(2)
plan.conflict()
plan.corrupt(into=lambda answer: answer + b"}")
plan.refuse_connections(times=2)
plan.leave_undone(4)
plan.heal()
assert_type(plan.calls, Calls)
assert_type(plan.calls.of("GetItem", table="app"), Calls)
assert_type(plan.calls[0], Call)
assert plan.calls.total_rcu <= 1.5

faulty = Database(faults, clock=clock, sleep=clock.sleep, deadline=2.0)
assert_type(faulty.with_(deadline=math.inf, retry=RetryPolicy(attempts=1)), Database)
assert_type(faulty.with_(deadline=0.5).get(k), User | None)
try:
    faulty.get(k)
except DeadlineExceeded as late:
    assert_type(late.may_have_taken_effect, bool)
with serving() as url:
    assert_type(url, str)


async def main() -> None:
    adb = fresh_async_database(app, clock=clock)
    assert_type(adb, AsyncDatabase)
    wrapped = AsyncDatabase(AsyncFaults(adb.connection, clock=clock), clock=clock, sleep=clock.async_sleep)
    assert_type(await wrapped.with_(deadline=1).get(k), User | None)
