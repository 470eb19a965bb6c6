"""The calls of a database that are under way, and its end: no new ones are let in, those there are waited for."""

from __future__ import annotations

from collections import deque
from typing import Final, Never

from dynalayer.protocol import DatabaseClosed

LOOKS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05)
"""Seconds between two looks at what is still under way; the last of them from then on."""


class Flights:
    """Counts calls, plans and pages that are under way; `enter` and `leave` are the cheapest that threads can share."""

    __slots__ = ("_under_way", "enter", "is_closed", "leave")

    def __init__(self) -> None:
        # The ends of a deque may be changed from any thread without a lock, at a thirtieth of a microsecond.
        self._under_way: deque[object] = deque()
        self.enter = self._under_way.append
        self.leave = self._under_way.pop
        self.is_closed = False

    def __len__(self) -> int:
        return len(self._under_way)

    def close(self) -> None:
        """Refuse what comes from now on with `DatabaseClosed`."""
        self.is_closed = True
        self.enter = _refuse


def _refuse(call: object, /) -> Never:
    raise DatabaseClosed
