"""Clients over real WebSockets."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlencode

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed


class Client:
    def __init__(self, websocket: ClientConnection) -> None:
        self.websocket = websocket

    async def send(self, action: str, **fields: object) -> None:
        await self.websocket.send(msgspec.json.encode({"action": action, **fields}), text=True)

    async def say(self, segment_id: str, text: str) -> Any:
        await self.send("sendText", segmentId=segment_id, text=text, isPartial=False)
        return await self.answer("segmentProcessed")

    async def next(self) -> Any:
        return msgspec.json.decode(await self.websocket.recv())

    async def answer(self, kind: str) -> Any:
        """The next message of this type; all before are dropped."""
        while (message := await self.next())["type"] != kind:
            pass
        return message

    async def closed(self) -> int | None:
        with suppress(ConnectionClosed):
            async for _ in self.websocket:
                pass
        return self.websocket.close_code


@asynccontextmanager
async def client(address: str, action: str, **parameters: str) -> AsyncGenerator[Client]:
    url = f"ws://{address}/ws?{urlencode({'action': action, **parameters})}"
    async with connect(url, proxy=None) as websocket:
        yield Client(websocket)


@asynccontextmanager
async def speaker(address: str, language: str = "es") -> AsyncGenerator[tuple[Client, str]]:
    async with client(address, "createSession", sourceLanguage=language) as speaking:
        yield speaking, (await speaking.answer("sessionCreated"))["sessionId"]


@asynccontextmanager
async def listener(address: str, session_id: str, language: str) -> AsyncGenerator[Client]:
    async with client(address, "joinSession", sessionId=session_id, targetLanguage=language) as listening:
        await listening.answer("sessionJoined")
        yield listening
