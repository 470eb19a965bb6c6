"""A library that is moved while it is written."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from dynalayer import Database
from dynalayer.migrate import read_contract
from dynalayer.migrate.backfill import Backfill, Journal, Options, Step
from dynalayer.migrate.dual import (
    Counts,
    DualWriter,
    Event,
    Figures,
    OnFailure,
    Queue,
    Readers,
    SqlQueue,
    State,
    phase,
)
from dynalayer.migrate.queries import EntityPlan
from dynalayer.migrate.reading import Reader
from dynalayer.migrate.target import declared
from dynalayer.migrate.verify import Report, Verifier, shown
from dynalayer.statements import Raw
from dynalayer.testing import Faults
from tests.migrate.small import CONTRACT, library, plans_of

START = 1_000_000_000.0


class World:
    """A library that is written while it is moved: SQLite, an embedded engine with faults, and the writer between."""

    def __init__(self, folder: Path, *, on_failure: OnFailure = "log-and-repair", authors: int = 3) -> None:
        self.folder = folder
        self.now = START
        self.source = library(folder / "library.db", authors=authors, books=3)
        self.sql = self.connect()
        # Writers do not wait for readers of a snapshot.
        self.sql.execute("PRAGMA journal_mode = WAL")
        self.plain = Database("memory:")
        self.plain.create_tables(*declared(read_contract(CONTRACT)[0]))
        self.faults = Faults(self.plain.connection)
        self.database = Database(self.faults, sleep=lambda seconds: None)
        self.state = State(self.database, clock=lambda: self.now)
        self.state.create()
        self.plans: tuple[EntityPlan, ...] = plans_of(self.source)
        self.readers = Readers(self.source)
        self.queue = SqlQueue(self.connect, "sqlite")
        self.queue.create()
        self.counts = Counts(self.state)
        self.events: list[Event] = []
        self.dual = self.writer(self.queue, on_failure)

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

    def connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self.source.database, timeout=1)

    def close(self) -> None:
        self.sql.close()
        self.readers.close()
        self.database.close()
        self.plain.close()

    def enter(self, number: int) -> None:
        now = self.state.held().phase.number
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

    def book(self, author: int, number: int, title: str | None) -> None:
        sql = "INSERT OR REPLACE INTO books VALUES (?, ?, ?, '1.50')"
        self.dual.write("books", self.change(sql, author, number, title), key=(author, number))

    def rename(self, author: int, name: str) -> None:
        self.dual.write("authors", self.change("UPDATE authors SET name = ? WHERE id = ?", name, author), key=(author,))

    def remove(self, author: int, number: int) -> None:
        sql = "DELETE FROM books WHERE author_id = ? AND number = ?"
        self.dual.write("books", self.change(sql, author, number), key=(author, number))

    def after_puts(self, count: int, act: Callable[[Any], Any]) -> None:
        """Have something happen just before an item is written, after so many others: the author's goes first."""
        for _ in range(count):
            self.faults.slow(0.0, operation="PutItem", table="Library")
        self.faults.fail(act, operation="PutItem", table="Library")

    def backfill(self, told: Callable[[Step], None] = lambda step: None) -> None:
        with closing(Reader(self.source)) as reader, closing(Journal(self.folder / "state")) as journal:
            options = Options(page_rows=2, only_new=True, workers=1)
            sleep: Callable[[float], None] = lambda seconds: None  # noqa: E731
            Backfill(self.plain, journal, options, clock=lambda: 0.0, sleep=sleep, chance=random.Random(1)).run(
                reader, self.plans, told
            )

    def report(self) -> Report:
        with closing(Reader(self.source)) as reader:
            return Verifier(self.plain, self.folder / "verify", sleep=lambda seconds: None).verify(reader, self.plans)

    def differences(self) -> list[str]:
        return [shown(each) for each in self.report().differences]

    def item(self, pk: str, sk: str) -> dict[str, Any] | None:
        key = {"PK": {"S": pk}, "SK": {"S": sk}}
        found: dict[str, Any] | None = self.plain.run(Raw("GetItem", {"TableName": "Library", "Key": key})).get("Item")
        return found
