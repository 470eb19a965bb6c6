"""How many chunks of sound a connection may send, and what becomes of one that sends more."""

from __future__ import annotations

from collections import deque
from enum import Enum, auto
from typing import Final

WARN_AFTER: Final = 5.0
CLOSE_AFTER: Final = 30.0
_WINDOW: Final = 1.0
_ROUNDING: Final = 1e-6


class Verdict(Enum):
    """What to do with a chunk."""

    taken = auto()
    dropped = auto()
    warned = auto()
    """Dropped, and the speaker is to be told: it has sent too much for five seconds."""
    closed = auto()
    """It has gone on for thirty seconds: the connection and its session are to be ended."""


class AudioRate:
    """At most `per_second` chunks in any second; of a burst the first are taken.

    Too much counts as going on until a whole second has passed in which nothing had to be dropped.
    """

    def __init__(self, per_second: int) -> None:
        self._limit = per_second
        # Whoever sends just one chunk too many drops one each second, give or take the time between two.
        self._clean = _WINDOW + 1 / per_second
        self._taken: deque[float] = deque()
        self._over_since: float | None = None
        self._dropped_at = 0.0
        self._is_warned = False

    def take(self, now: float) -> Verdict:
        """Judge a chunk that comes now; `now` is in seconds on a clock that does not go back."""
        if self._over_since is not None and now - self._dropped_at > self._clean:
            self._over_since, self._is_warned = None, False
        while self._taken and now - self._taken[0] >= _WINDOW - _ROUNDING:
            self._taken.popleft()
        if len(self._taken) < self._limit:
            self._taken.append(now)
            return Verdict.taken
        return self._too_many(now)

    def _too_many(self, now: float) -> Verdict:
        self._dropped_at = now
        if self._over_since is None:
            self._over_since = now
        lasting = now - self._over_since
        if lasting > CLOSE_AFTER:
            return Verdict.closed
        if lasting > WARN_AFTER and not self._is_warned:
            self._is_warned = True
            return Verdict.warned
        return Verdict.dropped
