"""Counting what happens, gathered in memory and added to the state's minutes every few seconds."""

from __future__ import annotations

from collections import Counter
from threading import Lock
from typing import Literal

from dynalayer.protocol import DynalayerError

from .state import State

Counted = Literal["writes_ok", "writes_failed", "compared_ok", "compared_failed"]
_MINUTE = 60


class Counts:
    """Counts of one instance: added to those of all after at most `every` seconds, as long as something is counted.

    A killed process loses what it has not added yet. What cannot be added is kept for the next time, and may be
    counted twice if the answer alone was lost.
    """

    def __init__(self, state: State, every: float = 10.0) -> None:
        self._state = state
        self._every = every
        self._lock = Lock()
        self._gathered: Counter[tuple[int, Counted]] = Counter()
        self._flushed = state.clock()

    def note(self, what: Counted) -> None:
        """Count one."""
        now = self._state.clock()
        with self._lock:
            self._gathered[int(now // _MINUTE), what] += 1
            due = now - self._flushed >= self._every
            if due:
                self._flushed = now
        if due:
            self.flush()

    def flush(self) -> bool:
        """Add all that is gathered; False if some of it could not be added and is kept."""
        with self._lock:
            gathered, self._gathered = self._gathered, Counter()
        minutes: dict[int, dict[str, int]] = {}
        for (minute, what), count in gathered.items():
            minutes.setdefault(minute, {})[what] = count
        kept = False
        for minute, counts in minutes.items():
            try:
                self._state.add(minute, counts)
            except DynalayerError:
                kept = True
                with self._lock:
                    for (when, what), count in gathered.items():
                        if when == minute:
                            self._gathered[when, what] += count
        return not kept
