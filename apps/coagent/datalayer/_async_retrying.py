"""Calls with retries of their own; `_sync_retrying.py` is generated from this file by `scripts/generate_sync.py`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from dynalayer import AsyncDatabase, BatchRead, BatchWritten

from .errors import told
from .retry import DEFAULT_RETRY_OPTIONS, RetryOptions, policy_of

R = TypeVar("R")
B = TypeVar("B", bound=BatchRead[Any] | BatchWritten)


async def async_with_retry(
    database: AsyncDatabase,
    operation: Callable[[AsyncDatabase], Awaitable[R]],
    options: RetryOptions = DEFAULT_RETRY_OPTIONS,
) -> R:
    """Let an operation make its calls on the same database with retries as the options say.

    The database repeats single calls, and nothing repeats the operation: retries around retries would multiply.
    """
    with told("with_retry"):
        return await operation(database.with_(retry=policy_of(options)))


async def async_with_batch_retry(
    database: AsyncDatabase,
    operation: Callable[[AsyncDatabase], Awaitable[B]],
    options: RetryOptions = DEFAULT_RETRY_OPTIONS,
) -> B:
    """The same for a batch: what the service leaves over is tried again as often as calls are.

    Rounds that get a quarter of their work done do not count. Raises `BatchIncompleteError` with the result if
    something is left.
    """
    with told("with_batch_retry"):
        result = await operation(database.with_(retry=policy_of(options)))
        result.checked()
        return result
