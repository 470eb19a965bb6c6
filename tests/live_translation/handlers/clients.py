"""Clients of the handlers, without a web server between, and the parts they speak to."""

import itertools
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec
from live_translation.gateway.events import Peer, connect_event, disconnect_event, message_event
from live_translation.gateway.service import Service
from live_translation.handlers.events import Response

from tests.live_translation.doubles import FakeWire, eventually

IP = "203.0.113.7"


class Client:
    numbers = itertools.count()

    def __init__(self, service: Service, **authorizer: str) -> None:
        self.service = service
        self.id = f"connection-{next(self.numbers)}"
        self.wire = FakeWire()
        self.peer = Peer(self.id, int(service.clock() * 1000), IP)
        if authorizer:
            self.peer = replace(self.peer, authorizer=authorizer)
        service.sockets.open(self.id, self.wire)

    async def connect(self, action: str, ip: str = IP, **parameters: str) -> "Client":
        await self.arrive({"action": action, **parameters}, ip)
        return self

    async def arrive(self, parameters: Mapping[str, str], ip: str = IP) -> Response:
        peer = self.peer = replace(self.peer, source_ip=ip)
        response = await self.service.handle(connect_event(peer, self.service.clock, parameters))
        self.service.sockets.begin(self.id)
        return response

    async def send(self, action: str, **fields: object) -> Response:
        return await self.say(msgspec.json.encode({"action": action, **fields}).decode())

    async def say(self, body: str, *, is_binary: bool = False) -> Response:
        return await self.service.handle(message_event(self.peer, self.service.clock, body, is_binary=is_binary))

    async def leave(self, code: int = 1005) -> Response:
        return await self.service.handle(disconnect_event(self.peer, self.service.clock, code))

    async def answer(self, kind: str) -> Any:
        """The next message of this type; all before are dropped."""
        await eventually(lambda: any(message["type"] == kind for message in self.messages()))
        while True:
            message = msgspec.json.decode(str(self.wire.read.pop(0)))
            if message["type"] == kind:
                return message

    def messages(self) -> list[Any]:
        return [msgspec.json.decode(each) for each in self.wire.read if isinstance(each, str)]

    async def refusal(self) -> tuple[int, str]:
        problem = await self.answer("error")
        return problem["details"]["status"], problem["code"]

    async def closed(self) -> int:
        await eventually(lambda: any(isinstance(each, int) for each in self.wire.read))
        return next(each for each in self.wire.read if isinstance(each, int))


async def close(service: Service) -> None:
    for connection_id in service.sockets.ids():
        await service.sockets.forget(connection_id)
    await service.stop()


async def speaker(service: Service) -> tuple[Client, str]:
    client = await Client(service).connect("createSession", sourceLanguage="es")
    return client, (await client.answer("sessionCreated"))["sessionId"]


async def listener(service: Service, session_id: str, language: str = "ca") -> Client:
    client = await Client(service).connect("joinSession", sessionId=session_id, targetLanguage=language)
    await client.answer("sessionJoined")
    return client
