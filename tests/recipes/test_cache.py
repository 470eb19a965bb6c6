from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import threading
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynalayer import (
    AsyncDatabase,
    ConnectionLost,
    Database,
    DefinitionError,
    DynalayerError,
    Index,
    InvalidValue,
    RetryPolicy,
    ServiceUnavailable,
    Table,
    Throttled,
)
from dynalayer.recipes import AsyncCached, Cache, Cached, Found
from dynalayer.statements import Plan, Raw
from dynalayer.testing import Faults

from .conftest import NOW, Clock, single_table
from .interleaving import Running, start


@dataclass
class Text:
    text: str
    engine: str = "x"


def bounded(table: Table, most: int = 3, touch_every: float = 0.0, ttl: float | None = None) -> Cache[str]:
    return Cache(table, "words", str, most=most, index="GSI1", touch_every=touch_every, ttl=ttl)


def kept(db: Database, table: Table, cache: str = "words") -> set[str]:
    """The names in the cache, read from the table itself."""
    items = db.run(Raw("Scan", {"TableName": table.name, "ConsistentRead": True}))["Items"]
    return {item["name"]["S"] for item in items if item["PK"]["S"].startswith(f"CACHE#{cache}#")}


def test_what_was_set_is_found_with_its_type(db: Database, table: Table) -> None:
    cache = Cache(table, "texts", Text)
    assert db.run(cache.get("hola")) is None
    assert db.run(cache.set("hola", Text("hello")))
    assert db.run(cache.get("hola")) == Text("hello")
    assert db.run(cache.set("hola", Text("hi", "y")))
    assert db.run(cache.get("hola")) == Text("hi", "y")
    assert db.run(cache.delete("hola"))
    assert not db.run(cache.delete("hola"))
    assert db.run(cache.look("hola")) is None


@pytest.mark.parametrize("most", [None, 3])
@pytest.mark.parametrize(("age", "is_hit"), [(59.9, True), (60, False)])
def test_a_value_is_given_out_for_its_time(
    db: Database, table: Table, clock: Clock, most: int | None, age: float, is_hit: bool
) -> None:
    cache = Cache(table, "words", str, most=most, index="GSI1", ttl=60)
    db.run(cache.set("a", "A"))
    clock.now = NOW + age
    assert (db.run(cache.get("a")) == "A") is is_hit


def test_the_least_recently_used_goes_first(db: Database, table: Table) -> None:
    cache = bounded(table)
    for name in "abc":
        db.run(cache.set(name, name))
    db.run(cache.get("a"))
    db.run(cache.set("b", "B"))
    db.run(cache.set("d", "d"))
    assert kept(db, table) == {"a", "b", "d"}
    db.run(cache.set("e", "e"))
    assert kept(db, table) == {"b", "d", "e"}
    assert db.run(cache.size()) == 3


def test_a_deleted_entry_makes_room(db: Database, table: Table) -> None:
    cache = bounded(table)
    for name in "abcd":
        db.run(cache.set(name, name))
    assert db.run(cache.delete("c"))
    assert not db.run(cache.delete("a"))
    assert db.run(cache.size()) == 2
    db.run(cache.set("e", "e"))
    assert kept(db, table) == {"b", "d", "e"}


def test_who_thinks_the_cache_is_full_learns_that_it_is_not(db: Database, table: Table) -> None:
    ours, theirs = bounded(table), bounded(table)
    for name in "abcd":
        db.run(ours.set(name, name))
    db.run(theirs.delete("c"))
    db.run(ours.set("e", "e"))
    assert kept(db, table) == {"b", "d", "e"}


def test_a_lower_bound_is_kept_from_the_next_entry_on(db: Database, table: Table) -> None:
    larger = bounded(table, 5)
    for name in "abcde":
        db.run(larger.set(name, name))
    smaller = bounded(table, 2)
    db.run(smaller.set("f", "f"))
    assert kept(db, table) == {"e", "f"}
    assert db.run(smaller.size()) == 2


def test_uses_close_together_are_written_once_if_asked(db: Database, table: Table, clock: Clock) -> None:
    cache = bounded(table, touch_every=10)
    for name in "abc":
        db.run(cache.set(name, name))
        clock.now += 1
    db.run(cache.get("a"))
    clock.now += 10
    db.run(cache.get("b"))
    db.run(cache.set("d", "d"))
    assert kept(db, table) == {"b", "c", "d"}


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(st.tuples(st.sampled_from("gsd"), st.sampled_from("abcdef")), max_size=40),
    most=st.integers(1, 4),
)
def test_one_caller_sees_exactly_what_an_ordered_dictionary_would_keep(steps: list[tuple[str, str]], most: int) -> None:
    table, model = single_table(), OrderedDict[str, str]()
    with Database("memory:", clock=Clock()) as db:
        db.create_tables(table)
        cache = bounded(table, most)
        for number, (what, name) in enumerate(steps):
            if what == "s":
                model[name] = str(number)
                model.move_to_end(name)
                if len(model) > most:
                    model.popitem(last=False)
                assert db.run(cache.set(name, str(number)))
            elif what == "d":
                assert db.run(cache.delete(name)) is (model.pop(name, None) is not None)
            else:
                if name in model:
                    model.move_to_end(name)
                assert db.run(cache.get(name)) == model.get(name)
            assert kept(db, table) == set(model)
            assert db.run(cache.size()) == len(model)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), most=st.integers(1, 4), plans=st.integers(2, 14), faulty=st.booleans())
