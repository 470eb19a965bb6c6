"""Notes of calls, handed on later: all of them, in order, by whoever has to."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynalayer.telemetry import Gatherer
from tests.patience import PATIENCE


@dataclass(eq=False)
class Desk:
    """Keeps what it is handed, or fails."""

    taken: list[tuple[int, int]] = field(default_factory=list)
    turns: list[int] = field(default_factory=list)
    failure: Exception | None = None

    def receive(self, notes: list[Slip]) -> None:
        if self.failure is not None:
            raise self.failure
        self.turns.append(len(notes))
        self.taken += [(note.writer, note.number) for note in notes]


@dataclass
class Slip:
    receiver: Desk
    writer: int
    number: int


def nobody(work: Callable[[], None]) -> None:
    """A thread that never gets its turn."""


def no_threads(work: Callable[[], None]) -> None:
    raise RuntimeError("can't start new thread")


def fill(gatherer: Gatherer, desk: Desk, count: int, writer: int = 0) -> None:
    for number in range(count):
        gatherer.add(Slip(desk, writer, number))


def test_what_is_noted_waits_until_it_is_handed_on_in_its_order() -> None:
    gatherer, desk = Gatherer(start=nobody), Desk()
    fill(gatherer, desk, 5)
    assert (desk.taken, len(gatherer)) == ([], 5)
    gatherer.drain()
    assert (desk.taken, len(gatherer)) == ([(0, n) for n in range(5)], 0)


@given(st.lists(st.integers(0, 2), max_size=60), st.integers(1, 7))
def test_notes_for_several_keep_their_order_among_all(whose: list[int], chunk: int) -> None:
    gatherer = Gatherer(start=nobody, chunk=chunk)
    desks = [Desk() for _ in range(3)]
    for number, who in enumerate(whose):
        gatherer.add(Slip(desks[who], who, number))
    gatherer.drain()
    for who, desk in enumerate(desks):
        assert desk.taken == [(who, number) for number, other in enumerate(whose) if other == who]


def test_there_are_never_many_more_than_there_may_be_and_none_is_dropped() -> None:
    gatherer, desk = Gatherer(start=nobody, many=4, most=10, chunk=3), Desk()
    for number in range(200):
        gatherer.add(Slip(desk, 0, number))
        assert len(gatherer) <= 11
    gatherer.drain()
    assert desk.taken == [(0, n) for n in range(200)]
    assert max(desk.turns) <= 3


def test_where_there_are_no_threads_notes_are_handed_on_at_once() -> None:
    gatherer, desk = Gatherer(start=no_threads), Desk()
    fill(gatherer, desk, 3)
    assert desk.turns == [1, 1, 1]


def test_one_who_fails_loses_its_notes_and_harms_nobody(caplog: pytest.LogCaptureFixture) -> None:
    gatherer, broken, sound = Gatherer(start=nobody), Desk(failure=ValueError("secret")), Desk()
    for number, desk in enumerate((sound, broken, sound)):
        gatherer.add(Slip(desk, 0, number))
    with caplog.at_level(logging.WARNING, "dynalayer"):
        gatherer.drain()
    assert sound.taken == [(0, 0), (0, 2)]
    assert "ValueError" in caplog.text
    assert "secret" not in caplog.text


def test_whoever_is_handed_notes_may_ask_for_all_of_them() -> None:
    gatherer = Gatherer(start=nobody, chunk=2)

    class Curious(Desk):
        def receive(self, notes: list[Slip]) -> None:
            super().receive(notes)
            gatherer.drain()

    desk = Curious()
    fill(gatherer, desk, 7)
    gatherer.drain()
    assert desk.taken == [(0, n) for n in range(7)]


def test_the_thread_hands_them_on_by_itself() -> None:
    done = threading.Semaphore(0)

    class Bell(Desk):
        def receive(self, notes: list[Slip]) -> None:
            super().receive(notes)
            for _ in notes:
                done.release()

    gatherer, desk = Gatherer(pause=0.001, many=3, chunk=2), Bell()
    for turn in range(3):
        fill(gatherer, desk, 20, writer=turn)
        assert all(done.acquire(timeout=PATIENCE) for _ in range(20))
    assert desk.taken == [(turn, n) for turn in range(3) for n in range(20)]


def test_many_threads_lose_nothing_and_keep_each_its_order() -> None:
    gatherer, desk = Gatherer(pause=0.001, many=8, most=50, chunk=10), Desk()
    threads = [threading.Thread(target=fill, args=(gatherer, desk, 500, writer)) for writer in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    gatherer.drain()
    for writer in range(4):
        assert [n for who, n in desk.taken if who == writer] == list(range(500))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_child_process_begins_anew_and_leaves_the_notes_to_its_parent() -> None:
    program = """
import os
from dynalayer import Attr, Costs, Database, Entity, JsonLog, Table, attr, primary
things = Table("things", pk="PK")
class Thing(Entity, table=things):
    id: Attr[str] = attr()
    key = primary(id, pk="THING#{id}")
lines = []
first = Database("memory:")
first.create_tables(things)
db = Database(first.connection, observers=[JsonLog(write=lines.append), Costs()])
counting = Database(first.connection, observers=[Costs()])
counting.get(Thing.key("1"))
db.get(Thing.key("1"))
if os.fork() == 0:
    counting.get(Thing.key("2"))
    print("child", counting.costs().read_units, flush=True)
    db.get(Thing.key("2"))
    db.close()
    print("child", "".join(lines).count("GetItem"), flush=True)
    os._exit(0)
os.wait()
print("parent", counting.costs().read_units, flush=True)
db.close()
print("parent", "".join(lines).count("GetItem"), flush=True)
"""
    run = subprocess.run([sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines() == ["child 0.5", "child 1", "parent 0.5", "parent 1"]


def test_what_is_noted_is_written_before_the_program_ends() -> None:
    program = """
from dynalayer import Attr, Database, Entity, JsonLog, Table, attr, primary
things = Table("things", pk="PK")
class Thing(Entity, table=things):
    id: Attr[str] = attr()
    key = primary(id, pk="THING#{id}")
first = Database("memory:")
first.create_tables(things)
db = Database(first.connection, observers=[JsonLog()])
for number in range(1000):
    db.get(Thing.key(str(number)))
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stderr.count('"operation":"GetItem"') == 1000
