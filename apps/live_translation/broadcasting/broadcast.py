"""One message to many listeners: a bounded number at once, and every listener ends as reached, failed or released."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from enum import Enum, auto
from typing import Final

from live_translation.errors import hashed
from live_translation.ports import Busy, Gone, Poster

RETRY_WAITS: Final = (0.1, 0.2)
"""Seconds before the second and the third attempt."""

_log = logging.getLogger(__name__)

Sleep = Callable[[float], Awaitable[object]]


class Outcome(Enum):
    """What became of one listener."""

    delivered = auto()
    failed = auto()
    released = auto()


class Broadcaster:
    """Posts to listeners; those that are gone are released the way a disconnect releases them."""

    def __init__(
        self, poster: Poster, release: Callable[[str], Awaitable[object]], sleep: Sleep = asyncio.sleep
    ) -> None:
        self._poster = poster
        self._release = release
        self._sleep = sleep

    async def send(self, turns: asyncio.Semaphore, listeners: Iterable[str], text: str) -> Counter[Outcome]:
        """Post `text` to each listener, each post holding one of the session's `turns`; no listener makes it raise."""
        return Counter(await asyncio.gather(*(self._deliver(turns, each, text) for each in listeners)))

    async def _deliver(self, turns: asyncio.Semaphore, listener: str, text: str) -> Outcome:
        for wait in (*RETRY_WAITS, None):
            try:
                async with turns:
                    await self._poster.post(listener, text)
            except Gone:
                return await self._released(listener)
            except Busy:
                # The turn has been given back: with a hundred failing together, nobody waits for anybody.
                if wait is not None:
                    await self._sleep(wait)
            except Exception as error:
                _log.warning("post to %s failed: %s", hashed(listener), type(error).__name__)
                return Outcome.failed
            else:
                return Outcome.delivered
        return Outcome.failed

    async def _released(self, listener: str) -> Outcome:
        try:
            await self._release(listener)
        except Exception as error:
            _log.warning("connection %s not released: %s", hashed(listener), type(error).__name__)
            return Outcome.failed
        return Outcome.released
