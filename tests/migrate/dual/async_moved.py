"""A library that is moved while it is written; `moved.py` is generated from this file."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiosqlite

from dynalayer import AsyncDatabase, Database
from dynalayer.migrate import read_contract
from dynalayer.migrate.backfill import Backfill, Journal, Options, Step
from dynalayer.migrate.dual import (
    AsyncCounts,
    AsyncDualWriter,
    AsyncQueue,
    AsyncReaders,
    AsyncSqlQueue,
    AsyncState,
    Event,
    Figures,
    Move,
    OnFailure,
    phase,
)
from dynalayer.migrate.dual import State as OperatorsState
from dynalayer.migrate.queries import EntityPlan
from dynalayer.migrate.reading import Reader
from dynalayer.migrate.target import declared
from dynalayer.migrate.verify import Report, Verifier, shown
from dynalayer.protocol import AsyncConnection
from dynalayer.statements import Raw
from dynalayer.testing import AsyncFaults
from tests.migrate.dual.twins import async_beside_steps, async_shared
from tests.migrate.small import CONTRACT, library, plans_of

START = 1_000_000_000.0


class AsyncMeanwhile:
    """A connection on whose way other things can be let happen, just before a call on the library."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection
        self._acts: list[tuple[str | None, Callable[[], Awaitable[Any]]]] = []
        self._skipped = 0

    def before(self, operation: str | None, act: Callable[[], Awaitable[Any]], *, after: int = 0) -> None:
        """Have something happen before a call of an operation, or of any, after so many others."""
        self._acts.append((operation, act))
        self._skipped = after

    async def call(self, operation: str, body: bytes) -> bytes:
        if self._acts and self._acts[0][0] in (None, operation) and b'"Library"' in body:
            if self._skipped:
                self._skipped -= 1
            else:
                await self._acts.pop(0)[1]()
        return await self.connection.call(operation, body)

    async def close(self) -> None:
        await self.connection.close()


class AsyncWorld:
    """A library that is written while it is moved: SQLite, an embedded engine with faults, and the writer between."""

    sql: aiosqlite.Connection

    def __init__(self, folder: Path, *, on_failure: OnFailure = "log-and-repair", authors: int = 3) -> None:
        self.folder = folder
        self.now = START
        self.source = library(folder / "library.db", authors=authors, books=3)
        self.plain = Database("memory:")
        self.plain.create_tables(*declared(read_contract(CONTRACT)[0]))
        self.faults = AsyncFaults(async_shared(self.plain.connection))
        self.meanwhile = AsyncMeanwhile(self.faults)
        self.database = AsyncDatabase(self.meanwhile, sleep=self.at_once)
        self.state = AsyncState(self.database, clock=lambda: self.now)
        self.plans: tuple[EntityPlan, ...] = plans_of(self.source)
        self.readers = AsyncReaders(self.source)
        self.queue = AsyncSqlQueue(self.connect, "sqlite")
        self.counts = AsyncCounts(self.state)
        self.events: list[Event] = []
        self.dual = self.writer(self.queue, on_failure)

    async def __aenter__(self) -> Self:
        self.sql = await self.connect()
        # Writers do not wait for readers of a snapshot.
        await self.rows("PRAGMA journal_mode = WAL")
        await self.state.create()
        await self.queue.create()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.sql.close()
        await self.readers.close()
        await self.database.close()
        self.plain.close()

    async def at_once(self, seconds: float) -> None:
        """No wait."""

    def writer(self, queue: AsyncQueue | None, on_failure: OnFailure = "log-and-repair") -> AsyncDualWriter:
        return AsyncDualWriter(
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
        return aiosqlite.connect(self.source.database, timeout=1)

    async def enter(self, number: int) -> None:
        now = (await self.state.held()).phase.number
        if number > now:
            for each in range(now + 1, number + 1):
                await self.state.cutover(phase(each), Figures(0), by="test", reason="test")
        elif number < now:
            await self.state.rollback(phase(number), Figures(0), by="test", reason="test")

    def change(self, sql: str, *given: Any) -> Callable[[], Awaitable[None]]:
        async def act() -> None:
            await self.sql.execute(sql, given)
            await self.sql.commit()

        return act

    async def rows(self, sql: str) -> list[Any]:
        return list(await (await self.sql.execute(sql)).fetchall())

    async def book(self, author: int, number: int, title: str | None) -> None:
        sql = "INSERT OR REPLACE INTO books VALUES (?, ?, ?, '1.50')"
        await self.dual.write("books", self.change(sql, author, number, title), key=(author, number))

    async def rename(self, author: int, name: str) -> None:
        sql = "UPDATE authors SET name = ? WHERE id = ?"
        await self.dual.write("authors", self.change(sql, name, author), key=(author,))

    async def remove(self, author: int, number: int) -> None:
        sql = "DELETE FROM books WHERE author_id = ? AND number = ?"
        await self.dual.write("books", self.change(sql, author, number), key=(author, number))

    async def backfill(self, told: Callable[[Step], Coroutine[Any, Any, None]] | None = None) -> None:
        async def nothing(step: Step) -> None:
            """Nothing happens beside it."""

        def run(tell: Callable[[Step], None]) -> None:
            with closing(Reader(self.source)) as reader, closing(Journal(self.folder / "state")) as journal:
                options = Options(page_rows=2, only_new=True, workers=1)
                waits: Callable[[float], None] = lambda seconds: None  # noqa: E731
                chance = random.Random(1)
                Backfill(self.plain, journal, options, clock=lambda: 0.0, sleep=waits, chance=chance).run(
                    reader, self.plans, tell
                )

        await async_beside_steps(run, told or nothing)

    def report(self) -> Report:
        with closing(Reader(self.source)) as reader:
            return Verifier(self.plain, self.folder / "verify", sleep=lambda seconds: None).verify(reader, self.plans)

    def differences(self) -> list[str]:
        return [shown(each) for each in self.report().differences]

    def item(self, pk: str, sk: str) -> dict[str, Any] | None:
        key = {"PK": {"S": pk}, "SK": {"S": sk}}
        found: dict[str, Any] | None = self.plain.run(Raw("GetItem", {"TableName": "Library", "Key": key})).get("Item")
        return found
