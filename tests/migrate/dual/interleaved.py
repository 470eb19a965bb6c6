"""A library that tasks write and read at once while it is moved; which of them goes on when is the test's to say."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator, Callable, Generator, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

from dynalayer import AsyncDatabase, Database
from dynalayer.migrate import read_contract
from dynalayer.migrate.backfill import Backfill, Journal, Options
from dynalayer.migrate.dual import (
    AsyncDualReader,
    AsyncDualWriter,
    AsyncSqlQueue,
    AsyncState,
    Figures,
    OnFailure,
    Readers,
    State,
    phase,
)
from dynalayer.migrate.ports import Key
from dynalayer.migrate.queries import EntityPlan, Query
from dynalayer.migrate.reading import Reader
from dynalayer.migrate.target import declared
from dynalayer.migrate.verify import Report, Verifier
from dynalayer.protocol import Connection
from dynalayer.testing import AsyncFaults
from tests.migrate.small import CONTRACT, library, plans_of

START = 1_800_000_000.0


class Turns:
    """Lets other tasks go on at every step, so many times as chance says; all of it on one thread, and repeatable."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self.lock = asyncio.Lock()

    async def step(self, seconds: float = 0.0) -> None:
        for _ in range(self._chance.randrange(4)):
            await asyncio.sleep(0)


class Seam:
    """The engine's connection; others go on before a call and after it."""

    def __init__(self, connection: Connection, turns: Turns) -> None:
        self._connection = connection
        self._turns = turns

    async def call(self, operation: str, body: bytes) -> bytes:
        await self._turns.step()
        answer = self._connection.call(operation, body)
        await self._turns.step()
        return answer

    async def close(self) -> None:
        """The connection is its maker's."""


class AwaitedSql:
    """A connection to SQLite as awaited drivers have them; it waits for the only writer that SQLite allows."""

    def __init__(self, path: str, turns: Turns) -> None:
        self._path = path
        self._turns = turns
        self._writes = False

    def __await__(self) -> Generator[Any, None, AwaitedSql]:
        yield from self._turns.step().__await__()
        self._connection = sqlite3.connect(self._path, timeout=0)
        return self

    @asynccontextmanager
    async def cursor(self) -> AsyncIterator[AwaitedCursor]:
        with closing(self._connection.cursor()) as cursor:
            yield AwaitedCursor(self, cursor)

    async def begin(self, sql: str) -> None:
        if not self._writes and not sql.startswith("SELECT"):
            await self._turns.lock.acquire()
            self._writes = True
        await self._turns.step()

    async def commit(self) -> None:
        await self._turns.step()
        self._connection.commit()
        self._release()
        # The answer may come late: then it is committed and whoever asked does not know.
        await self._turns.step()

    async def rollback(self) -> None:
        self._connection.rollback()
        self._release()

    async def close(self) -> None:
        self._connection.close()
        self._release()

    def _release(self) -> None:
        if self._writes:
            self._writes = False
            self._turns.lock.release()


class AwaitedCursor:
    def __init__(self, connection: AwaitedSql, cursor: sqlite3.Cursor) -> None:
        self._connection = connection
        self._cursor = cursor

    @property
    def description(self) -> Any:
        return self._cursor.description

    async def execute(self, sql: str, given: Sequence[Any] = ()) -> None:
        await self._connection.begin(sql)
        self._cursor.execute(sql, given)

    async def fetchall(self) -> list[Any]:
        return self._cursor.fetchall()


class SteppingReaders:
    """The readers of the layer, without their threads."""

    def __init__(self, readers: Readers, turns: Turns) -> None:
        self._readers = readers
        self._turns = turns

    async def row(self, plan: EntityPlan, key: Key) -> Any:
        await self._turns.step()
        row = self._readers.row(plan, key)
        await self._turns.step()
        return row

    async def fetch(self, query: Query) -> Any:
        await self._turns.step()
        return self._readers.fetch(query)


class Interleaved:
    """Two instances of an application, of which the second undoes what fails; an operator moves them through phases."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.now = START
        self.turns = Turns(seed)
        self.source = library(folder / "library.db", authors=3, books=2)
        with closing(sqlite3.connect(self.source.database)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
        self.plain = Database("memory:")
        self.plain.create_tables(*declared(read_contract(CONTRACT)[0]))
        self.faults = AsyncFaults(Seam(self.plain.connection, self.turns))
        self.operator = State(self.plain, clock=lambda: self.now)
        self.operator.create()
        self.readers = Readers(self.source)
        self.plans = plans_of(self.source)
        self.queue = AsyncSqlQueue(self.connect, "sqlite")
        self.databases: list[AsyncDatabase] = []
        self.states: list[AsyncState] = []
        policies: tuple[OnFailure, ...] = ("log-and-repair", "fail-and-compensate")
        self.writers = [self._writer(each) for each in policies]

    def _writer(self, on_failure: OnFailure) -> AsyncDualWriter:
        database = AsyncDatabase(self.faults, sleep=self.turns.step)
        state = AsyncState(database, clock=lambda: self.now, sleep=self.turns.step)
        self.databases.append(database)
        self.states.append(state)
        readers: Any = SteppingReaders(self.readers, self.turns)
        return AsyncDualWriter(database, readers, self.plans, state, queue=self.queue, on_failure=on_failure)

    def reader(self, instance: int, group: asyncio.TaskGroup) -> AsyncDualReader:
        readers: Any = SteppingReaders(self.readers, self.turns)
        state = self.states[instance]
        return AsyncDualReader(self.databases[instance], readers, self.plans, state, group, sleep=self.turns.step)

    def connect(self) -> AwaitedSql:
        return AwaitedSql(self.source.database, self.turns)

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[AwaitedSql]:
        connection = await self.connect()
        try:
            yield connection
        finally:
            await connection.close()

    def enter(self, number: int) -> None:
        """The next phase, or the one before."""
        if number > self.operator.held().phase.number:
            self.operator.cutover(phase(number), Figures(0), by="test", reason="test")
        else:
            self.operator.rollback(phase(number), Figures(0), by="test", reason="test")

    def backfill(self) -> None:
        """All of it between two steps of the tasks, wherever they are."""
        with closing(Reader(self.source)) as reader, closing(Journal(self.folder / f"state-{self.now}")) as journal:
            options = Options(only_new=True, workers=1)
            waits: Callable[[float], None] = lambda seconds: None  # noqa: E731
            Backfill(self.plain, journal, options, sleep=waits, chance=random.Random(1)).run(
                reader, self.plans, lambda step: None
            )

    def report(self) -> Report:
        with closing(Reader(self.source)) as reader:
            verifier = Verifier(self.plain, self.folder / "verify", sleep=lambda seconds: None)
            return verifier.verify(reader, self.plans)

    async def close(self) -> None:
        for database in self.databases:
            await database.close()
        self.readers.close()
        self.plain.close()


async def change(connection: AwaitedSql, sql: str, given: Sequence[Any], *, commits: bool) -> None:
    try:
        async with connection.cursor() as cursor:
            await cursor.execute(sql, given)
        if commits:
            await connection.commit()
    except BaseException:
        await connection.rollback()
        raise
