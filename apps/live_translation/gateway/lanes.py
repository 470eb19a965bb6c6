"""What waits to be sent to one client: messages that must arrive, and sound, which goes when nothing else waits."""

from __future__ import annotations

import asyncio
from collections import deque

from live_translation.broadcasting.audio_buffer import Added, ListenerBuffer


class Lanes:
    """At most `length` messages (a number is the goodbye) and ten seconds of sound; one reader.

    Nothing is given to the reader before `begin`: others may know of a listener a moment before it is told so itself.
    """

    def __init__(self, length: int) -> None:
        self._length = length
        self._messages: deque[str | int] = deque()
        self._has_begun = False
        self._woken = asyncio.Event()
        self._is_read = False
        self.sound = ListenerBuffer()

    @property
    def is_idle(self) -> bool:
        """True if no message waits and the reader has sent the last one: the next may go past it."""
        return self._is_read and not self._messages

    def begin(self, *first: str) -> None:
        """Let the reader have `first`, and after it what came early."""
        self._messages.extendleft(reversed(first))
        self._has_begun = True
        self._woken.set()

    def put(self, item: str | int) -> bool:
        """Add a message or the goodbye; False if too many wait already."""
        # Before it has begun, a place is kept for the first message.
        if len(self._messages) >= (self._length if self._has_begun else self._length - 1):
            return False
        self._messages.append(item)
        self._woken.set()
        return True

    def put_sound(self, message: str, size: int) -> Added:
        """Add a message with `size` bytes of sound; the oldest are dropped for it if there are too many."""
        added = self.sound.add(message, size)
        self._woken.set()
        return added

    async def get(self) -> str | int:
        """The next to be sent: the oldest message, else the oldest sound; waits for either."""
        while True:
            if self._has_begun:
                if self._messages:
                    return self._messages.popleft()
                chunk = self.sound.take()
                if chunk is not None:
                    return chunk
                self._is_read = True
            self._woken.clear()
            await self._woken.wait()
            self._is_read = False
