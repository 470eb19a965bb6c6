"""From a value of SQL to an attribute value of the type that the contract asks for: exact, or refused by name."""

from __future__ import annotations

import base64
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final, Literal
from uuid import UUID

import msgspec
from msgspec import Struct

from dynalayer.migrate.contract import AttributeType
from dynalayer.migrate.source import ColumnInfo
from dynalayer.protocol import InvalidValue, Value, numbers, to_plain

from .texts import Nested, Unconvertible, float_text, is_zero_date, json_text, text_of

_json = msgspec.json.Decoder(float_hook=Decimal).decode
TRUE: Final = frozenset({"true", "t", "1", "yes"})
FALSE: Final = frozenset({"false", "f", "0", "no"})


class Policies(Struct, frozen=True):
    """What becomes of values that DynamoDB has no equal for; `error` rejects the row, and nothing is ever rounded.

    `zero_dates`: dates such as 0000-00-00. `long_numbers`: over 38 significant digits. `not_a_number`: NaN and
    infinity. `nested_nulls`: nulls within maps and lists; those in lists keep their place.
    """

    zero_dates: Literal["error", "omit", "text"] = "error"
    long_numbers: Literal["error", "text"] = "error"
    not_a_number: Literal["error", "omit", "text"] = "error"
    nested_nulls: Literal["omit", "null"] = "omit"


Notes = Callable[[str], None]
"""Told the name of a policy each time that it changes a value."""


def convert(
    value: Any, type_: AttributeType, column: ColumnInfo | None, policies: Policies, note: Notes
) -> Value | None:
    """The attribute value, None to leave the attribute out; raises `Unconvertible` saying what cannot be kept."""
    if value is None:
        return {"NULL": True} if type_ == "NULL" else None
    if isinstance(value, memoryview):
        value = bytes(value)
    if is_zero_date(value, column):
        return _zero_date(value, policies, note)
    try:
        return _CONVERTERS[type_](value, column, policies, note)
    except InvalidValue as error:
        raise Unconvertible(str(error)) from None


def _zero_date(value: str, policies: Policies, note: Notes) -> Value | None:
    if policies.zero_dates == "error":
        raise Unconvertible("a date that is none, such as 0000-00-00; choose what becomes of it by 'zero_dates'")
    note("zero_dates")
    return None if policies.zero_dates == "omit" else {"S": value}


def _string(value: Any, column: ColumnInfo | None, policies: Policies, note: Notes) -> Value:
    if isinstance(value, (dict, list, tuple)):
        found = native(value, None, policies, note)
        return {"S": json_text(None if found is None else to_plain(found))}
    return {"S": text_of(value, column)}


def _number(value: Any, column: ColumnInfo | None, policies: Policies, note: Notes) -> Value | None:
    if isinstance(value, bool):
        return {"N": "1" if value else "0"}
    if isinstance(value, bytes):
        value = int.from_bytes(value, "big") if column is not None and column.kind == "bit" else value
    if isinstance(value, float):
        value = Decimal(float_text(value))
    if isinstance(value, str):
        try:
            value = Decimal(value.strip())
        except ArithmeticError:
            raise Unconvertible("a text that is no number, for an attribute of type N") from None
    if not isinstance(value, (int, Decimal)):
        raise Unconvertible(f"{type(value).__name__} is no number")
    if isinstance(value, Decimal) and not value.is_finite():
        if policies.not_a_number == "error":
            raise Unconvertible("NaN or infinity, which DynamoDB has no number for")
        note("not_a_number")
        return None if policies.not_a_number == "omit" else {"S": text_of(value)}
    try:
        return {"N": numbers.to_text(value)}
    except InvalidValue:
        if policies.long_numbers == "error":
            raise Unconvertible(
                "a number of over 38 digits or beyond DynamoDB's range; choose what becomes of it by 'long_numbers'"
            ) from None
        note("long_numbers")
        return {"S": text_of(value)}


def _truth(value: Any, column: ColumnInfo | None, policies: Policies, note: Notes) -> Value:
    if isinstance(value, bytes):
        value = int.from_bytes(value, "big")
    if isinstance(value, (bool, int, Decimal)) and value in (0, 1):
        return {"BOOL": bool(value)}
    if isinstance(value, str) and value.lower() in TRUE | FALSE:
        return {"BOOL": value.lower() in TRUE}
    raise Unconvertible(f"{type(value).__name__} that is neither true nor false, for an attribute of type BOOL")


