"""The recipes run on a table of their own and beside other entities of a single table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from dynalayer import Database, Index, Table
from dynalayer.statements import DeleteTable

NOW = 1_800_000_000.0


class Clock:
    """Seconds since 1970 as a test sets them."""

    def __init__(self, now: float = NOW) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    async def async_sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["memory", "file", "local"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "memory":
        return "memory:"
    if request.param == "file":
        return f"embedded:{tmp_path / 'test.db'}?durability=relaxed"
    return str(request.getfixturevalue("dynamodb_local"))


def single_table() -> Table:
    """A table that other entities would share, with an index for order, under a name of its own."""
    lru = Index("GSI1", pk="GSI1PK", sk="GSI1SK")
    return Table(f"app-{uuid4().hex[:12]}", pk="PK", sk="SK", indexes=[lru], ttl="expires")


@pytest.fixture
def table() -> Table:
    return single_table()


@pytest.fixture
def db(url: str, clock: Clock, table: Table) -> Iterator[Database]:
    """On three engines: in memory, on a file, and on AWS's own DynamoDB Local."""
    with Database(url, clock=clock, sleep=clock.sleep) as database:
        database.create_tables(table)
        yield database
        database.run(DeleteTable(table.name))


@pytest.fixture
def memory(clock: Clock, table: Table) -> Iterator[Database]:
    with Database("memory:", clock=clock, sleep=clock.sleep) as database:
        database.create_tables(table)
        yield database
