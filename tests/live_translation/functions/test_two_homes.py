"""The same talk through the functions and through the service on one machine: the clients cannot tell them apart."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from live_translation.gateway.server import create_app, running
from live_translation.identity.authorizer import Authorizer
from live_translation.identity.keysets import KeySet
from live_translation.identity.opening import Identity
from live_translation.settings import Settings
from live_translation.translation import open_translator

from dynalayer import AsyncDatabase
from tests.live_translation.clients import Client, client
from tests.live_translation.doubles import ManualClock
from tests.live_translation.functions.conftest import Deployed, Issuer
from tests.live_translation.identity.tokens_of import COGNITO, token

pytestmark = pytest.mark.anyio
SAID = (
    "Buenas noches y bienvenidos al Observatorio del Monte Claro.",
    "Mi nombre es Elena Vidal y esta noche soy vuestra guía.",
)
CHANGING = ("timestamp", "sessionId", "connectionId", "durationMs")
"""Fields that differ from talk to talk."""


class Script:
    """Plays a talk and keeps what each client was told."""

    def __init__(self, address: str, stack: AsyncExitStack) -> None:
        self.address = address
        self.told: dict[str, list[Any]] = {}
        self._stack = stack

    async def enter(self, name: str, action: str, kind: str, **parameters: str) -> tuple[Client, Any]:
        entered = await self._stack.enter_async_context(client(self.address, action, **parameters))
        self.told[name] = []
        return entered, await self.hear(name, entered, kind)

    async def hear(self, name: str, listening: Client, kind: str) -> Any:
        message = await listening.answer(kind)
        self.told[name].append({field: value for field, value in message.items() if field not in CHANGING})
        return message

    async def play(self) -> None:
        speaking, created = await self.enter(
            "speaker", "createSession", "sessionCreated", sourceLanguage="es", qualityTier="premium", token=token()
        )
        session_id: str = created["sessionId"]
        listening, joined = await self.enter(
            "first", "joinSession", "sessionJoined", sessionId=session_id, targetLanguage="en"
        )
        leaving, _ = await self.enter(
            "second", "joinSession", "sessionJoined", sessionId=session_id, targetLanguage="ca"
        )
        await self.enter("refused", "joinSession", "error", sessionId=session_id, targetLanguage="zh")
        await speaking.send("sendText", segmentId="s1", text=SAID[0])
        await self.hear("speaker", speaking, "segmentProcessed")
        for name, each in (("first", listening), ("second", leaving)):
            await self.hear(name, each, "caption")
        await leaving.websocket.close()
        later, _ = await self.enter(
            "later",
            "refreshConnection",
            "connectionRefreshComplete",
            sessionId=session_id,
            role="listener",
            targetLanguage="en",
            connectionId=joined["connectionId"],
        )
        await self.hear("later", later, "stateRestored")
        again, _ = await self.enter(
            "again",
            "refreshConnection",
            "connectionRefreshComplete",
            sessionId=session_id,
            role="speaker",
            token=token(),
        )
        await self.hear("again", again, "stateRestored")
        await speaking.websocket.close()
        await again.send("sendText", segmentId="s2", text=SAID[1])
        await self.hear("later", later, "caption")
        await again.send("changeLanguage", targetLanguage="en")
        await self.hear("again", again, "error")
        await later.send("changeLanguage", targetLanguage="ca")
        await self.hear("later", later, "languageChanged")
        await later.send("heartbeat")
        await self.hear("later", later, "heartbeatAck")
        await again.send("endSession")
        for name, each in (("later", later), ("again", again)):
            await self.hear(name, each, "sessionEnded")
            await each.closed()


@asynccontextmanager
async def one_machine(tmp_path: Path, clock: ManualClock) -> AsyncIterator[str]:
    identity = Identity(Authorizer(KeySet(Issuer().fetch, clock), COGNITO, clock), None)
    database = AsyncDatabase(f"embedded:{tmp_path}/other.db", clock=clock)
    app = create_app(database, open_translator("phrasebook"), Settings(), clock, identity=identity)
    async with running(app) as address:
        yield address


async def test_clients_cannot_tell_the_two_homes_apart(deployed: Deployed, tmp_path: Path, clock: ManualClock) -> None:
    async with asyncio.timeout(60), AsyncExitStack() as stack:
        there = Script(deployed.address, stack)
        await there.play()
        here = Script(await stack.enter_async_context(one_machine(tmp_path, clock)), stack)
        await here.play()
        assert here.told == there.told
        assert [len(each) for each in here.told.values()] == [2, 2, 2, 1, 6, 4]
