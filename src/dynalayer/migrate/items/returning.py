"""From an attribute value back to the value of SQL that it was made of: the inverse of `converting`."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import msgspec

from dynalayer.migrate.source import ColumnInfo, Dialect
from dynalayer.protocol import InvalidValue, Value, from_plain, to_plain

from .converting import FALSE, TRUE, parsed_json
from .texts import Unconvertible, is_zero_date, json_text

_SPAN: Final = re.compile(r"(-?)(\d+):(\d\d):(\d\d)(?:\.(\d{1,6}))?")
_NUMBERS: Final = frozenset({"N", "S"})
_LISTED: Final = re.compile(r"(INTEGER|BIGINT|SMALLINT|NUMERIC|TEXT|VARCHAR)\b.*\[\]", re.IGNORECASE)
_WHERE: Final[dict[str, frozenset[str]]] = {
    "text": frozenset({"S", "B"}),
    "enum": frozenset({"S", "B"}),
    "integer": frozenset({"N", "S", "BOOL"}),
    "year": _NUMBERS,
    "bool": frozenset({"BOOL", "N", "S"}),
    "bit": frozenset({"N", "BOOL"}),
    "decimal": _NUMBERS,
    "float": _NUMBERS,
    "date": frozenset({"S"}),
    "datetime": frozenset({"S"}),
    "timestamp": frozenset({"S"}),
    "time": frozenset({"S"}),
    "uuid": frozenset({"S", "B"}),
    "binary": frozenset({"B"}),
    "set": frozenset({"S", "SS", "L"}),
    "json": frozenset({"M", "L", "S"}),
    "array": frozenset({"L"}),
}
"""The types of attributes that tell all of a value of each kind."""


def why_not_returned(type_: str, column: ColumnInfo, dialect: Dialect) -> str:
    """Why an attribute of this type does not tell the column's value; empty if it does."""
    if column.is_computed:
        return "the database computes it"
    if type_ not in _WHERE.get(column.kind, frozenset()):
        return f"an attribute of type {type_} does not tell all of a value of {column.declared or column.kind}"
    if dialect == "postgresql" and column.kind == "time" and column.declared.upper().startswith("INTERVAL"):
        return "an interval's months and days are not kept apart"
    if dialect == "postgresql" and column.kind == "bit":
        return "a text of bits is not kept as it is written"
    if column.kind == "array" and _LISTED.fullmatch(column.declared) is None:
        return f"the elements of {column.declared} are not told apart from texts"
    return ""


def returned(value: Value | None, column: ColumnInfo, dialect: Dialect) -> Any:
    """The value as the driver gives and takes it; raises `Unconvertible` for one that the column cannot have made.

    No attribute is null, except for a set of MySQL's that may not be: that is empty.
    """
    if value is None or "NULL" in value:
        return "" if column.kind == "set" and not column.nullable else None
    ((type_, content),) = value.items()
    if type_ == "S" and dialect == "mysql" and is_zero_date(content, column):
        return content
    if type_ not in _WHERE.get(column.kind, frozenset()):
        raise Unconvertible(f"a value of type {type_}, which is not what {column.declared or column.kind} makes")
    try:
        return _BACK[column.kind](content, type_, column, dialect)
    except (ValueError, ArithmeticError, InvalidValue) as error:
        if isinstance(error, Unconvertible):
            raise
        raise Unconvertible(f"not a value of {column.declared or column.kind}") from None


def _text(content: Any, type_: str, column: ColumnInfo, dialect: Dialect) -> Any:
    return content if type_ == "S" else base64.b64decode(content).decode()


def _integer(content: Any, type_: str, column: ColumnInfo, dialect: Dialect) -> Any:
    if type_ == "BOOL":
        return int(content)
    number = Decimal(content)
    if number != number.to_integral_value():
        raise Unconvertible("a number with decimals, for a column of whole numbers")
    return int(number)


def _truth(content: Any, type_: str, column: ColumnInfo, dialect: Dialect) -> Any:
    text = str(content).lower()
    if text not in TRUE | FALSE:
        raise Unconvertible("neither true nor false")
    if dialect != "postgresql":
        return int(text in TRUE)
    if column.declared.upper().startswith("BIT"):
        return "1" if text in TRUE else "0"
    return text in TRUE


