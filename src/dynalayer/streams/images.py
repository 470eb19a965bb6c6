"""Items as stream records show them, brought to DynamoDB's JSON and held against each other."""

from __future__ import annotations

from base64 import b64encode
from typing import Any, cast

from dynalayer.protocol import InvalidValue, Item

_SETS = frozenset({"SS", "NS", "BS"})


def plain_json(item: Any) -> Item:
    """An item with every binary value as base64 text, as the API's JSON has it; boto3 gives bytes.

    Raises `InvalidValue` for what is no item.
    """
    if not isinstance(item, dict):
        raise InvalidValue(f"a record's keys and images are items, got {type(item).__name__}")
    return {name: _value(value) for name, value in cast("Item", item).items()}


def _value(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict) or len(cast("Item", value)) != 1:
        raise InvalidValue('an attribute of a record is like {"S": "text"}; pass records as the API gives them')
    ((kind, content),) = cast("Item", value).items()
    if kind == "B":
        return {"B": _text(content)}
    if kind == "BS":
        return {"BS": [_text(element) for element in content]}
    if kind == "L":
        return {"L": [_value(element) for element in content]}
    if kind == "M":
        return {"M": plain_json(content)}
    return cast("Item", value)


def _text(content: Any) -> str:
    return b64encode(content).decode() if isinstance(content, bytes | bytearray) else str(content)


def same(first: Any, second: Any) -> bool:
    """Whether two values in DynamoDB's JSON are equal; sets are in whatever order."""
    if first == second:
        return True
    if first is None or second is None or first.keys() != second.keys():
        return False
    ((kind, ours),), (theirs,) = first.items(), second.values()
    if kind in _SETS:
        return sorted(ours) == sorted(theirs)
    if kind == "L":
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    if kind == "M":
        return ours.keys() == theirs.keys() and all(same(value, theirs[name]) for name, value in ours.items())
    return False
