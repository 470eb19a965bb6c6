"""The one text of a value of SQL: in keys, in attributes of type S and in lists, for every reader and writer."""

from __future__ import annotations

import base64
import re
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import Struct

from dynalayer.migrate.source import ColumnInfo

TOKEN: Final = re.compile(r"YYYY|YY|MM|DD|HH|mm|ss|SSS")
MOMENTS: Final = frozenset({"date", "datetime", "timestamp"})
_DATE_KINDS: Final = MOMENTS | {"year"}
_encode: Final = msgspec.json.Encoder(order="sorted", decimal_format="number").encode
_ZERO_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}([ T].*)?")


class Unconvertible(ValueError):
    """A value that cannot become what the contract asks for; the text tells its kind, not the value."""


class Nested(Struct, frozen=True):
    """A value within an object, with the column that tells what it is."""

    value: Any
    column: ColumnInfo | None


def is_zero_date(value: object, column: ColumnInfo | None) -> bool:
    """True for a date that is none, such as 0000-00-00 or 2024-02-00, which MySQL keeps and drivers give as text."""
    return (
        isinstance(value, str)
        and column is not None
        and column.kind in _DATE_KINDS
        and _ZERO_DATE.fullmatch(value) is not None
        and _written_moment(value, column) is None
    )


def _written_moment(value: str, column: ColumnInfo) -> datetime | date | None:
    """What the text in a column of dates tells, which is all that SQLite keeps of them; None if it is no date."""
    try:
        return date.fromisoformat(value) if column.kind == "date" else datetime.fromisoformat(value)
    except ValueError:
        return None


def text_of(value: Any, column: ColumnInfo | None = None) -> str:
    """The text of a value that is not null: numbers in plain digits, times as ISO 8601 with as many digits of a second
    as the column keeps, moments in UTC with a Z; raises `Unconvertible` for bytes.
    """
    match value:
        case str():
            found = _written_moment(value, column) if column is not None and column.kind in MOMENTS else None
            return value if found is None else text_of(found, column)
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case Decimal():
            return format(value, "f") if value.is_finite() else str(value)
        case float():
            return float_text(value)
        case datetime():
            return moment_text(value, column)
        case date():
            return value.isoformat()
        case timedelta():
            return span_text(value, column.fraction if column else 0)
        case time():
            return value.isoformat(timespec=_timespec(column))
        case UUID():
            return str(value)
        case list() | dict() | tuple() | set():
            return json_text(value)
        case _:
            raise Unconvertible(f"{type(value).__name__} has no text; use the type B for bytes")


def float_text(value: float) -> str:
    """The shortest decimal text that gives the same float again."""
    if value != value or value in (float("inf"), float("-inf")):
        return str(value)
    return format(Decimal(repr(value)).normalize(), "f")


def moment_text(value: datetime, column: ColumnInfo | None) -> str:
    """A date and time as ISO 8601, with a fraction of constant width for a column that says what it keeps."""
    zone = ""
    if value.tzinfo is not None:
        value, zone = value.astimezone(UTC).replace(tzinfo=None), "Z"
    elif column is not None and column.kind == "timestamp":
        zone = "Z"
    text = value.isoformat(timespec="microseconds")
    fraction = column.fraction if column else 0
    if value.microsecond % 10 ** (6 - fraction):
        # No column, or one of SQLite's, which keep more than they say.
        fraction = 6
    return (text[: 20 + fraction] if fraction else text[:19]) + zone


def span_text(value: timedelta, fraction: int) -> str:
    """A time of day or a span, which may be negative or longer than a day: [-]HH:MM:SS[.f]."""
    sign, value = ("-", -value) if value < timedelta(0) else ("", value)
    seconds = value.days * 86_400 + value.seconds
    text = f"{sign}{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{text}.{value.microseconds:06d}"[: len(text) + 1 + fraction] if fraction else text


def _timespec(column: ColumnInfo | None) -> str:
    return "microseconds" if column is not None and column.fraction else "seconds"


def json_text(value: Any) -> str:
    """A list or object as JSON with sorted keys and exact numbers."""
    return _encode(_jsonable(value)).decode()


def _jsonable(value: Any) -> Any:
    match value:
        case dict():
            return {str(name): _jsonable(member) for name, member in value.items()}
        case list() | tuple() | set():
            return [_jsonable(element) for element in value]
        case None | bool() | int() | str() | Decimal():
            return value
        case float():
            return Decimal(float_text(value))
        case bytes():
            return base64.b64encode(value).decode("ascii")
        case Nested():
            return None if value.value is None else text_of(value.value, value.column)
        case _:
            return text_of(value)


def formatted_date(value: Any, pattern: str, source_format: str | None) -> str:
    """A date or time by a pattern of YYYY, YY, MM, DD, HH, mm, ss and SSS; raises `Unconvertible` for anything else."""
    moment = as_moment(value, source_format)
    parts = {
        "YYYY": f"{moment.year:04d}",
        "YY": f"{moment.year % 100:02d}",
        "MM": f"{moment.month:02d}",
        "DD": f"{moment.day:02d}",
        "HH": f"{moment.hour:02d}",
        "mm": f"{moment.minute:02d}",
        "ss": f"{moment.second:02d}",
        "SSS": f"{moment.microsecond // 1000:03d}",
    }
    return TOKEN.sub(lambda token: parts[token.group()], pattern)


def as_moment(value: Any, source_format: str | None = None) -> datetime:
    """A date, time or its text as a moment; a number counts seconds since 1970 where the format says `timestamp`."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo is not None else value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    if isinstance(value, (int, Decimal, float)) and not isinstance(value, bool) and source_format == "timestamp":
        return datetime(1970, 1, 1) + timedelta(seconds=float(value))
    if isinstance(value, str):
        try:
            return as_moment(datetime.fromisoformat(value))
        except ValueError:
            pass
    raise Unconvertible(f"{type(value).__name__} is no date or time")


def moved(value: Any, unit: str, amount: int) -> datetime | date:
    """A date or time moved by an amount; the last day of a shorter month stands for a day that it has not."""
    moment = as_moment(value)
    if unit in ("year", "month"):
        months = moment.year * 12 + moment.month - 1 + amount * (12 if unit == "year" else 1)
        year, month = months // 12, months % 12 + 1
        result = moment.replace(year=year, month=month, day=min(moment.day, monthrange(year, month)[1]))
    else:
        result = moment + timedelta(**{f"{unit}s": amount})
    keeps_date = isinstance(value, date) and not isinstance(value, datetime)
    return result.date() if keeps_date and unit not in ("hour", "minute", "second") else result
