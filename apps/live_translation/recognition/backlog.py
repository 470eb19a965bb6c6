"""Sound that waits for a recogniser."""

from __future__ import annotations

from collections import deque
from typing import Final

from live_translation.recognition.engine import BYTES_PER_SECOND

LONGEST_WAITING: Final = 5 * BYTES_PER_SECOND
"""In bytes."""


class Backlog:
    """Chunks in the order in which they came; of more than five seconds the oldest are dropped."""

    def __init__(self) -> None:
        self._chunks: deque[bytes] = deque()
        self._bytes = 0

    def __bool__(self) -> bool:
        return bool(self._chunks)

    def put(self, pcm: bytes) -> int:
        """Take a chunk in; gives how many bytes were dropped for it."""
        self._chunks.append(pcm)
        self._bytes += len(pcm)
        dropped = 0
        while self._bytes > LONGEST_WAITING:
            dropped += len(self.take())
        return dropped

    def take(self) -> bytes:
        """The oldest chunk."""
        pcm = self._chunks.popleft()
        self._bytes -= len(pcm)
        return pcm
