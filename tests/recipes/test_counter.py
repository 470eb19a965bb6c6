from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynalayer import (
    AsyncDatabase,
    ConnectionLost,
    Database,
    DynalayerError,
    InvalidValue,
    OutcomeUnknown,
    RetryPolicy,
    ServiceUnavailable,
    Table,
    Throttled,
)
from dynalayer.recipes import Counter
from dynalayer.testing import AsyncFaults, Faults

from .conftest import NOW, Clock, single_table
from .interleaving import start


def behind(faults: Faults, clock: Clock) -> Database:
    return Database(faults, clock=clock, sleep=clock.sleep, retry=RetryPolicy(attempts=1))


@pytest.fixture
def faults(clock: Clock, table: Table) -> Faults:
    database = Database("memory:", clock=clock)
    database.create_tables(table)
    return Faults(database.connection)


def test_what_was_added_is_counted(db: Database, table: Table) -> None:
    views = Counter(table, "views")
    assert db.run(views.value("home")) == 0
    for amount in (1, 5, -2):
        assert db.run(views.add("home", amount))
    db.run(views.add("other"))
    assert db.run(views.value("home")) == 4
    assert db.run(views.value("home", consistent=False)) == 4
    assert db.run(views.value("home", at_one_moment=True)) == 4
    assert db.run(views.value("other")) == 1


def test_a_counter_can_be_spread_and_keeps_its_value(db: Database, table: Table) -> None:
    views = Counter(table, "views")
    db.run(views.add("home", 7))
    assert db.run(views.spread("home", 120)) == 120
    for _ in range(30):
        db.run(views.add("home"))
    assert db.run(views.value("home")) == 37
    db.run(views.spread("other", 9))
    for n in range(10):
        db.run(views.add("other", n))
    assert db.run(views.value("other", at_one_moment=True)) == 45
    with pytest.raises(InvalidValue, match="reads 1 to 100 items, got 121"):
        db.run(views.value("home", at_one_moment=True))
    assert db.run(views.spread("home", 4)) == 120
    assert db.run(Counter(table, "views").shards("home")) == 120
    with pytest.raises(InvalidValue, match="it may have 1 to 128 shards, not 129"):
        views.spread("home", 129)


def test_throttling_doubles_the_shards_until_there_are_enough(faults: Faults, table: Table, clock: Clock) -> None:
    db = behind(faults, clock)
    views = Counter(table, "views", most_shards=6)
    db.run(views.add("home"))
    sizes: list[int] = []
    for _ in range(3):
        faults.fail(Throttled("hot"), operation="UpdateItem")
        db.run(views.add("home"))
        sizes.append(db.run(views.shards("home")))
    assert sizes == [2, 4, 6]
    assert db.run(views.value("home")) == 4
    faults.fail(Throttled("hot"), operation="UpdateItem")
    with pytest.raises(Throttled):
        db.run(views.add("home"))
    assert db.run(views.value("home")) == 4


def test_one_who_knows_fewer_shards_learns_of_the_others(faults: Faults, table: Table, clock: Clock) -> None:
    db = behind(faults, clock)
    old, new = Counter(table, "views"), Counter(table, "views")
    db.run(old.add("home"))
    db.run(new.spread("home", 16))
    faults.fail(Throttled("hot"), operation="UpdateItem")
    db.run(old.add("home"))
    assert old._known == {"home": 16}
    assert db.run(old.value("home")) == 2


def test_a_token_is_counted_once(db: Database, table: Table) -> None:
    views = Counter(table, "views")
    assert db.run(views.add("home", 3, token="a"))
    assert not db.run(views.add("home", 3, token="a"))
    db.run(views.spread("home", 64))
    assert not db.run(views.add("home", 3, token="a"))
    assert db.run(views.add("home", 3, token="b"))
    assert db.run(views.add("other", 3, token="a"))
    assert db.run(views.value("home")) == 6


def test_a_token_is_remembered_for_as_long_as_was_said(db: Database, table: Table, clock: Clock) -> None:
    views = Counter(table, "views", remember=60)
    db.run(views.add("home", token="a"))
    clock.now = NOW + 59
    assert not db.run(views.add("home", token="a"))
    clock.now = NOW + 61
    assert db.run(views.add("home", token="a"))


@pytest.mark.parametrize("error", [ConnectionLost("reset"), ServiceUnavailable("oops")])
def test_with_a_token_a_call_without_an_answer_can_be_made_again(
    faults: Faults, table: Table, clock: Clock, error: DynalayerError
) -> None:
    db, views = behind(faults, clock), Counter(table, "views")
    faults.fail(error, operation="TransactWriteItems", after_commit=True)
    with pytest.raises(OutcomeUnknown):
        db.run(views.add("home", token="a"))
    assert not db.run(views.add("home", token="a"))
    assert db.run(views.value("home")) == 1


