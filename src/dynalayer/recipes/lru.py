"""A bound on any entity that holds exactly, and by which the least recently used item goes first.

Every item is in an index in the order of its last use, so the one to go is the first of a query that reads a few. The
number of items is an item of its own, changed in the transaction that adds or removes one; when all places are taken
one item is swapped for another, and the number stays.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from random import random
from typing import Any, Final, Generic, TypeVar

from dynalayer import (
    Change,
    ConditionFailed,
    Entity,
    Get,
    Key,
    Path,
    Put,
    Query,
    Statement,
    Table,
    TransactionCanceled,
    Update,
)
from dynalayer.schema import key_of
from dynalayer.statements import Clock, Pause, Plan, Steps, ask, counted, first_page

from .binding import NO_ANSWER, milliseconds
from .bounded import REFUSED, Bounded, CacheSize

E = TypeVar("E", bound=Entity)

_ROUNDS: Final = 60
_CANDIDATES: Final = 10
_BUSY: Final = frozenset({"None", REFUSED, "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})
_LONGEST_PAUSE: Final = 1.0
_RECOUNTS: Final = 3


class Lru(Generic[E]):
    """Never more than `most` items of `entity`, of which the one that was not used for longest goes first.

    `used` is an attribute with the time of the last use, in `per_second` parts of a second since 1970, which this fills
    in; `order` is the query that gives all items by it, such as `Page.by_use("all")`. A use is written down at most
    every `touch_every` seconds: 0 keeps the order exact, more saves writes. `hits`, if given, counts the uses.

    Where items expire (an attribute has `ttl=True`, unless `expiring` is False because it is never filled in), the
    database removes them without telling. Their number is then counted anew when all places seem taken, at most every
    `recount_every` seconds, so that expired items give their places back.

    `evicted` counts the items that this program has let go for others; threads that put at the same moment may count
    one less. The number of items is an item on the entity's table, or on `sizes`, for tables whose entities have keys
    without templates.
    """

    def __init__(
        self,
        entity: type[E],
        used: Path[E, int],
        order: Query[E, Any],
        *,
        name: str,
        most: int,
        hits: Path[E, int] | None = None,
        per_second: int = 1_000_000,
        touch_every: float = 0.0,
        recount_every: float = 60.0,
        sizes: Table | None = None,
        expiring: bool | None = None,
        random: Callable[[], float] = random,
    ) -> None:
        definition = order.definition
        expiring = definition.ttl is not None if expiring is None else expiring
        table = definition.table if sizes is None else sizes
        self.name = name
        self._bounded = Bounded(entity, used, order, name=name, most=most, sizes=table, expiring=expiring)
        self._used = used
        self._hits = hits
        self._per_second = per_second
        self._touch_every = round(touch_every * per_second)
        self._recount_every = round(recount_every * 1000)
        self._random = random
        self.evicted = 0
        self._is_full = False
        self._looked = 0
        self._last_stamp = 0
        self._stamping = threading.Lock()

    def get(self, key: Key[E], *, fits: Callable[[E], bool] = lambda _: True) -> Plan[E | None]:
        """The item, counted as a use; None if there is none, it has expired, or it does not fit.

        `fits` is for keys that hold a hash: it tells whether what was found is what was meant.
        """
        return Plan(f"get from {self.name}", lambda clock: self._get(clock, key, fits))

    def put(self, item: E) -> Plan[bool]:
        """Keep an item, in place of one with the same key; False if others were always in the way of making room."""
        return Plan(f"put into {self.name}", lambda clock: self.store(clock, item))

    def delete(self, key: Key[E]) -> Plan[bool]:
        """Delete an item and give its place back; False if there was none."""
        return Plan(f"delete from {self.name}", lambda clock: self.remove(key))

    def size(self) -> Plan[int]:
        """How many places are taken: by items that are there, and by expired ones since the last count."""
        return Plan(f"size of {self.name}", lambda clock: self.count_kept())

    def recount(self) -> Plan[int]:
        """Count the items one by one and set their number right, which reads the whole index."""
        return Plan(f"recount {self.name}", self._recount)

    def statements(self, item: E, other: E) -> dict[str, Statement[Any] | Query[E, Any]]:
        """Every call that is made for items such as these two, by what it is for: to be declared as access patterns."""
        bounded, key = self._bounded, key_of(item)
        hit = (self._used.set(1),) if self._hits is None else (self._used.set(1), self._hits.add(1))
        return {
            "looked up": Get(key),
            "used": Update(key, hit),
            "added": bounded.add(item),
            "replaced": Put(item, self._used.exists()),
            "swapped for the least recently used": bounded.swap(item, key_of(other), 1),
            "evicted": bounded.evict(key, 1),
            "removed": bounded.remove(key),
            "number read": Get(bounded.size_key, consistent=True),
            "number set right": bounded.recounted(1, 1, 1, 1),
            "least recently used": bounded.order,
        }

    def _get(self, clock: Clock, key: Key[E], fits: Callable[[E], bool]) -> Steps[E | None]:
        item = yield from ask(Get(key))
        if item is None or not fits(item):
            return None
        yield from self.touch(clock, key, self._used_of(item))
        return item

    def touch(self, clock: Clock, key: Key[E], last: int) -> Steps[None]:
        """Write down that an item is used, which was used last at `last`."""
        stamp = self._stamp(clock)
        if stamp - last < self._touch_every:
            return
        changes: list[Change[E]] = [self._used.set(stamp)]
        if self._hits is not None:
            changes.append(self._hits.add(1))
        # With a count each use must be written, whoever was there in between; without, only the latest matters.
        newer = self._used.exists() if self._hits is not None else self._used < stamp
        try:
            yield from ask(Update(key, tuple(changes), newer))
        except (ConditionFailed, *NO_ANSWER):
            # Evicted, expired, or used by another since: what was read is right all the same.
            return

    def store(self, clock: Clock, item: E) -> Steps[bool]:
        """The steps of `put`."""
        self._mark(clock, item)
        bounded = self._bounded
        is_full, victims = self._is_full, list[E]()
        if is_full and bounded.expiring and milliseconds(clock()) - self._looked >= self._recount_every:
            # While one item is swapped for another nothing else would notice that others have expired.
            is_full = yield from self._settle(clock)
        for attempt in range(_ROUNDS):
            if is_full and not victims:
                victims = yield from self._victims()
            victim = victims.pop(0) if victims else None
            codes = yield from self._write(item, victim)
            if codes is None:
                self._is_full = victim is not None
                self.evicted += victim is not None
                return True
            if codes[-1] == REFUSED:
                is_full = (yield from self._settle(clock)) if victim is not None or bounded.expiring else True
                victims = []
            if REFUSED not in codes or attempt > _CANDIDATES:
                yield self._pause(attempt)
        return False

    def remove(self, key: Key[E]) -> Steps[bool]:
        """The steps of `delete`."""
        for attempt in range(_ROUNDS):
            try:
                yield from ask(self._bounded.remove(key))
            except TransactionCanceled as error:
                codes = {reason.code for reason in error.reasons}
                if REFUSED in codes:
                    return False
                if not codes <= _BUSY or attempt == _ROUNDS - 1:
                    raise
                yield self._pause(attempt)
            else:
                self._is_full = False
                return True
        return False

    def count_kept(self) -> Steps[int]:
        """The steps of `size`."""
        kept = yield from ask(Get(self._bounded.size_key, consistent=True))
        return 0 if kept is None else kept.size

    def _write(self, item: E, victim: E | None) -> Steps[list[str] | None]:
        """Write an item in any way that there is; else the reasons against adding or swapping it."""
        bounded = self._bounded
        if victim is not None and key_of(victim) == key_of(item):
            return None if (yield from self._replace(item)) else ["None"]
        try:
            yield from ask(
                bounded.add(item) if victim is None else bounded.swap(item, key_of(victim), self._used_of(victim))
            )
        except TransactionCanceled as error:
            codes = [reason.code for reason in error.reasons]
            if not codes or not set(codes) <= _BUSY:
                raise
            if codes[0] == REFUSED and (yield from self._replace(item)):
                return None
            return codes
        return None

    def _replace(self, item: E) -> Steps[bool]:
        """Write over an item, expired or not; False if it is gone by now."""
        try:
            yield from ask(Put(item, self._used.exists()))
        except ConditionFailed:
            return False
        return True

    def _victims(self) -> Steps[list[E]]:
        # Several, because an index follows its table after a moment, and may name items that are gone.
        page = yield from ask(first_page(self._bounded.order, _CANDIDATES))
        return list(page.items)

    def _settle(self, clock: Clock) -> Steps[bool]:
        """Bring what holds more than it may (the bound was lowered) to its bound; True if all places are taken then."""
        bounded = self._bounded
        self._looked = milliseconds(clock())
        for attempt in range(_ROUNDS):
            kept = yield from ask(Get(bounded.size_key, consistent=True))
            if kept is None or kept.size < bounded.most:
                return False
            if bounded.expiring and attempt < _RECOUNTS and self._looked - (kept.counted or 0) >= self._recount_every:
                yield from self._set_right(clock, kept)
                continue
            if kept.size == bounded.most:
                return True
            for victim in (yield from self._victims()):
                try:
                    yield from ask(bounded.evict(key_of(victim), self._used_of(victim)))
                except TransactionCanceled as error:
                    if error.reasons[-1].code == REFUSED:
                        break
                    yield self._pause(attempt)
        return True

    def _recount(self, clock: Clock) -> Steps[int]:
        for attempt in range(_ROUNDS):
            kept = yield from ask(Get(self._bounded.size_key, consistent=True))
            if kept is None:
                return 0
            size = yield from self._set_right(clock, kept)
            if size is not None or attempt == _ROUNDS - 1:
                return kept.size if size is None else size
            yield self._pause(attempt)
        raise AssertionError("the last round returns")

    def _set_right(self, clock: Clock, kept: CacheSize) -> Steps[int | None]:
        """Count, and write the number down; None if something came or went meanwhile."""
        size = yield from counted(self._bounded.order).begin(clock)
        try:
            yield from ask(self._bounded.recounted(size, kept.size, kept.changes, milliseconds(clock())))
        except ConditionFailed:
            return None
        return size

    def _pause(self, attempt: int) -> Pause:
        return Pause(self._random() * min(_LONGEST_PAUSE, 0.01 * 2.0**attempt))

    def _mark(self, clock: Clock, item: E) -> None:
        setattr(item, self._used.attribute.name, self._stamp(clock))

    def _used_of(self, item: E) -> int:
        used: int = getattr(item, self._used.attribute.name)
        return used

    def _stamp(self, clock: Clock) -> int:
        """The time, never the same twice in this process."""
        with self._stamping:
            self._last_stamp = max(round(clock() * self._per_second), self._last_stamp + 1)
            return self._last_stamp
