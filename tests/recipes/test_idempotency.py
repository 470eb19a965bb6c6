from __future__ import annotations

import asyncio
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynalayer import (
    AccessPattern,
    AsyncDatabase,
    ConnectionLost,
    Database,
    DefinitionError,
    DynalayerError,
    InvalidValue,
    RetryPolicy,
    ServiceUnavailable,
    Table,
    any_,
)
from dynalayer.recipes import (
    Finished,
    Idempotency,
    PayloadMismatch,
    ResultNotKept,
    Started,
    StillRunning,
    TakenOver,
    idempotent,
)
from dynalayer.statements import Raw
from dynalayer.testing import Faults, undeclared

from .conftest import NOW, Clock, single_table
from .interleaving import start


@dataclass
class Order:
    id: str
    total: Decimal


@dataclass
class Receipt:
    order: str
    paid: Decimal
    tags: set[str]


class Till:
    """Counts what it is asked to take."""

    def __init__(self) -> None:
        self.taken: list[str] = []

    def take(self, order: Order) -> Receipt:
        self.taken.append(order.id)
        return Receipt(order.id, order.total, set())


@pytest.fixture
def till() -> Till:
    return Till()


ONE = Order("1", Decimal("9.90"))


def test_a_call_is_made_once_and_later_callers_get_its_typed_result(db: Database, table: Table, till: Till) -> None:
    @idempotent(db, Idempotency(table, "payments"), key=lambda order: order.id)
    def pay(order: Order) -> Receipt:
        return till.take(order)

    assert [pay(ONE) for _ in range(3)] == [Receipt("1", Decimal("9.90"), set())] * 3
    pay(Order("2", Decimal(1)))
    assert till.taken == ["1", "2"]


def test_the_same_key_with_other_arguments_is_refused(db: Database, table: Table, till: Till) -> None:
    @idempotent(db, Idempotency(table, "payments"), key=lambda order: order.id)
    def pay(order: Order) -> Receipt:
        return till.take(order)

    pay(ONE)
    with pytest.raises(PayloadMismatch, match="'payments': this key was used before with other arguments"):
        pay(Order("1", Decimal("9.91")))
    assert till.taken == ["1"]


def test_without_a_key_all_arguments_are_the_key(db: Database, table: Table) -> None:
    made: list[tuple[int, str]] = []

    @idempotent(db, Idempotency(table, "calls"))
    def make(number: int, *, mode: str = "x") -> None:
        made.append((number, mode))

    make(1)
    make(number=1, mode="x")
    make(1, mode="y")
    make(2)
    assert made == [(1, "x"), (1, "y"), (2, "x")]


def test_what_is_compared_can_be_chosen(db: Database, table: Table) -> None:
    @idempotent(db, Idempotency(table, "calls"), key=lambda id, body, sent: id, payload=lambda id, body, sent: body)
    def make(id: str, body: str, sent: float) -> float:
        return sent

    assert make("1", "a", 1.0) == make("1", "a", 2.0) == 1.0
    with pytest.raises(PayloadMismatch):
        make("1", "b", 1.0)


def test_functions_that_share_a_recipe_do_not_share_keys(db: Database, table: Table) -> None:
    calls = Idempotency(table, "calls")

    @idempotent(db, calls, key=lambda: "x")
    def one() -> int:
        return 1

    @idempotent(db, calls, key=lambda: "x")
    def two() -> int:
        return 2

    assert (one(), two(), one()) == (1, 2, 1)


def test_an_error_forgets_the_call(db: Database, table: Table) -> None:
    tries: list[int] = []

    @idempotent(db, Idempotency(table, "calls"), key=lambda: "x")
    def fail_first() -> str:
        tries.append(1)
        if len(tries) == 1:
            raise ZeroDivisionError
        return "done"

    with pytest.raises(ZeroDivisionError):
        fail_first()
    assert fail_first() == fail_first() == "done"
    assert len(tries) == 2


def test_a_second_caller_is_told_that_the_call_is_in_progress(db: Database, table: Table, clock: Clock) -> None:
    calls = Idempotency(table, "calls", run_for=60)
    assert isinstance(db.run(calls.begin("x")), Started)
    clock.now += 20
    with pytest.raises(StillRunning, match=r"the same call is in progress, for 40.000 s at most") as caught:
        db.run(calls.begin("x"))
    assert caught.value.retry_after == 40


