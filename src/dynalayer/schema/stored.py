"""What is known of one attribute of one entity once its class is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from .codecs import Codec

MISSING: Final[Any] = object()
"""Stands for "no default"; None is a value."""


@dataclass(frozen=True, slots=True, eq=False)
class AttributeDefinition:
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

    @property
    def required(self) -> bool:
        """True if an item without this attribute cannot be read."""
        return not (self.optional or self.is_set or self.has_default)

    @property
    def has_default(self) -> bool:
        """True if a value stands in when none is given."""
        return self.default is not MISSING or self.factory is not None

    def when_absent(self) -> Any:
        """The value of the attribute in an item that does not have it."""
        if self.factory is not None:
            return self.factory()
        if self.default is not MISSING:
            return self.default
        return set() if self.is_set else None
