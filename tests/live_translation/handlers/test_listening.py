from __future__ import annotations

import base64
from collections.abc import AsyncIterator

import pytest
from live_translation.gateway.service import Service
from live_translation.settings import Settings

from dynalayer import AsyncDatabase
from tests.live_translation.doubles import EchoTranslator, ManualClock, ToneSynthesiser, no_sleep
from tests.live_translation.handlers.clients import Client, close, speaker

pytestmark = pytest.mark.anyio


@pytest.fixture
async def service(database: AsyncDatabase, settings: Settings, clock: ManualClock) -> AsyncIterator[Service]:
    service = Service(database, EchoTranslator(), settings, clock, no_sleep, synthesiser=ToneSynthesiser("ca", "es"))
    yield service
    await close(service)


async def joined(service: Service, session_id: str, language: str = "ca", **parameters: str) -> Client:
    client = Client(service)
    return await client.connect("joinSession", sessionId=session_id, targetLanguage=language, **parameters)


@pytest.mark.parametrize(
    ("language", "wanted", "comes"),
    [("ca", "true", True), ("ca", "TRUE", True), ("ca", "false", False), ("fr", "true", False)],
)
async def test_a_listener_is_told_whether_sound_will_come_and_who_speaks(
    service: Service, language: str, wanted: str, comes: bool
) -> None:
    _, session_id = await speaker(service)
    answer = await (await joined(service, session_id, language, audio=wanted)).answer("sessionJoined")
    assert (answer["audio"], answer["speechEngine"]) == (comes, "Tone")


async def test_who_asks_for_sound_hears_it(service: Service) -> None:
    speaking, session_id = await speaker(service)
    loud, quiet = await joined(service, session_id, audio="true"), await joined(service, session_id)
    await speaking.send("sendText", segmentId="s1", text="Hola.", isPartial=False)
    frame = await loud.answer("audio")
    assert (frame["segmentId"], frame["sequenceNumber"], frame["chunkCount"]) == ("s1", 1, 1)
    assert len(base64.b64decode(frame["audioData"])) == 16_000
    await quiet.answer("caption")
    assert [each["type"] for each in quiet.messages()] == []


async def test_sound_can_be_turned_on_and_off(service: Service) -> None:
    speaking, session_id = await speaker(service)
    client = await joined(service, session_id)
    await client.send("setAudio", enabled=True)
    changed = await client.answer("audioChanged")
    assert (changed["enabled"], changed["audio"], changed["speechEngine"]) == (True, True, "Tone")
    await speaking.send("sendText", segmentId="s1", text="Hola.", isPartial=False)
    await client.answer("audio")
    await client.send("setAudio", enabled=False)
    assert (await client.answer("audioChanged"))["audio"] is False
    await speaking.send("sendText", segmentId="s2", text="Hola.", isPartial=False)
    await client.answer("caption")
    await service.parts.pipeline.finish()
    assert client.messages() == []


async def test_another_language_keeps_the_wish_and_may_have_no_voice(service: Service) -> None:
    _, session_id = await speaker(service)
    client = await joined(service, session_id, audio="true")
    await client.send("changeLanguage", targetLanguage="fr")
    assert (await client.answer("languageChanged"))["audio"] is False
    await client.send("changeLanguage", targetLanguage="es")
    assert (await client.answer("languageChanged"))["audio"] is True


async def test_only_yes_or_no_is_taken(service: Service) -> None:
    speaking, session_id = await speaker(service)
    assert await (await joined(service, session_id, audio="maybe")).refusal() == (400, "INVALID_PARAMETERS")
    client = await joined(service, session_id)
    for enabled in ("true", 1, None):
        await client.send("setAudio", enabled=enabled)
        assert await client.refusal() == (400, "INVALID_PARAMETERS")
    await speaking.send("setAudio", enabled=True)
    assert await speaking.refusal() == (403, "UNAUTHORIZED_ACTION")
