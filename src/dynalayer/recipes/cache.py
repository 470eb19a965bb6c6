"""A cache with a bound that holds exactly, of which the least recently used entry goes first (`lru`).

Nothing removes its entries behind its back: an entry whose time is over is no longer given out, and goes when it is its
turn.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from random import random
from typing import Final, Generic, Literal, TypeVar

from dynalayer import DefinitionError, Delete, Get, InvalidValue, Put, Table
from dynalayer.statements import Clock, Pause, Plan, Steps, ask

from .binding import milliseconds, seconds_up
from .cacheitems import CacheEntry, by_use, entries_on
from .errors import LeaseTaken
from .keeping import Keeper
from .lease import Holding, Lease
from .lru import Lru

V = TypeVar("V")

_DOUBLINGS: Final = 10
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
        self._random = random
        self._keeper: Keeper[V] = Keeper(of, f"cache {name!r}")
        self._entry = entries_on(table, None if most is None else index)
        self._lru: Lru[CacheEntry] | None = None
        if most is not None:
            order = by_use(self._entry, name)
            self._lru = Lru(
                self._entry,
                self._entry.used,
                order,
                name=name,
                most=most,
                touch_every=touch_every,
                expiring=False,
                random=random,
            )
        forget_after = None if table.ttl is None else 3_600.0
        self._loads = Lease(table, f"cache {name}", seconds=load_for, forget_after=forget_after)

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
        if self._lru is None:
            raise DefinitionError(f"cache {self.name!r} has no bound, so its entries are not counted")
        return self._lru.size()

    def begin_load(self, name: str) -> Plan[Found[V] | Holding]:
        """Become the one who loads a value, or wait for what another one loads."""
        return Plan(f"begin to load into {self.name}", lambda clock: self._begin_load(clock, name))

    def end_load(self, holding: Holding) -> Plan[bool]:
        """Let the next one load, after a success or a failure."""
        return self._loads.forget(holding)

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
        if self._lru is not None:
            yield from self._lru.touch(clock, entry.key, entry.used)
        return found

    def _set(self, clock: Clock, name: str, text: str | None, lasts: float | None) -> Steps[bool]:
        until = None if lasts is None else clock() + lasts
        entry = self._entry(
            cache=self.name,
            name=name,
            value=text,
            used=0,
            until=None if until is None else milliseconds(until),
            expires_at=None if until is None or self._lru else seconds_up(until),
        )
        if self._lru is not None:
            return (yield from self._lru.store(clock, entry))
        yield from ask(Put(entry))
        return True

    def _delete(self, name: str) -> Steps[bool]:
        key = self._entry.key(self.name, name)
        if self._lru is not None:
            return (yield from self._lru.remove(key))
        return (yield from ask(Delete(key))) is not None

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
            attempt = min(attempt + 1, _DOUBLINGS)
