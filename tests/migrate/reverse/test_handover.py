"""Every phase with writers at work, and the way back from each: no row lost, none stale."""

from __future__ import annotations

import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from dynalayer import Database
from dynalayer.engines.embedded import EmbeddedConnection
from dynalayer.migrate import (
    DualWriter,
    GateShut,
    Limits,
    Move,
    Readers,
    SqlQueue,
    State,
    Sync,
    WriteTooLate,
    read_contract,
)
from dynalayer.migrate.dual import Heartbeat, beat
from dynalayer.migrate.reading import Reader
from dynalayer.migrate.reverse import reversals
from dynalayer.migrate.source import Source
from dynalayer.migrate.target import declared
from dynalayer.migrate.verify import Verifier, shown
from dynalayer.statements import Raw
from tests.migrate.small import CONTRACT, library, plans_of
from tests.patience import PATIENCE

AUTHORS, NUMBERS = 3, 4
QUICK = Limits(0, 0, 0, 0, 1, 0, 0, silent_seconds=30, behind_seconds=30, quiet_seconds=0.3, handover_seconds=20)
START = 1_000_000_000.0
WAY = (1, 2, 3, 2, 3, 4, 3, 4, 1, 2, 3, 4, 5, 4, 5, 1)
"""The phases after the second: back from each, one at a time and at once to the first."""


class Hands:
    """A clock that only waiting turns; what is to happen meanwhile is told."""

    def __init__(self) -> None:
        self.now = START
        self.meanwhile: Callable[[], object] = lambda: None

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.meanwhile()


