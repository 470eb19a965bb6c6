"""SQL databases with the shop in them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from dynalayer.migrate.source import Source, parse_source
from tests.migrate.vector import ROWS
from tests.services.sql import in_database

SHOP = Path(__file__).resolve().parents[2] / "examples" / "shop"


@pytest.fixture(scope="module")
def shop(mariadb: str) -> Iterator[Source]:
    """The small shop in MariaDB; a test that changes it changes it back."""
    with closing(parse_source(in_database(mariadb, "mysql")).connect()) as connection:
        cursor = connection.cursor()
        cursor.execute("CREATE DATABASE shop")
        connection.select_db("shop")
        for statement in [*filter(str.strip, (SHOP / "schema.sql").read_text().split(";")), *ROWS]:
            cursor.execute(statement)
        yield parse_source(in_database(mariadb, "shop"))
        cursor.execute("DROP DATABASE shop")
