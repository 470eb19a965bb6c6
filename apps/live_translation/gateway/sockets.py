"""One WebSocket of Starlette's, from its acceptance to its end."""

from __future__ import annotations

import asyncio
import logging
import secrets
from typing import Any, Final

from starlette.types import Message
from starlette.websockets import WebSocket, WebSocketDisconnect

from live_translation.clock import milliseconds
from live_translation.errors import hashed, service_unavailable
from live_translation.gateway.service import Service
from live_translation.ports import GOING_AWAY, to_text

ABORT: Final = "live_translation.abort"
"""Where the server leaves the function that cuts a socket, in the scope's extensions."""

_WAITING_MESSAGES: Final = 16

_log = logging.getLogger(__name__)


class StarletteWire:
    """A Starlette WebSocket as the registry wants it."""

    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket
        self._task = asyncio.current_task()

    async def send(self, text: str) -> None:
        """Send; waits while the client does not read, raises once it is gone."""
        await self._websocket.send_text(text)

    async def close(self, code: int) -> None:
        """Say goodbye."""
        await self._websocket.close(code)

    def abort(self) -> None:
        """Cut the socket; under a server that cannot, end the task that reads from it."""
        cut: Any = self._websocket.scope.get("extensions", {}).get(ABORT)
        if cut is not None:
            cut()
        elif self._task is not None:
            self._task.cancel()


class Conversation:
    """Reads what one client sends and has it answered: signs of life at once, all else in order."""

    def __init__(self, service: Service, websocket: WebSocket, connection_id: str) -> None:
        self._service = service
        self._websocket = websocket
        self._id = connection_id
        self._waiting: asyncio.Queue[str | bytes | None] = asyncio.Queue(_WAITING_MESSAGES)
        self._worker: asyncio.Task[None] | None = None

    async def hold(self) -> None:
        """Go on until the client or the server has closed, and what was said before has been done."""
        try:
            while (event := await self._websocket.receive())["type"] != "websocket.disconnect":
                if not self._service.sockets.is_closing(self._id):
                    await self._take(_body(event))
        finally:
            if self._worker is not None:
                await self._waiting.put(None)
                await self._worker

    async def _take(self, body: str | bytes) -> None:
        self._service.sockets.heard(self._id)
        if is_heartbeat(body):
            await self._service.gateway.message(self._id, body)
            return
        # A sentence may take seconds to translate; with the queue full, the client has to wait.
        if self._worker is None:
            self._worker = asyncio.create_task(self._work())
        await self._waiting.put(body)

    async def _work(self) -> None:
        while (body := await self._waiting.get()) is not None:
            await self._service.gateway.message(self._id, body)


def is_heartbeat(body: str | bytes) -> bool:
    """True for messages that may be a sign of life; a longer one that is waits its turn."""
    return isinstance(body, str) and len(body) < 100 and '"heartbeat"' in body


def _body(event: Message) -> str | bytes:
    text: str | None = event.get("text")
    return text if text is not None else b"binary"


async def converse(service: Service, websocket: WebSocket) -> None:
    """Serve one client."""
    try:
        await websocket.accept()
    except WebSocketDisconnect:
        return
    connection_id = secrets.token_urlsafe(16)
    service.sockets.open(connection_id, StarletteWire(websocket))
    try:
        if await _let_in(service, websocket, connection_id):
            await Conversation(service, websocket, connection_id).hold()
        else:
            while (await websocket.receive())["type"] != "websocket.disconnect":
                pass
    finally:
        await asyncio.shield(_let_go(service, connection_id))


async def _let_in(service: Service, websocket: WebSocket, connection_id: str) -> bool:
    if service.is_stopping:
        refusal = service_unavailable().to_message(milliseconds(service.clock))
        await service.sockets.welcome(connection_id, to_text(refusal))
        await service.sockets.close(connection_id, GOING_AWAY)
        return False
    # The address is the socket's; headers can be written by anybody.
    source_ip = websocket.client.host if websocket.client else connection_id
    return await service.gateway.connect(connection_id, source_ip, dict(websocket.query_params))


async def _let_go(service: Service, connection_id: str) -> None:
    try:
        await service.gateway.disconnect(connection_id)
    except Exception as error:
        _log.error("connection %s not released: %s", hashed(connection_id), type(error).__name__)
    finally:
        await service.sockets.forget(connection_id)
