"""How each repository waits; the generator of the synchronous one swaps the two names."""

from __future__ import annotations

import asyncio
from time import sleep


async def async_sleep(seconds: float) -> None:
    """Wait without holding up the event loop."""
    await asyncio.sleep(seconds)


__all__ = ["async_sleep", "sleep"]
