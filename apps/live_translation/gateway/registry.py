"""The sockets of this process: one bounded queue and one writer each, so that a stalled client holds up nobody."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final, Protocol

from live_translation.broadcasting.audio_buffer import Added
from live_translation.clock import Clock
from live_translation.errors import hashed
from live_translation.gateway.lanes import Lanes
from live_translation.metrics import NOTHING, Metrics, catalog
from live_translation.ports import Gone, SoundChunk

CLOSE_GRACE_SECONDS: Final = 5.0
"""How long a client may take to read what is left for it before its socket is cut."""

_log = logging.getLogger(__name__)


class Wire(Protocol):
    """One client's socket."""

    def send_now(self, text: str) -> bool:
        """Send if the client takes it at once; False, and nothing is sent, if it has to be waited for."""
        ...

    async def send(self, text: str) -> None:
        """Send; waits while the client does not read, raises once it is gone."""
        ...

    async def close(self, code: int) -> None:
        """Say goodbye."""
        ...

    def abort(self) -> None:
        """Cut the socket, whatever has not been read."""
        ...


class _Socket:
    """A socket, what waits to be sent over it, and when it was last heard from."""

    def __init__(self, wire: Wire, length: int, heard_at: float) -> None:
        self.wire = wire
        self.waiting = Lanes(length)
        self.heard_at = heard_at
        self.opened_at = heard_at
        self.closing = False
        self.cut: asyncio.TimerHandle | None = None
        self.writer = asyncio.create_task(self._write())

    async def _write(self) -> None:
        # Whatever the server raises for a lost client, its meaning is one: there is nobody to write to.
        with suppress(Exception):
            while isinstance(item := await self.waiting.get(), str):
                await self.wire.send(item)
            await self.wire.close(item)
            return
        self.abort()

    def put(self, item: str | int) -> bool:
        """Queue a message or the goodbye; False if the client has too many waiting, and is cut off for it."""
        # Most messages find nobody before them: they need neither a place in the queue nor the writer's turn.
        if isinstance(item, str) and self.waiting.is_idle and self.wire.send_now(item):
            return True
        if not self.waiting.put(item):
            self.abort()
            return False
        return True

    def abort(self) -> None:
        self._stop()
        self.wire.abort()

    def close_within(self, seconds: float) -> None:
        self._stop()
        self.cut = asyncio.get_running_loop().call_later(seconds, self.wire.abort)

    def _stop(self) -> None:
        self.closing = True
        self.waiting.sound.clear()

    async def finish(self) -> None:
        """Stop writing, after what is left and the goodbye if that has been asked for."""
        if self.cut is None:
            self.writer.cancel()
        with suppress(asyncio.CancelledError, TimeoutError):
            await asyncio.wait_for(self.writer, CLOSE_GRACE_SECONDS)
        if self.cut is not None:
            self.cut.cancel()


