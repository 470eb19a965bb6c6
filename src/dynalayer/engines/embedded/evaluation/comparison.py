"""Equality, order and containment of attribute values in DynamoDB's JSON.

Values have been checked and their numbers are in normal form, so equal numbers have equal texts.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Mapping
from decimal import Decimal
from operator import ge, gt, le, lt
from typing import Any, Final

from dynalayer.protocol import Value

_ORDERED: Mapping[str, Callable[[str], Any]] = {"S": str, "N": Decimal, "B": b64decode}
_NESTED: Final = frozenset({"L", "M", "SS", "NS", "BS"})
_SETS: Final = {"S": "SS", "N": "NS", "B": "BS"}

ORDERS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {"<": lt, "<=": le, ">": gt, ">=": ge}


def equal(left: Value, right: Value) -> bool:
    """Whether two values are the same; the order of a set's elements does not count."""
    if left == right:
        return True
    (kind,) = left
    return kind in _NESTED and kind in right and _equal_nested(kind, left[kind], right[kind])


def _equal_nested(kind: str, left: Any, right: Any) -> bool:
    if len(left) != len(right):
        return False
    if kind == "L":
        return all(equal(a, b) for a, b in zip(left, right, strict=True))
    if kind == "M":
        return left.keys() == right.keys() and all(equal(value, right[name]) for name, value in left.items())
    return set(left) == set(right)


def ordered(order: Callable[[Any, Any], bool], left: Value, right: Value) -> bool:
    """Whether two values of one type that has an order stand in that order; False for all others."""
    (kind,) = left
    convert = _ORDERED.get(kind)
    if convert is None or kind not in right:
        return False
    return order(convert(left[kind]), convert(right[kind]))


def begins_with(value: Value, prefix: Value) -> bool:
    """Whether a text or binary value begins with another."""
    (kind,) = value
    if kind not in prefix or kind not in ("S", "B"):
        return False
    convert = _ORDERED[kind]
    return bool(convert(value[kind]).startswith(convert(prefix[kind])))


def contains(value: Value, part: Value) -> bool:
    """Whether a text or binary has a part, or a set or list an element."""
    (kind,), (part_kind,) = value, part
    if kind == "L":
        return any(equal(element, part) for element in value["L"])
    if _SETS.get(part_kind) == kind:
        return part[part_kind] in value[kind]
    if kind == part_kind and kind in ("S", "B"):
        convert = _ORDERED[kind]
        return bool(convert(part[kind]) in convert(value[kind]))
    return False


def size(value: Value) -> Value | None:
    """The `size` of a value as a number; None for types that have none."""
    ((kind, content),) = value.items()
    if kind == "S":
        return {"N": str(len(content))}
    if kind == "B":
        return {"N": str(len(b64decode(content)))}
    return {"N": str(len(content))} if kind in _NESTED else None