def test_no_interleaving_passes_the_bound_or_loses_count(seed: int, most: int, plans: int, faulty: bool) -> None:
    choose, table, clock = random.Random(seed), single_table(), Clock()
    with Database("memory:", clock=clock) as db:
        db.create_tables(table)
        caches = [bounded(table, most) for _ in range(2)]
        waiting: list[Running[Any]] = []
        for _ in range(plans):
            cache, name = choose.choice(caches), choose.choice("abcdefgh")
            plans_of_one: list[Plan[Any]] = [cache.set(name, "x"), cache.get(name), cache.delete(name)]
            running = start(choose.choice([plans_of_one[0], *plans_of_one]), db, clock)
            if faulty:
                running.fault = lambda: ConnectionLost("x") if choose.random() < 0.1 else None
            waiting.append(running)
        while waiting:
            running = choose.choice(waiting)
            running.advance()
            names = kept(db, table)
            assert len(names) == db.run(caches[0].size()) <= most
            if running.done:
                waiting.remove(running)
                assert running.error is None or isinstance(running.error, ConnectionLost)


def test_threads_that_set_at_once_fill_the_cache_exactly(tmp_path: Path, table: Table) -> None:
    with Database(f"embedded:{tmp_path / 'x.db'}?durability=relaxed") as db:
        db.create_tables(table)
        cache = bounded(table, 5)
        with ThreadPoolExecutor(8) as threads:
            assert all(threads.map(lambda n: db.run(cache.set(str(n), "x")), range(60)))
        assert len(kept(db, table)) == db.run(cache.size()) == 5


def test_two_hundred_threads_load_once(tmp_path: Path, table: Table) -> None:
    loads: list[int] = []
    barrier = threading.Barrier(200)
    with Database(f"embedded:{tmp_path / 'x.db'}?durability=relaxed") as db:
        db.create_tables(table)
        words = Cached(db, bounded(table))

        def load() -> str:
            loads.append(1)
            return "hello"

        def ask(_: int) -> str:
            barrier.wait()
            return words.get_or_set("hola", load)

        with ThreadPoolExecutor(200) as threads:
            assert set(threads.map(ask, range(200))) == {"hello"}
    assert len(loads) == 1


@pytest.mark.anyio
async def test_two_hundred_tasks_of_several_caches_load_once(table: Table) -> None:
    loads: list[int] = []

    async def no_sleep(seconds: float) -> None:
        await asyncio.sleep(0)

    async def load() -> str:
        loads.append(1)
        for _ in range(20):
            await asyncio.sleep(0)
        return "hello"

    async with AsyncDatabase("memory:", sleep=no_sleep) as db:
        await db.create_tables(table)
        # As if each of four were a process of its own.
        words = [AsyncCached(db, bounded(table)) for _ in range(4)]
        found = await asyncio.gather(*(words[n % 4].get_or_set("hola", load) for n in range(200)))
    assert found == ["hello"] * 200
    assert len(loads) == 1


PROCESS = """
import sys
from dynalayer import Database, Index, Table
from dynalayer.recipes import Cache, Cached
table = Table("cache", pk="PK", indexes=[Index("order", pk="IPK", sk="ISK")])
with Database(sys.argv[1]) as db:
    loaded = Cached(db, Cache(table, "loaded", str))
    words = Cached(db, Cache(table, "words", str, most=5, index="order"))
    def load(name):
        print(name)
        return name.upper()
    for name in "abcde":
        assert loaded.get_or_set(name, lambda: load(name)) == name.upper()
    for number in range(20):
        words.set(f"{sys.argv[2]}-{number}", "x")
"""


def test_several_processes_on_a_file_load_once_and_keep_the_bound(tmp_path: Path) -> None:
    url = f"embedded:{tmp_path / 'x.db'}?durability=relaxed"
    table = Table("cache", pk="PK", indexes=[Index("order", pk="IPK", sk="ISK")])
    with Database(url) as db:
        db.create_tables(table)
        cache = Cache(table, "words", str, most=100, index="order")
        running = [
            subprocess.Popen([sys.executable, "-c", PROCESS, url, str(n)], stdout=subprocess.PIPE, text=True)
            for n in range(3)
        ]
        assert sorted("".join(process.communicate()[0] for process in running).split()) == list("abcde")
        assert [process.returncode for process in running] == [0, 0, 0]
        assert db.run(cache.size()) == 5
        assert len(kept(db, table, "words")) == 5


