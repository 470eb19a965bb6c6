"""Generated from `async_moved.py` by `scripts/generate_sync.py`; change that file."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from dynalayer import Database
from dynalayer.migrate import read_contract
from dynalayer.migrate.backfill import Backfill, Journal, Options, Step
from dynalayer.migrate.dual import (
    Counts,
    DualWriter,
    Event,
    Figures,
    Move,
    OnFailure,
    Queue,
    Readers,
    SqlQueue,
    State,
    phase,
)
from dynalayer.migrate.dual import State as OperatorsState
from dynalayer.migrate.queries import EntityPlan
from dynalayer.migrate.reading import Reader
from dynalayer.migrate.target import declared
from dynalayer.migrate.verify import Report, Verifier, shown
from dynalayer.protocol import Connection
from dynalayer.statements import Raw
from dynalayer.testing import Faults
from tests.migrate.dual.twins import beside_steps, shared
from tests.migrate.small import CONTRACT, library, plans_of

START = 1_000_000_000.0


class Meanwhile:
    """A connection on whose way other things can be let happen, just before a call on the library."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._acts: list[tuple[str | None, Callable[[], Any]]] = []
        self._skipped = 0

    def before(self, operation: str | None, act: Callable[[], Any], *, after: int = 0) -> None:
        """Have something happen before a call of an operation, or of any, after so many others."""
        self._acts.append((operation, act))
        self._skipped = after

    def call(self, operation: str, body: bytes) -> bytes:
        if self._acts and self._acts[0][0] in (None, operation) and b'"Library"' in body:
            if self._skipped:
                self._skipped -= 1
            else:
                self._acts.pop(0)[1]()
        return self.connection.call(operation, body)

    def close(self) -> None:
        self.connection.close()


class World:
    """A library that is written while it is moved: SQLite, an embedded engine with faults, and the writer between."""

    sql: sqlite3.Connection

    def __init__(self, folder: Path, *, on_failure: OnFailure = "log-and-repair", authors: int = 3) -> None:
        self.folder = folder
        self.now = START
        self.source = library(folder / "library.db", authors=authors, books=3)
        self.plain = Database("memory:")
        self.plain.create_tables(*declared(read_contract(CONTRACT)[0]))
        self.faults = Faults(shared(self.plain.connection))
        self.meanwhile = Meanwhile(self.faults)
        self.database = Database(self.meanwhile, sleep=self.at_once)
        self.state = State(self.database, clock=lambda: self.now)
        self.plans: tuple[EntityPlan, ...] = plans_of(self.source)
        self.readers = Readers(self.source)
        self.queue = SqlQueue(self.connect, "sqlite")
        self.counts = Counts(self.state)
        self.events: list[Event] = []
        self.dual = self.writer(self.queue, on_failure)

    def __enter__(self) -> Self:
        self.sql = self.connect()
        # Writers do not wait for readers of a snapshot.
        self.rows("PRAGMA journal_mode = WAL")
        self.state.create()
        self.queue.create()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.sql.close()
        self.readers.close()
        self.database.close()
        self.plain.close()

    def at_once(self, seconds: float) -> None:
        """No wait."""

    def writer(self, queue: Queue | None, on_failure: OnFailure = "log-and-repair") -> DualWriter:
        return DualWriter(
            self.database,
            self.readers,
            self.plans,
            self.state,
            queue=queue,
            on_failure=on_failure,
            counts=self.counts,
            observe=self.events.append,
        )

    def move(self) -> Move:
        """What operators see and do beside the application."""
        state = OperatorsState(self.plain, clock=lambda: self.now)
        return Move(read_contract(CONTRACT)[0], self.source, self.plain, state=state)

    def connect(self) -> Any:
        return sqlite3.connect(self.source.database, timeout=1)

    def enter(self, number: int) -> None:
        now = (self.state.held()).phase.number
        if number > now:
            for each in range(now + 1, number + 1):
                self.state.cutover(phase(each), Figures(0), by="test", reason="test")
        elif number < now:
            self.state.rollback(phase(number), Figures(0), by="test", reason="test")

    def change(self, sql: str, *given: Any) -> Callable[[], None]:
        def act() -> None:
            self.sql.execute(sql, given)
            self.sql.commit()

        return act

    def rows(self, sql: str) -> list[Any]:
        return list((self.sql.execute(sql)).fetchall())

    def book(self, author: int, number: int, title: str | None) -> None:
        sql = "INSERT OR REPLACE INTO books VALUES (?, ?, ?, '1.50')"
        self.dual.write("books", self.change(sql, author, number, title), key=(author, number))

    def rename(self, author: int, name: str) -> None:
        sql = "UPDATE authors SET name = ? WHERE id = ?"
        self.dual.write("authors", self.change(sql, name, author), key=(author,))

    def remove(self, author: int, number: int) -> None:
        sql = "DELETE FROM books WHERE author_id = ? AND number = ?"
        self.dual.write("books", self.change(sql, author, number), key=(author, number))

    def backfill(self, told: Callable[[Step], None] | None = None) -> None:
        def nothing(step: Step) -> None:
            """Nothing happens beside it."""

        def run(tell: Callable[[Step], None]) -> None:
            with closing(Reader(self.source)) as reader, closing(Journal(self.folder / "state")) as journal:
                options = Options(page_rows=2, only_new=True, workers=1)
                waits: Callable[[float], None] = lambda seconds: None  # noqa: E731
                chance = random.Random(1)
                Backfill(self.plain, journal, options, clock=lambda: 0.0, sleep=waits, chance=chance).run(
                    reader, self.plans, tell
                )

        beside_steps(run, told or nothing)

    def report(self) -> Report:
        with closing(Reader(self.source)) as reader:
            return Verifier(self.plain, self.folder / "verify", sleep=lambda seconds: None).verify(reader, self.plans)

    def differences(self) -> list[str]:
        return [shown(each) for each in self.report().differences]

    def item(self, pk: str, sk: str) -> dict[str, Any] | None:
        key = {"PK": {"S": pk}, "SK": {"S": sk}}
        found: dict[str, Any] | None = self.plain.run(Raw("GetItem", {"TableName": "Library", "Key": key})).get("Item")
        return found
