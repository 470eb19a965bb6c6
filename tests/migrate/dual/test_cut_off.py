"""Tasks that write MariaDB by an awaited driver, and are cut off while an answer of either database is on its way."""

from __future__ import annotations

import asyncio
import random
from contextlib import closing
from pathlib import Path
from typing import Any

import asyncmy
import pytest

from dynalayer import AsyncDatabase, Database
from dynalayer.migrate import (
    AsyncDualWriter,
    AsyncReaders,
    AsyncSqlQueue,
    AsyncState,
    BackfillOptions,
    Figures,
    Migration,
    create_tables,
    phase,
)
from dynalayer.migrate.backfill import Backfill, Journal
from dynalayer.migrate.reading import Reader
from dynalayer.migrate.source import Source
from dynalayer.migrate.verify import Verifier, shown
from dynalayer.protocol import AsyncConnection
from tests.migrate.conftest import SHOP
from tests.migrate.dual.shopping import statement
from tests.services.sql import in_database

pytestmark = pytest.mark.anyio

WRITERS, WRITES = 3, 16


class Cutting:
    """Cancels the task that is served, now and then: it is told at its next wait, when what it asked is under way."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.share = 0.0
        self.cut = 0

    def may_cut(self) -> None:
        task = asyncio.current_task()
        if task is not None and self.chance.random() < self.share:
            self.cut += 1
            task.cancel()


class CuttingSeam:
    """The target, which answers a moment later."""

    def __init__(self, connection: AsyncConnection, cutting: Cutting) -> None:
        self.connection = connection
        self.cutting = cutting

    async def call(self, operation: str, body: bytes) -> bytes:
        if operation in ("PutItem", "DeleteItem"):
            self.cutting.may_cut()
        answer = await self.connection.call(operation, body)
        await asyncio.sleep(0)
        return answer

    async def close(self) -> None:
        await self.connection.close()


class CuttingSql:
    """A connection of the driver; the answer to its commit may come when nobody waits for it any more."""

    def __init__(self, connection: Any, cutting: Cutting) -> None:
        self.connection = connection
        self.cutting = cutting

    def cursor(self) -> Any:
        return self.connection.cursor()

    async def commit(self) -> None:
        self.cutting.may_cut()
        await self.connection.commit()

    async def rollback(self) -> None:
        await self.connection.rollback()


async def test_writes_that_are_cut_off_on_real_connections_leave_no_row_lost_or_stale(
    moved: Source, mariadb: str, tmp_path: Path
) -> None:
    migration = Migration.open(SHOP / "contract.json", in_database(mariadb, "moved"))
    target = f"embedded:{tmp_path / 'target.db'}"
    create_tables(SHOP / "contract.json", target)
    cutting = Cutting(seed=5)
    inner = AsyncDatabase(target)
    async with AsyncDatabase(CuttingSeam(inner.connection, cutting)) as database:
        state, readers = AsyncState(inner), AsyncReaders(moved, width=3)
        await state.create()
        await state.cutover(phase(2), Figures(0), by="test")
        queue = AsyncSqlQueue(lambda: opened(moved), "mysql")
        await queue.create()
        dual = AsyncDualWriter(database, readers, migration.plans, state, queue=queue)

        async def work(seed: int) -> None:
            chance = random.Random(seed)
            for _ in range(WRITES):
                request = asyncio.create_task(write(dual, moved, cutting, *statement(chance)))
                await asyncio.wait([request])
                if not request.cancelled() and (error := request.exception()) is not None:
                    # A deadlock is the database's answer to two writers; the write has not happened.
                    assert "eadlock" in str(error), error

        def fill() -> None:
            with (
                Database(target) as plain,
                closing(Reader(moved)) as reader,
                closing(Journal(tmp_path / "state")) as journal,
            ):
                Backfill(plain, journal, BackfillOptions(only_new=True, page_rows=2)).run(reader, migration.plans)

        cutting.share = 0.15
        await asyncio.gather(asyncio.to_thread(fill), *(work(seed) for seed in range(WRITERS)))
        cutting.share = 0.0
        assert cutting.cut > 5
        assert (await dual.repair()).left == 0
        assert (await dual.settle()).left == 0
        assert await dual.waiting() == (0, 0)
        await readers.close()
        with Database(target) as plain, closing(Reader(moved)) as reader:
            report = Verifier(plain, tmp_path / "verify").verify(reader, migration.plans)
        assert [shown(each) for each in report.differences] == []


def opened(source: Source) -> Any:
    options = dict(part.split("=", 1) for part in source.query.split("&") if part)
    return asyncmy.connect(
        host=source.host,
        port=source.port or 3306,
        user=source.user,
        password=source.password,
        db=source.database,
        unix_socket=options.get("socket"),
    )


async def write(dual: AsyncDualWriter, source: Source, cutting: Cutting, table: str, key: int, sql: str) -> None:
    """A request on a connection of its own, which is closed with whatever is open in it."""
    connection = await opened(source)

    async def act() -> None:
        async with connection.cursor() as cursor:
            await cursor.execute(sql)

    try:
        await dual.write(table, act, key=(key,), connection=CuttingSql(connection, cutting))
    finally:
        connection.close()
