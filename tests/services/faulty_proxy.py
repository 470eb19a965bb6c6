"""A proxy between a client and DynamoDB's API that treats each request as planned: well, badly, or too late."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
import zlib
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Literal, Self
from urllib.parse import urlsplit

Kind = Literal[
    "fine",
    "pieces",
    "drip",
    "close",
    "goodbye",
    "late",
    "drop",
    "swallow",
    "lose",
    "mute",
    "stall",
    "truncate",
    "corrupt",
    "corrupt head",
    "twice",
    "garbage",
    "page",
    "throttle",
    "unavailable",
    "fail",
    "fail after",
    "expire",
    "skew",
]


@dataclass(frozen=True, slots=True)
class Fault:
    """What becomes of one request; `amount` says where or how much, whatever that is for this kind."""

    kind: Kind
    amount: int = 0


FINE: Final = Fault("fine")

HARMLESS: Final[tuple[Kind, ...]] = ("fine", "pieces", "drip", "close")
"""The answer comes whole."""
UNTOUCHED: Final[tuple[Kind, ...]] = ("drop", "swallow", "page", "throttle", "unavailable", "fail", "expire", "skew")
"""The request does not reach the service."""
LOST: Final[tuple[Kind, ...]] = ("lose", "mute", "stall", "truncate", "corrupt", "corrupt head", "twice", "garbage")
"""The request reaches the service, and its answer does not come, or not as it was sent."""
SLOW: Final[tuple[Kind, ...]] = ("swallow", "mute", "stall")
"""The client waits for as long as it may."""
KINDS: Final[tuple[Kind, ...]] = (*HARMLESS, "goodbye", "late", "fail after", *UNTOUCHED, *LOST)

_PING: Final = b"PING / HTTP/1.1\r\nContent-Length: 0\r\n\r\n"
_LIMIT: Final = 2**24


class FaultyProxy:
    """Listens on a free port and passes requests on to `upstream`; the n-th one meets the n-th fault, later ones none.

    `met` counts the faults that requests have met, `open` are the connections that clients have open now, `most_open`
    how many they were at most.
    """

    def __init__(self, upstream: str, faults: Iterable[Fault] = ()) -> None:
        where = urlsplit(upstream)
        self._upstream = (where.hostname or "", where.port or 80)
        self._faults = iter(faults)
        self.met: Counter[Kind] = Counter()
        self.open = self.most_open = self._busy = 0
        self.endpoint = ""
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="faulty-proxy")
        self._clients: set[asyncio.Task[Any]] = set()

    def plan(self, *faults: Fault) -> None:
        """Let the next requests meet these."""
        self._faults = iter(faults)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(30)
        return self

    def __exit__(self, *error: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(30)
        assert not self._thread.is_alive()

    def settle(self) -> None:
        """Wait until every request that has been sent so far has been passed on and answered, or dropped."""
        with socket.create_connection(("127.0.0.1", self._port)) as ping:
            # What was sent before the ping has been read once it is answered; what that has begun ends before the next.
            for _ in range(2):
                ping.sendall(_PING)
                assert ping.recv(2) == b"OK"

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self._quiet = asyncio.Condition()
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=_LIMIT, backlog=512)
        self._port = server.sockets[0].getsockname()[1]
        self.endpoint = f"http://127.0.0.1:{self._port}"
        self._ready.set()
        await self._stop.wait()
        server.close()
        for client in self._clients:
            client.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._clients.add(task)
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        service = _Service(self._upstream)
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                while await self._serve(await _message(reader), reader, writer, service):
                    pass
        finally:
            writer.transport.abort()
            service.close()
            self.open -= 1
            self._clients.discard(task)

    async def _serve(
        self, request: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, service: _Service
    ) -> bool:
        """Treat one request; whether the connection goes on."""
        if request.startswith(b"PING"):
            await asyncio.sleep(0)
            async with self._quiet:
                await self._quiet.wait_for(lambda: self._busy == 0)
            writer.write(b"OK")
            return True
        fault = next(self._faults, FINE)
        self.met[fault.kind] += 1
        self._busy += 1
        try:
            act = await self._treated(fault, partial(service.answer, request))
        finally:
            self._busy -= 1
            async with self._quiet:
                self._quiet.notify_all()
        return await act(reader, writer)

    async def _treated(self, fault: Fault, forward: Callable[[], Awaitable[bytes]]) -> Act:
        """Pass a request on, or not; gives what is to be done to the client."""
        kind, amount = fault.kind, fault.amount
        if kind in _REPLIES:
            return _sends(_REPLIES[kind])
        if kind == "drop":
            return _resets
        if kind == "swallow":
            return _is_silent
        if kind == "late":
            await asyncio.sleep(amount / 1000)
        answer = await forward()
        if kind == "lose":
            return _resets
        if kind == "mute":
            return _is_silent
        if kind == "fail after":
            return _sends(_REPLIES["fail"])
        if kind == "garbage":
            return _sends(bytes((amount + n * 7) % 256 for n in range(40)), and_ends=True)
        if kind in ("stall", "truncate"):
            part = _sends(answer[: amount % len(answer)], and_ends=kind == "truncate")
            return part if kind == "truncate" else partial(_stalls, part)
        if kind in ("corrupt", "corrupt head"):
            return _sends(_corrupt(answer, amount, head=kind == "corrupt head"))
        if kind == "twice":
            return _sends(answer + answer)
        if kind in ("pieces", "drip"):
            return _sends(answer, step=1 if kind == "drip" else 1 + amount % len(answer))
        if kind == "goodbye":
            return _sends(answer, _GOODBYE, and_ends=True)
        return _sends(answer, and_ends=kind == "close")


class _Service:
    """A connection of the proxy's own to the service, made when it is needed."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def answer(self, request: bytes) -> bytes:
        self._streams = self._streams or await asyncio.open_connection(*self._address, limit=_LIMIT)
        reader, writer = self._streams
        writer.write(request)
        return await _message(reader)

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].transport.abort()


