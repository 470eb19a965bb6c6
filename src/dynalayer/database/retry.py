"""When to try a call again, decided without doing anything."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from random import random
from typing import Final, Self

from dynalayer.protocol import (
    CircuitOpen,
    ConnectionLost,
    DatabaseClosed,
    DynalayerError,
    InvalidValue,
    OutcomeUnknown,
    ServiceError,
    ServiceUnavailable,
    TransactionCanceled,
)

_PASSING_REASONS = frozenset({"None", "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})
"""Why a transaction may be cancelled although the same one may pass later (API reference, TransactWriteItems)."""
_FINAL: Final = (CircuitOpen, DatabaseClosed, OutcomeUnknown)
"""No call was made, and none will be now; or it was made as often as it may be."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how long apart a call is tried again.

    `attempts` counts the first one too. The wait before the n-th retry is a random part (full jitter) of `base` seconds
    doubled n times, at most `cap`; where the service asks for a longer one it is that, but never above `cap`. Raises
    `InvalidValue` for figures that make no policy.
    """

    attempts: int = 4
    base: float = 0.05
    cap: float = 5.0
    random: Callable[[], float] = random

    def __post_init__(self) -> None:
        if self.attempts < 1:
            raise InvalidValue(f"a call is made at least once, so attempts={self.attempts} is no number of attempts")
        if not (0 <= self.base < math.inf and 0 <= self.cap < math.inf):
            raise InvalidValue("the base and the cap of a retry policy are seconds, from 0 on")

    @classmethod
    def interactive(cls, attempts: int = 4, random: Callable[[], float] = random) -> Self:
        """For someone who waits: up to 100, 200 and 400 ms, then doubled up to 5 s."""
        return cls(attempts, 0.05, 5.0, random)

    @classmethod
    def one_two_four(cls, attempts: int = 4, random: Callable[[], float] = random) -> Self:
        """For a service that may take its time: up to 1, 2 and 4 seconds, and no longer."""
        return cls(attempts, 0.5, 4.0, random)

    @classmethod
    def background(cls, attempts: int = 4, random: Callable[[], float] = random) -> Self:
        """For work that nobody waits for, such as filling a table: up to 1 s, doubled up to 30 s.

        Thirty seconds are reached from the seventh attempt on: `RetryPolicy.background(10)` lasts some minutes.
        """
        return cls(attempts, 0.5, 30.0, random)

    def wait(self, attempt: int) -> float:
        """Seconds to wait after the given attempt, counted from 1."""
        # A float holds no power of two above 1023; the cap is reached long before.
        return self.random() * min(self.cap, self.base * 2.0 ** min(attempt, 1000))

    def after(self, error: DynalayerError, attempt: int, *, repeatable: bool) -> float | None:
        """Seconds to wait before trying again; None when the error must be raised.

        A call that may have taken effect (no answer, a failure of the service) is only made again if `repeatable`.
        """
        if attempt >= self.attempts or not may_pass(error):
            return None
        if not repeatable and may_have_taken_effect(error):
            return None
        asked = error.retry_after if isinstance(error, ServiceError) else None
        wait = self.wait(attempt)
        return wait if asked is None else max(wait, min(asked, self.cap))


def may_pass(error: DynalayerError) -> bool:
    """Whether the same call may end well later."""
    if isinstance(error, TransactionCanceled):
        codes = {reason.code for reason in error.reasons}
        return codes <= _PASSING_REASONS and codes != {"None"} and bool(codes)
    if isinstance(error, ConnectionLost):
        return not isinstance(error, _FINAL)
    return isinstance(error, ServiceError) and error.retryable


def may_have_taken_effect(error: DynalayerError) -> bool:
    """Whether a call may have taken effect although it ended in this error."""
    if isinstance(error, ConnectionLost):
        return error.may_have_taken_effect
    return isinstance(error, ServiceUnavailable)