def test_reading_goes_on_with_what_a_batch_left_undone(faults: Faults, table: Table, clock: Clock) -> None:
    db, views = behind(faults, clock), Counter(table, "views")
    db.run(views.spread("home", 8))
    for _ in range(40):
        db.run(views.add("home"))
    faults.leave_undone(5, times=2)
    assert db.run(views.value("home")) == 40


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_at_one_moment_the_sum_is_one_that_the_counter_had(seed: int) -> None:
    choose, table, clock = random.Random(seed), single_table(), Clock()
    with Database("memory:", clock=clock) as memory:
        memory.create_tables(table)
        views = Counter(table, "views", most_shards=8, random=choose.randrange)
        reading = start(views.value("home", at_one_moment=True), memory, clock)
        added = 0
        while not reading.done:
            what = choose.randrange(10)
            if what == 0:
                reading.advance()
            elif what < 4:
                memory.run(views.spread("home", choose.randint(1, 8)))
            else:
                # Each is more than all before it together, so every other sum than one that it had is told.
                memory.run(views.add("home", 2**added))
                added += 1
        assert reading.result in {2**number - 1 for number in range(added + 1)}


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 2**32), amounts=st.lists(st.integers(-5, 9), min_size=3, max_size=30), tokens=st.booleans())
def test_the_sum_is_what_the_calls_that_returned_have_added(seed: int, amounts: list[int], tokens: bool) -> None:
    choose, clock, table = random.Random(seed), Clock(), single_table()
    with Database("memory:", clock=clock) as memory:
        memory.create_tables(table)
        views = [Counter(table, "views", most_shards=8, random=choose.randrange) for _ in range(3)]
        unknown: list[int] = []
        waiting = []
        for number, amount in enumerate(amounts):
            plan = choose.choice(views).add("home", amount, token=str(number) if tokens else None)
            running = start(plan, memory, clock)
            if choose.random() < 0.3:
                error: DynalayerError = choose.choice([ConnectionLost("x"), Throttled("hot")])
                happens = choose.random()
                running.fault = lambda e=error, h=happens: e if isinstance(e, ConnectionLost) and h < 0.5 else None
                running.before = lambda e=error, h=happens: e if choose.random() < h / 2 else None
            waiting.append((running, amount))
        total, running_now = 0, list(waiting)
        while running_now:
            each = choose.choice(running_now)
            each[0].advance()
            if each[0].done:
                running_now.remove(each)
                if each[0].error is None:
                    total += each[1]
                elif isinstance(each[0].error, ConnectionLost):
                    unknown.append(each[1])
        value = memory.run(views[0].value("home"))
        possible = {0}
        for amount in unknown:
            possible |= {sum_ + amount for sum_ in possible}
        assert value - total in possible
        if tokens:
            for number, (running, amount) in enumerate(waiting):
                if running.error is not None:
                    memory.run(views[1].add("home", amount, token=str(number)))
            assert memory.run(views[2].value("home")) == sum(amounts)


def test_threads_lose_nothing(tmp_path: Path, table: Table) -> None:
    with Database(f"embedded:{tmp_path / 'x.db'}?durability=relaxed") as db:
        db.create_tables(table)
        views = Counter(table, "views")
        db.run(views.spread("home", 4))
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(lambda n: db.run(views.add("home", n)), range(200)))
        assert db.run(views.value("home")) == sum(range(200))


@pytest.mark.anyio
async def test_tasks_lose_nothing_while_the_counter_grows(table: Table, clock: Clock) -> None:
    inner = AsyncDatabase("memory:", clock=clock)
    await inner.create_tables(table)
    faults = AsyncFaults(inner.connection)
    async with AsyncDatabase(faults, clock=clock, sleep=clock.async_sleep, retry=RetryPolicy(attempts=1)) as db:
        views = Counter(table, "views")
        faults.fail(Throttled("hot"), operation="UpdateItem")
        await asyncio.gather(*(db.run(views.add("home", n)) for n in range(100)))
        assert await db.run(views.value("home")) == sum(range(100))
        assert await db.run(views.shards("home")) > 1


PROCESS = """
import sys
from dynalayer import Database, Table
from dynalayer.recipes import Counter
views = Counter(Table("counters", pk="id"), "views")
with Database(sys.argv[1]) as db:
    db.run(views.spread("home", int(sys.argv[2])))
    for n in range(50):
        db.run(views.add("home", n))
        db.run(views.add("once", token=str(n)))
"""


def test_several_processes_on_a_file_lose_nothing(tmp_path: Path) -> None:
    url, table = f"embedded:{tmp_path / 'x.db'}?durability=relaxed", Table("counters", pk="id")
    with Database(url) as db:
        db.create_tables(table)
        commands = [[sys.executable, "-c", PROCESS, url, str(shards)] for shards in (1, 3, 8)]
        assert [process.wait() for process in [subprocess.Popen(command) for command in commands]] == [0, 0, 0]
        views = Counter(table, "views")
        assert db.run(views.value("home")) == 3 * sum(range(50))
        assert db.run(views.value("once")) == 50
