"""Connections for threads: sockets that wait for at most as long as a call may take."""

from __future__ import annotations

import socket
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, Final

from dynalayer.engines.remote.transport.failures import not_answered, not_connected
from dynalayer.engines.remote.transport.pool import ConnectionLimits
from dynalayer.engines.remote.transport.reading import Answer, Reader
from dynalayer.engines.remote.transport.route import Route
from dynalayer.engines.remote.transport.waiting import Wait, waiter
from dynalayer.protocol import ConnectionLost

if TYPE_CHECKING:
    import ssl

_CHUNK: Final = 65536


class Link:
    """One open connection; one thread at a time may use it."""

    __slots__ = ("_pending", "_reader", "_route", "_sent", "_socket", "_waiting", "_wanting", "born", "idle_since")

    def __init__(self, route: Route, limits: ConnectionLimits, opened: socket.socket, wait: Wait, now: float) -> None:
        self._route = route
        self._socket = opened
        self._reader = Reader(limits.answer_bytes)
        self._waiting = wait
        self._wanting: tuple[type[OSError], type[OSError]] = (BlockingIOError, BlockingIOError)
        self._pending: Callable[[], int] | None = None
        self._sent = False
        self.born = self.idle_since = now
        if route.tls:
            import ssl

            tls: ssl.SSLSocket = opened  # type: ignore[assignment]
            self._pending = tls.pending
            self._wanting = (ssl.SSLWantReadError, ssl.SSLWantWriteError)

    def stale(self) -> bool:
        """Whether the other side has closed: an idle connection has nothing to read but its end."""
        return self._waiting(0.0, False)

    @property
    def reusable(self) -> bool:
        """Whether the other side takes another request after its answer."""
        return self._reader.reusable

    def exchange(self, request: bytes, seconds: float, until: float) -> Answer:
        """Send a request and read its answer; raises `ConnectionLost` if there is none `until` then."""
        self._sent = False
        try:
            self._send(request, until)
            self._sent = True
            while True:
                data = self._receive(until)
                if not data:
                    raise ConnectionResetError(
                        "the connection ended within it" if self._reader.begun else "the connection ended"
                    )
                answer = self._reader.feed(data)
                if answer is not None:
                    return answer
        except Exception as error:
            raise not_answered(self._route.name, error, seconds, sent=self._sent) from error

    def _send(self, request: bytes, until: float) -> None:
        sent, size = 0, len(request)
        while sent < size:
            try:
                sent += self._socket.send(memoryview(request)[sent:] if sent else request)
            except self._wanting as error:
                self._wait_for(error, until, writing=True)

    def _receive(self, until: float) -> bytes:
        if self._pending is None or not self._pending():
            self._wait(until, writing=False)
        while True:
            try:
                return self._socket.recv(_CHUNK)
            except self._wanting as error:
                self._wait_for(error, until, writing=False)

    def _wait_for(self, error: OSError, until: float, *, writing: bool) -> None:
        # TLS may have to read before it can write, and the other way round.
        name = type(error).__name__
        self._wait(until, writing=name == "SSLWantWriteError" or (writing and name != "SSLWantReadError"))

    def _wait(self, until: float, *, writing: bool) -> None:
        if not self._waiting(max(0.0, until - monotonic()), writing):
            raise TimeoutError

    def close(self) -> None:
        """Close the socket."""
        self._reader.close()
        self._socket.close()


def connect(route: Route, limits: ConnectionLimits, until: float) -> Link:
    """Open a connection; raises `ConnectionLost`, after which nothing can have taken effect."""
    now = monotonic()
    until = min(until, now + limits.connect_seconds)
    try:
        opened = _opened(route, until)
    except ConnectionLost:
        raise
    except OSError as error:
        raise not_connected(route.name, error, until - now) from error
    opened.setblocking(False)
    return Link(route, limits, opened, waiter(opened.fileno()), now)


def _opened(route: Route, until: float) -> socket.socket:
    opened = _dialled(*route.dialled, until)
    try:
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if (tunnel := route.tunnel()) is not None:
            opened.sendall(tunnel.request)
            while not tunnel.feed(opened.recv(_CHUNK)):
                opened.settimeout(_left(until))
        if not route.tls:
            return opened
        from dynalayer.engines.remote.transport.tls import context

        opened.settimeout(_left(until))
        return context().wrap_socket(opened, server_hostname=route.host)
    except BaseException:
        opened.close()
        raise


def _dialled(host: str, port: int, until: float) -> socket.socket:
    """A socket to the first address of a host that answers."""
    failure: OSError = TimeoutError()
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        opened = None
        try:
            opened = socket.socket(family, kind, protocol)
            opened.settimeout(_left(until))
            opened.connect(address)
            return opened
        except OSError as error:
            failure = error
            if opened is not None:
                opened.close()
    raise failure


def _left(until: float) -> float:
    left = until - monotonic()
    if left <= 0:
        raise TimeoutError
    return left
