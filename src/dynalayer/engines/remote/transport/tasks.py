"""Connections for the tasks of one event loop: as many as allowed, and then turns in the order of asking."""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from collections.abc import AsyncGenerator
from math import inf
from typing import Final, cast

from dynalayer.engines.remote.transport.failures import no_turn, not_answered, not_connected
from dynalayer.engines.remote.transport.pool import ConnectionLimits, Pool
from dynalayer.engines.remote.transport.proxies import Tunnel
from dynalayer.engines.remote.transport.reading import Answer, Garbled, Reader
from dynalayer.engines.remote.transport.route import Route
from dynalayer.engines.remote.transport.waiting import Wait, waiter
from dynalayer.protocol import ConnectionLost

_CHUNK: Final = 65536
_EARLY: Final = 0.001
"""Timers of event loops may come so many seconds too early."""


class Link(asyncio.BufferedProtocol):
    """One open connection; it carries one call at a time.

    A call that is cancelled leaves its answer to be read and thrown away, so the connection serves the next call
    without a new handshake, and nobody is given another's answer.
    """

    def __init__(self, lane: Lane) -> None:
        self._lane = lane
        self._reader = Reader(lane.limits.answer_bytes)
        self._buffer = memoryview(bytearray(_CHUNK))
        self._outcome: asyncio.Future[Answer] | None = None
        self._transport: asyncio.Transport | None = None
        self._readable: Wait | None = None
        self.open = True
        self.born = self.idle_since = lane.loop.time()
        self.until = inf
        self._seconds = inf

    def stale(self) -> bool:
        """Whether the other side has closed. The loop may not have seen it yet: it does not run between the invocations
        of a function, say.
        """
        return not self.open or (self._readable is not None and self._readable(0.0, False))

    @property
    def reusable(self) -> bool:
        """Whether the other side takes another request."""
        return self.open and self._reader.reusable

    @property
    def wanted(self) -> bool:
        """Whether somebody waits for the answer."""
        return self._outcome is not None and not self._outcome.done()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclasses.
        self._transport = opened_by = cast("asyncio.Transport", transport)
        if not self.open:
            opened_by.abort()
            return
        self._lane.linked.add(self)
        if (opened := transport.get_extra_info("socket")) is not None:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            self._readable = waiter(opened.fileno())

    def send(self, request: bytes, seconds: float, until: float) -> asyncio.Future[Answer]:
        """Begin a call that must be answered `until` then."""
        assert self._transport is not None
        self._outcome = outcome = self._lane.loop.create_future()
        self._seconds, self.until = seconds, until
        self._transport.write(request)
        return outcome

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        if self._outcome is None:
            # Nothing was asked, so this is an answer to nothing.
            self.close()
            return
        try:
            answer = self._reader.feed(self._buffer[:nbytes])
        except Garbled as error:
            self.fail(error)
            return
        if answer is not None:
            outcome, self._outcome = self._outcome, None
            if not outcome.done():
                outcome.set_result(answer)
            self._lane.answered(self)

    def connection_lost(self, exc: Exception | None) -> None:
        begun = self.open and self._reader.begun
        self.fail(exc or ConnectionResetError("the connection ended within it" if begun else "the connection ended"))
        self._lane.unlinked(self)

    def fail(self, error: Exception) -> None:
        """End the connection, and the call that waits on it."""
        outcome, self._outcome = self._outcome, None
        if outcome is not None and not outcome.done():
            # What the transport has taken may be on its way.
            outcome.set_exception(not_answered(self._lane.route.name, error, self._seconds, sent=True))
        self.close()

    def close(self) -> None:
        """End the connection at once: there is nothing on it that anybody waits for."""
        if self.open:
            self.open = False
            self._reader.close()
            if self._transport is not None:
                self._transport.abort()
            self._lane.ended(self)


class _Gate(asyncio.Protocol):
    """Asks a proxy for a tunnel; `passed` is done when it stands."""

    def __init__(self, tunnel: Tunnel) -> None:
        self._tunnel = tunnel
        self.passed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.write(self._tunnel.request)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        try:
            if self._tunnel.feed(data) and not self.passed.done():
                self.passed.set_result(None)
        except ConnectionLost as error:
            if not self.passed.done():
                self.passed.set_exception(error)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.passed.done():
            self.passed.set_exception(exc or ConnectionResetError("the proxy has closed the connection"))


