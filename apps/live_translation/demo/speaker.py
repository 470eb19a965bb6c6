"""The speaker: opens the session, reads the talk as a recogniser delivers it, notes what became of each final."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from typing import Any, Self
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from live_translation.demo.accounting import Spoken
from live_translation.demo.room import DemoFailed, Room
from live_translation.talk import Final, Sentence, partials

_ANSWER_WITHIN = 15.0


class Speaker:
    """Speaks in one session; open it with `join`."""

    def __init__(self, room: Room, socket: ClientConnection, engine: str) -> None:
        self.finals: list[Spoken] = []
        self.partials_sent = 0
        self.translated = 0
        self.from_cache = 0
        self.failed: list[str] = []
        self.engine = engine
        self.listeners_shown = 0
        self._room = room
        self._socket = socket
        self._by_segment: dict[str, Spoken] = {}
        self._ended = asyncio.Event()
        self._answered = asyncio.Event()

    @classmethod
    async def join(cls, room: Room, language: str) -> Self:
        """Create the session; raises `DemoFailed` if the service refuses."""
        token = await asyncio.to_thread(_token, room.url)
        address = f"{room.url}?action=createSession&sourceLanguage={language}&token={token}"
        socket = await connect(address, compression=None)
        answer = json.loads(await socket.recv())
        if answer["type"] != "sessionCreated":
            raise DemoFailed(f"no session: {answer.get('code')} {answer.get('message')}")
        room.session_id = answer["sessionId"]
        return cls(room, socket, answer["engine"])

    async def listen(self) -> None:
        """Take in what the service says until the session has ended."""
        try:
            async for text in self._socket:
                self._hear(json.loads(text))
        except ConnectionClosed as closed:
            raise DemoFailed(f"the speaker was put out: {closed}") from closed
        if not self._ended.is_set():
            raise DemoFailed("the speaker was put out without a word")

    async def read(self, sentences: Sequence[Sentence], seconds: float, seed: int) -> None:
        """Read the sentences in so many seconds, evenly; finals are not held up by those before them."""
        pace = seconds / len(sentences)
        for position, sentence in enumerate(sentences):
            results = list(partials(sentence, seed))
            for step, result in enumerate(results):
                await self._room.until(pace * (position + step / len(results)))
                if isinstance(result, Final):
                    await self.say(sentence.id, result.text)
                else:
                    self.partials_sent += 1
                    await self._send(
                        segmentId=sentence.id, text=result.text, isPartial=True, stability=result.stability
                    )

    async def all_processed(self) -> None:
        """Wait until every final is; gives up in silence after 15 s, the accounting has the words for it."""
        try:
            async with asyncio.timeout(_ANSWER_WITHIN):
                while any(final.processed_at is None for final in self.finals):
                    self._answered.clear()
                    await self._answered.wait()
        except TimeoutError:
            pass

    async def end(self) -> None:
        """End the session; raises `DemoFailed` if the service does not say that it has."""
        await self._socket.send(json.dumps({"action": "endSession"}))
        try:
            async with asyncio.timeout(_ANSWER_WITHIN):
                await self._ended.wait()
        except TimeoutError:
            raise DemoFailed(f"the session did not end within {_ANSWER_WITHIN:.0f} s") from None

    def leave(self) -> None:
        """Drop the connection, whatever state it is in."""
        self._socket.transport.abort()

    async def say(self, segment_id: str, text: str) -> None:
        """Say a final, and note when."""
        final = self._by_segment[segment_id] = Spoken(segment_id, time.monotonic())
        self.finals.append(final)
        await self._send(segmentId=segment_id, text=text, isPartial=False)

    async def _send(self, **fields: object) -> None:
        try:
            await self._socket.send(json.dumps({"action": "sendText", **fields}))
        except ConnectionClosed as closed:
            raise DemoFailed(f"the speaker was put out: {closed}") from closed

    def _hear(self, message: dict[str, Any]) -> None:
        if message["type"] == "segmentProcessed":
            self._processed(message)
        elif message["type"] == "sessionStatus":
            self.listeners_shown = message["listenerCount"]
        elif message["type"] == "sessionEnded":
            self._ended.set()
        elif message["type"] == "error":
            raise DemoFailed(f"the speaker was told {message['code']}: {message['message']}")

    def _processed(self, message: dict[str, Any]) -> None:
        final = self._by_segment[message["segmentId"]]
        final.processed_at = time.monotonic()
        final.sequence_number = message["sequenceNumber"]
        self.translated += message["translated"]
        self.from_cache += message["fromCache"]
        self.failed += (f"{final.segment_id}: not translated to {code}" for code in message["failedLanguages"])
        self._answered.set()


def _token(url: str) -> str:
    """A token for the speaker; empty where the service gives none."""
    origin = url.replace("ws", "http", 1).removesuffix("/ws")
    asked = json.dumps({"name": "Demo"}).encode()
    request = Request(f"{origin}/auth/token", asked, {"content-type": "application/json"})
    try:
        with urlopen(request, timeout=10) as answer:
            token: str = json.load(answer)["token"]
            return token
    except HTTPError as error:
        if error.code == 404:
            return ""
        raise DemoFailed(f"no token for the speaker: {error.code}") from None
