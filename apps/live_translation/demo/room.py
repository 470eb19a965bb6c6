"""What speaker, listeners and audit share: the talk's clock, the stays, the sockets, and a gate to move by."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from websockets.asyncio.client import ClientConnection

from live_translation.demo.accounting import Stay


class DemoFailed(Exception):
    """The run cannot go on; the message is for the person who started it."""


class Gate:
    """Lets people move while nobody counts, and lets one count while nobody moves."""

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self._open.set()
        self._nobody_moves = asyncio.Event()
        self._nobody_moves.set()
        self._moving = 0

    @asynccontextmanager
    async def moving(self) -> AsyncGenerator[None]:
        """Come or go inside of this."""
        await self._open.wait()
        self._moving += 1
        self._nobody_moves.clear()
        try:
            yield
        finally:
            self._moving -= 1
            if not self._moving:
                self._nobody_moves.set()

    @asynccontextmanager
    async def still(self) -> AsyncGenerator[None]:
        """Count inside of this: everyone is either in or out."""
        self._open.clear()
        try:
            await self._nobody_moves.wait()
            yield
        finally:
            self._open.set()


class Room:
    """One session of the demo, seen from its clients."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session_id = ""
        self.stays: list[Stay] = []
        self.sockets: set[ClientConnection] = set()
        self.leaves = 0
        self.gate = Gate()
        self._began: float | None = None
        self._begun = asyncio.Event()
        self._somebody_came = asyncio.Event()

    def begin(self) -> None:
        """Start the talk's clock."""
        self._began = time.monotonic()
        self._begun.set()

    @property
    def elapsed(self) -> float:
        """Seconds since the talk began; 0 before."""
        return 0.0 if self._began is None else time.monotonic() - self._began

    async def until(self, moment: float) -> None:
        """Wait for a moment of the talk, in seconds; 0 is now, even before the talk."""
        if moment <= 0:
            return
        await self._begun.wait()
        await asyncio.sleep(max(0.0, moment - self.elapsed))

    def enter(self, stay: Stay, socket: ClientConnection) -> None:
        """Somebody is in."""
        self.stays.append(stay)
        self.sockets.add(socket)
        self._somebody_came.set()

    async def full(self, listeners: int) -> None:
        """Wait until so many are in."""
        while len(self.sockets) < listeners:
            self._somebody_came.clear()
            await self._somebody_came.wait()
