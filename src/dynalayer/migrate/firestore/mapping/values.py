"""From a value of Firestore to an attribute value: exact, or refused by name."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from dynalayer.migrate.contract.documents import DIGITS
from dynalayer.migrate.firestore.values import GeoPoint, Reference, Timestamp, Vector
from dynalayer.migrate.items import Notes, Policies, Unconvertible, convert
from dynalayer.protocol import Value, limits

Converter = Callable[[Any, Policies, Notes, int], Value | None]


def attribute_value(value: Any, policies: Policies, note: Notes, depth: int = 1) -> Value | None:
    """The attribute value; None to leave it out, as policies say of numbers that are none. Raises `Unconvertible`.

    Null stays null: what is to become of it, the field's rule says before. Maps and lists lie at `depth` and deeper.
    """
    found = _CONVERTERS.get(type(value))
    if found is None:
        raise Unconvertible(f"{type(value).__name__} is no value of Firestore")
    return found(value, policies, note, depth)


def time_text(value: Timestamp, digits: int = DIGITS) -> str:
    """ISO 8601 in UTC with so many digits of a second; raises `Unconvertible` if it has more than are asked for."""
    if value.nanoseconds % 10 ** (9 - digits):
        raise Unconvertible(f"a moment with more than {digits} digits of a second; ask for more by 'digits'")
    try:
        return value.text(digits)
    except OverflowError:
        raise Unconvertible("a moment outside the years 1 to 9999") from None


def _integer(value: int, policies: Policies, note: Notes, depth: int) -> Value | None:
    # Firestore's integers have 64 bits, which DynamoDB's numbers hold; a contract's default may be any.
    return {"N": str(value)} if -(1 << 63) <= value < 1 << 63 else convert(value, "N", None, policies, note)


def _list(value: list[Any], policies: Policies, note: Notes, depth: int) -> Value:
    _check_depth(depth)
    found = (attribute_value(each, policies, note, depth + 1) for each in value)
    # Elements keep their places, so one that is left out is null.
    return {"L": [{"NULL": True} if each is None else each for each in found]}


def _map(value: dict[str, Any], policies: Policies, note: Notes, depth: int) -> Value:
    _check_depth(depth)
    check_names(value)
    found = ((name, attribute_value(each, policies, note, depth + 1)) for name, each in value.items())
    return {"M": {name: each for name, each in found if each is not None}}


def check_names(value: Mapping[str, Any]) -> None:
    """Firestore has no empty names, but a dump may; raises `Unconvertible`."""
    if "" in value:
        raise Unconvertible("a map with an empty name, which DynamoDB does not allow")


def _check_depth(depth: int) -> None:
    if depth > limits.NESTING:
        raise Unconvertible(f"maps and lists within each other more than DynamoDB's {limits.NESTING} deep")


def _number(value: float | Decimal, policies: Policies, note: Notes, depth: int) -> Value | None:
    return convert(value, "N", None, policies, note)


_CONVERTERS: Final[Mapping[type, Converter]] = {
    str: lambda value, policies, note, depth: {"S": value},
    int: _integer,
    float: _number,
    Decimal: _number,
    bool: lambda value, policies, note, depth: {"BOOL": value},
    type(None): lambda value, policies, note, depth: {"NULL": True},
    bytes: lambda value, policies, note, depth: {"B": base64.b64encode(value).decode("ascii")},
    list: _list,
    dict: _map,
    Timestamp: lambda value, policies, note, depth: {"S": time_text(value)},
    GeoPoint: lambda value, policies, note, depth: _map(
        {"latitude": value.latitude, "longitude": value.longitude}, policies, note, depth
    ),
    Reference: lambda value, policies, note, depth: {"S": value.path},
    Vector: lambda value, policies, note, depth: _list(list(value.values), policies, note, depth),
}