def test_an_error_is_raised_to_all_who_wait_and_not_kept(memory: Database, table: Table) -> None:
    words = Cached(memory, bounded(table))

    def fail() -> str:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        words.get_or_set("hola", fail)
    assert words.get_or_set("hola", lambda: "hello") == "hello"
    assert words.get_or_set("hola", fail) == "hello"


def test_what_does_not_exist_is_remembered_only_if_asked(memory: Database, table: Table, clock: Clock) -> None:
    loads: list[str] = []

    def nothing() -> str | None:
        loads.append("x")
        return None

    plain = Cached(memory, bounded(table))
    assert [plain.get_or_set("a", nothing) for _ in range(3)] == [None] * 3
    assert len(loads) == 3
    cache = Cache(table, "absent", str, absent_for=10)
    knowing = Cached(memory, cache)
    assert [knowing.get_or_set("a", nothing) for _ in range(3)] == [None] * 3
    assert len(loads) == 4
    assert memory.run(cache.look("a")) == Found(None)
    clock.now += 10
    assert memory.run(cache.look("a")) is None


def test_who_crashes_while_loading_is_followed_by_another(memory: Database, table: Table, clock: Clock) -> None:
    cache = bounded(table)
    memory.run(cache.begin_load("hola"))
    assert Cached(memory, cache).get_or_set("hola", lambda: "hello") == "hello"
    assert NOW + 30 <= clock.now < NOW + 32


def test_a_loader_that_asks_for_itself_is_refused(memory: Database, table: Table) -> None:
    words = Cached(memory, bounded(table))

    def load() -> str:
        return words.get_or_set("hola", load)

    with pytest.raises(InvalidValue, match="would wait for itself"):
        words.get_or_set("hola", load)


@pytest.mark.anyio
async def test_whoever_asked_first_may_be_cancelled_without_the_others(table: Table) -> None:
    go, started = asyncio.Event(), asyncio.Event()

    async def load() -> str:
        started.set()
        await go.wait()
        return "hello"

    async with AsyncDatabase("memory:") as db:
        await db.create_tables(table)
        words = AsyncCached(db, bounded(table))
        first = asyncio.create_task(words.get_or_set("hola", load))
        await started.wait()
        second = asyncio.create_task(words.get_or_set("hola", load))
        await asyncio.sleep(0)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        go.set()
        assert await second == "hello"


@pytest.mark.parametrize("error", [Throttled("x"), ServiceUnavailable("x"), ConnectionLost("x")])
@pytest.mark.parametrize("operation", ["GetItem", "UpdateItem", "TransactWriteItems"])
def test_a_database_that_does_not_answer_can_be_loaded_around(
    table: Table, clock: Clock, error: DynalayerError, operation: str
) -> None:
    faults = Faults(Database("memory:", clock=clock).connection)
    db = Database(faults, clock=clock, sleep=clock.sleep, retry=RetryPolicy(attempts=1))
    db.create_tables(table)
    cache = Cache(table, "words", str, most=3, index="GSI1", on_failure="load")
    faults.fail(error, operation=operation, times=20)
    assert Cached(db, cache).get_or_set("hola", lambda: "hello") == "hello"


def test_a_hit_is_given_out_although_its_use_cannot_be_written(table: Table, clock: Clock) -> None:
    faults = Faults(Database("memory:", clock=clock).connection)
    db = Database(faults, clock=clock, retry=RetryPolicy(attempts=1))
    db.create_tables(table)
    cache = bounded(table)
    db.run(cache.set("a", "A"))
    faults.fail(Throttled("x"), operation="UpdateItem")
    assert db.run(cache.get("a")) == "A"


def test_an_unbounded_cache_is_cleaned_up_by_the_tables_expiry(memory: Database, table: Table) -> None:
    memory.run(Cache(table, "words", str, ttl=60).set("a", "A"))
    (item,) = memory.run(Raw("Scan", {"TableName": table.name}))["Items"]
    assert item["expires"] == {"N": str(int(NOW) + 60)}


def test_what_was_kept_as_another_type_is_not_there(memory: Database, table: Table) -> None:
    memory.run(bounded(table).set("a", "A"))
    texts = Cached(memory, Cache(table, "words", Text, most=3, index="GSI1"))
    assert texts.get("a") is None
    assert texts.get_or_set("a", lambda: Text("A")) == Text("A")


def test_what_cannot_work_is_refused(table: Table) -> None:
    with pytest.raises(DefinitionError, match="most= needs index="):
        Cache(table, "words", str, most=3)
    with pytest.raises(DefinitionError, match="needs an index of"):
        Cache(table, "words", str, most=3, index="nope")
    with pytest.raises(DefinitionError, match="most is at least 1"):
        bounded(table, 0)
    with pytest.raises(DefinitionError, match="cannot be stored"):
        Cache(table, "locks", threading.Event)
    with pytest.raises(DefinitionError, match="has no bound"):
        Cache(table, "words", str).size()
    with pytest.raises(InvalidValue, match="cache 'words': expected str, got int"):
        bounded(table).set("a", 1)  # type: ignore[arg-type]
