"""Generated from `_async_retrying.py` by `scripts/generate_sync.py`; change that file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from dynalayer import BatchRead, BatchWritten, Database

from .errors import told
from .retry import DEFAULT_RETRY_OPTIONS, RetryOptions, policy_of

R = TypeVar("R")
B = TypeVar("B", bound=BatchRead[Any] | BatchWritten)


def with_retry(
    database: Database,
    operation: Callable[[Database], R],
    options: RetryOptions = DEFAULT_RETRY_OPTIONS,
) -> R:
    """Let an operation make its calls on the same database with retries as the options say.

    The database repeats single calls, and nothing repeats the operation: retries around retries would multiply.
    """
    with told("with_retry"):
        return operation(database.with_(retry=policy_of(options)))


def with_batch_retry(
    database: Database,
    operation: Callable[[Database], B],
    options: RetryOptions = DEFAULT_RETRY_OPTIONS,
) -> B:
    """The same for a batch: what the service leaves over is tried again as often as calls are.

    Rounds that get a quarter of their work done do not count. Raises `BatchIncompleteError` with the result if
    something is left.
    """
    with told("with_batch_retry"):
        result = operation(database.with_(retry=policy_of(options)))
        result.checked()
        return result
