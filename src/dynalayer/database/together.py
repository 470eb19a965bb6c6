"""How each executor makes calls that need not wait for each other; the generator swaps the two names."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from dynalayer.protocol import DynalayerError
from dynalayer.statements import Statement, Together


async def async_together(make: Callable[[Statement[Any]], Awaitable[Any]], step: Together) -> list[Any]:
    """The result of each statement, or the error in its place; at most `step.width` calls are in flight.

    Any other error, and the cancellation of the caller, ends them all.
    """
    import asyncio

    free = asyncio.Semaphore(step.width)

    async def one(statement: Statement[Any]) -> Any:
        async with free:
            try:
                return await make(statement)
            except DynalayerError as error:
                return error

    tasks = [asyncio.create_task(one(statement)) for statement in step.statements]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()


def together(make: Callable[[Statement[Any]], Any], step: Together) -> list[Any]:
    """The same one after the other."""
    results: list[Any] = []
    for statement in step.statements:
        try:
            results.append(make(statement))
        except DynalayerError as error:
            results.append(error)
    return results
