"""Attribute values in DynamoDB's JSON: checked as the service checks them, and converted from and to plain Python."""

from __future__ import annotations

import binascii
import math
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, NoReturn, cast

from dynalayer.protocol import messages, numbers
from dynalayer.protocol.errors import InvalidValue, SerializationError, ValidationError
from dynalayer.protocol.limits import ATTRIBUTE_NAME_BYTES, NESTING
from dynalayer.protocol.sizes import Value, binary_size, number_size, text_size

TYPES: Final = ("S", "N", "B", "BOOL", "NULL", "L", "M", "SS", "NS", "BS")
_plain_digits = re.compile(r"[1-9](?:[0-9]{0,14}[1-9])?").fullmatch
_WIRE: Final = {str: "STRING_VALUE", int: "NUMBER_VALUE", float: "NUMBER_VALUE"}


def check_item(item: dict[str, Any]) -> int:
    """Check every value of an item, bring its numbers to normal form in place, and return the item's size in bytes.

    Raises `SerializationError` for JSON of the wrong shape and `ValidationError` for values against the rules
    (API reference, "AttributeValue").
    """
    size = _members(item, 1)
    if size > ATTRIBUTE_NAME_BYTES:
        for name in item:
            if text_size(name) > ATTRIBUTE_NAME_BYTES:
                raise ValidationError(messages.ATTRIBUTE_NAME_LENGTH)
    return size


def check_value(value: Any, depth: int = 1) -> int:
    """Check one attribute value, normalise it in place, and return its size in bytes; raises as `check_item`."""
    if type(value) is not dict or len(cast("Value", value)) != 1:
        value = _single(value)
    for kind in cast("Value", value):
        check = _CHECKS.get(kind)
        if check is not None:
            return check(cast("Value", value), depth)
    raise ValidationError(messages.VALUE_EMPTY)


def _members(members: dict[str, Any], depth: int) -> int:
    if "" in members:
        raise ValidationError(messages.ATTRIBUTE_NAME_LENGTH)
    return text_size("".join(members)) + _contents(members.values(), depth)


def _contents(values: Iterable[Any], depth: int) -> int:
    """Check the values in a list or map; what most values are takes no further call, or one."""
    size = 0
    deeper = depth + 1
    for value in values:
        if type(value) is not dict or len(cast("Value", value)) != 1:
            size += check_value(value, depth)
            continue
        for kind in cast("Value", value):
            content = value[kind]
            if kind == "S" and type(content) is str:
                size += len(content) if content.isascii() else len(content.encode())
            elif kind == "N" and type(content) is str:
                if content.isascii() and content.isdigit() and len(content) < 17 and content[0] != "0" != content[-1]:
                    size += 1 + (len(content) + 1) // 2
                else:
                    value[kind], length = _number_of(content)
                    size += length
            elif kind == "M" and type(content) is dict and depth < NESTING:
                size += 3 + len(cast("Value", content)) + _members(cast("Value", content), deeper)
            elif kind == "L" and type(content) is list and depth < NESTING:
                size += 3 + len(content) + _contents(content, deeper)
            elif kind == "BOOL" and type(content) is bool:
                size += 1
            else:
                size += check_value(value, depth)
    return size


@lru_cache(8192)
def _number_of(text: str) -> tuple[str, int]:
    """The normal form of a number and its size; the same numbers come again and again."""
    if _plain_digits(text):
        return text, 1 + (len(text) + 1) // 2
    plain = _normal(text)
    return plain, number_size(plain)


def _single(value: Any) -> Value:
    """The value without its null members, which the service takes for absent."""
    if not isinstance(value, dict):
        _refuse(value, "map")
    members = cast("Value", value)
    for name in [name for name, content in members.items() if content is None or name not in _CHECKS]:
        del members[name]
    if len(members) == 1:
        return members
    raise ValidationError(messages.VALUE_SEVERAL if members else messages.VALUE_EMPTY)


