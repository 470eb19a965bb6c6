"""What observers are told, as immutable values: names and figures, never a value or a key of an item."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

import msgspec

from dynalayer.protocol import ConditionFailed, Consumed, ServiceError, Throttled, TransactionCanceled

OK: Final = "ok"
CONDITION_FAILED: Final = "condition failed"
THROTTLED: Final = "throttled"

_NONE: Final = Decimal(0)
_CONDITIONS: Final = frozenset({"ConditionalCheckFailed", "NotUnique"})
_TOO_FAST: Final = frozenset({"ThrottlingError", "ProvisionedThroughputExceeded"})


class Call(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Which call it is.

    `kind` is the statement's class, `entity` the name of its entity (of several, joined by " + "), `site` the module
    and line outside of the library that asked for it, `key` a hash of the item's key, or of the partition's, and
    `correlation` what `correlation(...)` set. None stands for what is not known, or what no observer wants.
    """

    operation: str
    kind: str
    table: str | None = None
    index: str | None = None
    entity: str | None = None
    site: str | None = None
    key: str | None = None
    correlation: str | None = None


class Called(Call, frozen=True, omit_defaults=True, gc=False):
    """A call that has ended, with all its attempts.

    `at` is when it began in seconds since 1970, `seconds` how long it took, `waits` how long each pause before another
    attempt was, `throttles` how many attempts the service refused as too many. `outcome` is "ok", "condition failed",
    "throttled" or the name of the error's class; `error` is that name, `code` the service's. `consumed` tells the
    capacity units of the attempts that were answered, if an observer wants them, and `request_id` the service's name
    for the last attempt.
    """

    at: float = 0.0
    seconds: float = 0.0
    attempts: int = 0
    waits: tuple[float, ...] = ()
    throttles: int = 0
    outcome: str = ""
    error: str | None = None
    code: str | None = None
    consumed: tuple[Consumed, ...] = ()
    request_id: str | None = None

    @property
    def failed(self) -> bool:
        """True if it ended with an error that is not the answer to a condition."""
        return self.error is not None and self.outcome != CONDITION_FAILED

    @property
    def read_units(self) -> Decimal:
        """The read units that it took."""
        return sum([part.read for part in self.consumed], _NONE)

    @property
    def write_units(self) -> Decimal:
        """The write units that it took."""
        return sum([part.write for part in self.consumed], _NONE)


class Counted(Call, frozen=True, gc=False):
    """Calls of one kind that succeeded at their first attempt, not told apart: how long each took, what each took.

    `seconds` and `consumed` have an entry for each call, in no common order; of calls that take the same, `consumed`
    mostly has the same object. Nobody may keep or change the lists.
    """

    seconds: list[float] = []
    consumed: list[tuple[Consumed, ...]] = []

    @property
    def alike(self) -> list[tuple[tuple[Consumed, ...], int]]:
        """What calls have taken, and how many of them just that."""
        return alike(self.consumed)


def alike(told: Sequence[tuple[Consumed, ...]]) -> list[tuple[tuple[Consumed, ...], int]]:
    """What calls have taken, and how many of them just that: told apart by identity, as that is quickest."""
    found = dict(zip(map(id, told), told, strict=True))
    return [(found[each], count) for each, count in Counter(map(id, told)).items()]


class _Secret(Call, frozen=True):
    """An event that carries the bytes of a call: they are there for who asks, and in no text of it."""

    attempt: int = 0
    body: bytes = b""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.operation}, table={self.table!r}, {len(self.body)} bytes)"


class Sending(_Secret, frozen=True):
    """An attempt that is about to be signed and sent; `body` is the request, with the values in it."""


class Answered(_Secret, frozen=True):
    """An attempt that was answered; `body` is the answer, with the values in it."""


class Retrying(Call, frozen=True):
    """An attempt that failed and will be made again after `wait` seconds."""

    attempt: int = 0
    wait: float = 0.0
    error: str = ""
    code: str | None = None


class BreakerChanged(msgspec.Struct, frozen=True):
    """A circuit breaker that went from one state to another: "closed", "open" or "half open".

    `operations` is the class of operations that it guards on the table, such as "read" or "write".
    """

    table: str
    operations: str
    old: str
    new: str
    at: float = 0.0


def outcome_of(error: BaseException) -> str:
    """How a call ended that ended with this error."""
    if isinstance(error, ConditionFailed):
        return CONDITION_FAILED
    if isinstance(error, Throttled):
        return THROTTLED
    if isinstance(error, TransactionCanceled):
        codes = {reason.code for reason in error.reasons}
        if codes & _CONDITIONS:
            return CONDITION_FAILED
        if codes & _TOO_FAST:
            return THROTTLED
    return type(error).__name__


def code_of(error: BaseException | None) -> str | None:
    """The service's code of an error that is the service's."""
    return error.code if isinstance(error, ServiceError) else None
