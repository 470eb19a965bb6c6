"""What was counted and is not added to the state yet; threads and tasks may share it."""

from __future__ import annotations

from collections import Counter
from threading import Lock
from typing import Final, Literal

Counted = Literal["writes_ok", "writes_failed", "compared_ok", "compared_failed"]
_MINUTE: Final = 60


class Gathered:
    """Counts by minutes of the epoch; due to be added `every` seconds."""

    def __init__(self, every: float, now: float) -> None:
        self._every = every
        self._added = now
        self._lock = Lock()
        self._counts: dict[int, Counter[str]] = {}

    def note(self, what: Counted, now: float) -> bool:
        """Count one; True if all should be added now, which is told to one caller alone."""
        with self._lock:
            self._counts.setdefault(int(now // _MINUTE), Counter())[what] += 1
            is_due = now - self._added >= self._every
            if is_due:
                self._added = now
            return is_due

    def take(self) -> dict[int, Counter[str]]:
        """All counts, which are the caller's now."""
        with self._lock:
            taken, self._counts = self._counts, {}
            return taken

    def give_back(self, counts: dict[int, Counter[str]]) -> None:
        """Keep counts that could not be added."""
        with self._lock:
            for minute, each in counts.items():
                self._counts.setdefault(minute, Counter()).update(each)
