from collections.abc import AsyncIterator

import pytest
from live_translation.gateway.service import Service
from live_translation.settings import Settings

from dynalayer import AsyncDatabase
from tests.live_translation.doubles import EchoTranslator, ManualClock, no_sleep
from tests.live_translation.handlers.clients import Client, close, listener, speaker

pytestmark = pytest.mark.anyio


@pytest.fixture
async def service(database: AsyncDatabase, settings: Settings, clock: ManualClock) -> AsyncIterator[Service]:
    service = Service(database, EchoTranslator(), settings, clock, no_sleep)
    yield service
    await close(service)


async def test_a_stable_sentence_is_heard_before_its_final_which_says_only_the_rest(service: Service) -> None:
    speaking, session_id = await speaker(service)
    hearing = await listener(service, session_id)
    await speaking.send("sendText", segmentId="s1", text="Hola a todos.", isPartial=True, stability=0.9)
    first = await hearing.answer("caption")
    assert (first["segmentId"], first["sequenceNumber"], first["text"]) == ("s1", 1, "[ca] Hola a todos.")
    await speaking.send("sendText", segmentId="s1", text="Hola a todos. Hoy es jueves.")
    second = await hearing.answer("caption")
    assert (second["segmentId"], second["sequenceNumber"], second["text"]) == ("s1.1", 2, "[ca] Hoy es jueves.")
    processed = await speaking.answer("segmentProcessed")
    assert (processed["segmentId"], processed["sequenceNumber"], processed["duplicate"]) == ("s1", 2, False)


async def test_a_speaker_who_wants_no_partials_is_heard_by_finals(service: Service) -> None:
    speaking = await Client(service).connect("createSession", sourceLanguage="es", partialResults="false")
    hearing = await listener(service, (await speaking.answer("sessionCreated"))["sessionId"])
    await speaking.send("sendText", segmentId="s1", text="Hola.", isPartial=True, stability=0.9)
    await speaking.send("sendText", segmentId="s1", text="Hola. Adiós.")
    assert (await hearing.answer("caption"))["text"] == "[ca] Hola. Adiós."


async def test_an_ended_session_leaves_no_processor(service: Service) -> None:
    speaking, _ = await speaker(service)
    await speaking.send("sendText", segmentId="s1", text="Hola", isPartial=True, stability=0.9)
    assert len(service.parts.processors) == 1
    await speaking.leave()
    assert len(service.parts.processors) == 0
