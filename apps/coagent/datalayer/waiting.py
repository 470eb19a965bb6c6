"""How each repository waits, and does what may block; the generator of the synchronous one swaps the names."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import sleep
from typing import TypeVar

R = TypeVar("R")


async def async_sleep(seconds: float) -> None:
    """Wait without holding up the event loop."""
    await asyncio.sleep(seconds)


async def async_aside(work: Callable[[], R]) -> R:
    """Do what may block, such as asking who holds the keys, without holding up the event loop."""
    return await asyncio.to_thread(work)


def aside(work: Callable[[], R]) -> R:
    """Do it here and now."""
    return work()


__all__ = ["aside", "async_aside", "async_sleep", "sleep"]
