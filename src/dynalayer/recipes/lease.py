"""A lease that one holder has at a time, each with a fencing token higher than all before it.

One item for each lease: who holds it, until when, and how often it has been given away. To take it is one conditional
update; the number goes up in the same update, so of two holders one always has the lower number. The item stays when a
lease is released, because the number must never start again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from dynalayer import (
    Attr,
    Change,
    Check,
    Condition,
    ConditionFailed,
    DefinitionError,
    Delete,
    DynalayerError,
    Get,
    Key,
    Statement,
    Table,
    Update,
    attr,
    primary,
)
from dynalayer.statements import Clock, Pause, Plan, Steps, ask

from .binding import Kept, bind, insist, milliseconds, seconds_up, standing
from .errors import LeaseLost, LeaseTaken

_FIRST_PAUSE: Final = 0.05
_LONGEST_PAUSE: Final = 2.0
_LONGEST_NAME: Final = 200
_LONGEST_RESOURCE: Final = 800
"""Bytes; escaped they may double, and with the prefix they fit into the 2,048 of a partition key."""

Ids = Callable[[], str]
"""Gives a text that nobody else gets."""


def unique_id() -> str:
    """A random text that nobody else gets."""
    return uuid4().hex


class LeaseItem(Kept):
    """Who holds a lease until when (ms since 1970); `fence` counts its holders."""

    lease: Attr[str] = attr(max_bytes=_LONGEST_NAME)
    resource: Attr[str] = attr(max_bytes=_LONGEST_RESOURCE)
    fence: Attr[int] = attr()
    held_by: Attr[str | None] = attr(default=None)
    held_until: Attr[int] = attr()
    key = primary((lease, resource), pk="LEASE#{lease}#{resource}")


@dataclass(frozen=True, slots=True)
class Holding:
    """A lease as its holder has it: `fence` is the fencing token, `until` when it runs out, in seconds since 1970."""

    resource: str
    holder: str
    fence: int
    until: float


class Lease:
    """Leases of `seconds` on anything that has a name.

    A holder is whoever acquired: two acquisitions are two holders, in one process too. When a lease has run out by the
    clock of who asks, plus `skew` seconds for clocks that differ, it is given to the next, whose fencing token is
    higher. Time alone can never keep a holder that was held up from acting late: let what it writes carry
    `lease.check(holding)` in its transaction, or hand on the token.

    With `forget_after` the item of a lease that ran out so many seconds ago is cleaned up by the table's expiry; the
    tokens of that name then start at 1 again.
    """

    def __init__(
        self,
        table: Table,
        name: str,
        *,
        seconds: float = 30.0,
        skew: float = 0.0,
        forget_after: float | None = None,
        ids: Ids = unique_id,
    ) -> None:
        if seconds <= 0 or skew < 0:
            raise DefinitionError(f"lease {name!r}: seconds must be more than 0 and skew not less")
        if forget_after is not None and table.ttl is None:
            raise DefinitionError(f"lease {name!r}: forget_after needs a table with ttl, {table!r} has none")
        self.name = name
        self.seconds = seconds
        self._skew = milliseconds(skew)
        self._forget_after = forget_after
        self._ids = ids
        self._entity = bind(LeaseItem, table)

    def acquire(self, resource: str, *, wait: float = 0.0) -> Plan[Holding]:
        """Take the lease on a resource; raises `LeaseTaken` if somebody has it, after waiting up to `wait` seconds."""
        return Plan(f"acquire {self.name}", lambda clock: self._acquire(clock, resource, self._ids(), wait))

    def renew(self, holding: Holding) -> Plan[Holding]:
        """Hold on for as long again; raises `LeaseLost` if somebody else has the lease by now."""
        return Plan(f"renew {self.name}", lambda clock: self._renew(clock, holding))

    def extend(self, holding: Holding, *, after: float = 0.0) -> Plan[Holding | None]:
        """Renew after so many seconds, as a keeper does in a loop.

        Gives the holding as it is then: the old one if the database did not answer and the lease has not run out yet,
        None if it is lost.
        """
        return Plan(f"extend {self.name}", lambda clock: self._extend(clock, holding, after))

    def release(self, holding: Holding) -> Plan[bool]:
        """Give the lease back; False, and nothing changes, if somebody else has got it by now."""
        return Plan(f"release {self.name}", lambda clock: self._release(holding))

    def forget(self, holding: Holding) -> Plan[bool]:
        """Give the lease back and delete its item: for names that do not come again, as fencing tokens restart at 1."""
        return Plan(f"forget {self.name}", lambda clock: self._forget(holding))

    def holder(self, resource: str) -> Plan[Holding | None]:
        """Who holds the lease now, None if nobody does."""
        return Plan(f"holder of {self.name}", lambda clock: self._holder(clock, resource))

    def check(self, holding: Holding) -> Check[LeaseItem]:
        """A check for a transaction that must only happen while nobody else has been given the lease."""
        return Check(self.key(holding.resource), self._is_mine(holding))

    def key(self, resource: str) -> Key[LeaseItem]:
        """The key of the item that stands for a lease."""
        return self._entity.key(self.name, resource)

    def statements(self, resource: str) -> tuple[Statement[Any], ...]:
        """All that the lease may ask of the database, to be declared as access patterns: give it `any_(str)`.

        Acquiring, renewing, releasing, reading and forgetting, in this order.
        """
        key, anybody = self.key(resource), self._entity.held_by.exists()
        return (
            self._taking(0.0, resource, "anybody"),
            Update(key, self._until(0.0), anybody),
            Update(key, (self._entity.held_by.remove(),), anybody),
            Get(key, consistent=True),
            Delete(key, anybody),
        )

    def _acquire(self, clock: Clock, resource: str, holder: str, wait: float) -> Steps[Holding]:
        give_up, pause = clock() + wait, _FIRST_PAUSE
        while True:
            try:
                return self._held((yield from insist(lambda: self._taking(clock(), resource, holder))))
            except ConditionFailed as error:
                now = clock()
                item = yield from standing(self.key(resource), error)
                is_held = item is not None and item.held_by is not None
                left = (item.held_until + self._skew - milliseconds(now)) / 1000 if item and is_held else 0.0
                if left > 0 and now >= give_up:
                    raise self._taken(resource, left) from None
                yield Pause(max(0.001, min(pause, give_up - now, left)))
                pause = min(2 * pause, _LONGEST_PAUSE)

    def _taken(self, resource: str, left: float) -> LeaseTaken:
        return LeaseTaken(f"lease {self.name!r} on {resource!r} is held by another for {left:.3f} s or longer", left)

    def _taking(self, now: float, resource: str, holder: str) -> Update[LeaseItem]:
        entity = self._entity
        is_free = entity.held_by.missing() | (entity.held_until <= milliseconds(now) - self._skew)
        # Its own try counts as free, so that a call whose answer was lost can be made again.
        condition = is_free | (entity.held_by == holder)
        changes = (entity.fence.add(1), entity.held_by.set(holder), *self._until(now))
        return Update(self.key(resource), changes, condition, upsert=True)

    def _until(self, now: float) -> tuple[Change[LeaseItem], ...]:
        until = self._entity.held_until.set(milliseconds(now + self.seconds))
        if self._forget_after is None:
            return (until,)
        return until, self._entity.expires_at.set(seconds_up(now + self.seconds + self._forget_after))

    def _renew(self, clock: Clock, holding: Holding) -> Steps[Holding]:
        key, mine = self.key(holding.resource), self._is_mine(holding)
        try:
            return self._held((yield from insist(lambda: Update(key, self._until(clock()), mine))))
        except ConditionFailed:
            raise LeaseLost(f"lease {self.name!r} on {holding.resource!r} is held by another by now") from None

    def _extend(self, clock: Clock, holding: Holding, after: float) -> Steps[Holding | None]:
        if after:
            yield Pause(after)
        try:
            return (yield from self._renew(clock, holding))
        except LeaseLost:
            return None
        except DynalayerError:
            return holding if clock() < holding.until else None

    def _release(self, holding: Holding) -> Steps[bool]:
        gone = (self._entity.held_by.remove(),)
        try:
            yield from insist(lambda: Update(self.key(holding.resource), gone, self._is_mine(holding)))
        except ConditionFailed as error:
            item = yield from standing(self.key(holding.resource), error)
            # Released by a call whose answer was lost: nobody has taken it since.
            return item is not None and item.fence == holding.fence and item.held_by is None
        return True

    def _forget(self, holding: Holding) -> Steps[bool]:
        try:
            yield from insist(lambda: Delete(self.key(holding.resource), self._is_mine(holding)))
        except ConditionFailed:
            return False
        return True

    def _holder(self, clock: Clock, resource: str) -> Steps[Holding | None]:
        item = yield from ask(Get(self.key(resource), consistent=True))
        if item is None or item.held_by is None or item.held_until + self._skew <= milliseconds(clock()):
            return None
        return self._held(item)

    def _is_mine(self, holding: Holding) -> Condition[LeaseItem]:
        return (self._entity.held_by == holding.holder) & (self._entity.fence == holding.fence)

    @staticmethod
    def _held(item: LeaseItem) -> Holding:
        return Holding(item.resource, item.held_by or "", item.fence, item.held_until / 1000)
