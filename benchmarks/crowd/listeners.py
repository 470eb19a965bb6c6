"""A process full of listeners, told by JSON lines what to do; `python listeners.py` and lines on standard input.

A lean client (picows) and one small object for each listener, so that the crowd is not what is measured: the process
tells how busy it was and by how much its own loop was late.
"""

from __future__ import annotations

import asyncio
import random
import resource
import socket
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec
import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from live_translation.metrics.histogram import Histogram

from benchmarks.crowd.accounts import Account, Away, Heard, Said, answered, mark_of

HEARTBEAT_SECONDS = 30.0
_AT_A_TIME = 32
_TICK = 0.02


class Message(msgspec.Struct):
    type: str
    segmentId: str = ""  # noqa: N815
    sequenceNumber: int = 0  # noqa: N815
    text: str = ""
    code: str = ""


class Place(msgspec.Struct):
    """Where one listener is to sit; a stalled one never reads after it was let in."""

    session: str
    language: str
    stalled: bool = False


class Command(msgspec.Struct):
    do: str
    url: str = ""
    places: list[Place] = []
    returns: bool = False
    said: dict[str, list[Said]] = {}


_decode = msgspec.json.Decoder(Message).decode


class Listener(WSListener):  # type: ignore[misc]
    """One listener; `over` means that it has been told so or is to leave."""

    def __init__(self, crowd: Crowd, place: Place) -> None:
        super().__init__()
        self.crowd = crowd
        self.place = place
        self.heard: list[Heard] = []
        self.away: list[Away] = []
        self.transport: WSTransport | None = None
        self.joined: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.is_in = False
        self.over = False
        self.lost_at = 0.0

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()
            return
        if frame.msg_type != WSMsgType.TEXT:
            return
        message = _decode(frame.get_payload_as_memoryview())
        if message.type == "caption":
            self.heard.append(Heard(message.segmentId, message.sequenceNumber, time.monotonic(), mark_of(message.text)))
            self.crowd.captions += 1
        elif message.type == "sessionJoined":
            self.is_in = True
            if not self.joined.done():
                self.joined.set_result(None)
            if self.place.stalled:
                transport.underlying_transport.pause_reading()
        elif message.type == "sessionEnded":
            self.over = True
        elif message.type == "error":
            self.crowd.errors.append(message.code)
            if not self.joined.done():
                self.joined.set_exception(ConnectionRefusedError(message.code))

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        if transport is not self.transport:
            return
        was_in, self.is_in, self.transport = self.is_in, False, None
        if not self.joined.done():
            self.joined.set_exception(ConnectionResetError("closed before it was let in"))
        elif was_in and not self.over:
            self.lost_at = time.monotonic()
            self.crowd.dropped(self)


class Crowd:
    """All listeners of this process."""

    def __init__(self) -> None:
        self.listeners: list[Listener] = []
        self.captions = 0
        self.errors: list[str] = []
        self.cut_off = 0
        self.lag = Histogram()
        self.url = ""
        self.returns = False
        self.back_after: list[float] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def join(self, command: Command) -> dict[str, Any]:
        self.url, self.returns = command.url, command.returns
        turns = asyncio.Semaphore(_AT_A_TIME)
        latency = Histogram()
        begun = time.monotonic()

        async def enter(place: Place) -> None:
            async with turns:
                started = time.monotonic()
                listener = Listener(self, place)
                await self._connect(listener)
                latency.add((time.monotonic() - started) * 1000)
                self.listeners.append(listener)

        await asyncio.gather(*(enter(place) for place in command.places))
        return {"joined": len(command.places), "seconds": time.monotonic() - begun, "milliseconds": latency}

    async def _connect(self, listener: Listener) -> None:
        place = listener.place
        query = urlencode({"action": "joinSession", "sessionId": place.session, "targetLanguage": place.language})
        listener.joined = asyncio.get_running_loop().create_future()
        options: dict[str, Any] = {"socket_factory": _narrow} if place.stalled else {}
        transport, _ = await ws_connect(
            lambda: listener, f"{self.url}?{query}", websocket_handshake_timeout=5, **options
        )
        await answered(listener.joined, transport.wait_disconnected(), 30)

    def dropped(self, listener: Listener) -> None:
        if listener.place.stalled or not self.returns:
            self.cut_off += 1
            return
        task = asyncio.create_task(self._come_back(listener))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _come_back(self, listener: Listener) -> None:
        """As the page does it: at once, then a little later each time."""
        wait = random.uniform(0.0, 0.2)
        while not listener.over:
            await asyncio.sleep(wait)
            try:
                await self._connect(listener)
            except (OSError, TimeoutError, asyncio.CancelledError, Exception):
                wait = min(2.0, max(0.2, 2 * wait))
                continue
            now = time.monotonic()
            listener.away.append(Away(listener.lost_at, now))
            self.back_after.append(now - listener.lost_at)
            return

    async def beat(self) -> None:
        """Signs of life of all, evenly over the time."""
        while True:
            for listener in list(self.listeners):
                await asyncio.sleep(HEARTBEAT_SECONDS / max(1, len(self.listeners)))
                if listener.transport is not None and not listener.place.stalled:
                    listener.transport.send(WSMsgType.TEXT, b'{"action":"heartbeat"}')
            await asyncio.sleep(0.1)

    async def watch_own_lag(self) -> None:
        while True:
            due = time.monotonic() + _TICK
            await asyncio.sleep(_TICK)
            self.lag.add((time.monotonic() - due) * 1000)

    def account(self, command: Command) -> dict[str, Any]:
        account = Account()
        for listener in self.listeners:
            place = listener.place
            if not place.stalled:
                account.add(command.said[place.session], listener.heard, place.session, place.language, listener.away)
        told = {
            "account": account,
            "cutOff": self.cut_off,
            "stalledHeard": sum(len(each.heard) for each in self.listeners if each.place.stalled),
            "errors": sorted(set(self.errors)),
            "backAfter": self.back_after,
            "lag": self.lag,
            "over": sum(each.over for each in self.listeners),
        }
        for listener in self.listeners:
            listener.heard, listener.away = [], []
        self.captions, self.lag, self.back_after, self.errors = 0, Histogram(), [], []
        return told

    def abort(self) -> dict[str, Any]:
        for listener in self.listeners:
            listener.over = True
            if listener.transport is not None:
                listener.transport.underlying_transport.abort()
        gone, self.listeners = len(self.listeners), []
        return {"aborted": gone, "at": time.monotonic()}

    async def answer(self, command: Command) -> dict[str, Any]:
        if command.do == "join":
            return await self.join(command)
        if command.do == "account":
            return self.account(command)
        if command.do == "abort":
            return self.abort()
        usage = resource.getrusage(resource.RUSAGE_SELF)
        here = sum(each.is_in for each in self.listeners)
        return {"captions": self.captions, "cpu": usage.ru_utime + usage.ru_stime, "here": here}


def _narrow(url: Any) -> socket.socket:
    """A socket with little room, so that a listener who does not read is noticed soon."""
    narrow = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    narrow.setblocking(False)
    return narrow


async def main() -> None:
    crowd = Crowd()
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=2**26)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    beside = [asyncio.create_task(crowd.beat()), asyncio.create_task(crowd.watch_own_lag())]
    while line := await reader.readline():
        try:
            answer = await crowd.answer(msgspec.json.decode(line, type=Command))
        except Exception as error:
            answer = {"failed": f"{type(error).__name__}: {error}"}
        sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
        sys.stdout.buffer.flush()
    for task in beside:
        task.cancel()
    crowd.abort()


if __name__ == "__main__":
    uvloop.run(main())
