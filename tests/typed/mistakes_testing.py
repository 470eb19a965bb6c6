"""Mistakes with the testing kit that both type checkers must find: each line marked `# error` and no other."""

from dynalayer import AsyncDatabase, Database
from dynalayer.testing import AsyncFaults, Call, FaultPlan, Faults, FrozenClock, fresh_async_database, fresh_database

from .valid import User, app, db

plan = FaultPlan(clock=FrozenClock())
FaultPlan(clock=lambda: 0.0)  # error: slow calls need a clock that can be moved
FrozenClock("2026-11-21")  # error: a moment is seconds or a datetime
FrozenClock().advance("1")  # error: seconds are a number
fresh_database(User)  # error: a table, not an entity
fresh_database("app")  # error: a table, not its name
plan.fail(ValueError("x"))  # error: an error of the library
plan.fail(lambda call: call.operation)  # error: what makes an error gives one
plan.throttle(times="2")  # error: a number of times
plan.slow()  # error: so many seconds
plan.leave_undone("all")  # error: a number of requests
plan.calls.of(1)  # error: operations are named
plan.calls.total_cost  # error: no such sum
Faults(fresh_async_database(app).connection)  # error: an awaited connection for the other executor
AsyncFaults(fresh_database(app).connection)  # error: a plain connection for the awaited executor
Database(AsyncFaults(fresh_async_database(app).connection))  # error: the faults of the other executor
AsyncDatabase("memory:", sleep=FrozenClock().sleep)  # error: a sleep that is not awaited
Call("GetItem", "{}")  # error: a body is bytes
db.with_(deadline="1")  # error: seconds are a number
db.with_(timeout=1)  # error: no such option
