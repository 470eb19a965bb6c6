"""Makes an awaited call once; `_sync_calls.py` is generated from this file by `scripts/generate_sync.py`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from dynalayer import AsyncDatabase, InvalidValue

from .binding import NO_ANSWER
from .calls import Call
from .idempotency import Finished

R = TypeVar("R")


async def once(database: AsyncDatabase, call: Call[R], function: Callable[[], Awaitable[R]]) -> R:
    """The result of a function, from its first run."""
    begun = await database.run(call.begin())
    if isinstance(begun, Finished):
        return call.result_of(begun)
    try:
        result = await function()
    except BaseException:
        # The record runs out by itself if it cannot be deleted: the function's own error is what counts.
        with suppress(*NO_ANSWER):
            await database.run(call.recipe.abandon(begun))
        raise
    try:
        text = call.text_of(result)
    except InvalidValue:
        await database.run(call.recipe.finish(begun))
        raise
    await database.run(call.recipe.finish(begun, text))
    return result
