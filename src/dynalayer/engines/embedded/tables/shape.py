"""What the engine knows of a table while it works on it: keys, indexes, and the statements on its rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dynalayer.engines.embedded.streams.capture import Capture
from dynalayer.engines.embedded.tables.keyparts import KeyPart, KeySide
from dynalayer.protocol import Item, ValidationError, messages

Key = tuple[bytes, bytes]
"""The encoded partition key and sort key of an item; the latter is empty for tables without one."""


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """A secondary index: its keys, what it projects (None: all), and the statements on its entries.

    A local one shares the table's partition key, a global one has keys of its own, of up to four attributes a side.
    An index that is not `active` is kept by writers already, while the items that were there before it are copied.
    """

    name: str
    hashes: KeySide
    ranges: KeySide
    projection: frozenset[str] | None
    rows: str
    local: bool = False
    active: bool = True
    insert: str = field(init=False)
    delete: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "insert", f"INSERT OR REPLACE INTO {self.rows} VALUES (?, ?, ?, ?)")
        object.__setattr__(self, "delete", f"DELETE FROM {self.rows} WHERE hk = ? AND rk = ? AND pk = ? AND sk = ?")

    def entry(self, item: Item | None) -> Key | None:
        """The index key of an item, or None when the item lacks a part of it and so is not in the index.

        Refuses key attributes of another type, empty or oversize (guide, "Using global secondary indexes").
        """
        if item is None:
            return None
        hash_key = self.hashes.of(item, self.name)
        range_key = self.ranges.of(item, self.name)
        return None if hash_key is None or range_key is None else (hash_key, range_key)

    def place(self, item: Item | None) -> Key | None:
        """The key under which a stored item is in the index, or None.

        Items that were there before the index may have attributes that do not fit it; they are left out of it (guide,
        "Detecting and correcting index key violations").
        """
        try:
            return self.entry(item)
        except ValidationError:
            return None

    def entry_after(self, old: Item | None, new: Item | None) -> Key | None:
        """The index key of an item that replaces another; refuses unfit attributes unless they were so before."""
        try:
            return self.entry(new)
        except ValidationError:
            if old is None or new is None:
                raise
            parts = (*self.hashes.parts, *self.ranges.parts)
            changed = {part.name for part in parts if old.get(part.name) != new.get(part.name)}
            unfit = {part.name for part in parts if part.name in new and not part.fits(new[part.name])}
            if changed & unfit or (changed and not unfit):
                raise
            return None

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
    collections: str | None = None
    stream: Capture | None = None
    parts: int = field(init=False)
    key_names: frozenset[str] = field(init=False)
    by_name: Mapping[str, Index] = field(init=False)
    hashes: KeySide = field(init=False)
    ranges: KeySide = field(init=False)
    local: tuple[Index, ...] = field(init=False)
    index_parts: Mapping[str, KeyPart] = field(init=False)
    select: str = field(init=False)
    upsert: str = field(init=False)
    delete: str = field(init=False)

    def __post_init__(self) -> None:
        derive = object.__setattr__
        names = [self.hash.name] if self.range is None else [self.hash.name, self.range.name]
        derive(self, "parts", len(names))
        derive(self, "key_names", frozenset(names))
        derive(self, "by_name", {index.name: index for index in self.indexes})
        derive(self, "hashes", KeySide((self.hash,)))
        derive(self, "ranges", KeySide(() if self.range is None else (self.range,)))
        derive(self, "local", tuple(index for index in self.indexes if index.local))
        parts = [part for index in self.indexes for part in (*index.hashes.parts, *index.ranges.parts)]
        derive(self, "index_parts", {part.name: part for part in parts})
        derive(self, "select", f"SELECT item, size FROM {self.rows} WHERE pk = ? AND sk = ?")
        # REPLACE would delete the old row and insert the new one, which takes a third more time.
        change = "size = excluded.size, expires = excluded.expires, item = excluded.item"
        insert = f"INSERT INTO {self.rows} VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET {change}"
        derive(self, "upsert", insert)
        derive(self, "delete", f"DELETE FROM {self.rows} WHERE pk = ? AND sk = ?")

    def refuse_nested(self, attributes: Iterable[str]) -> None:
        """Refuse paths that lead into an attribute of a key, of the table's or of an index's."""
        for name in attributes:
            if name in self.key_names:
                raise ValidationError(messages.KEY_NOT_SCALAR.format("Key", name))
            if name in self.index_parts:
                raise ValidationError(messages.KEY_NOT_SCALAR.format("IndexKey", name))

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
