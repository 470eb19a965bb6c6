"""The transactions that keep the number of a kind of item exact, and below a bound."""

from __future__ import annotations

from typing import Any, Final, Generic, TypeVar

from dynalayer import (
    Attr,
    Check,
    Condition,
    DefinitionError,
    Delete,
    Entity,
    Key,
    Path,
    Put,
    Query,
    Table,
    Update,
    attr,
    primary,
)
from dynalayer.statements import Transaction, transaction

from .binding import Kept, bind

E = TypeVar("E", bound=Entity)

REFUSED: Final = "ConditionalCheckFailed"


class CacheSize(Kept):
    """How many entries a cache has; changed in one transaction with each that comes or goes.

    Where entries may expire, `changes` counts those transactions, so that a recount notices what came or went under its
    eyes, and `counted` is when there was one, in ms since 1970.
    """

    cache: Attr[str] = attr(max_bytes=512)
    size: Attr[int] = attr()
    changes: Attr[int | None] = attr(default=None)
    counted: Attr[int | None] = attr(default=None)
    key = primary(cache, pk="CACHESIZE#{cache}")


class Bounded(Generic[E]):
    """The calls that keep at most `most` items of `entity`, each with their number in one transaction.

    `used` is the attribute that holds when an item was used last, in whole numbers; `order` queries all items by it.
    With `expiring` items may also go without telling.
    """

    def __init__(
        self,
        entity: type[E],
        used: Path[E, int],
        order: Query[E, Any],
        *,
        name: str,
        most: int,
        sizes: Table,
        expiring: bool = False,
    ) -> None:
        if most < 1:
            raise DefinitionError(f"cache {name!r}: most is at least 1")
        self.name = name
        self.most = most
        self.entity = entity
        self.used = used
        self.order = order.expired()
        self.expiring = expiring
        self._sizes = bind(CacheSize, sizes)

    @property
    def size_key(self) -> Key[CacheSize]:
        """The key of the item that counts the entries."""
        return self._sizes.key(self.name)

    def add(self, entry: E) -> Transaction:
        """A new entry, if its key is free (first) and there is room (second)."""
        room = self._sizes.size.missing() | (self._sizes.size < self.most)
        return transaction([Put(entry, self.used.missing()), self._count(1, room, upsert=True)])

    def swap(self, entry: E, victim: Key[E], used: int) -> Transaction:
        """A new entry (first) in place of one that was not used since (second), if the cache is full (third)."""
        full = self._sizes.size == self.most
        last = self._count(0, full) if self.expiring else Check(self.size_key, full)
        return transaction([Put(entry, self.used.missing()), Delete(victim, self.used == used), last])

    def evict(self, victim: Key[E], used: int) -> Transaction:
        """One entry less (first), if there are more than there may be (second)."""
        return transaction([Delete(victim, self.used == used), self._count(-1, self._sizes.size > self.most)])

    def remove(self, key: Key[E]) -> Transaction:
        """One entry less (first), if it is there."""
        return transaction([Delete(key, self.used.exists()), self._count(-1)])

    def recounted(self, size: int, before: int, changes: int | None, now: int) -> Update[CacheSize]:
        """The number set right at `now` (ms), if nothing has come or gone since it was `before`."""
        # A missing attribute is compared as None.
        unchanged = (self._sizes.size == before) & (self._sizes.changes == changes)
        return Update(self.size_key, (self._sizes.size.set(size), self._sizes.counted.set(now)), unchanged)

    def _count(
        self, change: int, condition: Condition[CacheSize] | None = None, *, upsert: bool = False
    ) -> Update[CacheSize]:
        changes: list[Any] = [self._sizes.size.add(change)] if change else []
        if self.expiring:
            changes.append(self._sizes.changes.add(1))
        return Update(self.size_key, tuple(changes), condition, upsert=upsert)
