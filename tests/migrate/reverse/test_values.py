"""A row becomes an item and the item a row: the same row, on every database, for all that the item tells."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dynalayer import Database
from dynalayer.migrate import Policies, read_contract
from dynalayer.migrate.contract import Findings
from dynalayer.migrate.items import Maker
from dynalayer.migrate.queries import compile_contract
from dynalayer.migrate.reading import Reader
from dynalayer.migrate.reverse import reversals
from dynalayer.migrate.reverse.restoring import Restorer
from dynalayer.migrate.reverse.rows import Rows
from dynalayer.migrate.source import Dialect, Source, parse_source
from dynalayer.migrate.target import declared, key_of
from tests.services.sql import in_database

pytestmark = pytest.mark.xdist_group("mariadb")

Shape = Mapping[str, tuple[str, str, st.SearchStrategy[Any]]]
"""For each column its declaration, the type of its attribute, and its values."""

texts = st.text(alphabet="ab#'\"\\%{} ß😀\n", max_size=8)
small = st.integers(-(2**31), 2**31 - 1)
cents = st.integers(-(10**11), 10**11).map(lambda number: f"{number / 100:.2f}")
floats = st.floats(allow_nan=False, allow_infinity=False, width=32).filter(lambda x: x == 0 or 1e-30 < abs(x) < 1e30)
days = st.dates(min_value=date(1000, 1, 1)).map(str)
moments = st.datetimes(min_value=datetime(1980, 1, 1), max_value=datetime(2037, 1, 1))
seconds = moments.map(lambda at: str(at.replace(microsecond=0)))
clocks = st.times().map(lambda at: str(at.replace(microsecond=0)))
documents = st.recursive(
    st.one_of(st.booleans(), st.integers(-(10**9), 10**9), st.text("ab\"'", max_size=3)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=2), inner, max_size=3),
    max_leaves=6,
)
objects = st.dictionaries(st.text("ab", min_size=1, max_size=2), documents, max_size=3).map(
    lambda found: json.dumps(found, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
)
spans = st.integers(-3_000_000, 3_000_000).map(
    lambda number: f"{'-' * (number < 0)}{abs(number) // 3600}:{abs(number) // 60 % 60:02}:{abs(number) % 60:02}"
)
tags = st.sets(st.sampled_from("abc"), min_size=1).map(lambda found: ",".join(sorted(found)))
blobs = st.binary(max_size=8)
nothing = st.none()

SQLITE: Shape = {
    "whole": ("INTEGER", "N", small),
    "word": ("INTEGER", "S", small),
    "text": ("TEXT", "S", texts),
    "flag": ("BOOLEAN", "BOOL", st.booleans().map(int)),
    "price": ("DECIMAL(13, 2)", "N", cents),
    "ratio": ("REAL", "N", floats),
    "day": ("DATE", "S", days),
    "at": ("DATETIME", "S", moments.map(str)),
    "data": ("BLOB", "B", blobs),
    "tree": ("JSON", "M", objects),
}
MARIADB: Shape = {
    "whole": ("BIGINT", "N", small),
    "huge": ("BIGINT UNSIGNED", "S", st.integers(0, 2**64 - 1)),
    "text": ("VARCHAR(40) CHARACTER SET utf8mb4", "S", texts),
    "flag": ("BOOLEAN", "BOOL", st.booleans().map(int)),
    "bits": ("BIT(12)", "N", st.integers(0, 4095)),
    "price": ("DECIMAL(20, 2)", "N", cents),
    "exact": ("DECIMAL(20, 2)", "S", cents),
    "ratio": ("DOUBLE", "N", floats),
    "day": ("DATE", "S", days),
    "at": ("DATETIME(3)", "S", moments.map(lambda at: str(at.replace(microsecond=123_000)))),
    "stamp": ("TIMESTAMP NULL", "S", seconds),
    "span": ("TIME", "S", spans),
    "born": ("YEAR", "N", st.integers(1901, 2155)),
    "data": ("VARBINARY(10)", "B", blobs),
    "tags": ("SET('a','b','c')", "SS", tags),
    "state": ("ENUM('new','old')", "S", st.sampled_from(["new", "old"])),
    "tree": ("JSON", "M", objects),
}
POSTGRESQL: Shape = {
    "whole": ("BIGINT", "N", small),
    "text": ("TEXT", "S", texts),
    "flag": ("BOOLEAN", "BOOL", st.booleans()),
    "word": ("BOOLEAN", "S", st.booleans()),
    "price": ("NUMERIC(20, 2)", "N", cents),
    "free": ("NUMERIC", "S", cents),
    "ratio": ("DOUBLE PRECISION", "N", floats),
    "day": ("DATE", "S", days),
    "at": ("TIMESTAMP", "S", moments.map(str)),
    "stamp": ("TIMESTAMPTZ", "S", moments.map(lambda at: f"{at}+00")),
    "clock": ("TIME", "S", clocks),
    "mark": ("UUID", "S", st.uuids().map(str)),
    "raw": ("UUID", "B", st.uuids().map(str)),
    "data": ("BYTEA", "B", blobs),
    "names": ("TEXT[]", "L", st.lists(st.sampled_from(["a", "b c"]), max_size=3)),
    "numbers": ("INTEGER[]", "L", st.lists(st.integers(0, 9), max_size=3)),
    "tree": ("JSONB", "M", objects),
}


class There:
    """A table with a column of each kind, the queries for its items, and what brings them back."""

    def __init__(self, source: Source, shape: Shape) -> None:
        self.shape = shape
        columns = ", ".join(f"{name} {kind}" for name, (kind, _, _) in shape.items())
        with closing(source.connect_to_write()) as connection, closing(connection.cursor()) as cursor:
            cursor.execute("DROP TABLE IF EXISTS every")
            cursor.execute(f"CREATE TABLE every (id INTEGER PRIMARY KEY, shelf VARCHAR(5) DEFAULT 'new', {columns})")
        attributes = [{"name": "id", "type": "N", "source_column": "id"}]
        attributes += [{"name": name, "type": kind, "source_column": name} for name, (_, kind, _) in shape.items()]
        table = {
            "table": "Every",
            "type": "single-entity",
            "source_table": "every",
            "pk": "id",
            "attributes": attributes,
        }
        findings = Findings()
        contract = read_contract({"tables": [table]})[0]
        (self.plan,) = compile_contract(contract, source.schema(), findings)
        self.maker = Maker(self.plan, Policies(nested_nulls="null"))
        self.database = Database("memory:")
        self.database.create_tables(*declared(contract))
        self.rows = Rows(source)
        self.reader = Reader(source)
        (self.reversal,) = reversals([self.plan])
        self.restorer = Restorer(self.database, self.rows, [self.reversal], self.maker.policies, "")
        self.source = source

    def close(self) -> None:
        self.rows.close()
        self.reader.close()
        self.database.close()

    def run(self, sql: str, given: tuple[Any, ...] = ()) -> Any:
        with closing(self.rows._connection.cursor()) as cursor:  # pyright: ignore
            cursor.execute(sql if self.source.dialect == "sqlite" else sql.replace("?", "%s"), given)
            return None if cursor.description is None else cursor.fetchall()

    def comes_back(self, values: Mapping[str, Any]) -> None:
        names = ", ".join(["id", *values])
        self.run("DELETE FROM every")
        marks = ", ".join(["?"] * (len(values) + 1))
        self.run(f"INSERT INTO every ({names}) VALUES ({marks})", (1, *values.values()))
        before = self.run("SELECT * FROM every")
        row = self.reader.row(self.plan, (1,))
        assert row is not None
        item = self.maker.make(row)
        self.run("DELETE FROM every")
        key = key_of(self.plan.table, item)
        for _ in range(2):
            with self.rows.transaction(), self.rows.attempt():
                self.restorer.restore("Every", key, item, (), is_last=True)
        assert self.run("SELECT * FROM every") == before


SHAPES: dict[Dialect, Shape] = {"sqlite": SQLITE, "mysql": MARIADB, "postgresql": POSTGRESQL}


@pytest.fixture(scope="module", params=list(SHAPES))
def there(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[There]:
    dialect: Dialect = request.param
    if dialect == "sqlite":
        path: Path = tmp_path_factory.mktemp("values") / "every.db"
        path.touch()
        url = f"sqlite:{path}"
    elif dialect == "mysql":
        server = request.getfixturevalue("mariadb")
        with closing(parse_source(in_database(server, "mysql")).connect()) as connection:
            connection.cursor().execute("CREATE DATABASE IF NOT EXISTS every CHARACTER SET utf8mb4")
        url = in_database(server, "every")
    else:
        url = in_database(request.getfixturevalue("postgresql"), "postgres")
    found = There(parse_source(url), SHAPES[dialect])
    yield found
    found.close()


def test_every_column_that_is_told_has_a_way_back(there: There) -> None:
    assert {way.column.name for way in there.reversal.taken} == {"id", *there.shape}
    assert [column for column, _ in there.reversal.lost] == ["shelf"]
    assert there.reversal.inserts


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_row_becomes_an_item_and_the_item_that_row(there: There, data: st.DataObject) -> None:
    there.comes_back(
        {name: data.draw(st.one_of(nothing, values), label=name) for name, (_, _, values) in there.shape.items()}
    )