def test_a_run_that_crashed_is_taken_over_and_cannot_finish(db: Database, table: Table, clock: Clock) -> None:
    calls = Idempotency(table, "calls", run_for=60)
    crashed = db.run(calls.begin("x"))
    clock.now += 60
    mine = db.run(calls.begin("x"))
    assert isinstance(crashed, Started)
    assert isinstance(mine, Started)
    with pytest.raises(TakenOver, match="it may have been made twice: give it more time by run_for="):
        db.run(calls.finish(crashed, "late"))
    db.run(calls.abandon(crashed))
    db.run(calls.finish(mine, "mine"))
    assert db.run(calls.begin("x")) == Finished("mine")


def test_a_result_is_forgotten_in_the_end(db: Database, table: Table, clock: Clock) -> None:
    calls = Idempotency(table, "calls", keep_for=3_600)
    run = db.run(calls.begin("x", b"a"))
    assert isinstance(run, Started)
    db.run(calls.finish(run, "first"))
    clock.now = NOW + 3_599
    assert db.run(calls.begin("x", b"a")) == Finished("first")
    clock.now = NOW + 3_600
    assert isinstance(db.run(calls.begin("x", b"other")), Started)


def test_the_time_to_run_may_depend_on_the_arguments(db: Database, table: Table, clock: Clock) -> None:
    seen: list[bool] = []
    calls = Idempotency(table, "calls")

    @idempotent(db, calls, key=lambda event, left: event, run_for=lambda event, left: left)
    def handle(event: str, left: float) -> None:
        record = db.get(calls.key(f"{handle.__module__}.{handle.__qualname__}\0{event}"))
        seen.append(record is not None and record.until == (NOW + left) * 1000)

    handle("a", 7.5)
    assert seen == [True]


def test_a_result_may_be_left_out_of_the_table(db: Database, table: Table) -> None:
    @idempotent(db, Idempotency(table, "tokens"), key=lambda user: user, keep_result=False)
    def make_token(user: str):  # type: ignore[no-untyped-def]
        return "secret"

    assert make_token("ada") == "secret"
    with pytest.raises(ResultNotKept, match="'tokens': the call was made before, its result was not kept"):
        make_token("ada")
    stored = db.run(Raw("Scan", {"TableName": table.name}))["Items"]
    assert len(stored) == 1
    assert "secret" not in repr(stored)
    assert "ada" not in repr(stored)


def test_a_result_that_is_too_large_is_not_kept_and_the_call_not_made_again(db: Database, table: Table) -> None:
    @idempotent(db, Idempotency(table, "calls", most_bytes=1_000))
    def make(length: int) -> str:
        return "x" * length

    assert len(make(2_000)) == 2_000
    with pytest.raises(ResultNotKept):
        make(2_000)


def test_a_result_of_another_type_than_declared_is_an_error_and_the_call_not_made_again(
    memory: Database, table: Table
) -> None:
    made: list[int] = []

    @idempotent(memory, Idempotency(table, "calls"), key=lambda: "x")
    def make() -> int:
        made.append(1)
        return "text"  # type: ignore[return-value]

    with pytest.raises(InvalidValue, match=r"of make\(\): expected int, got str"):
        make()
    with pytest.raises(ResultNotKept):
        make()
    assert made == [1]


def test_what_cannot_work_is_refused_when_the_function_is_defined(memory: Database, table: Table) -> None:
    calls = Idempotency(table, "calls")
    with pytest.raises(DefinitionError, match="say by a return annotation what it gives"):
        idempotent(memory, calls)(lambda: 1)

    def make() -> threading.Lock:
        return threading.Lock()

    with pytest.raises(DefinitionError, match="cannot be stored"):
        idempotent(memory, calls)(make)

    async def awaited() -> int:
        return 1

    with pytest.raises(DefinitionError, match=r"awaited\(\) is awaited: give it an AsyncDatabase"):
        idempotent(memory, calls)(awaited)


def test_arguments_that_cannot_be_compared_are_refused_before_the_call(memory: Database, table: Table) -> None:
    @idempotent(memory, Idempotency(table, "calls"), key=lambda context: "x")
    def make(context: object) -> None:
        raise AssertionError

    with pytest.raises(InvalidValue, match=r"object has no text of its own.*say what to compare by payload="):
        make(object())


