"""Listening, and ending well: what is in flight is finished, then the database is closed."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import Callable
from typing import Self

from dynalayer.engines.embedded import AsyncEmbeddedConnection
from dynalayer.server.channel import Channel
from dynalayer.server.gates import Gate, Open
from dynalayer.server.limits import Limits
from dynalayer.server.service import Service


class Server:
    """Serves an embedded database over HTTP on the running event loop; `async with` starts and stops it.

    `label` names the database to those who ask, `credentials` are the access key id and the secret that requests must
    be signed with (None: anybody may call). `port` 0 takes a free one; `address` tells which. `clock` gives seconds
    since 1970. Raises `OSError` when the address cannot be had. The engine stays open when the server stops.
    """

    def __init__(
        self,
        engine: AsyncEmbeddedConnection,
        *,
        host: str = "127.0.0.1",
        port: int = 8000,
        label: str = "memory:",
        credentials: tuple[str, str] | None = None,
        clock: Callable[[], float] = time.time,
        limits: Limits | None = None,
    ) -> None:
        self.engine = engine
        self._host = host
        self._port = port
        self._limits = limits or Limits()
        self._service = Service(engine, label, _gate(credentials, clock), clock, self._limits)
        self._channels: set[Channel] = set()
        self._empty = asyncio.Event()
        self._listener: asyncio.Server | None = None
        self._sweeper: asyncio.Task[None] | None = None

    @property
    def address(self) -> str:
        """The URL that clients take as their endpoint."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    async def start(self) -> None:
        """Listen; raises `OSError` when the address cannot be had."""
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(self._channel, self._host, self._port, backlog=1024)
        self._port = self._listener.sockets[0].getsockname()[1]
        self._sweeper = asyncio.create_task(self._sweep())

    def _channel(self) -> Channel:
        channel = Channel(self._service, self._limits, self._ended)
        self._channels.add(channel)
        return channel

    def _ended(self, channel: Channel) -> None:
        self._channels.discard(channel)
        if not self._channels:
            self._empty.set()

    async def _sweep(self) -> None:
        """Look at all deadlines now and then: a timer for each request would cost more than many requests do."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self._limits.sweep_seconds)
            now = loop.time()
            for channel in tuple(self._channels):
                channel.sweep(now)

    async def stop(self) -> None:
        """Take no more connections, finish what is in flight within the grace, and close the rest."""
        if self._listener is None:
            return
        self._listener.close()
        for channel in tuple(self._channels):
            channel.leave()
        await self._emptied(self._limits.grace_seconds)
        for channel in tuple(self._channels):
            channel.abort()
        await self._emptied(1.0)
        if self._sweeper is not None:
            self._sweeper.cancel()
        self._listener = None

    async def _emptied(self, seconds: float) -> None:
        self._empty.clear()
        if self._channels:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._empty.wait(), seconds)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.stop()


def _gate(credentials: tuple[str, str] | None, clock: Callable[[], float]) -> Gate:
    if credentials is None:
        return Open()
    # Imported here because signatures bring in the whole remote engine, which an open server has no use for.
    from dynalayer.engines.remote import Credentials
    from dynalayer.server.authentication import Signed

    return Signed(Credentials(*credentials), clock)


def serve(server: Server, started: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM comes, on uvloop where that is installed; then end well and close the database.

    `started` is told the address. A second signal ends the process at once. Raises `OSError` as `Server.start` does.
    """
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_serve(server, started))


async def _serve(server: Server, started: Callable[[str], None]) -> None:
    loop, stopping = asyncio.get_running_loop(), asyncio.Event()
    signals = (signal.SIGINT, signal.SIGTERM)

    def stop() -> None:
        stopping.set()
        for each in signals:
            loop.remove_signal_handler(each)

    async with server.engine, server:
        # Where loops take no signals (Windows), Ctrl-C ends the main task instead.
        with contextlib.suppress(NotImplementedError):
            for each in signals:
                loop.add_signal_handler(each, stop)
        started(server.address)
        await stopping.wait()


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ModuleNotFoundError:
        return None
    return uvloop.new_event_loop
