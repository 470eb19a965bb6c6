"""What is known of one attribute of one entity once its class is made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Literal, get_origin

import msgspec

from .codecs import Codec, resolved

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
