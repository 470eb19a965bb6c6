"""A counter that spreads over more items as soon as one cannot take all the writes.

DynamoDB lets a partition, and so an item, take 1,000 write units a second (developer guide, "Partitions and data
distribution"). The head item tells how many shards there are; it is raised before the first write to a new shard, and
never lowered, so whoever has read it knows where to look.
"""

from __future__ import annotations

from collections.abc import Callable
from random import randrange
from typing import Final

from dynalayer import (
    Attr,
    ConditionFailed,
    Create,
    DefinitionError,
    Get,
    InvalidValue,
    Table,
    Throttled,
    TransactionCanceled,
    Update,
    attr,
    primary,
)
from dynalayer.statements import Clock, Pause, Plan, Steps, ask, batch_gets, transact_get, transaction

from .binding import Kept, bind, seconds_up

_READS: Final = 5
_REFUSED: Final = "ConditionalCheckFailed"
_BUSY: Final = frozenset({"None", "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})


class CounterShard(Kept):
    """A part of a counter."""

    counter: Attr[str] = attr()
    name: Attr[str] = attr()
    shard: Attr[int] = attr()
    amount: Attr[int] = attr()
    key = primary((counter, name, shard), pk="COUNT#{counter}#{name}#{shard}")


class CounterHead(Kept):
    """How many shards a counter has; without one it has a single shard."""

    counter: Attr[str] = attr()
    name: Attr[str] = attr()
    shards: Attr[int] = attr()
    key = primary((counter, name), pk="COUNTER#{counter}#{name}")


class CounterToken(Kept):
    """An addition that has been made."""

    counter: Attr[str] = attr()
    name: Attr[str] = attr()
    token: Attr[str] = attr()
    key = primary((counter, name, token), pk="COUNTED#{counter}#{name}#{token}")


class Counter:
    """Counters, each under a name, that take any number of writes a second and lose none.

    An `add` that returns has been counted once. One that raises `OutcomeUnknown`, a `ConnectionLost`, has been
    counted once or not at all, nobody can say; one that raises anything else, not at all. With a token it may be called
    again until it returns, and is counted once: the token is remembered for `remember` seconds (for ever on a table
    without expiry).

    A counter begins with one shard and doubles them, up to `most_shards`, when the database still throttles a write
    after its retries.
    """

    def __init__(
        self,
        table: Table,
        name: str,
        *,
        most_shards: int = 128,
        remember: float = 86_400.0,
        random: Callable[[int], int] = randrange,
    ) -> None:
        if most_shards < 1:
            raise DefinitionError(f"counter {name!r}: most_shards is at least 1")
        self.name = name
        self._most = most_shards
        self._remember = remember if table.ttl is not None else None
        self._random = random
        self._shard = bind(CounterShard, table)
        self._head = bind(CounterHead, table)
        self._token = bind(CounterToken, table)
        self._known: dict[str, int] = {}

    def add(self, name: str, amount: int = 1, *, token: str | None = None) -> Plan[bool]:
        """Add to a counter; False if this token has been counted before, and then nothing is added."""
        if token is None:
            return Plan(f"add to {self.name}", lambda clock: self._spread_out(name, lambda: self._add(name, amount)))
        once = token
        return Plan(
            f"add once to {self.name}",
            lambda clock: self._spread_out(name, lambda: self._add_once(clock, name, amount, once)),
        )

    def value(self, name: str, *, consistent: bool = True, at_one_moment: bool = False) -> Plan[int]:
        """The sum of all shards.

        If consistent, all that was added before the call is in it, at one read unit for each shard and the head; else
        at half of that, and the last moments may be missing. What is added during the call may be in it or not; of two
        additions the later may be in it without the earlier, unless it is read `at_one_moment`, by a transaction that
        costs twice as much and takes up to 99 shards (API reference, TransactGetItems).
        """
        if at_one_moment:
            return Plan(f"value of {self.name}", lambda clock: self._value_at_one_moment(name))
        return Plan(f"value of {self.name}", lambda clock: self._value(name, consistent))

    def shards(self, name: str) -> Plan[int]:
        """How many items the counter is spread over."""
        return Plan(f"shards of {self.name}", lambda clock: self._read_shards(name))

    def spread(self, name: str, shards: int) -> Plan[int]:
        """Spread a counter that will be hot over so many items at least; gives how many there are then."""
        if not 1 <= shards <= self._most:
            raise InvalidValue(f"counter {self.name!r}: it may have 1 to {self._most} shards, not {shards}")
        return Plan(f"spread {self.name}", lambda clock: self._raise_shards(name, shards))

    def _spread_out(self, name: str, add: Callable[[], Steps[bool]]) -> Steps[bool]:
        """Try again on more shards for as long as there can be more."""
        if name not in self._known:
            yield from self._read_shards(name)
        while True:
            before = self._known[name]
            try:
                return (yield from add())
            except Throttled:
                if before >= self._most:
                    raise
            yield from self._raise_shards(name, min(2 * before, self._most))

    def _pick(self, name: str) -> int:
        return self._random(self._known[name])

    def _add(self, name: str, amount: int) -> Steps[bool]:
        yield from ask(self._addition(name, amount))
        return True

    def _add_once(self, clock: Clock, name: str, amount: int, token: str) -> Steps[bool]:
        expires_at = None if self._remember is None else seconds_up(clock() + self._remember)
        counted = Create(self._token(counter=self.name, name=name, token=token, expires_at=expires_at))
        try:
            yield from ask(transaction([counted, self._addition(name, amount)]))
        except TransactionCanceled as error:
            if error.reasons[0].code == _REFUSED:
                return False
            if {reason.code for reason in error.reasons} <= _BUSY:
                raise Throttled(f"counter {self.name!r}: {error.message}") from None
            raise
        return True

    def _addition(self, name: str, amount: int) -> Update[CounterShard]:
        key = self._shard.key(self.name, name, self._pick(name))
        return Update(key, (self._shard.amount.add(amount),), upsert=True)

    def _read_shards(self, name: str) -> Steps[int]:
        head = yield from ask(Get(self._head.key(self.name, name), consistent=True))
        self._known[name] = shards = 1 if head is None else head.shards
        return shards

    def _raise_shards(self, name: str, shards: int) -> Steps[int]:
        fewer = self._head.shards.missing() | (self._head.shards < shards)
        change = self._head.shards.set(shards)
        try:
            yield from ask(Update(self._head.key(self.name, name), (change,), fewer, upsert=True))
        except ConditionFailed:
            return (yield from self._read_shards(name))
        self._known[name] = shards
        return shards

    def _value(self, name: str, consistent: bool) -> Steps[int]:
        shards = yield from self._read_shards(name)
        wanted = [self._shard.key(self.name, name, shard) for shard in range(shards)]
        total = 0
        for attempt in range(_READS):
            found = {}
            for statement in batch_gets(wanted, consistent=consistent):
                found.update((yield from ask(statement)))
            total += sum(shard.amount for shard in found.values() if isinstance(shard, CounterShard))
            wanted = [key for key in wanted if key not in found]
            if not wanted:
                return total
            yield Pause(0.05 * 2.0**attempt)
        raise Throttled(f"counter {self.name!r}: {len(wanted)} of {shards} shards could not be read")

    def _value_at_one_moment(self, name: str) -> Steps[int]:
        shards = yield from self._read_shards(name)
        while True:
            head = self._head.key(self.name, name)
            keys = [self._shard.key(self.name, name, shard) for shard in range(shards)]
            found = yield from ask(transact_get([head, *keys]))
            spread = [each.shards for each in found if isinstance(each, CounterHead)]
            if max(spread, default=1) <= shards:
                return sum(each.amount for each in found if isinstance(each, CounterShard))
            shards = max(spread)