@pytest.mark.parametrize("error", [ConnectionLost("reset"), ServiceUnavailable("oops")])
def test_answers_that_are_lost_do_not_make_a_call_twice(table: Table, clock: Clock, error: DynalayerError) -> None:
    faults = Faults(Database("memory:", clock=clock).connection)
    db = Database(faults, clock=clock, sleep=clock.sleep, retry=RetryPolicy(attempts=1))
    db.create_tables(table)
    made: list[int] = []

    @idempotent(db, Idempotency(table, "calls"), key=lambda: "x")
    def make() -> int:
        made.append(1)
        faults.fail(error, operation="PutItem", after_commit=True)
        return len(made)

    faults.fail(error, operation="PutItem", after_commit=True)
    assert (make(), make()) == (1, 1)


def test_threads_at_once_make_one_call_and_wait_for_it(table: Table, tmp_path: Path) -> None:
    made: list[int] = []
    with Database(f"embedded:{tmp_path / 'x.db'}?durability=relaxed") as db:
        db.create_tables(table)

        @idempotent(db, Idempotency(table, "calls"), key=lambda: "x", wait=60)
        def make() -> int:
            made.append(1)
            return len(made)

        with ThreadPoolExecutor(8) as threads:
            assert list(threads.map(lambda _: make(), range(20))) == [1] * 20
    assert made == [1]


@pytest.mark.anyio
async def test_tasks_at_once_make_one_call_and_wait_for_it(table: Table) -> None:
    made: list[int] = []

    async def no_sleep(seconds: float) -> None:
        await asyncio.sleep(0)

    async with AsyncDatabase("memory:", sleep=no_sleep) as db:
        await db.create_tables(table)

        @idempotent(db, Idempotency(table, "calls"), key=lambda number: "x", payload=lambda number: None, wait=60)
        async def make(number: int) -> int:
            for _ in range(50):
                await asyncio.sleep(0)
            made.append(number)
            return number

        results = await asyncio.gather(*(make(number) for number in range(20)))
    assert results == made * 20
    assert len(made) == 1


@pytest.mark.anyio
async def test_a_cancelled_call_is_forgotten(table: Table) -> None:
    async with AsyncDatabase("memory:") as db:
        await db.create_tables(table)
        started, made = asyncio.Event(), [0]

        @idempotent(db, Idempotency(table, "calls"), key=lambda: "x")
        async def make() -> int:
            made[0] += 1
            started.set()
            if made[0] == 1:
                await asyncio.Event().wait()
            return made[0]

        task = asyncio.create_task(make())
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await make() == 2


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 2**32), callers=st.integers(2, 5))
def test_no_interleaving_makes_a_call_twice_while_a_run_has_its_time(seed: int, callers: int) -> None:
    choose, clock, table = random.Random(seed), Clock(), single_table()
    with Database("memory:", clock=clock) as memory:
        memory.create_tables(table)
        calls = Idempotency(table, "calls", run_for=1_000)
        effects, running = 0, [start(calls.begin("x", wait=500), memory, clock) for _ in range(callers)]
        for each in running:
            if choose.random() < 0.4:
                each.fault = lambda: ConnectionLost("x") if choose.random() < 0.3 else None
        waiting: list[object] = list(running)
        while waiting:
            each = choose.choice(running)
            if each not in waiting:
                continue
            each.advance()
            clock.now += 0.01
            if not each.done:
                continue
            waiting.remove(each)
            if isinstance(each.result, Started):
                effects += 1
                memory.run(calls.finish(each.result, str(effects)))
            elif each.error is None:
                assert each.result == Finished("1")
        assert effects <= 1


def test_all_that_remembering_calls_asks_is_among_its_statements(clock: Clock) -> None:
    table = Table("calls", pk="name", ttl="expires")
    faults = Faults(Database("memory:", clock=clock).connection)
    with Database(faults, clock=clock) as db:
        db.create_tables(table)
        calls = Idempotency(table, "pay")
        declared = [AccessPattern("a call", statement) for statement in calls.statements(any_(str))]
        run = db.run(calls.begin("a"))
        assert isinstance(run, Started)
        with pytest.raises(StillRunning):
            db.run(calls.begin("a"))
        db.run(calls.abandon(run))
        run = db.run(calls.begin("a"))
        assert isinstance(run, Started)
        db.run(calls.finish(run, "done"))
        assert undeclared(faults.calls, declared) == []
        assert undeclared(faults.calls, declared[1:]) != []
