"""A stand-in for API Gateway and Lambda on real sockets: WebSockets, the management API, asynchronous invocations.

What it knows of them is what makes the functions' lives hard: nothing can be posted to a socket before its `$connect`
has returned, a function runs in a container of its own, and the authorizer's context comes with every event.
"""

import asyncio
import base64
import json
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, nullcontext
from typing import Any
from urllib.parse import unquote

import uvicorn
from anyio import to_thread
from live_translation.functions import answers
from live_translation.functions.container import Container
from live_translation.gateway.events import Peer, connect_event, disconnect_event, message_event
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from tests.live_translation.doubles import ManualClock, eventually

FUNCTIONS: dict[str, Callable[[Container, Any], Any]] = {
    "authorizer": answers.authorize,
    "connect": answers.answer,
    "messages": answers.answer,
    "disconnect": answers.answer,
    "welcome": answers.welcome,
    "jobs": lambda container, event: answers.look_after(container),
}


class ApiGateway:
    """`make` gives each function its container, or all of them one unless `apart`, since it takes long to make.

    `statuses` answer the next posts in the place of the sockets.
    """

    def __init__(self, make: Callable[[], Container], clock: ManualClock) -> None:
        self.apart = False
        self.clock = clock
        self.statuses: list[int] = []
        self.invocations: list[tuple[str, Any]] = []
        self.failures: list[Exception] = []
        self._make = make
        self._containers: dict[str, Container] = {}
        self._turns = {name: asyncio.Lock() for name in (*FUNCTIONS, "all")}
        self._sockets: dict[str, WebSocket] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self.app = Starlette(
            routes=[
                WebSocketRoute("/prod/ws", self._serve),
                Route("/prod/@connections/{connection_id:path}", self._manage, methods=["POST", "DELETE"]),
                Route("/2015-03-31/functions/{name}/invocations", self._invoked, methods=["POST"]),
            ]
        )

    def __len__(self) -> int:
        return len(self._sockets)

    async def invoke(self, name: str, event: Any) -> Any:
        self.invocations.append((name, event))
        place = name if self.apart else "all"
        async with self._turns[place]:
            if place not in self._containers:
                self._containers[place] = await to_thread.run_sync(self._make)
            # What passes between functions is JSON.
            asked = json.loads(json.dumps(event))
            return await to_thread.run_sync(FUNCTIONS[name], self._containers[place], asked)

    async def finish(self) -> None:
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for container in self._containers.values():
            await to_thread.run_sync(container.close)

    async def _serve(self, websocket: WebSocket) -> None:
        peer = Peer(secrets.token_urlsafe(11) + "=", int(self.clock() * 1000), "203.0.113.7", "example", "test")
        event = connect_event(peer, self.clock, websocket.query_params, dict(websocket.headers))
        context = await self._context(event)
        if context is None:
            await websocket.send_denial_response(Response("Unauthorized", 401))
            return
        peer = Peer(peer.connection_id, peer.connected_at, peer.source_ip, "example", "test", context)
        event["requestContext"]["authorizer"] = context
        if (await self.invoke("connect", event))["statusCode"] != 200:
            await websocket.send_denial_response(Response("", 500))
            return
        await websocket.accept()
        self._sockets[peer.connection_id] = websocket
        try:
            await self._converse(websocket, peer)
        finally:
            self._sockets.pop(peer.connection_id, None)
            await self._try("disconnect", disconnect_event(peer, self.clock))

    async def _context(self, event: dict[str, Any]) -> Mapping[str, str] | None:
        try:
            asked = {**event, "type": "REQUEST", "methodArn": "arn:aws:execute-api:eu-west-1:1:a/prod/$connect"}
            policy = await self.invoke("authorizer", asked)
        except answers.Unauthorized:
            return None
        assert [each["Effect"] for each in policy["policyDocument"]["Statement"]] == ["Allow"]
        return {"principalId": policy["principalId"], **policy["context"]}

    async def _converse(self, websocket: WebSocket, peer: Peer) -> None:
        while (event := await websocket.receive())["type"] != "websocket.disconnect":
            body, is_binary = event.get("text"), False
            if body is None:
                body, is_binary = base64.b64encode(event["bytes"]).decode(), True
            await self._try("messages", message_event(peer, self.clock, body, is_binary=is_binary))

    async def _try(self, name: str, event: Any) -> None:
        try:
            await self.invoke(name, event)
        except Exception as error:
            self.failures.append(error)

    async def _manage(self, request: Request) -> Response:
        if request.method == "POST" and self.statuses:
            status = self.statuses.pop(0)
            if status != 200:
                return JSONResponse({"message": "no"}, status)
        websocket = self._sockets.get(unquote(request.path_params["connection_id"]))
        if websocket is None:
            return JSONResponse({"message": "gone"}, 410, headers={"x-amzn-ErrorType": "GoneException"})
        if request.method == "DELETE":
            await websocket.close()
        else:
            await websocket.send_text((await request.body()).decode())
        return Response(status_code=200)

    async def _invoked(self, request: Request) -> Response:
        event = json.loads(await request.body())
        task = asyncio.create_task(self._try(request.path_params["name"], event))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return Response(status_code=202)


@asynccontextmanager
async def serving(gateway: ApiGateway) -> AsyncIterator[int]:
    """Serve until the block ends; gives the port."""
    config = uvicorn.Config(gateway.app, port=0, log_level="warning", lifespan="off", ws="websockets-sansio")
    server = uvicorn.Server(config)
    server.capture_signals = nullcontext  # type: ignore[method-assign]
    task = asyncio.create_task(server.serve())
    await eventually(lambda: server.started)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await task
        await gateway.finish()
