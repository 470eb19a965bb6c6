"""A shop that is written while it is moved."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from dynalayer.migrate.source import Source, parse_source
from tests.migrate.conftest import SHOP
from tests.migrate.vector import ROWS
from tests.services.sql import in_database


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def moved(mariadb: str) -> Iterator[Source]:
    """A shop of its own, which is written."""
    with closing(parse_source(in_database(mariadb, "mysql")).connect()) as connection:
        cursor = connection.cursor()
        cursor.execute("CREATE DATABASE moved")
        connection.select_db("moved")
        for statement in [*filter(str.strip, (SHOP / "schema.sql").read_text().split(";")), *ROWS]:
            cursor.execute(statement)
        yield parse_source(in_database(mariadb, "moved"))
        cursor.execute("DROP DATABASE moved")
