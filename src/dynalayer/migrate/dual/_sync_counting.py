"""Generated from `_async_counting.py` by `scripts/generate_sync.py`; change that file."""

from __future__ import annotations

from dynalayer.protocol import DynalayerError

from ._sync_state import State
from .gathering import Counted, Gathered


class Counts:
    """Counts of one instance: added to those of all after at most `every` seconds, as long as something is counted.

    A killed process loses what it has not added yet. What cannot be added is kept for the next time, and may be
    counted twice if the answer alone was lost.
    """

    def __init__(self, state: State, every: float = 10.0) -> None:
        self._state = state
        self._gathered = Gathered(every, state.clock())

    def note(self, what: Counted) -> None:
        """Count one."""
        if self._gathered.note(what, self._state.clock()):
            self.flush()

    def flush(self) -> bool:
        """Add all that is gathered; False if some of it could not be added and is kept."""
        left = self._gathered.take()
        try:
            for minute in list(left):
                try:
                    self._state.add(minute, dict(left[minute]))
                except DynalayerError:
                    continue
                del left[minute]
        finally:
            self._gathered.give_back(left)
        return not left