async def _message(reader: asyncio.StreamReader) -> bytes:
    """The bytes of one request or answer; the services of the tests always tell the length."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
    return head + await reader.readexactly(int(length))


Act = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[bool]]


def _sends(*parts: bytes, step: int = 0, and_ends: bool = False) -> Act:
    async def act(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        for part in parts:
            size = step or len(part) or 1
            for at in range(0, len(part), size):
                if writer.transport.is_closing():
                    # The client has seen enough.
                    return False
                writer.write(part[at : at + size])
                await asyncio.sleep(0)
        if and_ends:
            # Not a reset, which may overtake what was sent.
            writer.close()
            await writer.wait_closed()
        return not and_ends

    return act


async def _stalls(part: Act, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    await part(reader, writer)
    return await _is_silent(reader, writer)


async def _is_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    await reader.read()
    return False


async def _resets(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    opened = writer.get_extra_info("socket")
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
    return False


def _corrupt(answer: bytes, amount: int, *, head: bool) -> bytes:
    """The answer with one bit of its head or of its body turned; an empty body has none to turn."""
    length = answer.index(b"\r\n\r\n")
    start, size = (0, length) if head else (length + 4, len(answer) - length - 4)
    at = start + amount % size
    return answer[:at] + bytes([answer[at] ^ 1 << amount // size % 7]) + answer[at + 1 :]


def _reply(status: bytes, body: bytes, kind: bytes = b"application/x-amz-json-1.0", more: bytes = b"") -> bytes:
    return b"HTTP/1.1 %b\r\nContent-Type: %b\r\nContent-Length: %d\r\nx-amz-crc32: %d\r\n%b\r\n%b" % (
        status,
        kind,
        len(body),
        zlib.crc32(body),
        more,
        body,
    )


def _refusal(status: bytes, code: bytes, message: bytes = b"planned") -> bytes:
    return _reply(status, b'{"__type":"com.amazonaws.dynamodb.v20120810#%b","message":"%b"}' % (code, message))


_GOODBYE: Final = _reply(b"408 Request Timeout", b"<html>idle</html>", b"text/html", b"Connection: close\r\n")
_REPLIES: Final[dict[Kind, bytes]] = {
    "page": _reply(b"502 Bad Gateway", b"<html>gone</html>", b"text/html"),
    "throttle": _refusal(b"400 Bad Request", b"ProvisionedThroughputExceededException"),
    "unavailable": _refusal(b"503 Service Unavailable", b"ServiceUnavailable"),
    "fail": _refusal(b"500 Internal Server Error", b"InternalServerError"),
    "expire": _refusal(b"400 Bad Request", b"ExpiredTokenException", b"The security token in the request is expired"),
    "skew": _refusal(b"400 Bad Request", b"InvalidSignatureException", b"Signature expired: planned"),
}