def _decimal(content: Any, type_: str, column: ColumnInfo, dialect: Dialect) -> Any:
    number = Decimal(content)
    return format(number, "f") if dialect == "sqlite" else number


def _float(content: Any, type_: str, column: ColumnInfo, dialect: Dialect) -> Any:
    return float(content)


def _date(content: str, type_: str, column: ColumnInfo, dialect: Dialect) -> Any:
    return content if dialect == "sqlite" else date.fromisoformat(content)


def _moment(content: str, type_: str, column: ColumnInfo, dialect: Dialect) -> Any:
    if dialect == "sqlite":
        return _text_of_sqlite(content)
    found = datetime.fromisoformat(content)
    if (found.tzinfo is not None) != (column.kind == "timestamp"):
        raise Unconvertible("a moment with a zone for a column without one, or the other way round")
    return found.astimezone(UTC).replace(tzinfo=None) if dialect == "mysql" and found.tzinfo else found


def _text_of_sqlite(content: str) -> str:
    """A moment as SQLite's own functions write it; a text that is none stays as it is."""
    try:
        found = datetime.fromisoformat(content)
    except ValueError:
        return content
    return str(found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found)


def _time(content: str, type_: str, column: ColumnInfo, dialect: Dialect) -> Any:
    if dialect == "sqlite":
        return content
    if dialect == "postgresql":
        return time.fromisoformat(content)
    span = _SPAN.fullmatch(content)
    if span is None:
        raise Unconvertible("no time")
    sign, hours, minutes, seconds, fraction = span.groups()
    found = timedelta(
        hours=int(hours), minutes=int(minutes), seconds=int(seconds), microseconds=int((fraction or "0").ljust(6, "0"))
    )
    return -found if sign else found


def _uuid(content: str, type_: str, column: ColumnInfo, dialect: Dialect) -> Any:
    found = UUID(content) if type_ == "S" else UUID(bytes=base64.b64decode(content))
    return found if dialect == "postgresql" else str(found)


def _binary(content: str, type_: str, column: ColumnInfo, dialect: Dialect) -> Any:
    return base64.b64decode(content)


def _set(content: Any, type_: str, column: ColumnInfo, dialect: Dialect) -> Any:
    return (
        content if type_ == "S" else ",".join(content if type_ == "SS" else (str(to_plain(each)) for each in content))
    )


def _json(content: Any, type_: str, column: ColumnInfo, dialect: Dialect) -> Any:
    """As text, which every driver takes; JSON has neither sets nor bytes."""
    return content if type_ == "S" else json_of({type_: content})


def _array(content: Any, type_: str, column: ColumnInfo, dialect: Dialect) -> Any:
    return [to_plain(element) for element in content]


def json_of(value: Value) -> str:
    """A map or list as JSON with sorted keys and exact numbers; raises `Unconvertible` for sets and bytes in it."""
    _check_json(value)
    return json_text(to_plain(value))


def _check_json(value: Value) -> None:
    ((type_, content),) = value.items()
    if type_ in ("B", "SS", "NS", "BS"):
        raise Unconvertible(f"a value of type {type_} within, which JSON has nothing for")
    for each in content.values() if type_ == "M" else content if type_ == "L" else ():
        _check_json(each)


def from_json(text: str) -> Value:
    """The map or list that a text of JSON tells; raises `Unconvertible`."""
    try:
        return from_plain(parsed_json(text))
    except (msgspec.DecodeError, InvalidValue):
        raise Unconvertible("a text that is not JSON, for a map or list") from None


_BACK: Final[dict[str, Callable[[Any, str, ColumnInfo, Dialect], Any]]] = {
    "text": _text,
    "enum": _text,
    "integer": _integer,
    "year": _integer,
    "bool": _truth,
    "bit": _integer,
    "decimal": _decimal,
    "float": _float,
    "date": _date,
    "datetime": _moment,
    "timestamp": _moment,
    "time": _time,
    "uuid": _uuid,
    "binary": _binary,
    "set": _set,
    "json": _json,
    "array": _array,
}
