"""How each executor ends what must not be left in the middle; the generator of the synchronous one swaps the names."""

from __future__ import annotations

from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

R = TypeVar("R")


async def async_finished(call: Coroutine[Any, Any, R]) -> R:
    """The result of a call that goes on although the task is cancelled, even again and again."""
    import asyncio

    task = asyncio.create_task(call)
    while not task.done():
        with suppress(asyncio.CancelledError):
            await asyncio.wait([task])
    return task.result()


def finished(result: R) -> R:
    """The same where nothing is cancelled: what the call gave."""
    return result
