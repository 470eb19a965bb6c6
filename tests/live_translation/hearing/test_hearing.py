import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from live_translation.hearing.hearing import Hearing
from live_translation.hearing.rate import Verdict
from live_translation.metrics import Recorder, catalog
from live_translation.partials import PartialRules
from live_translation.partials.executor import Processor
from live_translation.recognition import LanguageNotRecognised, NoRoomForStreams, Recognised, StreamBroken

from tests.live_translation.doubles import eventually, no_sleep
from tests.live_translation.hearing.test_pcm import tone
from tests.live_translation.partials.test_executor import Listeners, Timers

pytestmark = pytest.mark.anyio

SOUND = tone(8_000)


class ScriptedStream:
    """Says what it is told to; `None` ends it, an exception breaks it."""

    def __init__(self) -> None:
        self.fed: list[bytes] = []
        self.says: asyncio.Queue[Recognised | Exception | None] = asyncio.Queue()
        self.aborted = False

    def feed(self, pcm: bytes) -> int:
        self.fed.append(pcm)
        return 0

    async def results(self) -> AsyncIterator[Recognised]:
        while (said := await self.says.get()) is not None:
            if isinstance(said, Exception):
                raise said
            yield said

    async def finish(self) -> None:
        self.says.put_nowait(None)

    async def abort(self) -> None:
        self.aborted = True


class ScriptedRecogniser:
    """Opens one scripted stream after another; `problems` come first."""

    name = "scripted"
    languages = frozenset({"en"})

    def __init__(self) -> None:
        self.streams: list[ScriptedStream] = []
        self.problems: list[Exception] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def open(self, language: str) -> ScriptedStream:
        await self.gate.wait()
        if self.problems:
            raise self.problems.pop(0)
        self.streams.append(ScriptedStream())
        return self.streams[-1]

    async def close(self) -> None:
        pass


class Speaker:
    """A hearing, and what its speaker is told."""

    def __init__(self) -> None:
        self.timers = Timers()
        self.recogniser = ScriptedRecogniser()
        self.listeners = Listeners()
        self.listeners.gate.set()
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.recorder = Recorder(self.timers)
        self.processor = Processor(
            "s", self.listeners, PartialRules(), now=self.timers, set_alarm=self.timers.alarm, sleep=no_sleep
        )
        self.hearing = Hearing(
            "en",
            self.recogniser,
            self.processor,
            self.tell,
            self.recorder,
            per_second=50,
            idle=60.0,
            now=self.timers,
            set_alarm=self.timers.alarm,
            sleep=no_sleep,
        )
        self.hearing.declare("c")

    async def tell(self, kind: str, fields: dict[str, Any]) -> None:
        self.told.append((kind, fields))

    def says(
        self, pcm: bytes = SOUND, number: int | None = None, *, volume: float = 1.0, held: bool = False
    ) -> Verdict:
        self.timers.forward(0.1)
        return self.hearing.take(number, pcm, volume, is_held=held)

    async def stream(self, number: int = 0) -> ScriptedStream:
        await eventually(lambda: len(self.recogniser.streams) > number)
        return self.recogniser.streams[number]

    async def is_told(self, kind: str) -> dict[str, Any]:
        await eventually(lambda: any(each == kind for each, _ in self.told))
        return next(fields for each, fields in self.told if each == kind)


@pytest.fixture
async def speaker() -> AsyncIterator[Speaker]:
    made = Speaker()
    yield made
    made.hearing.close()
    made.processor.close()


async def test_the_first_chunk_opens_the_stream_and_what_came_meanwhile_is_fed(speaker: Speaker) -> None:
    speaker.recogniser.gate.clear()
    for _ in range(3):
        speaker.says()
    await asyncio.sleep(0)
    assert speaker.recogniser.streams == []
    speaker.recogniser.gate.set()
    stream = await speaker.stream()
    await eventually(lambda: stream.fed == [SOUND] * 3)
    speaker.says()
    assert len(stream.fed) == 4
    assert len(speaker.recogniser.streams) == 1


async def test_while_the_stream_is_not_open_the_newest_five_seconds_are_kept(speaker: Speaker) -> None:
    speaker.recogniser.gate.clear()
    for number in range(60):
        speaker.says(tone(1_000 + number))
    speaker.recogniser.gate.set()
    stream = await speaker.stream()
    await eventually(lambda: len(stream.fed) == 50)
    assert stream.fed[-1] == tone(1_059)
    assert speaker.recorder.roll()[1].counts[catalog.AUDIO_IN_OVERFLOW.id] == 10


async def test_what_is_heard_is_told_to_the_speaker_and_goes_to_the_listeners(speaker: Speaker) -> None:
    speaker.says()
    stream = await speaker.stream()
    stream.says.put_nowait(Recognised("x-1", "good morning", True, (0.9, 0.9), 0.1, 0.9))
    stream.says.put_nowait(Recognised("x-1", "good morning everybody", False, (), 0.1, 1.4))
    await eventually(lambda: len(speaker.told) == 2)
    assert speaker.told == [
        ("transcript", {"segmentId": "x-1", "text": "good morning", "isPartial": True}),
        ("transcript", {"segmentId": "x-1", "text": "good morning everybody", "isPartial": False}),
    ]
    await eventually(lambda: speaker.listeners.heard == [("x-1", "good morning everybody")])


