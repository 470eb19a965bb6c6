"""What is the database's failure, told once for all who ask: everything else is an answer, or a mistake of ours."""

from __future__ import annotations

from typing import Final

from dynalayer import (
    ConnectionLost,
    DeadlineExceeded,
    RetryPolicy,
    ServiceUnavailable,
    Throttled,
    TransactionCanceled,
    TransactionConflict,
)

RETRY: Final = RetryPolicy(attempts=3)
"""How often the service makes a call that may pass, before its client is told to come back."""

SERVICE_FAILURES: Final = (ServiceUnavailable, Throttled, ConnectionLost, DeadlineExceeded, TransactionConflict)
"""The database does not answer, or not in time, after all attempts. A condition that did not hold is none of these."""

REFUSED: Final = "ConditionalCheckFailed"
CONFLICT: Final = "TransactionConflict"
_PASSING: Final = frozenset({"None", CONFLICT, "ThrottlingError", "ProvisionedThroughputExceeded"})
"""Why a transaction may be cancelled although the same one may pass later (API reference, TransactWriteItems)."""


def is_service_failure(error: BaseException) -> bool:
    """True for what a client should be told as 503 and may try again."""
    if isinstance(error, TransactionCanceled):
        return {reason.code for reason in error.reasons} <= _PASSING
    return isinstance(error, SERVICE_FAILURES)
