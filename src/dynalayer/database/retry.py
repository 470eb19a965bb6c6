"""When to try a call again, decided without doing anything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import random

from dynalayer.protocol import ConnectionLost, DynalayerError, ServiceError, ServiceUnavailable, TransactionCanceled

_PASSING_REASONS = frozenset({"None", "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})
"""Why a transaction may be cancelled although the same one may pass later (API reference, TransactWriteItems)."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how long apart a call is tried again.

    The wait before the n-th retry is a random part (full jitter) of `base` seconds doubled n times, at most `cap`.
    """

    attempts: int = 4
    base: float = 0.05
    cap: float = 5.0
    random: Callable[[], float] = random

    def wait(self, attempt: int) -> float:
        """Seconds to wait after the given attempt, counted from 1."""
        return self.random() * min(self.cap, self.base * 2.0**attempt)

    def after(self, error: DynalayerError, attempt: int, *, repeatable: bool) -> float | None:
        """Seconds to wait before trying again; None when the error must be raised.

        A call that may have taken effect (no answer, a failure of the service) is only made again if `repeatable`.
        """
        if attempt >= self.attempts or not self._may_pass(error):
            return None
        if not repeatable and isinstance(error, (ServiceUnavailable, ConnectionLost)):
            return None
        return self.wait(attempt)

    @staticmethod
    def _may_pass(error: DynalayerError) -> bool:
        if isinstance(error, TransactionCanceled):
            codes = {reason.code for reason in error.reasons}
            return codes <= _PASSING_REASONS and codes != {"None"} and bool(codes)
        return isinstance(error, ConnectionLost) or (isinstance(error, ServiceError) and error.retryable)
