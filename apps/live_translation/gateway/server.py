"""The service behind Starlette and uvicorn, on one machine."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from socket import socket
from typing import Any, cast

from hosting import server as hosting
from hosting.headers import SecurityHeaders
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from dynalayer import AsyncDatabase
from live_translation.clock import Clock
from live_translation.gateway.frames import text_frame
from live_translation.gateway.service import Service
from live_translation.gateway.sockets import ABORT, SEND_NOW, converse
from live_translation.gateway.tokens import token_routes
from live_translation.gateway.web import PAGES, PERMISSIONS, POLICY, web_routes
from live_translation.handlers.events import ABNORMAL_CLOSURE
from live_translation.identity.opening import Identity
from live_translation.settings import Settings
from live_translation.speech import Synthesiser
from live_translation.translation import Translator


def create_app(
    database: AsyncDatabase,
    translator: Translator,
    settings: Settings | None = None,
    clock: Clock = time.time,
    *,
    pages: Path = PAGES,
    meeting_place: Path | None = None,
    identity: Identity | None = None,
    synthesiser: Synthesiser | None = None,
) -> Starlette:
    """The application; it closes `database` and `translator` when it stops. `app.state.service` holds its parts.

    Processes on the same database find each other in the directory `meeting_place`. With `identity` speakers need a
    token of it; without, everybody may speak. Without a `synthesiser` the listeners' browsers speak.
    """
    service = Service(
        database,
        translator,
        settings or Settings(),
        clock,
        meeting_place=meeting_place,
        identity=identity,
        synthesiser=synthesiser,
    )

    async def websocket(websocket: WebSocket) -> None:
        await converse(service, websocket)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None]:
        await service.start()
        try:
            yield
        finally:
            await service.hang_up()
            await service.stop()
            await database.close()

    routes = [*web_routes(service, pages), *token_routes(service), WebSocketRoute("/ws", websocket)]
    app = Starlette(
        routes=routes,
        middleware=[Middleware(SecurityHeaders, policy=POLICY, permissions=PERMISSIONS)],
        lifespan=lifespan,
    )
    app.state.service = service
    return app


class _CuttableProtocol(WebSocketsSansIOProtocol):
    """Lets the application cut a socket: ASGI knows only a close, which waits for clients that do not read."""

    async def run_asgi(self) -> None:
        scope = cast("dict[str, Any]", self.scope)
        scope["extensions"][ABORT] = self.transport.abort
        scope["extensions"][SEND_NOW] = self.send_now
        await super().run_asgi()

    def send_now(self, text: str) -> bool:
        """Write a message if the client takes it without being waited for; False if not, or if it has gone.

        A caption goes to hundreds of sockets, and this is a tenth of the way through ASGI: the frame, which is the
        same for all, is made once.
        """
        if self.close_sent or self.transport.is_closing() or not self.writable.is_set():
            return False
        self.transport.write(text_frame(text))
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        # Uvicorn says 1005 of these, as of those who close without a code; the first word that is read counts.
        if self.handshake_complete:
            self.queue.put_nowait({"type": "websocket.disconnect", "code": ABNORMAL_CLOSURE})
        super().connection_lost(exc)


class Server(hosting.Server):
    """Uvicorn, which lets the service say goodbye before the sockets are closed."""

    def __init__(self, app: Starlette, host: str, port: int, *, handles_signals: bool = False) -> None:
        self._service: Service = app.state.service
        settings = self._service.settings
        super().__init__(
            app,
            host,
            port,
            handles_signals=handles_signals,
            proxies=settings.trusted_proxies,
            ws=_CuttableProtocol,
            # Over the service's own limit, so that a little too much gets an error and far too much a closed door.
            ws_max_size=2 * settings.max_message_bytes,
            ws_per_message_deflate=False,
        )

    async def shutdown(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        """Stop; listeners hear that their session has ended."""
        await self._service.hang_up()
        await super().shutdown()


async def serve(
    app: Starlette,
    host: str = "127.0.0.1",
    port: int = 8080,
    *,
    on_ready: Callable[[int], None] | None = None,
    listening: socket | None = None,
    until: Awaitable[object] | None = None,
) -> None:
    """Serve until Ctrl-C, or until `until` is done; `on_ready` is told the port once clients can come.

    `listening` is a socket that is bound already. Raises `SystemExit` if the port is taken.
    """
    server = Server(app, host, port, handles_signals=True)
    await hosting.serve(server, on_ready=on_ready, listening=listening, until=until)


def running(app: Starlette, host: str = "127.0.0.1", port: int = 0) -> AbstractAsyncContextManager[str]:
    """Serve beside other code of this event loop; gives the address, such as `127.0.0.1:41789`."""
    return hosting.running(Server(app, host, port), host)
