"""A token bucket that no interleaving of callers can overdraw, kept in one number.

What is stored is when the bucket will be full again (the "theoretical arrival time" of the generic cell rate
algorithm, ITU-T I.371). A bucket that is full now is set, one that fills up is added to; each of both is one
conditional update whose condition decides, so nobody has to read first, and callers need not take turns. The time is
counted in parts of a microsecond that make the price of a token a whole number: nothing is rounded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import gcd
from typing import Any, Final, Literal, cast

from dynalayer import (
    Attr,
    Change,
    ConditionFailed,
    DefinitionError,
    Get,
    InvalidValue,
    Key,
    Put,
    Statement,
    Table,
    Update,
    attr,
    primary,
)
from dynalayer.statements import Clock, Pause, Plan, Steps, ask

from .binding import NO_ANSWER, Kept, bind, seconds_up, standing

_MICROSECONDS: Final = 1_000_000
_CLEAN_UP_AFTER: Final = 3_600
_ROUNDS: Final = 100
_HINTS: Final = 10_000
_LONGEST_NAME: Final = 200
_LONGEST_SUBJECT: Final = 800
"""Bytes; escaped they may double, and with the prefix they fit into the 2,048 of a partition key."""

OnFailure = Literal["raise", "allow", "deny"]


class Bucket(Kept):
    """When a bucket is full again, in `scale`-ths of a microsecond since 1970."""

    limit: Attr[str] = attr(max_bytes=_LONGEST_NAME)
    subject: Attr[str] = attr(max_bytes=_LONGEST_SUBJECT)
    full_at: Attr[int] = attr()
    scale: Attr[int] = attr()
    key = primary((limit, subject), pk="LIMIT#{limit}#{subject}")


@dataclass(frozen=True, slots=True)
class Decision:
    """May it be done? True where `bool()` is asked.

    `retry_after` is in seconds: 0 if allowed, else when as many tokens will be there. `delay` is how many seconds to
    wait before acting on tokens that were taken in advance. `remaining` are the whole tokens that are left.
    """

    allowed: bool
    retry_after: float = 0.0
    remaining: int = 0
    delay: float = 0.0

    def __bool__(self) -> bool:
        return self.allowed


def _buckets_on(table: Table, prefix: str | None) -> type[Bucket]:
    if prefix is None:
        return bind(Bucket, table)
    if not prefix or "{" in prefix or "}" in prefix:
        raise DefinitionError(f"a prefix of buckets is a text without braces, got {prefix!r}")
    key = primary(Bucket.__dict__["subject"], pk=f"{prefix}{{subject}}")
    # A name of its own: two classes of one name would be taken for one that was made again.
    return bind(Bucket, table, prefix, key=key, __qualname__=f"{Bucket.__qualname__}[{prefix}]")


class RateLimiter:
    """Lets through at most `capacity` tokens at once and `refill` more every `per` seconds, for each subject.

    Over any span of w seconds the tokens taken are at most `capacity + refill * w / per`, however many threads, tasks
    and processes take them. A clock that is behind, or is set back, only refuses more; one that is ahead uses up what
    the others would get until theirs are as far. Each answer costs one write in the usual case; with `read_first` a
    refusal costs half a read unit instead, and an admission that much more. `on_failure` says what to answer while
    the database does not: raise its error, allow, or deny.

    The key of a bucket is `LIMIT#`, the name, `#` and the subject; with `prefix` it is the prefix and the subject, so
    that buckets can have the keys that others know them by. Each limiter of a table then needs a prefix of its own.
    """

    def __init__(
        self,
        table: Table,
        name: str,
        *,
        capacity: int,
        refill: int,
        per: float = 1.0,
        read_first: bool = False,
        on_failure: OnFailure = "raise",
        prefix: str | None = None,
    ) -> None:
        span = round(per * _MICROSECONDS)
        if capacity < 1 or refill < 1 or span < 1:
            raise DefinitionError(
                f"rate limiter {name!r}: capacity and refill are at least 1, per at least a microsecond"
            )
        self.name = name
        self.capacity = capacity
        self._prefix = prefix
        self._entity = _buckets_on(table, prefix)
        self._has_expiry = table.ttl is not None
        self._read_first = read_first
        self._on_failure: OnFailure = on_failure
        common = gcd(refill, span)
        self._scale = refill // common
        self._price = span // common
        self._hints: dict[str, int] = {}

    def take(self, subject: str, cost: int = 1) -> Plan[Decision]:
        """Take `cost` tokens of a subject if they are there; raises `InvalidValue` for more than the capacity."""
        room = self._room(cost)
        return Plan(f"take {self.name}", lambda clock: self._guarded(self._take(clock, subject, cost, room)))

    def wait(self, subject: str, cost: int = 1, *, at_most: float) -> Plan[Decision]:
        """Take `cost` tokens and wait until they are there, if that is at most so many seconds; else take none."""
        room = self._room(cost) + round(at_most * _MICROSECONDS) * self._scale
        return Plan(f"wait for {self.name}", lambda clock: self._guarded(self._wait(clock, subject, cost, room)))

    def spend(self, subject: str, cost: int = 1) -> Plan[Decision]:
        """Take tokens whether they are there or not, as a penalty or for what has been done already."""
        self._room(min(cost, self.capacity))
        return Plan(f"spend {self.name}", lambda clock: self._guarded(self._take(clock, subject, cost, None)))

    def peek(self, subject: str, cost: int = 1) -> Plan[Decision]:
        """What `take` would answer, without taking anything."""
        room = self._room(cost)
        return Plan(f"peek at {self.name}", lambda clock: self._guarded(self._peek(clock, subject, room)))

    def key(self, subject: str) -> Key[Bucket]:
        """The key of a subject's bucket: to delete it is to fill it."""
        if self._prefix is None:
            return self._entity.key(self.name, subject)
        # With a prefix the name is no part of the key: see `_buckets_on`.
        with_prefix: Callable[[str], Key[Bucket]] = cast("Any", self._entity.key)
        return with_prefix(subject)

    def statements(self, subject: str) -> tuple[Statement[Any], ...]:
        """All that the limiter may ask of the database, to be declared as access patterns: give it `any_(str)`."""
        full_at, scale = self._entity.full_at, self._entity.scale
        changes = (full_at.add(1), *self._expiry(0))
        anew = (full_at.set(0), scale.set(1), *self._named(), *self._expiry(0))
        return (
            Update(self.key(subject), changes, full_at > 0),
            Update(self.key(subject), anew, full_at.missing(), upsert=True),
            Get(self.key(subject), consistent=True),
            Put(self._entity(limit=self.name, subject=subject, full_at=0, scale=1), scale == 1),
        )

    def _room(self, cost: int) -> int:
        if not 1 <= cost <= self.capacity:
            raise InvalidValue(
                f"rate limiter {self.name!r}: a cost is 1 to its capacity of {self.capacity}, got {cost}"
            )
        return (self.capacity - cost) * self._price

    def _guarded(self, steps: Steps[Decision]) -> Steps[Decision]:
        try:
            return (yield from steps)
        except NO_ANSWER:
            if self._on_failure == "raise":
                raise
            return Decision(self._on_failure == "allow")

    def _wait(self, clock: Clock, subject: str, cost: int, room: int) -> Steps[Decision]:
        decision = yield from self._take(clock, subject, cost, room)
        if decision.delay:
            yield Pause(decision.delay)
        return decision

    def _peek(self, clock: Clock, subject: str, room: int) -> Steps[Decision]:
        now = self._now(clock)
        bucket = yield from ask(Get(self.key(subject), consistent=True))
        full_at = now if bucket is None else max(now, self._rescaled(bucket))
        return self._refused(full_at, now, room) if full_at > now + room else self._granted(full_at, now)

    def _take(self, clock: Clock, subject: str, cost: int, room: int | None) -> Steps[Decision]:
        full_at = self._hints.get(subject, 0)
        if self._read_first and room is not None:
            seen = yield from ask(Get(self.key(subject)))
            # What is read may be old, and then shows a bucket that was fuller: a refusal by it is right.
            full_at = 0 if seen is None else self._rescaled(seen)
            now = self._now(clock)
            if full_at > now + room:
                return self._refused(full_at, now, room)
        for _ in range(_ROUNDS):
            now = self._now(clock)
            try:
                taken = yield from ask(self._update(subject, cost, room, now, filling=full_at > now))
            except ConditionFailed as error:
                bucket = yield from standing(self.key(subject), error)
                if bucket is not None and bucket.scale != self._scale:
                    yield from self._rescale(bucket)
                full_at = 0 if bucket is None else self._rescaled(bucket)
                if room is not None and full_at > now + room:
                    self._remember(subject, full_at)
                    return self._refused(full_at, now, room)
            else:
                self._remember(subject, taken.full_at)
                return self._granted(taken.full_at, now)
        return Decision(False, retry_after=self._seconds(self._price * cost))

    def _update(self, subject: str, cost: int, room: int | None, now: int, *, filling: bool) -> Update[Bucket]:
        entity, price = self._entity, cost * self._price
        same = entity.scale == self._scale
        if filling:
            condition = same & (entity.full_at > now)
            if room is not None:
                condition &= entity.full_at <= now + room
            return Update(self.key(subject), (entity.full_at.add(price), *self._expiry(now + price)), condition)
        filled = (entity.full_at.set(now + price), entity.scale.set(self._scale))
        changes = (*filled, *self._named(), *self._expiry(now + price))
        is_full = entity.full_at.missing() | (same & (entity.full_at <= now))
        return Update(self.key(subject), changes, is_full, upsert=True)

    def _named(self) -> tuple[Change[Bucket], ...]:
        return () if self._prefix is None else (self._entity.limit.set(self.name),)

    def _expiry(self, until: int) -> tuple[Change[Bucket], ...]:
        if not self._has_expiry:
            return ()
        full = until + self.capacity * self._price
        return (self._entity.expires_at.set(seconds_up(self._seconds(full)) + _CLEAN_UP_AFTER),)

    def _rescale(self, bucket: Bucket) -> Steps[None]:
        """Count a bucket in the units of this limiter, after its rate has been changed."""
        unchanged = (self._entity.full_at == bucket.full_at) & (self._entity.scale == bucket.scale)
        bucket = self._entity(
            limit=bucket.limit,
            subject=bucket.subject,
            full_at=self._rescaled(bucket),
            scale=self._scale,
            expires_at=bucket.expires_at,
        )
        try:
            yield from ask(Put(bucket, unchanged))
        except ConditionFailed:
            return

    def _rescaled(self, bucket: Bucket) -> int:
        return -(-bucket.full_at * self._scale // bucket.scale)

    def _now(self, clock: Clock) -> int:
        return round(clock() * _MICROSECONDS) * self._scale

    def _seconds(self, time: int) -> float:
        return -(-time // self._scale) / _MICROSECONDS

    def _refused(self, full_at: int, now: int, room: int) -> Decision:
        return Decision(False, self._seconds(full_at - now - room), self._whole_tokens(full_at, now))

    def _granted(self, full_at: int, now: int) -> Decision:
        early = full_at - self.capacity * self._price - now
        return Decision(True, 0.0, self._whole_tokens(full_at, now), self._seconds(max(0, early)))

    def _whole_tokens(self, full_at: int, now: int) -> int:
        return max(0, self.capacity - -(-(full_at - now) // self._price))

    def _remember(self, subject: str, full_at: int) -> None:
        # Only which of the two updates to try first: a wrong guess costs a call, never a token.
        if len(self._hints) >= _HINTS:
            self._hints.clear()
        self._hints[subject] = full_at