def _refuse(content: Any, expected: str) -> NoReturn:
    if content is None:
        raise ValidationError(messages.VALUE_EMPTY)
    if isinstance(content, bool):
        found = "TRUE_VALUE" if content else "FALSE_VALUE"
    elif isinstance(content, dict):
        raise SerializationError(messages.MAP_UNEXPECTED)
    elif isinstance(content, list):
        raise SerializationError(messages.COLLECTION_UNEXPECTED.format("java.lang.String"))
    else:
        found = _WIRE[type(content)]
    if expected in ("list", "map"):
        raise SerializationError(messages.FIELD_UNEXPECTED)
    raise SerializationError(messages.NOT_CONVERTIBLE.format(found, expected))


def _string(value: Value, depth: int) -> int:
    text = value["S"]
    if type(text) is not str:
        _refuse(text, "String")
    return len(text) if text.isascii() else len(text.encode())


def _number(value: Value, depth: int) -> int:
    text = value["N"]
    if type(text) is not str:
        _refuse(text, "String")
    value["N"], size = _number_of(text)
    return size


def _normal(text: str) -> str:
    try:
        return numbers.normal(text)
    except InvalidValue as error:
        raise ValidationError(str(error)) from None


def _binary(value: Value, depth: int) -> int:
    return _strict_base64(value["B"])


def _strict_base64(text: Any) -> int:
    if type(text) is not str:
        _refuse(text, "Blob")
    try:
        exact = b64encode(binascii.a2b_base64(text, strict_mode=True)).decode() == text if text else True
    except (binascii.Error, ValueError):
        exact = False
    if not exact:
        raise SerializationError(messages.NOT_BASE64.format(len(text)) if len(text) % 4 else messages.BASE64_SYNTAX)
    return binary_size(text)


def _boolean(value: Value, depth: int) -> int:
    if type(value["BOOL"]) is not bool:
        _refuse(value["BOOL"], "Boolean")
    return 1


def _null(value: Value, depth: int) -> int:
    if type(value["NULL"]) is not bool:
        _refuse(value["NULL"], "Boolean")
    if not value["NULL"]:
        raise ValidationError(messages.NULL_FALSE)
    return 1


def _list(value: Value, depth: int) -> int:
    elements = value["L"]
    if type(elements) is not list:
        _refuse(elements, "list")
    _not_too_deep(depth)
    return 3 + len(elements) + _contents(elements, depth + 1)


def _map(value: Value, depth: int) -> int:
    members = value["M"]
    if type(members) is not dict:
        _refuse(members, "map")
    _not_too_deep(depth)
    return 3 + len(members) + _members(cast("dict[str, Any]", members), depth + 1)


def _not_too_deep(depth: int) -> None:
    if depth >= NESTING:
        raise ValidationError(messages.NESTING)


def _set_of(value: Value, kind: str, empty: str) -> list[str]:
    elements = value[kind]
    if type(elements) is not list:
        _refuse(elements, "list")
    if not elements:
        raise ValidationError(empty)
    return cast("list[str]", elements)


def _string_set(value: Value, depth: int) -> int:
    elements = _set_of(value, "SS", messages.STRING_SET_EMPTY)
    for element in elements:
        if type(element) is not str:
            _refuse(element, "String")
    if len(set(elements)) != len(elements):
        raise ValidationError(messages.STRING_SET_DUPLICATES.format(_listed(elements)))
    return sum(map(text_size, elements))


def _number_set(value: Value, depth: int) -> int:
    elements = _set_of(value, "NS", messages.NUMBER_SET_EMPTY)
    for position, element in enumerate(elements):
        if type(element) is not str:
            _refuse(element, "String")
        elements[position] = _normal(element)
    if len(set(elements)) != len(elements):
        raise ValidationError(messages.NUMBER_SET_DUPLICATES)
    return sum(map(number_size, elements))


