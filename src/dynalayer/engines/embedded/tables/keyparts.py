"""The parts of keys: single attributes, and several attributes that together choose a partition or order its items."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from dynalayer.engines.embedded.tables.keys import ENCODERS
from dynalayer.protocol import Item, ValidationError, Value, messages
from dynalayer.protocol.limits import HASH_KEY_BYTES, RANGE_KEY_BYTES

EMPTY_WORDS: Final = {"S": "string", "B": "binary", "N": "number"}
_END: Final = b"\x00\x01"


@dataclass(frozen=True, slots=True)
class KeyPart:
    """An attribute of a key, its type, and the limit of its size in bytes."""

    name: str
    kind: str
    limit: int
    too_large: str
    encode: Callable[[str], bytes]

    @classmethod
    def hash(cls, name: str, kind: str) -> KeyPart:
        """The part that chooses the partition."""
        return cls(name, kind, HASH_KEY_BYTES, messages.HASH_KEY_TOO_LARGE, ENCODERS[kind])

    @classmethod
    def range(cls, name: str, kind: str) -> KeyPart:
        """The part that orders the items of a partition."""
        return cls(name, kind, RANGE_KEY_BYTES, messages.RANGE_KEY_TOO_LARGE, ENCODERS[kind])

    def encoded(self, content: str) -> bytes:
        """The bytes of a valid value of the part's type; refuses empty and oversize values."""
        key = self.encode(content)
        if 0 < len(key) <= self.limit:
            return key
        if key:
            raise ValidationError(self.too_large)
        raise ValidationError(
            (messages.KEY_EMPTY_STRING if self.kind == "S" else messages.KEY_EMPTY_BINARY).format(self.name)
        )

    def indexed(self, value: Value, index: str) -> bytes:
        """The bytes of a value as part of an index's key; refuses other types, empty and oversize values."""
        content = value.get(self.kind)
        if content is None:
            (actual,) = value
            raise ValidationError(messages.INDEX_KEY_TYPE.format(self.name, self.kind, actual, index))
        if not content:
            raise ValidationError(messages.INDEX_KEY_EMPTY.format(EMPTY_WORDS[self.kind], index, self.name))
        return self.encoded(content)

    def fits(self, value: Value) -> bool:
        """Whether a value may be part of an index's key."""
        try:
            self.indexed(value, "")
        except ValidationError:
            return False
        return True


def escaped(key: bytes) -> bytes:
    """A key as it stands in front of others: no escaped key holds the mark that ends it, and order is kept."""
    return key.replace(b"\x00", b"\x00\xff") if b"\x00" in key else key


def joined(keys: list[bytes]) -> bytes:
    """Several encoded values as one key that sorts by the first, then the second, and so on."""
    return b"".join([escaped(key) + _END for key in keys])


class KeySide:
    """One side of an index's key: up to four attributes that choose its partition, or that order the items in one.

    A side of one attribute is encoded as that attribute is; a side of several by `joined`, and their sizes are added
    up for the limit (guide, "Multi-attribute keys"). A side of none is the empty key.
    """

    __slots__ = ("_alone", "parts")

    def __init__(self, parts: tuple[KeyPart, ...]) -> None:
        self.parts = parts
        self._alone = parts[0] if len(parts) == 1 else None

    def of(self, item: Item, index: str) -> bytes | None:
        """The key that the item has in the index named, or None if it lacks an attribute; refuses unfit values."""
        alone = self._alone
        if alone is not None:
            value = item.get(alone.name)
            return None if value is None else alone.indexed(value, index)
        found: list[bytes] = []
        for part in self.parts:
            value = item.get(part.name)
            if value is not None:
                found.append(part.indexed(value, index))
        return self.together(found) if len(found) == len(self.parts) else None

    def at(self, key: Item) -> bytes:
        """The place that a starting key names."""
        return self.together([part.encoded(key[part.name][part.kind]) for part in self.parts])

    def together(self, keys: list[bytes]) -> bytes:
        """The encoded values of all parts as one key; refuses what is too large together."""
        if not keys:
            return b""
        if self._alone is not None:
            return keys[0]
        if sum(map(len, keys)) > self.parts[0].limit:
            raise ValidationError(self.parts[0].too_large)
        return joined(keys)
