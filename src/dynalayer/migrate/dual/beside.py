"""How each executor makes a call beside its caller, and how it waits; the generator swaps the names."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from time import sleep
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asyncio import TaskGroup


def async_beside(task_group: TaskGroup, make: Callable[[], Coroutine[Any, Any, object]]) -> bool:
    """Have a call made by a task of the group; False if the group takes none any more."""
    call = make()
    try:
        task_group.create_task(call)
    except RuntimeError:
        call.close()
        return False
    return True


async def async_sleep(seconds: float) -> None:
    """Wait without holding up the event loop."""
    import asyncio  # a tenth of the start-up of a synchronous program, so only when it is needed

    await asyncio.sleep(seconds)


def beside(executor: Executor, make: Callable[[], object]) -> bool:
    """Have a call made by an executor; False if it takes none any more."""
    try:
        executor.submit(make)
    except Exception:
        return False
    return True


__all__ = ["async_beside", "async_sleep", "beside", "sleep"]
