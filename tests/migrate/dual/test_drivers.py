"""Writes are noted in their own transaction by whatever driver the application awaits."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path
from typing import Any

import aiosqlite
import asyncmy
import psycopg
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.ext.asyncio import create_async_engine

from dynalayer import AsyncDatabase, Database
from dynalayer.migrate import (
    AsyncDualWriter,
    AsyncReaders,
    AsyncSqlQueue,
    AsyncState,
    DualWriter,
    Figures,
    Migration,
    Readers,
    SqlQueue,
    State,
    phase,
    read_contract,
)
from dynalayer.migrate.dual import Entry
from dynalayer.migrate.reading import Reader
from dynalayer.migrate.source import Source, parse_source
from dynalayer.migrate.target import declared
from dynalayer.migrate.verify import Verifier
from dynalayer.testing import AsyncFaults, Faults
from tests.migrate.dual.twins import OnLoop
from tests.migrate.small import CONTRACT, LAYOUT, library
from tests.services.sql import in_database

pytestmark = pytest.mark.anyio

Execute = Callable[[Any, str], Awaitable[Any]]


async def by_cursor(connection: Any, sql: str) -> None:
    async with connection.cursor() as cursor:
        await cursor.execute(sql)


async def by_sqlalchemy(connection: Any, sql: str) -> None:
    await connection.execute(text(sql))


async def no_wait(seconds: float) -> None:
    """No wait."""


def lay_out(source: Source) -> None:
    with closing(source.connect()) as connection, closing(connection.cursor()) as cursor:
        for statement in filter(str.strip, LAYOUT.split(";")):
            cursor.execute(statement)
        for number, name in ((1, "Ada"), (2, "Grace")):
            cursor.execute(f"INSERT INTO authors VALUES ({number}, '{name}')")


@pytest.fixture
def mysql(mariadb: str) -> Iterator[Source]:
    with closing(parse_source(in_database(mariadb, "mysql")).connect()) as connection:
        connection.cursor().execute("CREATE DATABASE drivers")
        source = parse_source(in_database(mariadb, "drivers"))
        lay_out(source)
        yield source
        connection.cursor().execute("DROP DATABASE drivers")


@pytest.fixture
def postgres(postgresql: str) -> Iterator[Source]:
    with closing(parse_source(in_database(postgresql, "postgres")).connect()) as connection:
        connection.execute("CREATE DATABASE drivers")
        source = parse_source(in_database(postgresql, "drivers"))
        lay_out(source)
        yield source
        connection.execute("DROP DATABASE drivers WITH (FORCE)")


@pytest.fixture
def sqlite(tmp_path: Path) -> Source:
    return library(tmp_path / "library.db", authors=3, books=0)


@asynccontextmanager
async def asyncmy_opened(source: Source) -> AsyncIterator[Callable[[], Any]]:
    options = dict(part.split("=", 1) for part in source.query.split("&") if part)

    def connect() -> Any:
        return asyncmy.connect(
            host=source.host,
            port=source.port or 3306,
            user=source.user,
            password=source.password,
            db=source.database,
            unix_socket=options.get("socket"),
        )

    yield connect


@asynccontextmanager
async def psycopg_opened(source: Source) -> AsyncIterator[Callable[[], Any]]:
    options = dict(part.split("=", 1) for part in source.query.split("&") if part)

    def connect() -> Any:
        return psycopg.AsyncConnection.connect(
            host=options.get("host") or source.host,
            port=source.port,
            user=source.user,
            password=source.password,
            dbname=source.database,
        )

    yield connect


@asynccontextmanager
async def aiosqlite_opened(source: Source) -> AsyncIterator[Callable[[], Any]]:
    yield lambda: aiosqlite.connect(source.database)


@asynccontextmanager
async def sqlalchemy_opened(source: Source) -> AsyncIterator[Callable[[], Any]]:
    urls = {
        "sqlite": f"sqlite+aiosqlite:///{source.database}",
        "postgresql": f"postgresql+psycopg://{source.user}:{source.password}@/{source.database}?{source.query}",
    }
    engine = create_async_engine(urls[source.dialect])
    yield engine.connect
    await engine.dispose()


DRIVERS = [
    pytest.param("mysql", asyncmy_opened, by_cursor, id="asyncmy"),
    pytest.param("postgres", psycopg_opened, by_cursor, id="psycopg"),
    pytest.param("sqlite", aiosqlite_opened, by_cursor, id="aiosqlite"),
    pytest.param("sqlite", sqlalchemy_opened, by_sqlalchemy, id="sqlalchemy-aiosqlite"),
    pytest.param("postgres", sqlalchemy_opened, by_sqlalchemy, id="sqlalchemy-psycopg"),
]


@pytest.mark.parametrize(("name", "opened", "execute"), DRIVERS)
async def test_writes_of_each_awaited_driver_are_noted_in_their_own_transaction(
    name: str, opened: Any, execute: Execute, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    source: Source = request.getfixturevalue(name)
    plans = Migration.open(read_contract(CONTRACT)[0], url_of(source)).plans
    with Database("memory:") as plain:
        plain.create_tables(*declared(read_contract(CONTRACT)[0]))
        faults = AsyncFaults(OnLoop(plain.connection))
        async with (
            AsyncDatabase(faults, sleep=no_wait) as database,
            opened(source) as connect,
            AsyncExitStack() as stack,
        ):
            state, readers = AsyncState(database), AsyncReaders(source)
            stack.push_async_callback(readers.close)
            await state.create()
            await state.cutover(phase(2), Figures(0), by="test")
            queue = AsyncSqlQueue(connect, source.dialect)
            await queue.create()
            dual = AsyncDualWriter(database, readers, plans, state, queue=queue)
            connection = await connect()
            stack.push_async_callback(ended, connection)

            async def write(sql: str, *key: int) -> None:
                await dual.write("books", lambda: execute(connection, sql), key=key, connection=connection)

            await write("INSERT INTO books VALUES (1, 1, 'Notes', 9.90)", 1, 1)
            faults.throttle(table="Library", times=None)
            await write("INSERT INTO books VALUES (2, 1, 'Late', 1)", 2, 1)
            assert await dual.waiting() == (1, 0)
            faults.heal()
            await write("DELETE FROM books WHERE author_id = 1", 1, 1)
            assert await dual.waiting() == (1, 1)
            # What was begun and is rolled back leaves no note.
            with pytest.raises(ZeroDivisionError):
                await dual.write("books", fails_after(execute, connection), key=(1, 2), connection=connection)
            await connection.rollback()
            assert await dual.waiting() == (1, 1)
            assert (await dual.repair()).done == 1
            for author in (0, 1, 2):
                await dual.wrote("authors", (author,))
            with closing(Reader(source)) as reader:
                report = Verifier(plain, tmp_path / "verify").verify(reader, plans)
            assert [each.kind for each in report.differences] == []


def fails_after(execute: Execute, connection: Any) -> Callable[[], Awaitable[None]]:
    async def act() -> None:
        await execute(connection, "INSERT INTO books VALUES (1, 2, 'Never', 1)")
        raise ZeroDivisionError

    return act


async def ended(connection: Any) -> None:
    await getattr(connection, "ensure_closed", connection.close)()


def url_of(source: Source) -> str:
    return (
        source.shown
        if source.dialect == "sqlite"
        else f"{source.shown.replace('@', f':{source.password}@')}?{source.query}"
    )


def test_a_connection_of_sqlalchemy_that_is_not_awaited_serves_as_well(sqlite: Source) -> None:
    plans = Migration.open(read_contract(CONTRACT)[0], sqlite.shown).plans
    engine = create_engine(f"sqlite:///{sqlite.database}")
    with Database("memory:") as plain, closing(Readers(sqlite)) as readers, engine.connect() as connection:
        plain.create_tables(*declared(read_contract(CONTRACT)[0]))
        faults = Faults(plain.connection)
        database = Database(faults, sleep=lambda seconds: None)
        state = State(database)
        state.create()
        state.cutover(phase(2), Figures(0), by="test")
        queue = SqlQueue(engine.connect, "sqlite")
        queue.create()
        dual = DualWriter(database, readers, plans, state, queue=queue)
        faults.throttle(table="Library", times=None)
        insert = text("INSERT INTO books VALUES (1, 1, 'Notes', 9.90)")
        dual.write("books", lambda: connection.execute(insert), key=(1, 1), connection=connection)
        faults.heal()
        assert dual.waiting() == (1, 0)
        assert dual.repair().done == 1
        assert dual.waiting() == (0, 0)
    engine.dispose()


async def test_a_connection_that_is_not_awaited_is_refused_in_words(sqlite: Source) -> None:
    with closing(sqlite3.connect(sqlite.database)) as connection:
        queue = AsyncSqlQueue(lambda: aiosqlite.connect(sqlite.database), "sqlite")
        await queue.create()
        with pytest.raises(TypeError, match="connections of sqlite3 are not awaited"):
            await queue.note(Entry("books", "1", (), "id"), connection)
        assert await queue.count("repair") == 0
