from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from dynalayer.migrate.reverse.rows import RowRefused, Rows
from dynalayer.migrate.source import Source, TableInfo, parse_source
from tests.services.sql import in_database

pytestmark = pytest.mark.xdist_group("mariadb")


@pytest.fixture
def source(postgresql: str) -> Iterator[Source]:
    found = parse_source(in_database(postgresql, "postgres"))
    with closing(found.connect()) as connection:
        connection.execute("CREATE TABLE counted (id SERIAL PRIMARY KEY, name TEXT NOT NULL)")
        connection.execute("CREATE TABLE always (id INT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name TEXT)")
        yield found
        connection.execute("DROP TABLE counted, always")


def table(source: Source, name: str) -> TableInfo:
    found = source.schema().table(name)
    assert found is not None
    return found


@pytest.mark.parametrize("name", ["counted", "always"])
def test_numbers_that_postgresql_counts_go_on_after_those_that_came_back(source: Source, name: str) -> None:
    with closing(Rows(source)) as rows, closing(source.connect()) as other:
        info = table(source, name)
        with rows.transaction():
            rows.advance(info)
        assert next_number(other, name) == 1
        with rows.transaction():
            rows.insert(info, {"id": 41, "name": "came back"})
            rows.advance(info)
        assert next_number(other, name) == 42
        with rows.transaction():
            rows.advance(info)
        assert next_number(other, name) == 43


def next_number(connection: Any, name: str) -> int:
    found: int = connection.execute(f"INSERT INTO {name} (name) VALUES ('new') RETURNING id").fetchone()[0]
    return found


def test_a_refused_row_takes_nothing_of_the_transaction_with_it(source: Source) -> None:
    with closing(Rows(source)) as rows, closing(source.connect()) as other:
        info = table(source, "counted")
        with rows.transaction():
            with rows.attempt():
                rows.insert(info, {"id": 1, "name": "first"})
            with pytest.raises(RowRefused, match="may not be null"), rows.attempt():
                rows.insert(info, {"id": 2, "name": None})
            with pytest.raises(RowRefused, match="unique"), rows.attempt():
                rows.insert(info, {"id": 1, "name": "again"})
            with rows.attempt():
                rows.insert(info, {"id": 3, "name": "third"})
        assert other.execute("SELECT id FROM counted ORDER BY id").fetchall() == [(1,), (3,)]


def test_a_rule_that_is_deferred_is_broken_by_its_row_alone(source: Source) -> None:
    with closing(Rows(source)) as rows, closing(source.connect()) as other:
        other.execute(
            "ALTER TABLE always ADD COLUMN counted_id INT REFERENCES counted (id) DEFERRABLE INITIALLY DEFERRED"
        )
        info = table(source, "always")
        with rows.transaction():
            with pytest.raises(RowRefused, match="refers to"), rows.attempt():
                rows.insert(info, {"id": 1, "counted_id": 99})
            with rows.attempt():
                rows.insert(info, {"id": 2, "counted_id": None})
        assert other.execute("SELECT id FROM always").fetchall() == [(2,)]
