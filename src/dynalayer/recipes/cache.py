"""A cache with a bound that holds exactly, of which the least recently used entry goes first.

Every entry is in an index in the order of its last use, so the one to go is the first of a query that reads a few. The
number of entries is an item of its own, changed in the transaction that adds or removes one; a full cache swaps one
entry for another and leaves the number alone. Nothing removes entries behind its back: an entry whose time is over is
no longer given out, and goes when it is its turn.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from random import random
from typing import Final, Generic, Literal, TypeVar

from dynalayer import (
    ConditionFailed,
    DefinitionError,
    Delete,
    Get,
    InvalidValue,
    Put,
    Table,
    TransactionCanceled,
    Update,
)
from dynalayer.statements import Clock, Pause, Plan, Steps, ask, first_page

from .binding import NO_ANSWER, milliseconds, seconds_up
from .cacheitems import Bounded, CacheEntry, entries_on
from .errors import LeaseTaken
from .keeping import Keeper
from .lease import Holding, Lease

V = TypeVar("V")

_ROUNDS: Final = 60
_CANDIDATES: Final = 10
_REFUSED: Final = "ConditionalCheckFailed"
_BUSY: Final = frozenset({"None", _REFUSED, "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})
_LONGEST_PAUSE: Final = 1.0


@dataclass(frozen=True, slots=True)
class Found(Generic[V]):
    """What the cache knows; `value` is None for what is known not to exist."""

    value: V | None


class Cache(Generic[V]):
    """Keeps values of type `of` under names, for `ttl` seconds, and never more than `most` of them.

    A bound needs `index`, an index of the table with two text keys. Each use of an entry is written down, at most every
    `touch_every` seconds: 0 keeps the order of use exact, more saves writes. `absent_for` is for how many seconds it is
    remembered that something does not exist; without it that is not kept. `load_for` is how many seconds a loader may
    take before another process may load the same. Without a bound expired entries are cleaned up by the table's expiry.
    `on_failure` says what `get_or_set` does while the database does not answer: raise its error, or load.
    """

    def __init__(
        self,
        table: Table,
        name: str,
        of: type[V],
        *,
        most: int | None = None,
        index: str | None = None,
        ttl: float | None = None,
        touch_every: float = 0.0,
        absent_for: float | None = None,
        load_for: float = 30.0,
        on_failure: Literal["raise", "load"] = "raise",
        random: Callable[[], float] = random,
    ) -> None:
        if most is not None and index is None:
            raise DefinitionError(f"cache {name!r}: most= needs index=, the index that keeps the order of use")
        self.name = name
        self.absent_for = absent_for
        self.on_failure = on_failure
        self._ttl = ttl
        self._touch_every = round(touch_every * 1_000_000)
        self._random = random
        self._keeper: Keeper[V] = Keeper(of, f"cache {name!r}")
        self._bounded = None if most is None else Bounded(table, name, most, index or "")
        self._entry = self._bounded.entry if self._bounded else entries_on(table, None)
        forget_after = None if table.ttl is None else 3_600.0
        self._loads = Lease(table, f"cache {name}", seconds=load_for, forget_after=forget_after)
        self._is_full = False
        self._last_stamp = 0
        self._stamping = threading.Lock()

    def get(self, name: str) -> Plan[V | None]:
        """The value, counted as a use; None if there is none, or it is known not to exist."""
        return Plan(f"get from {self.name}", lambda clock: self._get(clock, name))

    def look(self, name: str) -> Plan[Found[V] | None]:
        """As `get`, but tells what is known not to exist from what is not known."""
        return Plan(f"look into {self.name}", lambda clock: self._look(clock, name))

    def set(self, name: str, value: V | None, *, ttl: float | None = None) -> Plan[bool]:
        """Keep a value, or with None that it does not exist; False if the cache was too busy to make room."""
        text = None if value is None else self._keeper.write(value)
        lasts = (self.absent_for if value is None else self._ttl) if ttl is None else ttl
        return Plan(f"set in {self.name}", lambda clock: self._set(clock, name, text, lasts))

    def delete(self, name: str) -> Plan[bool]:
        """Forget a value; False if there was none."""
        return Plan(f"delete from {self.name}", lambda clock: self._delete(name))

    def size(self) -> Plan[int]:
        """How many entries there are, expired ones too; raises `DefinitionError` for a cache without a bound."""
        bounded = self._bound()
        return Plan(f"size of {self.name}", lambda clock: self._size(bounded))

    def begin_load(self, name: str) -> Plan[Found[V] | Holding]:
        """Become the one who loads a value, or wait for what another one loads."""
        return Plan(f"begin to load into {self.name}", lambda clock: self._begin_load(clock, name))

    def end_load(self, holding: Holding) -> Plan[bool]:
        """Let the next one load, after a success or a failure."""
        return self._loads.forget(holding)

    def _bound(self) -> Bounded:
        if self._bounded is None:
            raise DefinitionError(f"cache {self.name!r} has no bound, so its entries are not counted")
        return self._bounded

    def _get(self, clock: Clock, name: str) -> Steps[V | None]:
        found = yield from self._look(clock, name)
        return None if found is None else found.value

    def _look(self, clock: Clock, name: str, *, consistent: bool = False) -> Steps[Found[V] | None]:
        entry = yield from ask(Get(self._entry.key(self.name, name), consistent))
        if entry is None or (entry.until is not None and entry.until <= milliseconds(clock())):
            return None
        try:
            found = Found(None if entry.value is None else self._keeper.read(entry.value))
        except InvalidValue:
            # Kept as another type, by an earlier version of the program: as good as not there.
            return None
        if self._bounded is not None:
            yield from self._touch(clock, entry)
        return found

    def _touch(self, clock: Clock, entry: CacheEntry) -> Steps[None]:
        stamp = self._stamp(clock)
        if stamp - entry.used < self._touch_every:
            return
        used = self._entry.used
        try:
            yield from ask(Update(entry.key, (used.set(stamp),), used < stamp))
        except (ConditionFailed, *NO_ANSWER):
            # Evicted, or used by another since: what was read is right all the same.
            return

    def _stamp(self, clock: Clock) -> int:
        """The time in microseconds, never the same twice in this process."""
        with self._stamping:
            self._last_stamp = max(round(clock() * 1_000_000), self._last_stamp + 1)
            return self._last_stamp

    def _set(self, clock: Clock, name: str, text: str | None, lasts: float | None) -> Steps[bool]:
        until = None if lasts is None else clock() + lasts
        entry = self._entry(
            cache=self.name,
            name=name,
            value=text,
            used=self._stamp(clock),
            until=None if until is None else milliseconds(until),
            expires_at=None if until is None or self._bounded else seconds_up(until),
        )
        if self._bounded is None:
            yield from ask(Put(entry))
            return True
        return (yield from self._store(self._bounded, entry))

    def _store(self, bounded: Bounded, entry: CacheEntry) -> Steps[bool]:
        is_full, victims = self._is_full, list[CacheEntry]()
        for attempt in range(_ROUNDS):
            if is_full and not victims:
                victims = yield from self._victims(bounded)
            victim = victims.pop(0) if victims else None
            codes = yield from self._write(bounded, entry, victim)
            if codes is None:
                self._is_full = victim is not None
                return True
            if codes[-1] == _REFUSED:
                is_full = (yield from self._settle(bounded)) if victim is not None else True
                victims = []
            if _REFUSED not in codes or attempt > _CANDIDATES:
                yield self._pause(attempt)
        return False

    def _write(self, bounded: Bounded, entry: CacheEntry, victim: CacheEntry | None) -> Steps[list[str] | None]:
        """Write an entry in any way that there is; else the reasons against adding or swapping it."""
        if victim is not None and victim.name == entry.name:
            return None if (yield from self._replace(entry)) else ["None"]
        try:
            yield from ask(bounded.add(entry) if victim is None else bounded.swap(entry, victim))
        except TransactionCanceled as error:
            codes = [reason.code for reason in error.reasons]
            if not codes or not set(codes) <= _BUSY:
                raise
            if codes[0] == _REFUSED and (yield from self._replace(entry)):
                return None
            return codes
        return None

    def _replace(self, entry: CacheEntry) -> Steps[bool]:
        """Write over an entry, expired or not; False if it is gone by now."""
        try:
            yield from ask(Put(entry, self._entry.used.exists()))
        except ConditionFailed:
            return False
        return True

    def _victims(self, bounded: Bounded) -> Steps[list[CacheEntry]]:
        # Several, because an index follows its table after a moment, and may name entries that are gone.
        page = yield from ask(first_page(bounded.least_recent(), _CANDIDATES))
        return list(page.items)

    def _settle(self, bounded: Bounded) -> Steps[bool]:
        """Bring a cache that holds more than it may (the bound was lowered) to its bound; True if it is full then."""
        for attempt in range(_ROUNDS):
            size = yield from self._size(bounded)
            if size <= bounded.most:
                return size == bounded.most
            for victim in (yield from self._victims(bounded)):
                try:
                    yield from ask(bounded.evict(victim))
                except TransactionCanceled as error:
                    if error.reasons[-1].code == _REFUSED:
                        break
                    yield self._pause(attempt)
        return True

    def _pause(self, attempt: int) -> Pause:
        return Pause(self._random() * min(_LONGEST_PAUSE, 0.01 * 2.0**attempt))

    def _delete(self, name: str) -> Steps[bool]:
        key = self._entry.key(self.name, name)
        if self._bounded is None:
            return (yield from ask(Delete(key))) is not None
        for attempt in range(_ROUNDS):
            try:
                yield from ask(self._bounded.remove(key))
            except TransactionCanceled as error:
                codes = {reason.code for reason in error.reasons}
                if _REFUSED in codes:
                    return False
                if not codes <= _BUSY or attempt == _ROUNDS - 1:
                    raise
                yield self._pause(attempt)
            else:
                self._is_full = False
                return True
        return False

    def _size(self, bounded: Bounded) -> Steps[int]:
        counted = yield from ask(Get(bounded.size_key, consistent=True))
        return 0 if counted is None else counted.size

    def _begin_load(self, clock: Clock, name: str) -> Steps[Found[V] | Holding]:
        attempt = 0
        while True:
            holding: Holding | None = None
            with suppress(LeaseTaken):
                holding = yield from self._loads.acquire(name).begin(clock)
            # Another may have loaded it between the look that found nothing and the lease.
            found = yield from self._look(clock, name, consistent=True)
            if found is None and holding is not None:
                return holding
            if found is not None:
                if holding is not None:
                    yield from self.end_load(holding).begin(clock)
                return found
            yield Pause((0.5 + 0.5 * self._random()) * min(_LONGEST_PAUSE, 0.01 * 2.0**attempt))
            attempt = min(attempt + 1, _CANDIDATES)
