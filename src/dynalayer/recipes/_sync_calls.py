"""Generated from `_async_calls.py` by `scripts/generate_sync.py`; change that file."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from dynalayer import Database, InvalidValue

from .binding import NO_ANSWER
from .calls import Call
from .idempotency import Finished

R = TypeVar("R")


def once(database: Database, call: Call[R], function: Callable[[], R]) -> R:
    """The result of a function, from its first run."""
    begun = database.run(call.begin())
    if isinstance(begun, Finished):
        return call.result_of(begun)
    try:
        result = function()
    except BaseException:
        # The record runs out by itself if it cannot be deleted: the function's own error is what counts.
        with suppress(*NO_ANSWER):
            database.run(call.recipe.abandon(begun))
        raise
    try:
        text = call.text_of(result)
    except InvalidValue:
        database.run(call.recipe.finish(begun))
        raise
    database.run(call.recipe.finish(begun, text))
    return result