class App:
    """An application that moves: it writes books as the phase says, and knows the last title of each that it wrote."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time, **options: Any) -> None:
        self.folder = folder
        self.source: Source = library(folder / "library.db", authors=AUTHORS, books=NUMBERS)
        with closing(self.connect()) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
        self.contract = read_contract(CONTRACT)[0]
        self.plans = plans_of(self.source)
        self.database = Database(EmbeddedConnection.memory(clock=clock), clock=clock)
        self.tables = declared(self.contract, protected=True)
        self.database.create_tables(*self.tables)
        self.state = self.instance(clock=clock, **options)
        self.state.create()
        self.readers = Readers(self.source)
        self.queue = SqlQueue(self.connect, "sqlite")
        self.queue.create()
        self.sync = Sync(self.database, self.source, self.tables, reversals(self.plans), self.state)
        self.titles: dict[tuple[int, int], str | None] = {}

    def instance(self, **options: Any) -> State:
        return State(self.database, **options)

    def writer(self, state: State) -> DualWriter:
        return DualWriter(self.database, self.readers, self.plans, state, queue=self.queue)

    def connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self.source.database, timeout=30)

    def close(self) -> None:
        self.sync.close()
        self.readers.close()
        self.database.close()

    def write(
        self, dual: DualWriter, connection: sqlite3.Connection, author: int, number: int, title: str | None
    ) -> None:
        """Write a book, or delete it if it has no title."""

        def in_sql() -> None:
            if title is None:
                connection.execute("DELETE FROM books WHERE author_id = ? AND number = ?", (author, number))
            else:
                # As an application does: not as REPLACE does, which forgets the columns that it is not given.
                connection.execute(
                    "INSERT INTO books (author_id, number, title) VALUES (?, ?, ?) "
                    "ON CONFLICT DO UPDATE SET title = excluded.title",
                    (author, number, title),
                )

        def in_dynamodb() -> None:
            key = {"PK": {"S": f"AUTHOR#{author}"}, "SK": {"S": f"BOOK#{number}"}}
            if title is None:
                self.database.run(Raw("DeleteItem", {"TableName": "Library", "Key": key}))
                return
            self.database.run(
                Raw(
                    "UpdateItem",
                    {
                        "TableName": "Library",
                        "Key": key,
                        "UpdateExpression": "SET title = :t, author_id = :a, #n = :n",
                        "ExpressionAttributeNames": {"#n": "number"},
                        "ExpressionAttributeValues": {
                            ":t": {"S": title},
                            ":a": {"N": str(author)},
                            ":n": {"N": str(number)},
                        },
                    },
                )
            )

        dual.write("books", in_sql, key=(author, number), connection=connection, in_dynamodb=in_dynamodb)
        self.titles[author, number] = title

    def in_sql(self) -> dict[tuple[int, int], str | None]:
        with closing(self.connect()) as connection:
            rows = connection.execute("SELECT author_id, number, title FROM books").fetchall()
        return {(author, number): title for author, number, title in rows}

    def differences(self) -> list[str]:
        with closing(Reader(self.source)) as reader:
            report = Verifier(self.database, self.folder / "verify").verify(reader, self.plans)
        return [shown(each) for each in report.differences]

    def fill(self) -> None:
        with closing(Readers(self.source)):
            dual = self.writer(self.instance())
            for author in range(AUTHORS):
                dual.wrote("authors", (author,))
                for number in range(NUMBERS):
                    dual.wrote("books", (author, number))


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 3 * PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    found = App(tmp_path, cache=0.2)
    yield found
    found.close()


def test_writers_at_work_in_every_phase_and_on_every_way_back_lose_nothing(app: App) -> None:
    move = Move(app.contract, app.source, app.database, state=app.state, limits=QUICK, plans=app.plans)
    stop, following = threading.Event(), threading.Event()
    wrote = [0, 0, 0]

    def work(author: int) -> None:
        # An instance of its own: it learns of the phase when it looks again.
        dual, chance = app.writer(app.instance(cache=0.2)), random.Random(author)
        with closing(app.connect()) as connection:
            while not stop.is_set():
                number, title = chance.randrange(NUMBERS), f"{author}.{wrote[author]}"
                app.write(dual, connection, author, number, None if chance.random() < 0.2 else title)
                wrote[author] += 1
                time.sleep(0.002)

    def follow() -> None:
        while not stop.is_set():
            app.sync.once()
            following.set()
            time.sleep(0.05)

    def at_work() -> None:
        before = list(wrote)
        wait_for(lambda: all(now > then + 3 for now, then in zip(wrote, before, strict=True)))

    with ThreadPoolExecutor(AUTHORS + 1) as pool:
        futures = [pool.submit(follow), *(pool.submit(work, author) for author in range(AUTHORS))]
        try:
            wait_for(following.is_set)
            move.cutover(by="me")
            time.sleep(0.5)
            app.fill()
            for to in WAY:
                at_work()
                now = app.state.held().phase.number
                (move.cutover if to > now else move.rollback)(to, by="me")
                if (now, to) == (1, 2):
                    time.sleep(0.5)
                    app.fill()
            at_work()
        finally:
            stop.set()
        for future in futures:
            future.result()
    written = {place: title for place, title in app.titles.items() if title is not None}
    assert {place: title for place, title in app.in_sql().items() if place in app.titles} == written
    assert [line.lacking for line in app.state.journal()] == [()] * (len(WAY) + 1)


def turned(folder: Path) -> tuple[App, Hands, Move]:
    """An application whose time goes on only while something waits."""
    hands = Hands()
    app = App(folder, hands, sleep=hands.sleep)
    return app, hands, Move(app.contract, app.source, app.database, state=app.state, limits=QUICK, sleep=hands.sleep)


def reach(app: App, move: Move, number: int) -> None:
    app.sync.once()
    while app.state.held().phase.number < number:
        move.cutover(by="me", reason="" if app.state.held().phase.number < 4 else "test")


def test_phase_five_is_not_entered_without_a_synchronisation_that_runs_and_covers_everything(tmp_path: Path) -> None:
    app, hands, move = turned(tmp_path)
    for _ in range(3):
        move.cutover(by="me")
    with pytest.raises(GateShut, match="nothing brings writes back to SQL"):
        move.cutover(by="me")
    told = Heartbeat(hands.now, hands.now, ("Library/AUTHOR",))
    beat(app.database, app.state.table, told)
    with pytest.raises(GateShut, match="does not bring back Library/BOOK"):
        move.cutover(by="me")
    app.sync.once()
    hands.now += 31
    with pytest.raises(GateShut, match="last heard of 31 s ago"):
        move.cutover(by="me")
    assert app.state.held().handover is None
    hands.meanwhile = app.sync.once
    app.sync.once()
    assert move.cutover(by="me").after == 5
    app.close()


def test_the_way_back_waits_until_the_synchronisation_has_caught_up(tmp_path: Path) -> None:
    app, hands, move = turned(tmp_path)
    app.fill()
    hands.meanwhile = app.sync.once
    reach(app, move, 5)
    with closing(app.connect()) as connection:
        app.write(app.writer(app.state), connection, 1, 1, "alone")
    assert app.in_sql()[1, 1] == "Title 1.1"
    assert move.rollback(by="me").lacking == ()
    assert app.in_sql()[1, 1] == "alone"
    app.close()


def test_an_item_that_is_left_over_keeps_the_way_back_shut_and_is_listed(tmp_path: Path) -> None:
    app, hands, move = turned(tmp_path)
    hands.meanwhile = app.sync.once
    reach(app, move, 5)
    item = {"PK": {"S": "AUTHOR#1"}, "SK": {"S": "BOOK#1"}, "number": {"N": "1"}, "author_id": {"N": "2"}}
    app.database.run(Raw("PutItem", {"TableName": "Library", "Item": item}))
    app.sync.once()
    with pytest.raises(GateShut, match="1 items are not brought back to SQL"):
        move.rollback(by="me")
    assert "Library: 'PK' does not agree with the rest of the item" in str(move.status())
    line = move.rollback(by="me", reason="known")
    assert (line.after, line.figures["left"], bool(line.lacking)) == (4, 1, True)
    app.close()


def test_no_write_begins_while_writes_are_handed_over_and_all_do_in_the_new_phase(tmp_path: Path) -> None:
    app, hands, move = turned(tmp_path)
    reach(app, move, 4)
    other, begun = app.instance(clock=hands, sleep=hands.sleep), list[tuple[float, int]]()
    other.phase()

    def meanwhile() -> None:
        app.sync.once()
        hands.meanwhile = lambda: None
        handover = app.state.held().handover
        now = hands.now
        if handover is not None and now < handover.pauses:
            begun.append((now - handover.pauses, other.phase_to_write().number))
        if handover is not None and now >= handover.pauses:
            # A write that wants to begin waits; one that is under way ends.
            assert other.phase_to_write(begins=False).number == 4
        hands.meanwhile = meanwhile

    hands.meanwhile = meanwhile
    app.sync.once()
    assert move.cutover(by="me").after == 5
    assert begun
    assert {number for _, number in begun} == {4}
    assert other.phase_to_write().number == 5
    app.close()


def test_a_write_that_is_still_under_way_when_the_other_phase_may_be_entered_is_undone(tmp_path: Path) -> None:
    app, hands, move = turned(tmp_path)
    reach(app, move, 4)
    app.fill()
    app.sync.once()
    hands.meanwhile = app.sync.once
    dual = app.writer(app.instance(clock=hands, sleep=hands.sleep))
    with closing(app.connect()) as connection:

        def slow() -> None:
            connection.execute("UPDATE books SET title = 'too late' WHERE author_id = 1 AND number = 1")
            assert move.cutover(by="me").after == 5

        with pytest.raises(WriteTooLate, match="it is undone"):
            dual.write("books", slow, key=(1, 1), connection=connection)
    assert app.in_sql()[1, 1] == "Title 1.1"
    assert app.differences() == []
    app.close()


def test_a_hand_over_that_does_not_end_is_called_off_and_writes_go_on(tmp_path: Path) -> None:
    app, _, move = turned(tmp_path)
    reach(app, move, 5)
    app.sync.once()
    with pytest.raises(GateShut, match="has not caught up"):
        move.rollback(by="me")
    assert app.state.held().handover is None
    assert app.state.phase_to_write().number == 5
    app.close()


def test_writers_go_on_by_themselves_when_whoever_hands_over_dies(tmp_path: Path) -> None:
    app, hands, move = turned(tmp_path)
    reach(app, move, 4)

    def dies() -> None:
        raise MemoryError

    app.sync.once()
    announce = app.state.announce
    app.state.announce = lambda handover: announce(handover) if handover is not None else app.state.held()  # type: ignore[method-assign]
    hands.meanwhile = dies
    with pytest.raises(MemoryError):
        move.cutover(by="me")
    hands.meanwhile = lambda: None
    before = hands.now
    other = app.instance(clock=hands, sleep=hands.sleep)
    hands.now += 6
    assert other.phase_to_write().number == 4
    assert 10 < hands.now - before < 60
    app.close()
