"""Connections that are kept open between calls: which one comes next, and when one is too old."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """Bounds on connections; times in seconds.

    `connections` is how many the tasks of one event loop may have open, and how many are kept idle for threads, each of
    which opens one when none is idle. One is given up after `idle_seconds` without a call, which spares programs that
    call once a minute a handshake each time, and `life_seconds` after it was made, so that changes of DNS are seen.
    `connect_seconds` bounds its making. A longer answer than `answer_bytes` is refused: the service's longest is a
    BatchGetItem of 16 MB of items, and a third more for binary values (developer guide, "Quotas").
    """

    connections: int = 64
    connect_seconds: float = 5.0
    idle_seconds: float = 90.0
    life_seconds: float = 900.0
    answer_bytes: int = 64 * 1024 * 1024


class Pooled(Protocol):
    """A connection in a pool; `born` and `idle_since` are moments of the pool's clock."""

    born: float
    idle_since: float

    def close(self) -> None:
        """Close the connection."""
        ...


C = TypeVar("C", bound=Pooled)


class Pool(Generic[C]):
    """Idle connections; the one used last is taken first, so that in quiet times the others end.

    Safe among threads, without a lock: appending to a deque and popping from it are atomic. `now` is always a moment of
    one clock that does not go back.
    """

    __slots__ = ("_closed", "_idle", "_limits")

    def __init__(self, limits: ConnectionLimits) -> None:
        self._limits = limits
        self._idle: deque[C] = deque()
        self._closed = False

    def take(self, now: float) -> C | None:
        """An idle connection, no longer in the pool; None when there is none that is young enough."""
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                return None
            if now - connection.idle_since < self._limits.idle_seconds and self.young(connection, now):
                return connection
            connection.close()

    def give(self, connection: C, now: float) -> None:
        """Put a connection back, or close it where there is no place for it; close the one idle for longest if old."""
        if self._closed or len(self._idle) >= self._limits.connections or not self.young(connection, now):
            connection.close()
            return
        connection.idle_since = now
        self._idle.append(connection)
        if self._closed:
            self.clear()
        else:
            self._retire(now)

    def young(self, connection: C, now: float) -> bool:
        """Whether a connection may be used for another call."""
        return now - connection.born < self._limits.life_seconds

    def _retire(self, now: float) -> None:
        try:
            if now - self._idle[0].idle_since >= self._limits.idle_seconds:
                self._idle.popleft().close()
        except IndexError:
            # Another thread has taken the last one meanwhile.
            return

    def clear(self) -> None:
        """Close the idle connections."""
        while self._idle:
            try:
                self._idle.pop().close()
            except IndexError:
                return

    def close(self) -> None:
        """Close the idle connections, and from now on those that come back."""
        self._closed = True
        self.clear()

    def __len__(self) -> int:
        return len(self._idle)
