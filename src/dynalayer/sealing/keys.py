"""What the operator's keys must be able to do, wherever they are kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import msgspec

Context = Mapping[str, str]
"""What a data key is for: the names of a table and an entity. Public, and part of what is authenticated."""


class DataKey(msgspec.Struct, frozen=True):
    """A new data key: its 32 bytes, and these sealed with the operator's key of this name."""

    key: str
    wrapped: bytes
    plain: bytes

    def __repr__(self) -> str:
        return f"DataKey(key={self.key!r})"


class WrappingKeys(Protocol):
    """Keys that seal data keys: a `KeyRing`, `KmsKeys`, or whatever a program brings."""

    @property
    def current(self) -> str:
        """The name of the key that new data keys are sealed with."""
        ...

    def generate(self, context: Context) -> DataKey:
        """A new data key for this context, sealed with the current key."""
        ...

    def unwrap(self, key: str, wrapped: bytes, context: Context) -> bytes:
        """The 32 bytes of a data key.

        Raises `UnknownKey` for a name that is not given, `WrongKey` if that key did not seal it for this context, and
        `KeysUnavailable` if nobody answers.
        """
        ...
