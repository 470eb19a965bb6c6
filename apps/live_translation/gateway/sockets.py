"""One WebSocket of Starlette's, from its acceptance to its end."""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

from starlette.types import Message
from starlette.websockets import WebSocket, WebSocketDisconnect

from live_translation.clock import milliseconds
from live_translation.errors import hashed, service_unavailable
from live_translation.gateway.events import Peer, connect_event, disconnect_event, message_event
from live_translation.gateway.service import Service
from live_translation.ports import GOING_AWAY, POLICY_VIOLATION, to_text

ABORT: Final = "live_translation.abort"
"""Where the server leaves the function that cuts a socket, in the scope's extensions."""

SEND_NOW: Final = "live_translation.send_now"
"""Where it leaves the one that sends a text if that can be done at once, and tells whether it has."""

NO_STATUS: Final = 1005
"""What stands for the code of a socket that was closed without one."""

_WAITING_MESSAGES: Final = 16

_log = logging.getLogger(__name__)


class StarletteWire:
    """A Starlette WebSocket as the registry wants it."""

    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket
        self._task = asyncio.current_task()
        self._send_now: Callable[[str], bool] | None = websocket.scope.get("extensions", {}).get(SEND_NOW)

    def send_now(self, text: str) -> bool:
        """Send if the client takes it at once; False if it is to be sent in the other way."""
        return self._send_now is not None and self._send_now(text)

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

    def __init__(self, service: Service, websocket: WebSocket, peer: Peer) -> None:
        self.closed_with = NO_STATUS
        self._service = service
        self._websocket = websocket
        self._peer = peer
        self._waiting: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue(_WAITING_MESSAGES)
        self._worker: asyncio.Task[None] | None = None

    async def hold(self) -> None:
        """Go on until the client or the server has closed, and what was said before has been done."""
        try:
            while (event := await self._websocket.receive())["type"] != "websocket.disconnect":
                if not self._service.sockets.is_closing(self._peer.connection_id):
                    await self._take(event)
            self.closed_with = event.get("code") or NO_STATUS
        finally:
            if self._worker is not None:
                await self._waiting.put(None)
                await self._worker

    async def _take(self, event: Message) -> None:
        self._service.sockets.heard(self._peer.connection_id)
        text: str | None = event.get("text")
        if text is None:
            text = base64.b64encode(event.get("bytes") or b"").decode()
            found = message_event(self._peer, self._service.clock, text, is_binary=True)
        else:
            found = message_event(self._peer, self._service.clock, text)
            if is_heartbeat(text):
                await self._service.handle(found)
                return
        # A sentence may take seconds to translate; with the queue full, the client has to wait.
        if self._worker is None:
            self._worker = asyncio.create_task(self._work())
        await self._waiting.put(found)

    async def _work(self) -> None:
        while (event := await self._waiting.get()) is not None:
            await self._service.handle(event)


def is_heartbeat(body: str) -> bool:
    """True for messages that may be a sign of life; a longer one that is waits its turn."""
    return len(body) < 100 and '"heartbeat"' in body


def is_allowed(headers: Mapping[str, str], allowed_origins: str) -> bool:
    """True for pages of this host, for those that the operator allows, and for programs, which tell no origin."""
    origin = headers.get("origin")
    if origin is None:
        return True
    allowed = {each.strip().rstrip("/") for each in allowed_origins.split(",")}
    return origin.partition("://")[2] == headers.get("host") or bool(allowed & {origin, "*"})


async def converse(service: Service, websocket: WebSocket) -> None:
    """Serve one client; a page of another site that lets its visitors' browsers connect is refused with 403."""
    if not is_allowed(websocket.headers, service.settings.allowed_origins):
        await websocket.close(POLICY_VIOLATION)
        return
    try:
        await websocket.accept()
    except WebSocketDisconnect:
        return
    peer = await _peer(service, websocket)
    conversation = Conversation(service, websocket, peer)
    service.sockets.open(peer.connection_id, StarletteWire(websocket))
    try:
        await _let_in(service, websocket, peer)
        await conversation.hold()
    finally:
        await asyncio.shield(_let_go(service, peer, conversation.closed_with))


async def _peer(service: Service, websocket: WebSocket) -> Peer:
    connection_id = service.switchboard.new_connection_id()
    return Peer(
        connection_id,
        connected_at=milliseconds(service.clock),
        # The address is the socket's, or what a trusted proxy has written: headers can be written by anybody.
        source_ip=websocket.client.host if websocket.client else connection_id,
        domain_name=websocket.headers.get("host", ""),
        user_agent=websocket.headers.get("user-agent", ""),
        authorizer=await _authorized(service, websocket),
    )


async def _authorized(service: Service, websocket: WebSocket) -> dict[str, str] | None:
    """What an API Gateway authorizer would find out; None where there is none."""
    if service.identity is None:
        return None
    context = await service.identity.authorizer.context(websocket.query_params, websocket.headers)
    return {"principalId": context.get("userId") or "anonymous", **context}


async def _let_in(service: Service, websocket: WebSocket, peer: Peer) -> None:
    if service.is_stopping:
        refusal = service_unavailable().to_message(milliseconds(service.clock))
        await service.sockets.welcome(peer.connection_id, to_text(refusal), GOING_AWAY)
        return
    headers = {name.title(): value for name, value in websocket.headers.items()}
    await service.handle(connect_event(peer, service.clock, websocket.query_params, headers))
    service.sockets.begin(peer.connection_id)


async def _let_go(service: Service, peer: Peer, code: int) -> None:
    try:
        await service.handle(disconnect_event(peer, service.clock, code))
    except Exception as error:
        _log.error("connection %s not released: %s", hashed(peer.connection_id), type(error).__name__)
    finally:
        await service.sockets.forget(peer.connection_id)
