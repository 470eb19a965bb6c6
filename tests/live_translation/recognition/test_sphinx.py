import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from live_translation.recognition import (
    LanguageNotRecognised,
    NoRoomForStreams,
    Recognised,
    SphinxRecogniser,
    Stream,
    StreamBroken,
)
from live_translation.recognition.backlog import LONGEST_WAITING
from live_translation.recognition.sphinx import SphinxStream

from tests.live_translation.recognition.voices import SENTENCES, chunks, errors, spoken, words_of

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("recognition")]


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def recogniser() -> AsyncIterator[SphinxRecogniser]:
    made = SphinxRecogniser(2)
    yield made
    await made.close()


async def hear(stream: Stream, pcm: bytes) -> list[Recognised]:
    """All that is heard; the sound waits for the results, so that none of it has to be dropped."""
    found: list[Recognised] = []

    async def listen() -> None:
        async for each in stream.results():
            found.append(each)  # noqa: PERF401

    listening = asyncio.create_task(listen())
    for chunk in chunks(pcm):
        while stream.feed(chunk):
            raise AssertionError("dropped")
        await asyncio.sleep(0.02)
    await stream.finish()
    await listening
    return found


async def test_what_is_spoken_is_heard_growing_and_then_final(recogniser: SphinxRecogniser, tmp_path: Path) -> None:
    found = await hear(await recogniser.open("en"), spoken(SENTENCES[0], tmp_path))
    partials = [each for each in found if each.is_partial]
    finals = [each for each in found if not each.is_partial]
    assert len(partials) >= 8
    assert all(len(each.stabilities) == len(each.text.split()) for each in partials)
    assert max(max(each.stabilities) for each in partials) >= 0.85
    assert len(finals) == 1
    assert {each.result_id for each in found} == {finals[0].result_id}
    assert errors(SENTENCES[0], finals[0].text) <= 0.2 * len(words_of(SENTENCES[0]))
    assert 0 < finals[0].start < finals[0].end


async def test_the_next_speaker_gets_the_same_worker_and_other_result_ids(
    recogniser: SphinxRecogniser, tmp_path: Path
) -> None:
    pcm = spoken("Good morning.", tmp_path)
    first = await recogniser.open("en")
    before = await hear(first, pcm)
    second = await recogniser.open("en")
    after = await hear(second, pcm)
    assert isinstance(first, SphinxStream)
    assert isinstance(second, SphinxStream)
    assert first.process_id == second.process_id
    assert not {each.result_id for each in before} & {each.result_id for each in after}
    assert before[-1].text == after[-1].text != ""


async def test_a_worker_that_dies_is_told_and_replaced(recogniser: SphinxRecogniser, tmp_path: Path) -> None:
    stream = await recogniser.open("en")
    assert isinstance(stream, SphinxStream)
    stream.feed(bytes(6_400))
    os.kill(stream.process_id, signal.SIGKILL)
    with pytest.raises(StreamBroken):
        async for _ in stream.results():
            pass
    again = await recogniser.open("en")
    assert errors("Good morning.", (await hear(again, spoken("Good morning.", tmp_path)))[-1].text) <= 1


async def test_silence_says_nothing(recogniser: SphinxRecogniser) -> None:
    assert await hear(await recogniser.open("en"), bytes(64_000)) == []


async def test_sound_that_nobody_takes_is_dropped_from_the_oldest_on(recogniser: SphinxRecogniser) -> None:
    stream = await recogniser.open("en")
    second = bytes(32_000)
    dropped = sum(stream.feed(second) for _ in range(10))
    # One second is on its way to the worker, five wait.
    assert dropped == 10 * 32_000 - LONGEST_WAITING - 32_000
    await stream.abort()
    await stream.abort()
    assert stream.feed(second) == 0


async def test_there_is_room_for_so_many_and_then_for_the_next_when_one_goes(recogniser: SphinxRecogniser) -> None:
    first, second = await recogniser.open("en"), await recogniser.open("en")
    with pytest.raises(NoRoomForStreams, match="2 speakers"):
        await recogniser.open("en")
    await first.abort()
    third = await recogniser.open("en")
    await second.abort()
    await third.abort()


async def test_another_language_is_refused(recogniser: SphinxRecogniser) -> None:
    with pytest.raises(LanguageNotRecognised, match="'es'"):
        await recogniser.open("es")
