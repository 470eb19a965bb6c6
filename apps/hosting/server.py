"""Uvicorn, beside other code of an event loop or as the main program."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from socket import socket
from typing import Any

import uvicorn
from starlette.applications import Starlette


class Server(uvicorn.Server):
    """Uvicorn with what all services here have in common; `options` are more of its own."""

    def __init__(
        self, app: Starlette, host: str, port: int, *, handles_signals: bool = False, proxies: str = "", **options: Any
    ) -> None:
        self._handles_signals = handles_signals
        super().__init__(
            uvicorn.Config(
                app,
                host=host,
                port=port,
                lifespan="on",
                log_level="warning",
                access_log=False,
                server_header=False,
                # The addresses that a proxy writes count only if it is one of the operator's.
                proxy_headers=bool(proxies),
                forwarded_allow_ips=proxies,
                timeout_graceful_shutdown=10,
                **options,
            )
        )

    @property
    def port(self) -> int:
        """The port that the server listens on, once it has started."""
        port: int = self.servers[0].sockets[0].getsockname()[1]
        return port

    def stop(self) -> None:
        """Begin to stop."""
        self.should_exit = True

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Take Ctrl-C as the wish to stop, where this is the main program."""
        if not self._handles_signals:
            yield
            return
        with super().capture_signals():
            yield


async def serve(
    server: Server,
    *,
    on_ready: Callable[[int], None] | None = None,
    listening: socket | None = None,
    until: Awaitable[object] | None = None,
) -> None:
    """Serve until Ctrl-C, or until `until` is done; `on_ready` is told the port once clients can come.

    `listening` is a socket that is bound already. Raises `SystemExit` if the port is taken.
    """
    serving = asyncio.create_task(server.serve([listening] if listening is not None else None))
    waiting = None if until is None else asyncio.ensure_future(until)
    if waiting is not None:
        waiting.add_done_callback(lambda _: server.stop())
    await _started(server, serving)
    if on_ready is not None and server.started:
        on_ready(server.port)
    await serving
    if waiting is not None:
        waiting.cancel()


@asynccontextmanager
async def running(server: Server, host: str = "127.0.0.1") -> AsyncGenerator[str]:
    """Serve beside other code of this event loop; gives the address, such as `127.0.0.1:41789`."""
    serving = asyncio.create_task(server.serve())
    try:
        await _started(server, serving)
        yield f"{host}:{server.port}"
    finally:
        server.should_exit = True
        await serving


async def _started(server: Server, serving: asyncio.Task[None]) -> None:
    # Uvicorn has no event for it.
    while not (server.started or serving.done()):  # noqa: ASYNC110
        await asyncio.sleep(0.005)
