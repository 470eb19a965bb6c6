"""Counting what happens, for the gates; `_sync_counting.py` is generated from this file."""

from __future__ import annotations

from dynalayer.protocol import DynalayerError

from ._async_state import AsyncState
from .gathering import Counted, Gathered


class AsyncCounts:
    """Counts of one instance: added to those of all after at most `every` seconds, as long as something is counted.

    A killed process loses what it has not added yet. What cannot be added is kept for the next time, and may be
    counted twice if the answer alone was lost.
    """

    def __init__(self, state: AsyncState, every: float = 10.0) -> None:
        self._state = state
        self._gathered = Gathered(every, state.clock())

    async def note(self, what: Counted) -> None:
        """Count one."""
        if self._gathered.note(what, self._state.clock()):
            await self.flush()

    async def flush(self) -> bool:
        """Add all that is gathered; False if some of it could not be added and is kept."""
        left = self._gathered.take()
        try:
            for minute in list(left):
                try:
                    await self._state.add(minute, dict(left[minute]))
                except DynalayerError:
                    continue
                del left[minute]
        finally:
            self._gathered.give_back(left)
        return not left
