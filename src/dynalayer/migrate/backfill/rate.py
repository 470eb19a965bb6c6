"""How fast to write: a bucket of write units that is refilled at a rate, which throttling lowers and calm restores."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

_SLOWER = 0.7
_FASTER = 1.05
_LEAST = 5.0
_CALM_SECONDS = 1.0
_BURST_SECONDS = 1.0


class WriteRate:
    """Tells how long to wait before a write; safe to use from several threads.

    `limit` is in write units a second, None for as fast as the target takes them: then the rate that was reached is
    where it starts to give way. Each throttling lowers the rate to 70 %, at most once a second, and each second
    without one raises it by 5 % up to the limit. `clock` gives seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float], limit: float | None = None) -> None:
        self._clock = clock
        self._lock = Lock()
        self.limit = limit
        self.rate = limit
        self.throttles = 0
        now = clock()
        self._free_at = now - _BURST_SECONDS
        self._changed_at = now
        self._window_at = now
        self._window_units = 0.0
        self._reached = 0.0

    def reserve(self, units: float) -> float:
        """Take units; gives the seconds to wait before the write is made."""
        with self._lock:
            now = self._clock()
            self._measure(now, units)
            if self.rate is None:
                return 0.0
            self._recover(now)
            start = max(self._free_at, now - _BURST_SECONDS)
            self._free_at = start + units / (self.rate or _LEAST)
            return max(0.0, self._free_at - now)

    def throttled(self) -> None:
        """The target refused a write for now."""
        with self._lock:
            now = self._clock()
            self.throttles += 1
            if self.rate is not None and now - self._changed_at < _CALM_SECONDS:
                return
            reached = self._reached or self._window_units or _LEAST
            current = reached if self.rate is None else min(self.rate, max(reached, _LEAST))
            self.rate = max(_LEAST, current * _SLOWER)
            self._free_at = max(self._free_at, now)
            self._changed_at = now

    def _measure(self, now: float, units: float) -> None:
        if now - self._window_at >= 1.0:
            self._reached = self._window_units / (now - self._window_at)
            self._window_at, self._window_units = now, 0.0
        self._window_units += units

    def _recover(self, now: float) -> None:
        calm = int((now - self._changed_at) / _CALM_SECONDS)
        if calm > 0 and self.rate is not None and (self.limit is None or self.rate < self.limit):
            faster = self.rate * _FASTER ** min(calm, 200)
            self.rate = faster if self.limit is None else min(self.limit, faster)
            self._changed_at += calm * _CALM_SECONDS
