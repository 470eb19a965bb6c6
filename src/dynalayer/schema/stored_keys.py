"""The typed key of an item as it is stored."""

from __future__ import annotations

from typing import Any

from dynalayer.protocol import InvalidValue, Item

from .definition import Definition
from .keys import Key


def stored_key(definition: Definition, item: Item) -> Key[Any]:
    """The key of an item of this entity, read from its key attributes; raises `InvalidValue` if they are of no such."""
    values: dict[str, Any] = {}
    for part in definition.primary.parts:
        wire = item.get(part.attribute.name)
        if wire is None:
            raise InvalidValue(f"{definition!r}: the item has no key attribute {part.attribute.name!r}")
        if part.template is None:
            values[part.sources[0].name] = part.sources[0].codec.read(wire)
        else:
            values |= part.template.parse(wire.get("S", ""))
    return Key(definition, values)
