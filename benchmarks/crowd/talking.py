"""Speakers: one session each, finals on a schedule that waits for nobody, as speech does not either."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import msgspec
from live_translation.talk import load_talk
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from benchmarks.crowd.accounts import Said, answered

WORDS_PER_MINUTE = 150
_ANSWER_WITHIN = 60.0


class SpeakerLost(Exception):
    """The service let a speaker down."""


def sentences(seed: int, minutes: float, *, as_they_are: bool = False) -> list[str]:
    """So many minutes of the bundled talk, no sentence the same as one of another seed.

    The phrasebook knows them only `as_they_are`.
    """
    talk = [sentence.text for sentence in load_talk().sentences]
    found: list[str] = []
    words = 0
    while words < minutes * WORDS_PER_MINUTE:
        number = len(found)
        text = talk[(seed * 7 + number) % len(talk)]
        text = text if as_they_are else f"{text} {seed * 1_000 + number}."
        found.append(text)
        words += len(text.split())
    return found


class Speaker(WSListener):  # type: ignore[misc]
    """Speaks in a session of its own, and keeps what was said and what became of it."""

    def __init__(self, url: str, token: str | None = None) -> None:
        super().__init__()
        self.url = url
        self.token = token
        self.session = ""
        self.languages: list[str] = []
        self.said: list[Said] = []
        self.texts: dict[str, str] = {}
        self.reported: set[str] = set()
        self.failed: dict[str, int] = {}
        self.errors: list[str] = []
        self.returned = 0
        self.transport: WSTransport | None = None
        self._is_ending = False
        self._is_speaker = False
        self._answer: asyncio.Future[dict[str, Any]] | None = None
        self._acked = asyncio.Event()
        self._back: asyncio.Task[None] | None = None
        self._alive: asyncio.Task[None] | None = None
        self.acknowledgements: list[float] = []
        self._asked_at = 0.0

    async def create(self, language: str = "es") -> None:
        fields = {"action": "createSession", "sourceLanguage": language}
        created = await self._connect(fields)
        if created["type"] != "sessionCreated":
            raise SpeakerLost(f"no session: {created}")
        self.session, self.languages = created["sessionId"], created["languages"]
        self._is_speaker = True
        self._alive = asyncio.create_task(self._beat())

    async def _connect(self, fields: dict[str, str]) -> dict[str, Any]:
        if self.token:
            fields = {**fields, "token": self.token}
        self._answer = asyncio.get_running_loop().create_future()
        transport, _ = await ws_connect(lambda: self, f"{self.url}?{urlencode(fields)}", websocket_handshake_timeout=30)
        return await answered(self._answer, transport.wait_disconnected(), _ANSWER_WITHIN)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(30)
            self.send(action="heartbeat")

    def send(self, **fields: Any) -> bool:
        if self.transport is None:
            return False
        self.transport.send(WSMsgType.TEXT, msgspec.json.encode(fields))
        return True

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()
            return
        if frame.msg_type != WSMsgType.TEXT:
            return
        message = msgspec.json.decode(frame.get_payload_as_memoryview())
        if message["type"] == "segmentProcessed":
            self.reported.add(message["segmentId"])
            for language in message["failedLanguages"]:
                self.failed[language] = self.failed.get(language, 0) + 1
            self._acked.set()
        elif message["type"] == "heartbeatAck":
            self.acknowledgements.append(time.monotonic() - self._asked_at)
        elif message["type"] == "sessionEnded":
            self._is_ending = True
            self._acked.set()
        if message["type"] == "error":
            self.errors.append(message["code"])
        is_answer = message["type"] in ("error", "sessionCreated", "connectionRefreshComplete")
        if is_answer and self._answer is not None and not self._answer.done():
            self._answer.set_result(message)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        if transport is not self.transport:
            return
        was_speaker, self._is_speaker, self.transport = self._is_speaker, False, None
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionResetError("closed before it was answered"))
        elif was_speaker and not self._is_ending:
            self._back = asyncio.create_task(self._come_back())

    async def _come_back(self) -> None:
        """Go on in the same session, over another connection, and say again what was not reported."""
        for attempt in range(200):
            try:
                answer = await self._connect(
                    {"action": "refreshConnection", "sessionId": self.session, "role": "speaker"}
                )
            except (OSError, TimeoutError, Exception):
                await asyncio.sleep(min(1.0, 0.05 * (attempt + 1)))
                continue
            if answer["type"] == "connectionRefreshComplete":
                self.returned += 1
                self._is_speaker = True
                for each in self.said:
                    if each.segment not in self.reported:
                        self._say(each.segment)
                return
            await asyncio.sleep(min(1.0, 0.05 * (attempt + 1)))
        self._is_ending = True

    async def talk(self, texts: Sequence[str], speed: float, beginning: str) -> None:
        """Say each sentence when the one before has been spoken; latency counts from then on."""
        due = time.monotonic()
        for number, text in enumerate(texts):
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            segment = f"{beginning}-{number:05}"
            self.texts[segment] = text
            self.said.append(Said(segment, due))
            self._say(segment)
            due += len(text.split()) * 60 / WORDS_PER_MINUTE / speed

    def _say(self, segment: str) -> None:
        # What is said meanwhile is said again, in order, once the session knows this connection as its speaker's.
        if self._is_speaker:
            self.send(action="sendText", segmentId=segment, text=self.texts[segment], isPartial=False)

    async def all_reported(self, within: float = _ANSWER_WITHIN) -> int:
        """Wait until every final has been; gives back how many have not."""
        waiting = {each.segment for each in self.said}
        try:
            async with asyncio.timeout(within):
                while (waiting := waiting - self.reported) and not self._is_ending:
                    self._acked.clear()
                    await self._acked.wait()
        except TimeoutError:
            pass
        return len(waiting)

    def forget(self) -> None:
        """Begin a new account."""
        self.said, self.texts = [], {}
        self.reported.clear()
        self.failed.clear()

    async def measure_answers(self, every: float) -> None:
        """Ask again and again, and keep how long the service took; until cancelled."""
        while True:
            self._asked_at, answered = time.monotonic(), len(self.acknowledgements)
            self.send(action="heartbeat")
            while len(self.acknowledgements) == answered:  # noqa: ASYNC110
                await asyncio.sleep(every)

    async def end(self) -> None:
        if self._alive is not None:
            self._alive.cancel()
        self.send(action="endSession")
        try:
            async with asyncio.timeout(_ANSWER_WITHIN):
                while not self._is_ending:
                    self._acked.clear()
                    await self._acked.wait()
        except TimeoutError:
            self.errors.append("NOT_ENDED")
        if self._back is not None:
            self._back.cancel()
