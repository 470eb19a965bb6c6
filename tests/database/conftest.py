"""Each behaviour runs on four engines: in memory, on a file, served over HTTP, and on AWS's DynamoDB Local."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from dynalayer import AsyncDatabase, Database, Table
from dynalayer.statements import DeleteTable
from dynalayer.testing import START, FrozenClock, fresh_names

from .agency import agency
from .houses import houses
from .library import library, shelves
from .meters import meters, parcels
from .people import people
from .shop import sessions, shop

NOW = START
Clock = FrozenClock


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def clock(frozen_clock: FrozenClock) -> FrozenClock:
    return frozen_clock


@pytest.fixture(params=["memory", "file", "served", "local"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "memory":
        return "memory:"
    if request.param == "file":
        return f"embedded:{tmp_path / 'test.db'}"
    return str(request.getfixturevalue("dynamodb_local" if request.param == "local" else "dynalayer_served"))


@pytest.fixture
def fresh_tables() -> Iterator[None]:
    """Names of their own, because all tests on DynamoDB Local share one server."""
    with fresh_names((shop, sessions)):
        yield


@pytest.fixture
async def async_database(url: str, clock: Clock, fresh_tables: None) -> AsyncIterator[AsyncDatabase]:
    async with AsyncDatabase(url, clock=clock) as db:
        await db.create_tables(shop, sessions)
        yield db
        for table in (shop, sessions):
            await db.run(DeleteTable(table.name))


@pytest.fixture
def database(url: str, clock: Clock, fresh_tables: None) -> Iterator[Database]:
    with Database(url, clock=clock) as db:
        db.create_tables(shop, sessions)
        yield db
        for table in (shop, sessions):
            db.run(DeleteTable(table.name))


@pytest.fixture
def fresh_people() -> Iterator[None]:
    with fresh_names((people,)):
        yield


@pytest.fixture
async def async_people(url: str, clock: Clock, fresh_people: None) -> AsyncIterator[AsyncDatabase]:
    async with AsyncDatabase(url, clock=clock) as db:
        await db.create_tables(people)
        yield db
        await db.run(DeleteTable(people.name))


@pytest.fixture
def sync_people(url: str, clock: Clock, fresh_people: None) -> Iterator[Database]:
    with Database(url, clock=clock) as db:
        db.create_tables(people)
        yield db
        db.run(DeleteTable(people.name))


@pytest.fixture
def fresh_agency() -> Iterator[None]:
    with fresh_names((agency,)):
        yield


@pytest.fixture
async def async_agency(url: str, clock: Clock, fresh_agency: None) -> AsyncIterator[AsyncDatabase]:
    async with AsyncDatabase(url, clock=clock) as db:
        await db.create_tables(agency)
        yield db
        await db.delete_tables(agency)


@pytest.fixture
def sync_agency(url: str, clock: Clock, fresh_agency: None) -> Iterator[Database]:
    with Database(url, clock=clock) as db:
        db.create_tables(agency)
        yield db
        db.delete_tables(agency)


@pytest.fixture
def fresh_houses() -> Iterator[None]:
    with fresh_names((houses,)):
        yield


@pytest.fixture
async def async_houses(url: str, fresh_houses: None) -> AsyncIterator[AsyncDatabase]:
    async with AsyncDatabase(url) as db:
        await db.create_tables(houses)
        yield db
        await db.run(DeleteTable(houses.name))


@pytest.fixture
def sync_houses(url: str, fresh_houses: None) -> Iterator[Database]:
    with Database(url) as db:
        db.create_tables(houses)
        yield db
        db.run(DeleteTable(houses.name))


@pytest.fixture(params=["memory", "file", "served"])
def newer_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Engines with what the DynamoDB Local of 2020 lacks: keys of several attributes, recovery, protection, tags."""
    if request.param == "served":
        return str(request.getfixturevalue("dynalayer_served"))
    return "memory:" if request.param == "memory" else f"embedded:{tmp_path / 'test.db'}"


@pytest.fixture
def fresh_indexes() -> Iterator[None]:
    with fresh_names((meters, parcels)):
        yield


@pytest.fixture
async def async_ours(newer_url: str, fresh_indexes: None) -> AsyncIterator[AsyncDatabase]:
    async with AsyncDatabase(newer_url) as db:
        await db.create_tables(meters)
        yield db
        await db.delete_tables(meters)


@pytest.fixture
def ours(newer_url: str, fresh_indexes: None) -> Iterator[Database]:
    with Database(newer_url) as db:
        db.create_tables(meters)
        yield db
        db.delete_tables(meters)


@pytest.fixture
async def async_indexed(url: str, fresh_indexes: None) -> AsyncIterator[AsyncDatabase]:
    async with AsyncDatabase(url) as db:
        await db.create_tables(parcels)
        yield db
        await db.delete_tables(parcels)


@pytest.fixture
def indexed(url: str, fresh_indexes: None) -> Iterator[Database]:
    with Database(url) as db:
        db.create_tables(parcels)
        yield db
        db.delete_tables(parcels)


async def _delete_fresh(db: AsyncDatabase) -> None:
    made = [name async for name in db.table_names() if name.startswith("fresh-")]
    await db.delete_tables(*(Table(name, pk="id") for name in made))


@pytest.fixture
async def async_empty(url: str) -> AsyncIterator[AsyncDatabase]:
    async with AsyncDatabase(url) as db:
        yield db
        await _delete_fresh(db)


@pytest.fixture
async def async_complete(newer_url: str) -> AsyncIterator[AsyncDatabase]:
    async with AsyncDatabase(newer_url) as db:
        yield db
        await _delete_fresh(db)


@pytest.fixture
def empty(url: str) -> Iterator[Database]:
    with Database(url) as db:
        yield db
        db.delete_tables(*(Table(name, pk="id") for name in db.table_names() if name.startswith("fresh-")))


@pytest.fixture
def complete(newer_url: str) -> Iterator[Database]:
    with Database(newer_url) as db:
        yield db
        db.delete_tables(*(Table(name, pk="id") for name in db.table_names() if name.startswith("fresh-")))


@pytest.fixture
def library_tables() -> Iterator[None]:
    with fresh_names((library, shelves)):
        yield


@pytest.fixture
async def adb(url: str, clock: Clock, library_tables: None) -> AsyncIterator[AsyncDatabase]:
    async with AsyncDatabase(url, clock=clock, cursor_key=b"k" * 32) as db:
        await db.create_tables(library, shelves)
        yield db
        await db.delete_tables(library, shelves)


@pytest.fixture
def db(url: str, clock: Clock, library_tables: None) -> Iterator[Database]:
    with Database(url, clock=clock, cursor_key=b"k" * 32) as db:
        db.create_tables(library, shelves)
        yield db
        db.delete_tables(library, shelves)
