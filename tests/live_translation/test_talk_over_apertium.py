import asyncio
import os
from contextlib import AsyncExitStack

import pytest
from live_translation.gateway.server import create_app, running
from live_translation.settings import Settings
from live_translation.talk import load_talk
from live_translation.translation import SHOWN_TARGETS, ApertiumTranslator

from dynalayer import AsyncDatabase
from tests.live_translation.clients import listener, speaker

pytestmark = pytest.mark.anyio


@pytest.fixture
def apertium() -> ApertiumTranslator:
    translator = ApertiumTranslator(timeout=20)
    missing = SHOWN_TARGETS - translator.languages("es")
    if missing:
        reason = f"Apertium lacks Spanish to {', '.join(sorted(missing))}; run scripts/debian.sh translation"
        if os.environ.get("DYNALAYER_REQUIRE_SERVICES") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return translator


async def test_the_talk_is_heard_in_every_language(apertium: ApertiumTranslator, settings: Settings) -> None:
    # Loading five dictionaries on a busy machine takes longer than a listener would wait.
    patient = Settings(limit_listener_join_per_minute=100, translate_timeout_ms=20_000)
    sentences = load_talk().sentences[:5]
    app = create_app(AsyncDatabase("memory:"), apertium, patient)
    async with asyncio.timeout(60), running(app) as address, AsyncExitStack() as stack:
        speaking, session_id = await stack.enter_async_context(speaker(address))
        languages = sorted(SHOWN_TARGETS)
        listeners = [await stack.enter_async_context(listener(address, session_id, each)) for each in languages]
        for sentence in sentences:
            report = await speaking.say(sentence.id, sentence.text)
            assert (report["languages"], report["failedLanguages"]) == (languages, [])
        for language, each in zip(languages, listeners, strict=True):
            captions = [await each.answer("caption") for _ in sentences]
            assert [caption["segmentId"] for caption in captions] == [sentence.id for sentence in sentences]
            assert {caption["targetLanguage"] for caption in captions} == {language}
            assert {caption["engine"] for caption in captions} == {"Apertium"}
            assert all(caption["text"] != sentence.text for caption, sentence in zip(captions, sentences, strict=True))
