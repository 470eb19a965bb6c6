"""Sort conditions held against keys, in DynamoDB's order of them."""

from __future__ import annotations

import base64
from decimal import Decimal
from typing import Any

from dynalayer.schema import AccessPath, Definition, KeyPart, SortCondition, Wire


def order_of(wire: Wire) -> Any:
    """A key value as something that sorts as DynamoDB sorts it (guide, "Query": text by its UTF-8 bytes)."""
    ((kind, value),) = wire.items()
    if kind == "N":
        return Decimal(value)
    return base64.b64decode(value) if kind == "B" else value.encode("utf-8", "surrogatepass")


def meets(sort: SortCondition | None, wire: Wire) -> bool:
    """True if a key value fulfils a sort condition."""
    if sort is None:
        return True
    value, bounds = order_of(wire), [order_of(operand) for operand in sort.operands]
    match sort.operator:
        case "=":
            return bool(value == bounds[0])
        case "begins_with":
            return bool(value.startswith(bounds[0]))
        case "BETWEEN":
            return bool(bounds[0] <= value <= bounds[1])
        case "<":
            return bool(value < bounds[0])
        case "<=":
            return bool(value <= bounds[0])
        case ">":
            return bool(value > bounds[0])
        case _:
            return bool(value >= bounds[0])


def is_key(wire: Any, part: KeyPart) -> bool:
    """True if a value that came from outside can be this part of a key, of the entity that declares it."""
    return is_key_kind(wire, part) and (part.template is None or wire["S"].startswith(part.template.prefix))


def is_key_kind(wire: Any, part: KeyPart) -> bool:
    """True if a value that came from outside is of the type that this key attribute has."""
    if not isinstance(wire, dict) or list(wire) != [part.attribute.kind]:
        return False
    value = wire[part.attribute.kind]
    return isinstance(value, str) and value != ""


def parts_of(*paths: AccessPath) -> dict[str, KeyPart]:
    """The parts of the keys of access paths by the attributes that hold them."""
    return {part.attribute.name: part for path in paths for part in path.parts}


def start_parts(definition: Definition, path: AccessPath) -> dict[str, KeyPart]:
    """The attributes that a page of an access path can start after: its own key and that of the table."""
    return parts_of(path, definition.primary)


def bounds_of(sort: SortCondition | Wire | None) -> tuple[Wire | None, Wire | None]:
    """The lowest and the highest key value that a condition, or one value, lets through at most; None for no bound."""
    if not isinstance(sort, SortCondition):
        return sort, sort
    first, last = sort.operands[0], sort.operands[-1]
    match sort.operator:
        case "begins_with":
            return first, _behind(first)
        case "<" | "<=":
            return None, first
        case ">" | ">=":
            return first, None
        case _:
            return first, last


def _behind(prefix: Wire) -> Wire | None:
    """A text that sorts behind all that begin with this one; None for bytes, and where there is no such text."""
    last = prefix.get("S", "\U0010ffff")[-1]
    if last == "\U0010ffff":
        return None
    following = "\ue000" if last == "\ud7ff" else chr(ord(last) + 1)
    return {"S": prefix["S"][:-1] + following}
