"""How each executor waits; the generator of the synchronous one swaps the two names."""

from __future__ import annotations

from time import sleep


async def async_sleep(seconds: float) -> None:
    """Wait without holding up the event loop."""
    import asyncio  # a tenth of the start-up of a synchronous program, so only when it is needed

    await asyncio.sleep(seconds)


__all__ = ["async_sleep", "sleep"]