def _binary_set(value: Value, depth: int) -> int:
    elements = _set_of(value, "BS", messages.BINARY_SET_EMPTY)
    size = sum(map(_strict_base64, elements))
    if len(set(elements)) != len(elements):
        raise ValidationError(messages.BINARY_SET_DUPLICATES.format(_listed(elements)))
    return size


def _listed(elements: Iterable[str]) -> str:
    return f"[{', '.join(elements)}]"


_CHECKS: Final[Mapping[str, Callable[[Value, int], int]]] = {
    "S": _string,
    "N": _number,
    "B": _binary,
    "BOOL": _boolean,
    "NULL": _null,
    "L": _list,
    "M": _map,
    "SS": _string_set,
    "NS": _number_set,
    "BS": _binary_set,
}


def from_plain(value: Any) -> Value:
    """The DynamoDB JSON of a plain Python value.

    str, int, Decimal, bytes, bool, None, list, tuple, mappings with text keys, and sets of str, numbers or bytes are
    taken; a float is stored as the decimal it prints as. Raises `InvalidValue` for NaN, infinity, numbers that need
    rounding, empty or mixed sets, and every other type.
    """
    if isinstance(value, str):
        return {"S": value}
    if value is None:
        return {"NULL": True}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int | Decimal | float):
        return {"N": _number_text(value)}
    if isinstance(value, bytes | bytearray | memoryview):
        return {"B": _base64(value)}
    if isinstance(value, Mapping):
        return {"M": _plain_members(value)}
    if isinstance(value, list | tuple):
        return {"L": [from_plain(element) for element in cast("Iterable[Any]", value)]}
    if isinstance(value, set | frozenset):
        return _plain_set(list(cast("Iterable[Any]", value)))
    raise InvalidValue(f"{type(value).__name__} is not a type that DynamoDB can store")


def _plain_members(members: Mapping[Any, Any]) -> dict[str, Value]:
    for name in members:
        if not isinstance(name, str):
            raise InvalidValue(f"a map's keys are text, not {type(name).__name__}")
        if not name:
            raise InvalidValue("the key of a map must not be empty")
    return {name: from_plain(member) for name, member in members.items()}


def _plain_set(elements: list[Any]) -> Value:
    if not elements:
        raise InvalidValue("DynamoDB cannot store an empty set")
    if all(isinstance(element, str) for element in elements):
        return {"SS": sorted(elements)}
    if all(isinstance(element, bytes) for element in elements):
        return {"BS": sorted(_base64(element) for element in elements)}
    if all(isinstance(element, int | Decimal | float) and not isinstance(element, bool) for element in elements):
        return {"NS": sorted({_number_text(element) for element in elements}, key=Decimal)}
    raise InvalidValue("the elements of a set are all text, all numbers or all bytes")


def _number_text(value: int | Decimal | float) -> str:
    if isinstance(value, float):
        if not math.isfinite(value):
            raise InvalidValue(f"{value} is not a number that DynamoDB can store")
        value = Decimal(repr(value))
    return numbers.to_text(value)


def _base64(value: bytes | bytearray | memoryview) -> str:
    return b64encode(value).decode("ascii")


def to_plain(value: Value) -> Any:
    """The plain Python value of DynamoDB JSON; whole numbers become int, others Decimal, binary bytes, sets set."""
    ((kind, content),) = value.items()
    return _TO_PLAIN[kind](content)


def _plain_number(text: str) -> int | Decimal:
    return Decimal(text) if "." in text or "E" in text or "e" in text else int(text)


def _same(content: Any) -> Any:
    return content


_TO_PLAIN: Final[Mapping[str, Callable[[Any], Any]]] = {
    "S": _same,
    "N": _plain_number,
    "B": b64decode,
    "BOOL": _same,
    "NULL": lambda content: None,
    "L": lambda content: [to_plain(element) for element in content],
    "M": lambda content: {name: to_plain(member) for name, member in content.items()},
    "SS": set,
    "NS": lambda content: {_plain_number(element) for element in content},
    "BS": lambda content: {b64decode(element) for element in content},
}