def _binary(value: Any, column: ColumnInfo | None, policies: Policies, note: Notes) -> Value:
    if isinstance(value, UUID):
        value = value.bytes
    if isinstance(value, str):
        value = value.encode()
    if not isinstance(value, (bytes, bytearray)):
        raise Unconvertible(f"{type(value).__name__} for an attribute of type B, which holds bytes")
    return {"B": base64.b64encode(value).decode("ascii")}


def _document(value: Any, column: ColumnInfo | None, policies: Policies, note: Notes) -> Value:
    if isinstance(value, (str, bytes)) and column is not None and column.kind == "json":
        value = parsed_json(value)
    if not isinstance(value, (dict, list, tuple)):
        raise Unconvertible(f"{type(value).__name__} for a map or list; a text that holds JSON needs 'json-parse'")
    found = native(value, None, policies, note)
    assert found is not None
    return found


def _map(value: Any, column: ColumnInfo | None, policies: Policies, note: Notes) -> Value:
    found = _document(value, column, policies, note)
    if "M" not in found:
        raise Unconvertible("a list for an attribute of type M; L holds lists")
    return found


def _list(value: Any, column: ColumnInfo | None, policies: Policies, note: Notes) -> Value:
    if isinstance(value, str) and column is not None and column.kind == "set":
        value = _members(value)
    found = _document(value, column, policies, note)
    if "L" not in found:
        raise Unconvertible("an object for an attribute of type L; M holds objects")
    return found


def _null(value: Any, column: ColumnInfo | None, policies: Policies, note: Notes) -> Value:
    raise Unconvertible("a value for an attribute of type NULL")


def _set_of(one: Callable[..., Value | None], kind: str) -> Callable[..., Value | None]:
    def convert_set(value: Any, column: ColumnInfo | None, policies: Policies, note: Notes) -> Value | None:
        if isinstance(value, str) and column is not None and column.kind == "set":
            value = _members(value)
        if not isinstance(value, (list, tuple, set, frozenset)):
            value = [value]
        made = [one(element, None, policies, note) for element in value if element is not None]
        contents = list(dict.fromkeys(str(next(iter(each.values()))) for each in made if each is not None))
        # There are no empty sets in DynamoDB.
        return {kind: contents} if contents else None

    return convert_set


def _members(value: str) -> list[str]:
    return value.split(",") if value else []


def parsed_json(value: str | bytes) -> Any:
    """What a text of JSON tells, numbers exact; raises `Unconvertible`."""
    try:
        return _json(value)
    except msgspec.DecodeError:
        raise Unconvertible("a text that is not JSON, for a map or list") from None


def native(value: Any, column: ColumnInfo | None, policies: Policies, note: Notes) -> Value | None:
    """A value within a map or list, of the type that it has; None to leave it out."""
    if isinstance(value, memoryview):
        value = bytes(value)
    if is_zero_date(value, column):
        return _zero_date(value, policies, note)
    match value:
        case Nested():
            return native(value.value, value.column, policies, note)
        case None:
            return {"NULL": True} if policies.nested_nulls == "null" else None
        case dict():
            members = {str(name): native(member, None, policies, note) for name, member in value.items()}
            return {"M": {name: member for name, member in members.items() if member is not None}}
        case list() | tuple():
            # A list's elements keep their places, so a null in it is always one.
            elements = (native(element, None, policies, note) for element in value)
            return {"L": [{"NULL": True} if element is None else element for element in elements]}
        case bool():
            return {"BOOL": value}
        case int() if column is not None and column.kind == "bool" and value in (0, 1):
            return {"BOOL": bool(value)}
        case int() | Decimal() | float():
            return _number(value, column, policies, note)
        case bytes() | bytearray() if column is not None and column.kind == "bit":
            return _number(bytes(value), column, policies, note)
        case bytes() | bytearray():
            return _binary(value, column, policies, note)
        case str() if column is not None and column.kind == "json":
            return native(parsed_json(value), None, policies, note)
        case str() if column is not None and column.kind == "decimal":
            return _number(value, column, policies, note)
        case _:
            return {"S": text_of(value, column)}


def native_of(value: Any, column: ColumnInfo | None, policies: Policies) -> Value | None:
    """What a column's value is within a list of objects; None if it is left out. Raises `Unconvertible`."""
    return native(value, column, policies, lambda policy: None)


_CONVERTERS: Final[dict[str, Callable[[Any, ColumnInfo | None, Policies, Notes], Value | None]]] = {
    "S": _string,
    "N": _number,
    "B": _binary,
    "BOOL": _truth,
    "M": _map,
    "L": _list,
    "NULL": _null,
    "SS": _set_of(_string, "SS"),
    "NS": _set_of(_number, "NS"),
    "BS": _set_of(_binary, "BS"),
}
