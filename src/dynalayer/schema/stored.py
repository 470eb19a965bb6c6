"""What is known of one attribute of one entity once its class is made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Literal, get_origin

import msgspec

from dynalayer.protocol import InvalidValue, Item

from .codecs import Codec, Wire, resolved

MISSING: Final[Any] = object()
"""Stands for "no default"; None is a value."""

Role = Literal["created", "updated", "revision", "shard"]
"""What fills an attribute in when the program does not."""

Unit = Literal["s", "ms"]
"""What an int counts since 1970."""


class AttributeDefinition(msgspec.Struct, frozen=True, eq=False):
    """What is known of one attribute of one entity."""

    owner: str
    name: str
    wire_name: str
    annotation: Any
    codec: Codec
    default: Any
    factory: Callable[[], Any] | None
    optional: bool
    is_set: bool
    role: Role | None = None
    unit: Unit = "ms"
    unique: bool = False
    shards: int = 0
    shard_of: str = ""
    max_bytes: int | None = None
    inside: str = ""
    """The map attribute of the item that it is kept in; empty for an attribute of its own."""

    @property
    def names(self) -> tuple[str, ...]:
        """The way to it in an item: the map that it is kept in, where it is in one, and its name there."""
        return (self.inside, self.wire_name) if self.inside else (self.wire_name,)

    @property
    def top_name(self) -> str:
        """The attribute of the item that it is, or is a part of."""
        return self.inside or self.wire_name

    @property
    def stored_as(self) -> str:
        """Its place in an item as messages show it."""
        return ".".join(self.names)

    def wire_in(self, item: Item) -> Wire | None:
        """The value that an item has for it, in DynamoDB's JSON; None where it has none."""
        holder: Item = item.get(self.inside, {}).get("M", {}) if self.inside else item
        return holder.get(self.wire_name)

    @property
    def required(self) -> bool:
        """True if an item without this attribute cannot be read."""
        return not (self.optional or self.is_set or self.has_default or self.role)

    @property
    def is_stamp(self) -> bool:
        """True if the attribute is a moment that writing fills in."""
        return self.role in ("created", "updated")

    @property
    def has_default(self) -> bool:
        """True if a value stands in when none is given."""
        return self.default is not MISSING or self.factory is not None

    def initial(self) -> Any:
        """The value of the attribute in a new instance that is not given one."""
        if self.factory is not None:
            return self.factory()
        return self.default if self.default is not MISSING else self.when_absent()

    def when_absent(self) -> Any:
        """The value of the attribute in an item that does not have it.

        None and the empty set are stored by leaving the attribute out, so where these can be, its absence is one of
        them and never another default.
        """
        if self.optional:
            return None
        if self.is_set:
            return frozenset() if get_origin(resolved(self.annotation)) is frozenset else set()
        if self.factory is not None:
            return self.factory()
        return None if self.default is MISSING else self.default


def kept_inside(item: Item, name: str) -> Item:
    """The attributes that an item keeps in a map of this name: none where it has no such map.

    Raises `InvalidValue` if the attribute is of another type.
    """
    wire = item.get(name, {"M": {}})
    if "M" not in wire:
        raise InvalidValue(
            f"the attribute {name!r}, which should be the map of its others, is of type {next(iter(wire))}"
        )
    content: Item = wire["M"]
    return content
