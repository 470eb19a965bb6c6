"""One message to many listeners: a bounded number at once, and every listener ends as reached, failed or released."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from enum import Enum, auto
from typing import Final

from live_translation.errors import hashed
from live_translation.ports import Busy, Gone, Poster, SoundChunk

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

    async def send(
        self, turns: asyncio.Semaphore, listeners: Sequence[str], text: str, *, sound: SoundChunk | None = None
    ) -> Counter[Outcome]:
        """Post `text` to each listener, each post holding one of the session's `turns`; no listener makes it raise.

        A message with `sound` may be dropped for a listener who has too much of it waiting, and counts as delivered.
        """
        outcomes: Counter[Outcome] = Counter()
        left = listeners
        for wait in (*RETRY_WAITS, None):
            refusals = await self._poster.post_many(left, text, turns, sound=sound)
            outcomes[Outcome.delivered] += len(left) - len(refusals)
            left = [each for each, error in refusals.items() if isinstance(error, Busy)]
            await self._settle(turns, refusals, outcomes)
            if not left or wait is None:
                break
            # No turn is held meanwhile: with a hundred failing together, nobody waits for anybody.
            await self._sleep(wait)
        outcomes[Outcome.failed] += len(left)
        return +outcomes

    async def _settle(
        self, turns: asyncio.Semaphore, refusals: dict[str, Exception], outcomes: Counter[Outcome]
    ) -> None:
        gone = [each for each, error in refusals.items() if isinstance(error, Gone)]
        if gone:
            outcomes.update(await asyncio.gather(*(self._released(turns, each) for each in gone)))
        for listener, error in refusals.items():
            if not isinstance(error, (Gone, Busy)):
                _log.warning("post to %s failed: %s", hashed(listener), type(error).__name__)
                outcomes[Outcome.failed] += 1

    async def _released(self, turns: asyncio.Semaphore, listener: str) -> Outcome:
        try:
            async with turns:
                await self._release(listener)
        except Exception as error:
            _log.warning("connection %s not released: %s", hashed(listener), type(error).__name__)
            return Outcome.failed
        return Outcome.released
