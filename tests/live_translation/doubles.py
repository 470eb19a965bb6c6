"""What the tests put in place of the world: a clock that stands still, engines of three lines, a busy database."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence

from live_translation.ports import Gone, SoundChunk, post_each
from live_translation.speech import NEUTRAL, SAMPLE_RATE, EmotionDynamics, SynthesisFailed
from live_translation.translation import Translation, TranslationFailed

from dynalayer import AsyncDatabase
from dynalayer.protocol import AsyncConnection

START = 1_800_000_000.0
EVERY_TARGET = frozenset({"ca", "en", "fr", "it", "pt"})


class ManualClock:
    def __init__(self, now: float = START) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += seconds


class Interleaved:
    """The database in memory answers at once; here others may go first before and after every call."""

    def __init__(self, connection: AsyncConnection, seed: int = 0) -> None:
        self._connection = connection
        self._random = random.Random(seed)

    async def call(self, operation: str, body: bytes) -> bytes:
        await self._let_others_go()
        answer = await self._connection.call(operation, body)
        await self._let_others_go()
        return answer

    async def _let_others_go(self) -> None:
        for _ in range(self._random.randint(0, 3)):
            await asyncio.sleep(0)

    async def close(self) -> None:
        await self._connection.close()


def interleaved(clock: Callable[[], float], seed: int = 0) -> AsyncDatabase:
    plain = AsyncDatabase("memory:", clock=clock)
    return AsyncDatabase(Interleaved(plain.connection, seed), clock=clock)


class EchoTranslator:
    """Says `[ca] text`; fails for the languages in `failing`, waits for `gate` if it is closed."""

    name = "Echo"
    description = "Echo: repeats."

    def __init__(self, sources: Mapping[str, frozenset[str]] | None = None) -> None:
        self.sources = sources or {"es": EVERY_TARGET}
        self.asked: list[tuple[str, str]] = []
        self.failing: set[str] = set()
        self.gate = asyncio.Event()
        self.gate.set()
        self.closed = False

    def languages(self, source: str) -> frozenset[str]:
        return self.sources.get(source, frozenset())

    async def translate(self, text: str, source: str, target: str) -> Translation:
        self.asked.append((target, text))
        await self.gate.wait()
        if target in self.failing:
            raise TranslationFailed("no")
        return Translation(f"[{target}] {text}", self.name, 0.5)

    async def close(self) -> None:
        self.closed = True


class Posts:
    """Keeps what was posted; clients in `gone` are gone."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.closed: dict[str, int] = {}
        self.gone: set[str] = set()

    async def welcome(self, connection_id: str, text: str) -> None:
        await self.post(connection_id, text)

    async def post(self, connection_id: str, text: str) -> None:
        if connection_id in self.gone:
            raise Gone
        self.sent.append((connection_id, text))

    async def post_many(
        self, connection_ids: Sequence[str], text: str, turns: asyncio.Semaphore, *, sound: SoundChunk | None = None
    ) -> dict[str, Exception]:
        return await post_each(lambda connection_id: self.post(connection_id, text), connection_ids, turns)

    async def close(self, connection_id: str, code: int) -> None:
        self.closed.setdefault(connection_id, code)


class FakeWire:
    """A client that reads while `reading` is set."""

    def __init__(self, *, reading: bool = True) -> None:
        self.reading = asyncio.Event()
        if reading:
            self.reading.set()
        self.read: list[str | int] = []
        self.aborted = False

    def send_now(self, text: str) -> bool:
        if self.reading.is_set():
            self.read.append(text)
        return self.reading.is_set()

    async def send(self, text: str) -> None:
        await self.reading.wait()
        self.read.append(text)

    async def close(self, code: int) -> None:
        await self.reading.wait()
        self.read.append(code)

    def abort(self) -> None:
        self.aborted = True
        self.reading.set()


async def no_sleep(seconds: float) -> None:
    await asyncio.sleep(0)


async def eventually(holds: Callable[[], bool | Awaitable[bool]], within: float = 10.0) -> None:
    """Wait for something another task will do; the time is only the limit after which the test has failed."""
    async with asyncio.timeout(within):
        while True:
            found = holds()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.005)


class ToneSynthesiser:
    """Makes `seconds` of a hum of each sentence; fails for the languages in `failing`, waits while `gate` is closed."""

    name = "Tone"
    description = "Tone: hums."

    def __init__(self, *languages: str, seconds: float = 0.5) -> None:
        self.seconds = seconds
        self.failing: set[str] = set()
        self.asked: list[tuple[str, str, EmotionDynamics]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.closed = False
        self._languages = frozenset(languages)

    def languages(self) -> frozenset[str]:
        return self._languages

    async def synthesise(self, text: str, language: str, dynamics: EmotionDynamics = NEUTRAL) -> bytes:
        self.asked.append((language, text, dynamics))
        await self.gate.wait()
        if language in self.failing:
            raise SynthesisFailed("no")
        return b"\x01\x00" * int(self.seconds * SAMPLE_RATE)

    async def close(self) -> None:
        self.closed = True