class SocketRegistry:
    """Posts to the clients of this process.

    A client whose queue of `queue_length` messages is full is cut off: it would miss captions for good, and may
    come back. `clock` decides who has been silent for too long.
    """

    def __init__(self, queue_length: int, clock: Clock, metrics: Metrics = NOTHING) -> None:
        self._queue_length = queue_length
        self._clock = clock
        self._sockets: dict[str, _Socket] = {}
        self._when_empty = asyncio.Event()
        self._metrics = metrics

    def __len__(self) -> int:
        return len(self._sockets)

    def __contains__(self, connection_id: str) -> bool:
        return connection_id in self._sockets

    def ids(self) -> list[str]:
        """The sockets that are open now."""
        return list(self._sockets)

    def open(self, connection_id: str, wire: Wire) -> None:
        """Take a socket in; its writer runs until `forget`."""
        self._sockets[connection_id] = _Socket(wire, self._queue_length, self._clock())
        self._when_empty.clear()

    async def forget(self, connection_id: str) -> None:
        """Let a socket go, once a close that was asked for has been said."""
        socket = self._sockets.pop(connection_id, None)
        if socket is not None:
            await socket.finish()
        if not self._sockets:
            self._when_empty.set()

    def heard(self, connection_id: str) -> None:
        """Note that the client has sent something."""
        if (socket := self._sockets.get(connection_id)) is not None:
            socket.heard_at = self._clock()

    def is_closing(self, connection_id: str) -> bool:
        """True once nothing more will be sent to the client."""
        socket = self._sockets.get(connection_id)
        return socket is None or socket.closing

    def silent(self, seconds: float) -> list[str]:
        """The open sockets that have not been heard from for so long."""
        return self._since(seconds, lambda socket: socket.heard_at)

    def older(self, seconds: float) -> list[str]:
        """The sockets that have been open for so long."""
        return self._since(seconds, lambda socket: socket.opened_at)

    def sounding(self) -> int:
        """How many clients have sound waiting for them."""
        return sum(1 for socket in self._sockets.values() if len(socket.waiting.sound))

    def _since(self, seconds: float, moment: Callable[[_Socket], float]) -> list[str]:
        before = self._clock() - seconds
        return [each for each, socket in self._sockets.items() if not socket.closing and moment(socket) <= before]

    async def welcome(self, connection_id: str, text: str, close: int | None = None) -> None:
        """Queue a client's first message, and after it what was posted before; raises `Gone` for a closed socket."""
        socket = self._sockets.get(connection_id)
        if socket is None:
            raise Gone
        socket.waiting.begin(text)
        if close is not None:
            await self.close(connection_id, close)

    def begin(self, connection_id: str) -> None:
        """Let a client have what was posted to it, if it was not welcomed before."""
        if (socket := self._sockets.get(connection_id)) is not None:
            socket.waiting.begin()

    async def post(self, connection_id: str, text: str) -> None:
        """Queue a message; raises `Gone` for a socket that is closed, closing, or too slow to keep."""
        self._post(connection_id, text)

    def _post(self, connection_id: str, text: str) -> None:
        socket = self._sockets.get(connection_id)
        if socket is None or socket.closing:
            raise Gone
        if not socket.put(text):
            _log.warning("connection %s does not keep up and is cut off", hashed(connection_id))
            raise Gone

    async def post_many(
        self, connection_ids: Sequence[str], text: str, turns: asyncio.Semaphore, *, sound: SoundChunk | None = None
    ) -> dict[str, Exception]:
        """Queue a message for many clients; nothing here waits for another machine, so `turns` are left alone."""
        refusals: dict[str, Exception] = {}
        if sound is not None:
            self._post_sound(connection_ids, text, sound, refusals)
            return refusals
        for connection_id in connection_ids:
            try:
                self._post(connection_id, text)
            except Gone as error:
                refusals[connection_id] = error
        return refusals

    def _post_sound(
        self, connection_ids: Sequence[str], text: str, sound: SoundChunk, refusals: dict[str, Exception]
    ) -> None:
        overflows, fullest, total, listeners = 0, 0.0, 0.0, 0
        for connection_id in connection_ids:
            socket = self._sockets.get(connection_id)
            if socket is None or socket.closing:
                refusals[connection_id] = Gone()
                continue
            overflows += socket.waiting.put_sound(text, sound.size) is not Added.kept
            utilisation = socket.waiting.sound.utilisation
            fullest, total, listeners = max(fullest, utilisation), total + utilisation, listeners + 1
        if not listeners:
            return
        self._metrics.count(catalog.BUFFER_ADDED, listeners)
        self._metrics.level(catalog.MAX_BUFFER_UTILIZATION, fullest)
        self._metrics.level(catalog.AVERAGE_BUFFER_UTILIZATION, total / listeners)
        if overflows:
            self._metrics.count(catalog.BUFFER_OVERFLOW, overflows)
            _log.warning("sound of %s dropped for %d of %d listeners", hashed(sound.session_id), overflows, listeners)

    async def close(self, connection_id: str, code: int) -> None:
        """Close a socket after the messages before; it is cut if the client does not read them in time."""
        socket = self._sockets.get(connection_id)
        if socket is None or socket.closing:
            return
        if socket.put(code):
            socket.close_within(CLOSE_GRACE_SECONDS)

    async def close_all(self, code: int) -> None:
        """Close every socket and wait until the last is gone, at most twice the grace."""
        for connection_id in list(self._sockets):
            await self.close(connection_id, code)
        if self._sockets:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._when_empty.wait(), 2 * CLOSE_GRACE_SECONDS)
