"""The items of a cache, and the transactions that keep their number exact."""

from __future__ import annotations

from typing import Any, cast

from dynalayer import (
    Attr,
    Check,
    Condition,
    DefinitionError,
    Delete,
    Key,
    Put,
    Query,
    Table,
    Update,
    attr,
    index,
    primary,
)
from dynalayer.statements import Transaction, transaction

from .binding import Kept, bind


class CacheEntry(Kept):
    """A cached value as text, None for one that is known not to exist.

    `used` is when it was used last, in microseconds since 1970; `until` (ms since 1970) it may be used.
    """

    cache: Attr[str] = attr()
    name: Attr[str] = attr()
    value: Attr[str | None] = attr(default=None)
    used: Attr[int] = attr()
    until: Attr[int | None] = attr(default=None)
    key = primary((cache, name), pk="CACHE#{cache}#{name}")


class CacheSize(Kept):
    """How many entries a cache has; changed in one transaction with each that comes or goes."""

    cache: Attr[str] = attr()
    size: Attr[int] = attr()
    key = primary(cache, pk="CACHESIZE#{cache}")


def entries_on(table: Table, order: str | None) -> type[CacheEntry]:
    """The entries on a table; with `order` also in the index of that name, in the order of their last use."""
    if order is None:
        return bind(CacheEntry, table)
    if order not in table.indexes:
        raise DefinitionError(f"a cache with a bound needs an index of {table!r} for the order of use, not {order!r}")
    attributes = vars(CacheEntry)
    by_use = index(order, attributes["cache"], attributes["used"], pk="CACHE#{cache}", sk="USED#{used}")
    return bind(CacheEntry, table, order, by_use=by_use)


class Bounded:
    """The calls that keep at most `most` entries of a cache, each with the number of entries in one transaction."""

    def __init__(self, table: Table, cache: str, most: int, order: str) -> None:
        if most < 1:
            raise DefinitionError(f"cache {cache!r}: most is at least 1")
        self.cache = cache
        self.most = most
        self.entry = entries_on(table, order)
        self._sizes = bind(CacheSize, table)

    @property
    def size_key(self) -> Key[CacheSize]:
        """The key of the item that counts the entries."""
        return self._sizes.key(self.cache)

    def least_recent(self) -> Query[CacheEntry, int]:
        """All entries, the one that was not used for longest first."""
        entry: Any = self.entry
        return cast("Query[CacheEntry, int]", entry.by_use(self.cache).expired())

    def add(self, entry: CacheEntry) -> Transaction:
        """A new entry, if its name is free (first) and there is room (second)."""
        room = self._sizes.size.missing() | (self._sizes.size < self.most)
        count = Update(self.size_key, (self._sizes.size.add(1),), room, upsert=True)
        return transaction([Put(entry, self._is_missing()), count])

    def swap(self, entry: CacheEntry, victim: CacheEntry) -> Transaction:
        """A new entry (first) in place of one that nobody used meanwhile (second), if the cache is full (third)."""
        full = Check(self.size_key, self._sizes.size == self.most)
        return transaction([Put(entry, self._is_missing()), self._drop(victim), full])

    def evict(self, victim: CacheEntry) -> Transaction:
        """One entry less (first), if there are more than there may be (second)."""
        count = Update(self.size_key, (self._sizes.size.add(-1),), self._sizes.size > self.most)
        return transaction([self._drop(victim), count])

    def remove(self, key: Key[CacheEntry]) -> Transaction:
        """One entry less (first), if it is there."""
        count = Update(self.size_key, (self._sizes.size.add(-1),))
        return transaction([Delete(key, self.entry.used.exists()), count])

    def _drop(self, victim: CacheEntry) -> Delete[CacheEntry]:
        return Delete(victim.key, self.entry.used == victim.used)

    def _is_missing(self) -> Condition[CacheEntry]:
        return self.entry.used.missing()