class Lane:
    """The connections of one event loop, and those who wait for one."""

    def __init__(self, route: Route, limits: ConnectionLimits, loop: asyncio.AbstractEventLoop) -> None:
        self.route = route
        self.limits = limits
        self.loop = loop
        self.linked: set[Link] = set()
        self._pool: Pool[Link] = Pool(limits)
        self._places = limits.connections
        self._turns: deque[asyncio.Future[Link | None]] = deque()
        self._busy: set[Link] = set()
        self._due = inf
        self._timer: asyncio.TimerHandle | None = None
        self._empty: asyncio.Event | None = None
        self._presence: AsyncGenerator[None] | None = None

    async def exchange(self, request: bytes, seconds: float) -> Answer:
        """Send a request and read its answer; raises `ConnectionLost` if there is none within so many seconds."""
        now = self.loop.time()
        until = now + seconds
        link = self._idle(now) or await self._awaited(seconds, until)
        self._busy.add(link)
        if until < self._due:
            self._watch(until)
        return await link.send(request, seconds, until)

    def _idle(self, now: float) -> Link | None:
        while (link := self._pool.take(now)) is not None:
            if not link.stale():
                return link
            link.close()
        return None

    async def _awaited(self, seconds: float, until: float) -> Link:
        while True:
            if self._places:
                self._places -= 1
                return await self._connected(until)
            link = await self._turn(seconds, until)
            if link is None:
                return await self._connected(until)
            if link.open:
                return link

    async def _turn(self, seconds: float, until: float) -> Link | None:
        """Wait for a connection that has become free, or (None) for the place of one that has ended."""
        turn: asyncio.Future[Link | None] = self.loop.create_future()
        self._turns.append(turn)
        try:
            async with asyncio.timeout_at(until):
                return await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled():
                # The turn came at the moment of giving up.
                self._pass_on(turn.result())
            if isinstance(error, TimeoutError):
                raise no_turn(self.route.name, self.limits.connections, seconds) from None
            raise

    async def _connected(self, until: float) -> Link:
        """A new connection in a place that is taken already."""
        seconds = min(until - self.loop.time(), self.limits.connect_seconds)
        link = Link(self)
        try:
            if self._presence is None:
                self._presence = self._while_the_loop_runs()
                await anext(self._presence)
            async with asyncio.timeout(seconds):
                await self._connect(link)
            if not link.open:
                raise ConnectionResetError("the connection ended at once")
        except BaseException as error:
            link.close()
            # Whoever is cancelled while connecting may never hear of the end of the connection (uvloop).
            self.unlinked(link)
            if isinstance(error, OSError):
                raise not_connected(self.route.name, error, seconds) from error
            raise
        return link

    async def _connect(self, link: Link) -> None:
        route = self.route
        context = None
        if route.tls:
            from dynalayer.engines.remote.transport.tls import context as context_of

            context = context_of()
        name = route.host if route.tls else None
        tunnel = route.tunnel()
        if tunnel is None:
            await self.loop.create_connection(lambda: link, *route.dialled, ssl=context, server_hostname=name)
            return
        transport, gate = await self.loop.create_connection(lambda: _Gate(tunnel), *route.dialled)
        try:
            await gate.passed
            assert context is not None
            inner = await self.loop.start_tls(transport, link, context, server_hostname=name)
            if inner is None:
                raise ConnectionResetError("the connection ended in the handshake")
            link.connection_made(inner)
        except BaseException:
            transport.abort()
            raise

    def answered(self, link: Link) -> None:
        """Pass a connection on to who has waited longest, else keep it; close it if it is not to be used again."""
        self._busy.discard(link)
        now = self.loop.time()
        if not link.reusable or not self._pool.young(link, now):
            link.close()
        elif not self._take_turn(link):
            self._pool.give(link, now)

    def _pass_on(self, given: Link | None) -> None:
        if given is None:
            self._freed()
        elif given.open:
            self.answered(given)

    def _take_turn(self, given: Link | None) -> bool:
        while self._turns:
            turn = self._turns.popleft()
            if not turn.done():
                turn.set_result(given)
                return True
        return False

    def ended(self, link: Link) -> None:
        """Note that a connection is used no more."""
        self._busy.discard(link)
        self._freed()

    def _freed(self) -> None:
        if not self._take_turn(None):
            self._places += 1

    def unlinked(self, link: Link) -> None:
        """Note that the socket of a connection is closed."""
        self.linked.discard(link)
        if not self.linked and self._empty is not None:
            self._empty.set()

    def _watch(self, until: float) -> None:
        """Look at all deadlines then. One timer for all: those of calls follow each other, so it is rarely set anew."""
        if self._timer is not None:
            self._timer.cancel()
        self._due = until
        self._timer = self.loop.call_at(until, self._sweep)

    def _sweep(self) -> None:
        self._timer, self._due = None, inf
        now = self.loop.time() + _EARLY
        for link in tuple(self._busy):
            if link.until <= now:
                link.fail(TimeoutError())
        if self._busy:
            self._watch(min([link.until for link in self._busy]))

    async def _while_the_loop_runs(self) -> AsyncGenerator[None]:
        """Ends with the loop, which closes the generators that it finds: so no socket outlives its loop."""
        try:
            yield
        finally:
            self.abandon()
            for link in tuple(self.linked):
                link.close()
            await self._unlinked()

    async def close(self) -> None:
        """Close the idle connections and wait for the calls under way, each of which has its deadline."""
        self.abandon()
        await self._unlinked()
        if self._timer is not None:
            self._timer.cancel()
        if self._presence is not None:
            await self._presence.aclose()

    async def _unlinked(self) -> None:
        if self.linked:
            self._empty = asyncio.Event()
            await self._empty.wait()

    def abandon(self) -> None:
        """Close the connections whose answers nobody waits for."""
        self._pool.close()
        for link in tuple(self.linked):
            if not link.wanted:
                link.close()
