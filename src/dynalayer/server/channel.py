"""One client's connection: requests out of its bytes, answers in their order, and bounds on what it may hold."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Final, Protocol

from dynalayer.server import answers
from dynalayer.server.limits import Limits, Missing
from dynalayer.server.requests import Request
from dynalayer.server.service import Outcome

try:
    import httptools
except ModuleNotFoundError:
    raise Missing("the server needs httptools: pip install 'dynalayer[server]'") from None

_BODY_OVERHEAD: Final = 64 * 1024
"""Bytes that chunk sizes and trailers may take beside twice the greatest body."""


class Answering(Protocol):
    """What a channel asks for answers; see `Service`."""

    def answer(self, request: Request) -> Outcome:
        """Answer one request."""
        ...

    def finish(self, request: Request, outcome: asyncio.Future[bytes]) -> bytes:
        """The answer to a request whose outcome has come."""
        ...


class _Refused(Exception):
    """What comes in is no request that can be answered; nothing after it can be read."""

    def __init__(self, status: bytes) -> None:
        super().__init__(status)
        self.status = status


class Channel(asyncio.Protocol):
    """Reads requests and answers them one a turn, so that no client holds up the others.

    While an answer is being made or the client does not read, what it sends waits: first here, then in its socket.
    """

    _transport: asyncio.Transport

    def __init__(self, service: Answering, limits: Limits, ended: Callable[[Channel], None]) -> None:
        self._service = service
        self._limits = limits
        self._ended = ended
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpRequestParser(self)
        self._waiting: deque[Request | _Refused] = deque()
        self._waiting_bytes = 0
        self._busy = False
        self._held = False
        self._unread = False
        self._deaf = False
        self._leaving = False
        self._expects = False
        self._reading: Request | None = None
        self._in_head = False
        self._long_head = False
        self._body: bytes | bytearray = b""
        self._unparsed = 0
        self._taken = 0
        self._since = self._loop.time()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def connection_lost(self, exc: Exception | None) -> None:
        self._deaf = True
        self._waiting.clear()
        self._reading, self._body = None, b""
        # The parser knows this channel: without a cycle, both are freed now and not when garbage is next looked for.
        del self._parser
        self._ended(self)

    def data_received(self, data: bytes) -> None:
        if self._deaf:
            return
        begun = self._reading
        self._long_head = len(data) > self._limits.head_bytes
        try:
            self._feed(data)
            if begun is not None and self._reading is begun:
                self._count(len(data))
        except _Refused as refused:
            self._deaf = True
            self._reading = None
            self._waiting.append(refused)
        if self._waiting:
            if not self._busy:
                self._turn()
            self._hold_or_release()

    def _feed(self, data: bytes) -> None:
        while data:
            if self._unparsed:
                data = self._take_unparsed(data)
                continue
            try:
                self._parser.feed_data(data)
                return
            except httptools.HttpParserUpgrade as upgrade:
                # The offer of another protocol is passed over; what follows is this request's body, and HTTP as before.
                data = data[upgrade.args[0] :]
            except httptools.HttpParserCallbackError as error:
                if isinstance(error.__context__, _Refused):
                    raise error.__context__ from None
                raise
            except httptools.HttpParserError:
                raise _Refused(answers.BAD_REQUEST) from None

    def _take_unparsed(self, data: bytes) -> bytes:
        """Add to the body that the parser leaves alone because its request offers another protocol."""
        self.on_body(data[: self._unparsed])
        rest = data[self._unparsed :]
        self._unparsed = max(0, self._unparsed - len(data))
        if not self._unparsed:
            self._complete()
        return rest

    def _count(self, size: int) -> None:
        """Bound what a message takes that comes in several packets, its chunk sizes and trailers included."""
        self._taken += size
        if self._in_head:
            if self._taken > self._limits.head_bytes:
                raise _Refused(answers.HEAD_TOO_LARGE)
        elif self._taken > 2 * self._limits.body_bytes + _BODY_OVERHEAD:
            raise _Refused(answers.BODY_TOO_LARGE)

    def on_message_begin(self) -> None:
        self._since = self._loop.time()
        self._reading = Request(b"")
        self._in_head = True
        self._taken = 0
        self._body = b""

    def on_url(self, url: bytes) -> None:
        assert self._reading is not None
        self._reading.path += url

    def on_header(self, name: bytes, value: bytes) -> None:
        # Trailers come here too, and are none of a request's headers.
        if self._in_head and self._reading is not None:
            self._reading.add_header(name, value)

    def on_headers_complete(self) -> None:
        request = self._reading
        assert request is not None
        self._in_head = False
        headers = request.headers
        if self._long_head:
            size = len(request.path) + sum(map(len, headers)) + sum(map(len, headers.values()))
            if size > self._limits.head_bytes:
                raise _Refused(answers.HEAD_TOO_LARGE)
        request.method = self._parser.get_method()
        if int(headers.get(b"content-length", b"0")) > self._limits.body_bytes:
            raise _Refused(answers.BODY_TOO_LARGE)
        if b"expect" in headers:
            self._expects = headers[b"expect"].lower() == b"100-continue"
            self._continue()

    def _continue(self) -> None:
        """Ask for the body of a request that waits for that, once all before it are answered."""
        if self._expects and not self._busy and not self._waiting:
            self._expects = False
            self._transport.write(answers.CONTINUE)

    def on_body(self, body: bytes) -> None:
        if not self._body:
            self._body = body
        else:
            if isinstance(self._body, bytes):
                self._body = bytearray(self._body)
            self._body += body
        if len(self._body) > self._limits.body_bytes:
            raise _Refused(answers.BODY_TOO_LARGE)

    def on_message_complete(self) -> None:
        if self._parser.should_upgrade() and self._reading is not None:
            if b"transfer-encoding" in self._reading.headers:
                raise _Refused(answers.BAD_REQUEST)
            self._unparsed = int(self._reading.headers.get(b"content-length", b"0"))
            if self._unparsed:
                return
        self._complete()

    def _complete(self) -> None:
        request = self._reading
        assert request is not None
        self._reading = None
        self._expects = False
        request.body, self._body = bytes(self._body), b""
        request.keep_alive = self._parser.should_keep_alive()
        # Only a client of HTTP/1.0 that asked to stay must be told that it may.
        request.is_old = b"connection" in request.headers and self._parser.get_http_version() == "1.0"
        self._waiting.append(request)
        self._waiting_bytes += len(request.body)

    def _turn(self) -> None:
        """Answer one request; the other clients have their turn before the next."""
        self._busy = False
        if self._unread or not self._waiting:
            return
        request = self._waiting.popleft()
        if isinstance(request, _Refused):
            self._say_goodbye(answers.refusal(request.status))
            return
        self._waiting_bytes -= len(request.body)
        if self._leaving and not self._waiting and self._reading is None:
            request.keep_alive = False
        outcome = self._service.answer(request)
        if isinstance(outcome, bytes):
            self._send(request, outcome)
        else:
            self._busy = True
            outcome.add_done_callback(partial(self._finished, request))

    def _finished(self, request: Request, outcome: asyncio.Future[bytes]) -> None:
        answer = self._service.finish(request, outcome)
        self._busy = False
        if not self._transport.is_closing():
            self._send(request, answer)

    def _send(self, request: Request, answer: bytes) -> None:
        self._transport.write(answer)
        self._since = self._loop.time()
        if not request.keep_alive:
            self._deaf = True
            self._transport.close()
        elif self._waiting:
            self._busy = True
            self._loop.call_soon(self._next)
        elif self._leaving and self._reading is None:
            self._transport.close()
        elif self._expects:
            self._continue()

    def _next(self) -> None:
        if not self._transport.is_closing():
            self._turn()
            self._hold_or_release()

    def _hold_or_release(self) -> None:
        """Leave in the socket what comes faster than it is answered."""
        held = len(self._waiting) > self._limits.queued_requests or self._waiting_bytes > self._limits.queued_bytes
        if held != self._held and not self._transport.is_closing():
            self._held = held
            self._transport.pause_reading() if held else self._transport.resume_reading()

    def _say_goodbye(self, answer: bytes) -> None:
        """Send the last answer, then take what still comes: closing at once would tear the answer from the client."""
        self._since = self._loop.time()
        self._waiting.clear()
        self._transport.write(answer)
        self._transport.write_eof()
        if self._held:
            self._held = False
            self._transport.resume_reading()

    def pause_writing(self) -> None:
        self._unread = True
        self._since = self._loop.time()

    def resume_writing(self) -> None:
        self._unread = False
        if self._waiting and not self._busy:
            self._busy = True
            self._loop.call_soon(self._next)

    def eof_received(self) -> bool:
        """A client that has said all may still want its answers."""
        self._leaving = True
        self._deaf = True
        self._reading = None
        return self._busy or bool(self._waiting)

    def leave(self) -> None:
        """Finish what has been begun, then close."""
        self._leaving = True
        if not self._busy and not self._waiting and self._reading is None and not self._transport.is_closing():
            self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        self._transport.abort()

    def sweep(self, now: float) -> None:
        """Close the connection if its client has kept it waiting for too long; `now` is the loop's time."""
        waited, limits = now - self._since, self._limits
        if self._unread:
            if waited > limits.unread_seconds:
                self.abort()
        elif self._busy or self._waiting:
            return
        elif self._deaf:
            if waited > limits.linger_seconds:
                self.abort()
        elif self._reading is not None:
            if waited > limits.request_seconds:
                self._deaf = True
                self._reading = None
                self._say_goodbye(answers.refusal(answers.TOO_SLOW))
        elif waited > limits.idle_seconds:
            self._transport.close()