async def test_a_broken_stream_is_told_opened_again_and_told_again(speaker: Speaker) -> None:
    speaker.says()
    (await speaker.stream()).says.put_nowait(StreamBroken("a recognition process has died"))
    lost = await speaker.is_told("transcriptionError")
    assert lost["willRetry"] is True
    second = await speaker.stream(1)
    await speaker.is_told("systemRecovered")
    speaker.says()
    assert second.fed == [SOUND]
    assert speaker.recogniser.streams[0].aborted


async def test_opening_is_tried_three_times_and_then_waits_for_the_speaker(speaker: Speaker) -> None:
    speaker.recogniser.problems = [NoRoomForStreams("full"), StreamBroken("no")]
    speaker.says()
    await speaker.stream()
    assert speaker.told == []
    speaker.hearing.close()
    speaker.recogniser.problems = [NoRoomForStreams("full")] * 3
    await asyncio.sleep(0.01)
    speaker.says()
    assert (await speaker.is_told("transcriptionError"))["willRetry"] is False
    speaker.says()
    await asyncio.sleep(0.01)
    assert len(speaker.recogniser.streams) == 1
    speaker.hearing.declare("c")
    speaker.says()
    await speaker.stream(1)


async def test_a_microphone_that_was_off_and_on_again_is_a_new_beginning(speaker: Speaker) -> None:
    speaker.recogniser.problems = [NoRoomForStreams("full")] * 3
    speaker.says()
    await speaker.is_told("transcriptionError")
    speaker.timers.forward(1.8)
    speaker.says()
    await asyncio.sleep(0.01)
    assert speaker.recogniser.streams == []
    speaker.timers.forward(2.0)
    speaker.says()
    await speaker.stream()


async def test_what_cannot_be_heard_at_all_is_not_tried_again(speaker: Speaker) -> None:
    speaker.recogniser.problems = [LanguageNotRecognised("no"), StreamBroken("not reached")]
    speaker.says()
    assert (await speaker.is_told("transcriptionError"))["willRetry"] is False
    assert len(speaker.recogniser.problems) == 1


async def test_streams_that_break_at_once_end_the_hearing(speaker: Speaker) -> None:
    speaker.says()
    for number in range(3):
        (await speaker.stream(number)).says.put_nowait(StreamBroken("again"))
    await eventually(
        lambda: [f["willRetry"] for k, f in speaker.told if k == "transcriptionError"] == [True, True, False]
    )


async def test_an_idle_minute_closes_the_stream_and_the_next_chunk_opens_another(speaker: Speaker) -> None:
    speaker.says()
    stream = await speaker.stream()
    speaker.timers.forward(59.0)
    speaker.says()
    speaker.timers.forward(59.9)
    await asyncio.sleep(0)
    assert stream.says.empty()
    speaker.timers.forward(0.2)
    await eventually(lambda: stream.aborted)
    await asyncio.sleep(0.01)
    speaker.says()
    await speaker.stream(1)
    assert speaker.told == []


async def test_what_is_said_while_the_talk_is_held_is_not_listened_to(speaker: Speaker) -> None:
    speaker.says()
    stream = await speaker.stream()
    await eventually(lambda: stream.fed == [SOUND])
    assert speaker.says(held=True) is Verdict.taken
    assert stream.fed == [SOUND]


async def test_the_volume_is_applied(speaker: Speaker) -> None:
    speaker.says(tone(8_000), volume=0.5)
    stream = await speaker.stream()
    await eventually(lambda: stream.fed == [tone(4_000)])


async def test_numbered_chunks_are_put_in_order(speaker: Speaker) -> None:
    for number in (1, 3, 2):
        speaker.says(tone(1_000 * number), number)
    stream = await speaker.stream()
    await eventually(lambda: stream.fed == [tone(1_000), tone(2_000), tone(3_000)])


async def test_too_many_chunks_are_dropped_counted_and_in_the_end_too_much(speaker: Speaker) -> None:
    verdicts: list[Verdict] = []
    for _ in range(3_200):
        speaker.timers.forward(0.01)
        verdicts.append(speaker.hearing.take(None, SOUND, 1.0, is_held=True))
    assert {Verdict.taken, Verdict.dropped, Verdict.warned, Verdict.closed} == set(verdicts)
    _, told = speaker.recorder.roll()
    assert told.counts[catalog.AUDIO_CHUNKS.id] == 3_200
    assert told.counts[catalog.RATE_LIMIT_VIOLATION.id] == sum(each is not Verdict.taken for each in verdicts)


async def test_bad_sound_is_told_to_the_speaker(speaker: Speaker) -> None:
    for _ in range(60):
        speaker.says(bytes(3_200))
    warning = await speaker.is_told("audio_quality_warning")
    assert (warning["issue"], warning["details"]["levelDb"]) == ("silence", -96.0)


async def test_the_end_waits_for_the_last_words(speaker: Speaker) -> None:
    speaker.says()
    stream = await speaker.stream()
    stream.says.put_nowait(Recognised("x-1", "goodbye", False))
    await speaker.hearing.finish(5.0)
    assert speaker.listeners.heard == [("x-1", "goodbye")]


async def test_the_end_does_not_wait_for_ever(speaker: Speaker) -> None:
    speaker.recogniser.gate.clear()
    speaker.says()
    await speaker.hearing.finish(0.01)
