"""Short ways for the values that most columns hold: by their very type, with the same result as the long way.

What is none of these, or does not fit, is left to `converting`, which also knows the policies.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from dynalayer.migrate.contract import AttributeType
from dynalayer.migrate.source import ColumnInfo
from dynalayer.protocol import Value, numbers

from .texts import MOMENTS, moment_text

Short = Callable[[Any], Value]
"""Makes the value; raises `InvalidValue` or `KeyError` if it must go the long way."""

_TRUTHS: Final[dict[int, Value]] = {0: {"BOOL": False}, 1: {"BOOL": True}}
_WRITTEN_OTHERWISE: Final = MOMENTS | {"year", "json", "set", "decimal"}
"""Columns whose texts stand for something else than themselves."""


def short_ways(type_: AttributeType, column: ColumnInfo | None) -> dict[type, Short]:
    """How values of some types become an attribute of this type."""
    match type_:
        case "S":
            return {**_texts(column), int: lambda value: {"S": str(value)}}
        case "N":
            return {int: _number, Decimal: _number}
        case "BOOL":
            return {int: lambda value: dict(_TRUTHS[value])}
        case _:
            return {}


def short_ways_within(column: ColumnInfo | None) -> dict[type, Short]:
    """How values of some types become a member of a map or an element of a list."""
    found = {**_texts(column), Decimal: _number}
    if column is None or column.kind != "bool":
        found[int] = _number
    return found


def _texts(column: ColumnInfo | None) -> dict[type, Short]:
    found: dict[type, Short] = {
        datetime: lambda value: {"S": moment_text(value, column)},
        date: lambda value: {"S": value.isoformat()},
    }
    if column is None or column.kind not in _WRITTEN_OTHERWISE:
        found[str] = lambda value: {"S": value}
    return found


def _number(value: Any) -> Value:
    return {"N": numbers.to_text(value)}
