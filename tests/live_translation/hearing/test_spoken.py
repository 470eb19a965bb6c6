"""Somebody speaks English, and a listener reads Spanish: a voice, a socket, a recogniser and Apertium, all real."""

import asyncio
import time
from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from live_translation.gateway.server import create_app, running
from live_translation.settings import Settings
from live_translation.translation import ApertiumTranslator

from dynalayer import AsyncDatabase
from tests.live_translation.clients import Client, client, listener
from tests.live_translation.recognition.voices import SENTENCES, chunks, errors, spoken, words_of

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("recognition")]

FORMAT = {"format": "pcm", "sampleRate": 16_000, "channels": 1, "encoding": "s16le"}


@pytest.fixture
async def address() -> AsyncIterator[str]:
    translator = ApertiumTranslator(timeout=20.0)
    if "es" not in translator.languages("en"):
        pytest.skip("Apertium's English is not installed; `scripts/debian.sh translation` installs it")
    settings = Settings(translate_timeout_ms=20_000)
    async with running(create_app(AsyncDatabase("memory:"), translator, settings, time.time)) as address:
        yield address


async def speak(speaking: Client, pcm: bytes, milliseconds: int) -> None:
    """As fast as people do: on a busy machine a recogniser that is pressed drops sound."""
    for number, pcm_chunk in enumerate(chunks(pcm, milliseconds)):
        if len(pcm_chunk) >= 100:
            data = b64encode(pcm_chunk).decode()
            await speaking.send("sendAudio", audioData=data, sequenceNumber=number, timestamp=0)
            await asyncio.sleep(milliseconds / 1_000)


async def until_final(speaking: Client) -> list[Any]:
    heard: list[Any] = []
    while not heard or heard[-1]["isPartial"]:
        heard.append(await speaking.answer("transcript"))
    return heard


async def test_what_is_spoken_in_english_is_read_in_spanish(address: str, tmp_path: Path) -> None:
    async with client(address, "createSession", sourceLanguage="en") as speaking:
        session_id = (await speaking.answer("sessionCreated"))["sessionId"]
        async with listener(address, session_id, "es") as hearing, listener(address, session_id, "en") as reading:
            await speaking.send("startAudio", **FORMAT)
            started = await speaking.answer("audioStarted")
            assert (started["engine"], started["language"], started["maxChunkBytes"]) == ("pocketsphinx", "en", 32_768)
            for milliseconds, sentence in zip((100, 250), SENTENCES, strict=False):
                sending = asyncio.create_task(speak(speaking, spoken(sentence, tmp_path), milliseconds))
                async with asyncio.timeout(60):
                    heard = await until_final(speaking)
                    await sending
                    english, spanish = await reading.answer("caption"), await hearing.answer("caption")
                assert len(heard) > 3
                assert errors(sentence, heard[-1]["text"]) <= 0.25 * len(words_of(sentence))
                assert english["text"] == heard[-1]["text"]
                assert (spanish["segmentId"], spanish["engine"]) == (heard[-1]["segmentId"], "Apertium")
                assert words_of(spanish["text"]) != words_of(heard[-1]["text"])


async def test_the_end_of_a_session_lets_the_last_words_be_heard(address: str, tmp_path: Path) -> None:
    async with client(address, "createSession", sourceLanguage="en") as speaking:
        session_id = (await speaking.answer("sessionCreated"))["sessionId"]
        async with listener(address, session_id, "en") as reading:
            pcm = spoken("Good morning.", tmp_path, silence=0.0)
            async with asyncio.timeout(60):
                for chunk in chunks(pcm, 200):
                    await speaking.send("audioChunk", audioData=b64encode(chunk).decode(), **FORMAT)
                assert (await speaking.answer("transcript"))["isPartial"]
                await speaking.send("endSession")
                assert errors("Good morning.", (await reading.answer("caption"))["text"]) <= 1
                await reading.answer("sessionEnded")


async def test_a_language_that_nobody_hears_is_refused_in_words(address: str) -> None:
    async with client(address, "createSession", sourceLanguage="es") as speaking:
        await speaking.answer("sessionCreated")
        await speaking.send("startAudio", **FORMAT)
        problem = await speaking.answer("error")
        assert (problem["code"], problem["details"]["languageCode"]) == ("UNSUPPORTED_LANGUAGE", "es")
        assert "pocketsphinx hears en" in problem["message"]
