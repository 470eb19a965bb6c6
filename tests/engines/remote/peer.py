"""A server that does to each request what a test says, and callers of both kinds."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
import zlib
from collections.abc import Callable
from contextlib import suppress
from threading import Semaphore, Thread
from typing import Any, Self

from dynalayer.engines.remote import AsyncRemoteConnection, RemoteConnection

FINE = b'{"ok":true}'
Act = Callable[[socket.socket], object]


def message(body: bytes = FINE, status: bytes = b"200 OK", head: bytes = b"", checksum: int | None = None) -> bytes:
    """An answer as the service would send it."""
    crc = zlib.crc32(body) if checksum is None else checksum
    return b"HTTP/1.1 %b\r\n%bContent-Length: %d\r\nx-amz-crc32: %d\r\nx-amzn-RequestId: ID1\r\n\r\n%b" % (
        status,
        head,
        len(body),
        crc,
        body,
    )


def sends(*parts: bytes) -> Act:
    """Send an answer, a part at a time."""
    return lambda client: [client.sendall(part) for part in parts]


def closes(client: socket.socket) -> None:
    """Close without a word."""
    client.close()


def resets(client: socket.socket) -> None:
    """Tear the connection down."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def cuts_off(*parts: bytes) -> Act:
    """Send a part of an answer and close."""
    return lambda client: (client.sendall(b"".join(parts)), client.close())


def is_silent(client: socket.socket) -> None:
    """Never answer."""


class Peer:
    """Listens on a free port; the n-th request meets the n-th act, and those after them are answered well.

    `requests` are the requests, `connections` how many connections there were; `came` is
    released after each act, `closed` at each end of a connection.
    """

    def __init__(self, *acts: Act, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> None:
        self.acts = list(acts)
        self.requests: list[bytes] = []
        self.connections = 0
        self.came = Semaphore(0)
        self.closed = Semaphore(0)
        self._tls = tls
        self._clients: set[socket.socket] = set()
        self._threads: list[Thread] = []
        self._listener = socket.create_server((host, 0))
        self.port: int = self._listener.getsockname()[1]
        self.endpoint = f"{'http' if tls is None else 'https'}://{host}:{self.port}"

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, *error: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for client in tuple(self._clients):
            with suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)
            assert not thread.is_alive()

    def _start(self, work: Callable[..., None], *given: Any) -> None:
        self._threads.append(Thread(target=work, args=given))
        self._threads[-1].start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.connections += 1
                self._start(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        self._clients.add(client)
        try:
            with suppress(OSError), client if self._tls is None else self._tls.wrap_socket(client, True) as talking:
                self._clients.add(talking)
                self.talk(talking)
        finally:
            client.close()
            self.closed.release()

    def talk(self, client: socket.socket) -> None:
        """Answer the requests of one connection."""
        data = b""
        while received := client.recv(65536):
            data += received
            head, mark, body = data.partition(b"\r\n\r\n")
            if not mark or len(body) < int(head.partition(b"Content-Length: ")[2].partition(b"\r\n")[0] or 0):
                continue
            self.requests.append(data)
            data = b""
            act = self.acts.pop(0) if self.acts else sends(message())
            act(client)
            self.came.release()


class Caller:
    """A connection of either kind, called from a test that does not await."""

    def __init__(self, kind: str, endpoint: str, **options: Any) -> None:
        self._runner: asyncio.Runner | None = None
        self._connection: Any
        if kind == "threads":
            self._connection = RemoteConnection(endpoint, **options)
        else:
            factory = asyncio.new_event_loop
            if kind == "uvloop":
                import uvloop

                factory = uvloop.new_event_loop
            self._runner = asyncio.Runner(loop_factory=factory)
            self._connection = AsyncRemoteConnection(endpoint, **options)

    def _done(self, made: Any) -> Any:
        return made if self._runner is None else self._runner.run(made)

    def call(self, operation: str = "GetItem", body: bytes = b"{}", **options: Any) -> bytes:
        answer: bytes = self._done(self._connection.call(operation, body, **options))
        return answer

    def close(self) -> None:
        self._done(self._connection.close())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
        if self._runner is not None:
            self._runner.close()
