from base64 import b64encode
from collections.abc import AsyncIterator

import pytest
from live_translation.gateway.service import Service
from live_translation.hearing.chunks import FORMAT
from live_translation.hearing.hearing import Hearing
from live_translation.hearing.rate import Verdict
from live_translation.recognition import Recognised
from live_translation.sessions.broadcast_state import BroadcastState
from live_translation.settings import Settings
from live_translation.tables import Session

from dynalayer import AsyncDatabase
from tests.live_translation.doubles import EchoTranslator, ManualClock, eventually, no_sleep
from tests.live_translation.handlers.clients import Client, close, listener, speaker
from tests.live_translation.hearing.test_hearing import ScriptedRecogniser

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
    assert (first["segmentId"], first["sequenceNumber"], first["text"]) == ("s1.0-3", 1, "[ca] Hola a todos.")
    await speaking.send("sendText", segmentId="s1", text="Hola a todos. Hoy es jueves.")
    second = await hearing.answer("caption")
    assert (second["segmentId"], second["sequenceNumber"], second["text"]) == ("s1.3-6", 2, "[ca] Hoy es jueves.")
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


SOUND = b64encode(bytes(6_400)).decode()


@pytest.fixture
async def english(database: AsyncDatabase, settings: Settings, clock: ManualClock) -> AsyncIterator[Service]:
    translator = EchoTranslator({"en": frozenset({"es"}), "es": frozenset({"ca"})})
    service = Service(database, translator, settings, clock, no_sleep, recogniser=ScriptedRecogniser())
    yield service
    await close(service)


async def english_speaker(service: Service) -> Client:
    client = await Client(service).connect("createSession", sourceLanguage="en")
    await client.answer("sessionCreated")
    return client


async def test_sound_of_a_format_that_nobody_declared_is_refused_b10(english: Service) -> None:
    speaking = await english_speaker(english)
    await speaking.send("sendAudio", audioData=SOUND)
    assert await speaking.refusal() == (400, "INVALID_AUDIO_FORMAT")
    await speaking.send("startAudio", format="webm-opus", sampleRate=48_000)
    assert await speaking.refusal() == (400, "INVALID_AUDIO_FORMAT")
    await speaking.send("startAudio")
    assert await speaking.refusal() == (400, "INVALID_AUDIO_FORMAT")
    await speaking.send("startAudio", **FORMAT)
    assert (await speaking.answer("audioStarted"))["engine"] == "scripted"
    assert await speaking.send("sendAudio", audioData=SOUND) == {"statusCode": 200}


async def test_a_chunk_may_declare_its_format_itself(english: Service) -> None:
    speaking = await english_speaker(english)
    assert await speaking.send("audioChunk", audioData=SOUND, **FORMAT) == {"statusCode": 200}
    assert await speaking.send("audioChunk", data=SOUND) == {"statusCode": 200}
    await speaking.send("audioChunk", audioData=SOUND, **{**FORMAT, "channels": 2})
    assert await speaking.refusal() == (400, "INVALID_AUDIO_FORMAT")


async def test_a_chunk_of_over_32_kb_is_refused_by_its_name(english: Service) -> None:
    speaking = await english_speaker(english)
    await speaking.send("sendAudio", audioData=b64encode(bytes(32_770)).decode(), **FORMAT)
    assert await speaking.refusal() == (413, "AUDIO_CHUNK_TOO_LARGE")
    whole = b64encode(bytes(32_768)).decode()
    assert await speaking.send("sendAudio", audioData=whole, **FORMAT) == {"statusCode": 200}


async def test_a_listener_sends_no_sound(english: Service) -> None:
    speaking = await english_speaker(english)
    session_id = (await english.parts.membership.connections.get_connection(speaking.id)).session_id  # type: ignore[union-attr]
    hearing = await listener(english, session_id, "es")
    for action, fields in (("startAudio", FORMAT), ("sendAudio", {"audioData": SOUND}), ("audioChunk", {})):
        await hearing.send(action, **fields)
        assert await hearing.refusal() == (403, "UNAUTHORIZED_ACTION")


async def test_who_sends_too_much_for_half_a_minute_is_ended_with_its_session(
    english: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    speaking = await english_speaker(english)
    verdicts = iter([Verdict.taken, Verdict.dropped, Verdict.warned, Verdict.closed])
    monkeypatch.setattr(Hearing, "take", lambda *args, **kwargs: next(verdicts))
    for _ in range(4):
        await speaking.send("sendAudio", audioData=SOUND, **FORMAT)
    assert (await speaking.answer("rateLimitWarning"))["message"]
    assert await speaking.refusal() == (429, "RATE_LIMIT_EXCEEDED")
    await speaking.answer("sessionEnded")
    assert await speaking.closed() == 1000
    assert len(english.parts.hearings) == 0


async def test_what_is_heard_is_told_to_the_speaker_and_its_listeners(english: Service) -> None:
    speaking = await english_speaker(english)
    connection = await english.parts.membership.connections.get_connection(speaking.id)
    assert connection is not None
    hearing = await listener(english, connection.session_id, "es")
    await speaking.send("sendAudio", audioData=SOUND, **FORMAT)
    recogniser = english.recogniser
    assert isinstance(recogniser, ScriptedRecogniser)
    await eventually(lambda: recogniser.streams != [])
    recogniser.streams[0].says.put_nowait(Recognised("x-1", "Good morning.", False))
    transcript = await speaking.answer("transcript")
    assert (transcript["sessionId"], transcript["segmentId"], transcript["text"], transcript["isPartial"]) == (
        connection.session_id,
        "x-1",
        "Good morning.",
        False,
    )
    assert (await hearing.answer("caption"))["text"] == "[es] Good morning."


async def test_a_paused_talk_is_not_heard(english: Service) -> None:
    speaking = await english_speaker(english)
    connection = await english.parts.membership.connections.get_connection(speaking.id)
    assert connection is not None
    paused = Session.broadcast_state.set(BroadcastState(is_paused=True))
    await english.parts.membership.sessions._database.update(Session.key(connection.session_id), paused)
    await speaking.send("sendAudio", audioData=SOUND, **FORMAT)
    await speaking.send("sendText", segmentId="s1", text="This is private.")
    processed = await speaking.answer("segmentProcessed")
    assert (processed["held"], processed["listeners"], processed["sequenceNumber"]) == (True, 0, 0)
    recogniser = english.recogniser
    assert isinstance(recogniser, ScriptedRecogniser)
    assert recogniser.streams == []


async def test_what_was_heard_goes_out_when_the_speaker_pauses_and_nothing_after(service: Service) -> None:
    speaking, session_id = await speaker(service)
    hearing = await listener(service, session_id)
    await speaking.send("sendText", segmentId="s0", text="Empezamos.")
    await speaking.send("sendText", segmentId="s1", text="Hola a", isPartial=True, stability=0.3)
    await speaking.send("pauseBroadcast")
    await speaking.answer("broadcastPaused")
    assert [(await hearing.answer("caption"))["text"] for _ in range(2)] == ["[ca] Empezamos.", "[ca] Hola a"]
    await speaking.send("sendText", segmentId="s1", text="Hola a todos.")
    processed = await speaking.answer("segmentProcessed")
    assert (processed["segmentId"], processed["held"]) == ("s1", True)
    await speaking.send("resumeBroadcast")
    await speaking.send("sendText", segmentId="s2", text="Adiós.")
    assert (await hearing.answer("caption"))["text"] == "[ca] Adiós."
