"""Chunks in the order of their numbers, where the client numbers them."""

from __future__ import annotations

from typing import Final

LONGEST_WAIT: Final = 2.0
"""Seconds for which a chunk may wait for those before it."""

MOST_WAITING: Final = 100
_FIRST: Final = 1
"""A client that begins anew begins with 0 or 1."""


class Reorder:
    """Holds back what came too early; what came too late, or twice, is dropped."""

    def __init__(self) -> None:
        self._next: int | None = None
        self._waiting: dict[int, bytes] = {}
        self._waiting_since = 0.0

    def put(self, number: int | None, pcm: bytes, now: float) -> list[bytes]:
        """Take a chunk and give those whose turn it is; one without a number has its turn at once."""
        if number is None:
            return [pcm]
        if self._next is None or (number <= _FIRST < self._next - 1):
            ready = self.flush()
            self._next = number + 1
            return [*ready, pcm]
        if number < self._next or number in self._waiting:
            return []
        if not self._waiting:
            self._waiting_since = now
        self._waiting[number] = pcm
        ready = self._run()
        if self._waiting and (now - self._waiting_since >= LONGEST_WAIT or len(self._waiting) > MOST_WAITING):
            self._next = min(self._waiting)
            ready += self._run()
            self._waiting_since = now
        return ready

    def flush(self) -> list[bytes]:
        """All that waits, in order: nothing will come before it any more."""
        ready = [self._waiting[number] for number in sorted(self._waiting)]
        self._waiting.clear()
        self._next = None
        return ready

    def _run(self) -> list[bytes]:
        ready: list[bytes] = []
        while self._next is not None and self._next in self._waiting:
            ready.append(self._waiting.pop(self._next))
            self._next += 1
        return ready
