"""The sound that waits for one listener: at most ten seconds, of which the oldest goes first."""

from __future__ import annotations

from collections import deque
from enum import Enum, auto
from typing import Final

from live_translation.speech import BYTES_PER_SECOND

MAX_SECONDS: Final = 10.0
MAX_BYTES: Final = int(MAX_SECONDS * BYTES_PER_SECOND)
"""320,000 bytes of PCM; what base64 and JSON add on the wire does not count."""


class Added(Enum):
    """What became of a chunk that was added."""

    kept = auto()
    overflowed = auto()
    """It was kept, and older ones were dropped for it."""
    rejected = auto()
    """It is longer than all that may wait."""


class ListenerBuffer:
    """Whole chunks of sound in their order; what is kept is always the newest of what was added."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._chunks: deque[tuple[str, int]] = deque()
        self.bytes = 0
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._chunks)

    @property
    def utilisation(self) -> float:
        """How full it is, in percent."""
        return 100 * self.bytes / self._max_bytes

    @property
    def seconds(self) -> float:
        """How long it takes to hear what waits."""
        return self.bytes / BYTES_PER_SECOND

    def add(self, message: str, size: int) -> Added:
        """Keep a message with `size` bytes of sound, and drop the oldest ones that it leaves no room for."""
        if size > self._max_bytes:
            self.dropped += 1
            return Added.rejected
        before = self.dropped
        while self.bytes + size > self._max_bytes:
            self.take()
            self.dropped += 1
        self._chunks.append((message, size))
        self.bytes += size
        return Added.kept if self.dropped == before else Added.overflowed

    def take(self) -> str | None:
        """The oldest message, which waits no longer; None if there is none."""
        if not self._chunks:
            return None
        message, size = self._chunks.popleft()
        self.bytes -= size
        return message

    def clear(self) -> None:
        """Drop all of it: the listener is gone."""
        self._chunks.clear()
        self.bytes = 0
