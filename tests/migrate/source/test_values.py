"""Values that other tools change without a word: from real servers into items, each kept, refused or told."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from dynalayer.migrate import Policies, read_contract
from dynalayer.migrate.contract import Findings
from dynalayer.migrate.items import Maker, Rejected
from dynalayer.migrate.queries import compile_contract
from dynalayer.migrate.reading import Reader
from dynalayer.migrate.source import Source, parse_source
from tests.services.sql import in_database

pytestmark = pytest.mark.xdist_group("mariadb")


@pytest.fixture(scope="module")
def maria(mariadb: str) -> Iterator[Source]:
    with closing(parse_source(in_database(mariadb, "mysql")).connect()) as connection:
        connection.cursor().execute("CREATE DATABASE odd")
        yield parse_source(in_database(mariadb, "odd"))
        connection.cursor().execute("DROP DATABASE odd")


@pytest.fixture(scope="module")
def postgres(postgresql: str) -> Iterator[Source]:
    with closing(parse_source(in_database(postgresql, "postgres")).connect()) as connection:
        connection.execute("CREATE DATABASE odd")
        yield parse_source(in_database(postgresql, "odd"))
        connection.execute("DROP DATABASE odd WITH (FORCE)")


def items(
    source: Source, declared: str, values: Sequence[str], type_: str, policies: Policies | None = None
) -> list[Any]:
    """What becomes of a column of this declaration with these values: attribute values, None, or why not."""
    is_sqlite = source.dialect == "sqlite"
    with closing(sqlite3.connect(source.database, isolation_level=None) if is_sqlite else source.connect()) as opened:
        cursor = opened.cursor()
        if source.dialect == "mysql":
            cursor.execute("SET sql_mode = 'ALLOW_INVALID_DATES'")
        cursor.execute("DROP TABLE IF EXISTS odd")
        cursor.execute(f"CREATE TABLE odd (id INTEGER PRIMARY KEY, v {declared})")
        for number, value in enumerate(values):
            cursor.execute(f"INSERT INTO odd VALUES ({number}, {value})")
    attributes = [
        {"name": "id", "type": "N", "source_column": "id"},
        {"name": "v", "type": type_, "source_column": "v"},
    ]
    table = {"table": "Odd", "type": "single-entity", "source_table": "odd", "pk": "id", "attributes": attributes}
    findings = Findings()
    (plan,) = compile_contract(read_contract({"tables": [table]})[0], source.schema(), findings)
    maker, found = Maker(plan, policies), list[Any]()
    with closing(Reader(source)) as reader, reader.snapshot():
        for page in reader.pages(plan):
            for row in page.rows:
                try:
                    found.append(maker.make(row).get("v"))
                except Rejected as error:
                    found.append(error.reason)
    return found


@pytest.mark.parametrize(
    ("declared", "value", "type_", "wanted"),
    [
        ("BIGINT UNSIGNED", "18446744073709551615", "N", {"N": "18446744073709551615"}),
        ("BIGINT UNSIGNED", "18446744073709551615", "S", {"S": "18446744073709551615"}),
        ("DECIMAL(20,4)", "1234567890123456.7800", "N", {"N": "1234567890123456.78"}),
        ("DECIMAL(10,2)", "0.10", "S", {"S": "0.10"}),
        ("DOUBLE", "0.1", "N", {"N": "0.1"}),
        ("BOOLEAN", "1", "BOOL", {"BOOL": True}),
        ("TINYINT(1)", "0", "N", {"N": "0"}),
        ("BIT(1)", "b'1'", "BOOL", {"BOOL": True}),
        ("BIT(12)", "b'100000000001'", "N", {"N": "2049"}),
        ("SET('a','b','c')", "'a,c'", "SS", {"SS": ["a", "c"]}),
        ("SET('a','b','c')", "'a,c'", "L", {"L": [{"S": "a"}, {"S": "c"}]}),
        ("SET('a','b','c')", "''", "SS", None),
        ("ENUM('pending','done')", "'done'", "S", {"S": "done"}),
        (
            "JSON",
            """'{"a": 1.10, "b": [true, null, ""], "c": {}}'""",
            "M",
            {"M": {"a": {"N": "1.1"}, "b": {"L": [{"BOOL": True}, {"NULL": True}, {"S": ""}]}, "c": {"M": {}}}},
        ),
        ("JSON", "'[12345678901234567890.123456789]'", "L", {"L": [{"N": "12345678901234567890.123456789"}]}),
        ("BINARY(4)", "x'00ff10fe'", "B", {"B": "AP8Q/g=="}),
        ("VARCHAR(10) CHARACTER SET utf8mb4", "'naïve 😀'", "S", {"S": "naïve 😀"}),
        ("VARCHAR(10)", "''", "S", {"S": ""}),
        ("VARCHAR(10)", "'null'", "S", {"S": "null"}),
        ("DATE", "'2024-02-29'", "S", {"S": "2024-02-29"}),
        ("DATETIME", "'2024-02-29 01:02:03'", "S", {"S": "2024-02-29T01:02:03"}),
        ("DATETIME(3)", "'2024-02-29 01:02:03'", "S", {"S": "2024-02-29T01:02:03.000"}),
        ("TIMESTAMP(6) NULL", "'2024-02-29 01:02:03.5'", "S", {"S": "2024-02-29T01:02:03.500000Z"}),
        ("TIME", "'-838:59:59'", "S", {"S": "-838:59:59"}),
        ("TIME(2)", "'25:00:00.5'", "S", {"S": "25:00:00.50"}),
        ("YEAR", "2024", "N", {"N": "2024"}),
        ("INT", "NULL", "N", None),
    ],
)
def test_mariadb_values_arrive_as_they_are(maria: Source, declared: str, value: str, type_: str, wanted: Any) -> None:
    assert items(maria, declared, [value], type_) == [wanted]


@pytest.mark.parametrize("value", ["'0000-00-00'", "'2024-02-00'"])
def test_a_date_that_is_none_is_refused_left_out_or_kept_as_text(maria: Source, value: str) -> None:
    (reason,) = items(maria, "DATE", [value], "S")
    assert reason.startswith("a date that is none")
    assert items(maria, "DATE", [value], "S", Policies(zero_dates="omit")) == [None]
    assert items(maria, "DATE", [value], "S", Policies(zero_dates="text")) == [{"S": value.strip("'")}]


def test_a_number_of_too_many_digits_is_refused_or_kept_as_text(maria: Source) -> None:
    long = "12345678901234567890123456789012345.123456789012345678901234567891"
    (reason,) = items(maria, "DECIMAL(65,30)", [long], "N")
    assert "over 38 digits" in reason
    assert items(maria, "DECIMAL(65,30)", [long], "N", Policies(long_numbers="text")) == [{"S": long}]
    assert items(maria, "DECIMAL(65,30)", [long], "S") == [{"S": long}]


def test_a_truth_that_is_none_is_refused(maria: Source) -> None:
    assert items(maria, "TINYINT(1)", ["2"], "BOOL") == [
        "int that is neither true nor false, for an attribute of type BOOL"
    ]


@pytest.mark.parametrize(
    ("declared", "value", "type_", "wanted"),
    [
        ("NUMERIC(30,10)", "'12345678901234567890.1234567890'", "N", {"N": "12345678901234567890.123456789"}),
        ("BOOLEAN", "true", "BOOL", {"BOOL": True}),
        ("UUID", "'12345678-1234-5678-1234-567812345678'", "S", {"S": "12345678-1234-5678-1234-567812345678"}),
        ("BYTEA", r"'\x00ff10fe'", "B", {"B": "AP8Q/g=="}),
        ("TEXT[]", "ARRAY['a','b','a']", "SS", {"SS": ["a", "b"]}),
        ("INTEGER[]", "ARRAY[1,2]", "L", {"L": [{"N": "1"}, {"N": "2"}]}),
        ("JSONB", """'{"a": [1, {"b": null}]}'""", "M", {"M": {"a": {"L": [{"N": "1"}, {"M": {}}]}}}),
        ("TIMESTAMPTZ", "'2024-02-29 01:02:03+09'", "S", {"S": "2024-02-28T16:02:03.000000Z"}),
        ("TIMESTAMP(0)", "'2024-02-29 01:02:03'", "S", {"S": "2024-02-29T01:02:03"}),
        ("DATE", "'2024-02-29'", "S", {"S": "2024-02-29"}),
        ("DOUBLE PRECISION", "0.1", "N", {"N": "0.1"}),
    ],
)
def test_postgresql_values_arrive_as_they_are(
    postgres: Source, declared: str, value: str, type_: str, wanted: Any
) -> None:
    assert items(postgres, declared, [value], type_) == [wanted]


@pytest.mark.parametrize("value", ["'NaN'", "'Infinity'"])
def test_what_is_no_number_is_refused_or_left_out(postgres: Source, value: str) -> None:
    (reason,) = items(postgres, "DOUBLE PRECISION", [value], "N")
    assert reason.startswith("NaN or infinity")
    assert items(postgres, "DOUBLE PRECISION", [value], "N", Policies(not_a_number="omit")) == [None]


def test_numbers_in_json_are_exact(postgres: Source) -> None:
    assert items(postgres, "JSONB", ["'[0.1, 12345678901234567890.12345678901]'"], "L") == [
        {"L": [{"N": "0.1"}, {"N": "12345678901234567890.12345678901"}]}
    ]


@pytest.mark.parametrize(
    ("declared", "value", "wanted"),
    [
        ("TIMESTAMP", "'2024-02-29 01:02:03'", "2024-02-29T01:02:03Z"),
        ("TIMESTAMP", "'2024-02-29T01:02:03+09:00'", "2024-02-28T16:02:03Z"),
        ("DATETIME", "'2024-02-29 01:02:03'", "2024-02-29T01:02:03"),
        ("DATETIME", "'2024-02-29 01:02:03.25'", "2024-02-29T01:02:03.250000"),
        ("DATE", "'2024-02-29'", "2024-02-29"),
        ("TEXT", "'2024-02-29 01:02:03'", "2024-02-29 01:02:03"),
        ("DATETIME", "'soon'", "soon"),
    ],
)
def test_dates_that_sqlite_keeps_as_text_arrive_as_those_of_a_server_do(
    tmp_path: Path, declared: str, value: str, wanted: str
) -> None:
    assert items(parse_source(f"sqlite:{tmp_path / 'odd.db'}"), declared, [value], "S") == [{"S": wanted}]


def test_a_date_that_is_none_is_refused_from_sqlite_as_well(tmp_path: Path) -> None:
    (reason,) = items(parse_source(f"sqlite:{tmp_path / 'odd.db'}"), "DATE", ["'2024-02-30'"], "S")
    assert reason.startswith("a date that is none")
