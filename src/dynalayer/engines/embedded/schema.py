"""What the engine knows of a table while it works on it: keys, indexes, and the statements on its rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from dynalayer.engines.embedded.keys import ENCODERS
from dynalayer.protocol import Item, ValidationError, Value, messages
from dynalayer.protocol.limits import HASH_KEY_BYTES, RANGE_KEY_BYTES

Key = tuple[bytes, bytes]
"""The encoded partition key and sort key of an item; the latter is empty for tables without one."""

_EMPTY_WORDS: Final = {"S": "string", "B": "binary", "N": "number"}


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


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """A global secondary index: its keys, what it projects (None: all), and the statements on its entries."""

    name: str
    hash: KeyPart
    range: KeyPart | None
    projection: frozenset[str] | None
    rows: str
    insert: str = field(init=False)
    delete: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "insert", f"INSERT OR REPLACE INTO {self.rows} VALUES (?, ?, ?, ?)")
        object.__setattr__(self, "delete", f"DELETE FROM {self.rows} WHERE hk = ? AND rk = ? AND pk = ? AND sk = ?")

    def entry(self, item: Item | None) -> Key | None:
        """The index key of an item, or None when the item lacks it and so is not in the index.

        Refuses key attributes of another type, empty or oversize (guide, "Using global secondary indexes").
        """
        if item is None:
            return None
        hash_key = self._part(self.hash, item.get(self.hash.name))
        range_key = b"" if self.range is None else self._part(self.range, item.get(self.range.name))
        return None if hash_key is None or range_key is None else (hash_key, range_key)

    def _part(self, part: KeyPart, value: Value | None) -> bytes | None:
        if value is None:
            return None
        content = value.get(part.kind)
        if content is None:
            (actual,) = value
            raise ValidationError(messages.INDEX_KEY_TYPE.format(part.name, part.kind, actual, self.name))
        if not content:
            word = _EMPTY_WORDS[part.kind]
            raise ValidationError(messages.INDEX_KEY_EMPTY.format(word, self.name, part.name))
        return part.encoded(content)

    def projected(self, item: Item) -> Item:
        """The item as the index shows it."""
        if self.projection is None:
            return item
        projection = self.projection
        return {name: value for name, value in item.items() if name in projection}


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A table: its keys and indexes, and the statements on its rows (pk, sk, size, expires, item).

    `rows` names the SQLite table and changes with each change of the definition that writers must know of, so a
    process whose knowledge is stale meets "no such table" and reads the catalog again, and can never do harm.
    """

    name: str
    rows: str
    hash: KeyPart
    range: KeyPart | None
    indexes: tuple[Index, ...]
    ttl: str | None
    parts: int = field(init=False)
    key_names: frozenset[str] = field(init=False)
    by_name: Mapping[str, Index] = field(init=False)
    select: str = field(init=False)
    upsert: str = field(init=False)
    delete: str = field(init=False)

    def __post_init__(self) -> None:
        derive = object.__setattr__
        names = [self.hash.name] if self.range is None else [self.hash.name, self.range.name]
        derive(self, "parts", len(names))
        derive(self, "key_names", frozenset(names))
        derive(self, "by_name", {index.name: index for index in self.indexes})
        derive(self, "select", f"SELECT item, size FROM {self.rows} WHERE pk = ? AND sk = ?")
        derive(self, "upsert", f"INSERT OR REPLACE INTO {self.rows} VALUES (?, ?, ?, ?, ?)")
        derive(self, "delete", f"DELETE FROM {self.rows} WHERE pk = ? AND sk = ?")

    def locate(self, key: Item) -> Key:
        """The encoded key that a request names; it must have the key's attributes and no others."""
        try:
            hash_key = self.hash.encoded(key[self.hash.name][self.hash.kind])
            range_key = b"" if self.range is None else self.range.encoded(key[self.range.name][self.range.kind])
        except KeyError:
            raise ValidationError(messages.KEY_SCHEMA) from None
        if len(key) != self.parts:
            raise ValidationError(messages.KEY_SCHEMA)
        return hash_key, range_key

    def key_of(self, item: Item) -> Key:
        """The encoded key of an item that is to be put."""
        try:
            return (
                self.hash.encoded(item[self.hash.name][self.hash.kind]),
                b"" if self.range is None else self.range.encoded(item[self.range.name][self.range.kind]),
            )
        except KeyError:
            raise ValidationError(self._fault_of(item)) from None

    def _fault_of(self, item: Item) -> str:
        for part in self.key_parts():
            value = item.get(part.name)
            if value is None:
                return messages.KEY_MISSING.format(part.name)
            if part.kind not in value:
                return messages.KEY_TYPE.format(part.name, part.kind, next(iter(value)))
        raise AssertionError("the key is sound")

    def key_parts(self) -> tuple[KeyPart, ...]:
        """The parts of the primary key."""
        return (self.hash,) if self.range is None else (self.hash, self.range)

    def expiry_of(self, item: Mapping[str, Any]) -> int | None:
        """When the item expires, in seconds since 1970; None for never (guide, "Time to Live")."""
        if self.ttl is None:
            return None
        value = item.get(self.ttl)
        if value is None or "N" not in value:
            return None
        seconds = int(float(value["N"]))
        return seconds if abs(seconds) < 1 << 62 else None
