"""When two items are the same: by attribute and typed value, whatever order sets and maps come in; pure."""

from __future__ import annotations

from collections.abc import Collection
from hashlib import blake2b
from typing import Any, Final

import msgspec

from dynalayer.migrate.contract import TableSpec
from dynalayer.protocol import Item, Value, numbers

_encode: Final = msgspec.json.Encoder(order="sorted").encode


def canonical(value: Value) -> Any:
    """A value as all equal values are written: numbers in normal form, sets in order."""
    ((kind, content),) = value.items()
    match kind:
        case "S" | "BOOL" | "B" | "NULL":
            return value
        case "N":
            return {"N": numbers.normal(content)}
        case "NS":
            return {"NS": sorted(numbers.normal(each) for each in content)}
        case "SS" | "BS":
            return {kind: sorted(content)}
        case "L":
            return {"L": [canonical(element) for element in content]}
        case "M":
            return {"M": {name: canonical(member) for name, member in content.items()}}
        case _:
            return value


def known_names(table: TableSpec) -> frozenset[str]:
    """The attributes that the contract gives the table's items; others are the application's own."""
    return frozenset(attribute.name for entity in table.entities for attribute in entity.attributes)


def item_hash(item: Item, names: Collection[str]) -> bytes:
    """Sixteen bytes of the item's attributes of these names: the same for equal items, and for those alone."""
    chosen = {name: value if "S" in value else canonical(value) for name, value in item.items() if name in names}
    return blake2b(_encode(chosen), digest_size=16).digest()


def differing(expected: Item, stored: Item, names: Collection[str]) -> tuple[str, ...]:
    """The attributes of these names that the two items do not have alike, in order."""
    every = (expected.keys() | stored.keys()) & set(names)
    return tuple(sorted(name for name in every if not _same(expected.get(name), stored.get(name))))


def _same(one: Value | None, other: Value | None) -> bool:
    if one is None or other is None:
        return one is other
    return one == other or bool(canonical(one) == canonical(other))
