import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from live_translation.gateway.service import Service
from live_translation.sessions.rate_limits import Limit, limiter_of
from live_translation.settings import Settings
from live_translation.tables import TABLES, CachedTranslation, Connection, Session

from dynalayer import AsyncDatabase, RetryPolicy, Throttled
from dynalayer.testing import AsyncFaults
from tests.live_translation.doubles import EchoTranslator, ManualClock, eventually, interleaved, no_sleep
from tests.live_translation.handlers.clients import IP, Client, close, listener, speaker

pytestmark = pytest.mark.anyio


@pytest.fixture
async def service(database: AsyncDatabase, settings: Settings, clock: ManualClock) -> AsyncIterator[Service]:
    service = Service(database, EchoTranslator(), settings, clock, no_sleep)
    yield service
    await close(service)


async def test_a_speaker_is_told_all_of_the_session(service: Service, clock: ManualClock) -> None:
    client = await Client(service).connect(
        "createSession", sourceLanguage="es", qualityTier="premium", minStability="0.7", partialResults="false"
    )
    created = await client.answer("sessionCreated")
    assert created.pop("sessionId")
    assert created == {
        "type": "sessionCreated",
        "timestamp": int(clock() * 1000),
        "sourceLanguage": "es",
        "qualityTier": "premium",
        "connectionId": client.id,
        "partialResultsEnabled": False,
        "minStabilityThreshold": 0.7,
        "maxBufferTimeout": 5.0,
        "expiresAt": int(clock()) + 10_800,
        "languages": ["ca", "en", "es", "fr", "it", "pt"],
        "engine": "Echo",
    }


async def test_a_listener_is_told_what_was_joined_and_the_speaker_who_listens(
    service: Service, clock: ManualClock
) -> None:
    speaking, session_id = await speaker(service)
    client = await Client(service).connect("joinSession", sessionId=session_id, targetLanguage="ca")
    assert await client.answer("sessionJoined") == {
        "type": "sessionJoined",
        "timestamp": int(clock() * 1000),
        "sessionId": session_id,
        "targetLanguage": "ca",
        "sourceLanguage": "es",
        "connectionId": client.id,
        "listenerCount": 1,
        "qualityTier": "standard",
        "broadcastState": {
            "isActive": True,
            "isPaused": False,
            "isMuted": False,
            "volume": 1.0,
            "lastStateChange": 0,
        },
        "engine": "Echo",
        "audio": False,
        "speechEngine": "browser",
    }
    status = await speaking.answer("sessionStatus")
    assert (status["listenerCount"], status["languageDistribution"]) == (1, {"ca": 1})
    assert status["updateReason"] == "newLanguage"


REFUSED_CONNECTS: list[tuple[dict[str, str], tuple[int, str]]] = [
    ({"action": ""}, (400, "MISSING_ACTION")),
    ({"action": "refresh"}, (400, "INVALID_ACTION")),
    ({"action": "createSession"}, (400, "INVALID_LANGUAGE")),
    ({"action": "createSession", "sourceLanguage": "ES"}, (400, "INVALID_LANGUAGE")),
    ({"action": "createSession", "sourceLanguage": "zh"}, (400, "INVALID_LANGUAGE")),
    ({"action": "createSession", "sourceLanguage": "es", "qualityTier": "gold"}, (400, "INVALID_PARAMETERS")),
    ({"action": "createSession", "sourceLanguage": "es", "minStability": "NaN"}, (400, "INVALID_CONFIGURATION")),
    ({"action": "createSession", "sourceLanguage": "es", "maxBufferTimeout": "1.9"}, (400, "INVALID_CONFIGURATION")),
    ({"action": "joinSession"}, (400, "INVALID_SESSION_ID")),
    ({"action": "joinSession", "sessionId": "a-b-099", "targetLanguage": "ca"}, (400, "INVALID_SESSION_ID")),
    ({"action": "joinSession", "sessionId": "a-b-100"}, (400, "UNSUPPORTED_LANGUAGE")),
    ({"action": "joinSession", "sessionId": "a-b-100", "targetLanguage": "CA"}, (400, "UNSUPPORTED_LANGUAGE")),
    ({"action": "joinSession", "sessionId": "a-b-100", "targetLanguage": "ca"}, (404, "SESSION_NOT_FOUND")),
]


@pytest.mark.parametrize(("parameters", "expected"), REFUSED_CONNECTS)
async def test_a_refused_client_is_told_why_closed_and_leaves_nothing(
    service: Service, database: AsyncDatabase, parameters: dict[str, str], expected: tuple[int, str]
) -> None:
    client = Client(service)
    await client.arrive(parameters)
    assert await client.refusal() == expected
    assert await client.closed() == 1008
    assert await database.get(Connection.key(client.id), expired=True) is None
    assert await database.get(Session.key("a-b-100"), expired=True) is None


async def test_a_language_that_the_session_is_not_translated_to_is_named(service: Service) -> None:
    _, session_id = await speaker(service)
    client = await Client(service).connect("joinSession", sessionId=session_id, targetLanguage="zh")
    problem = await client.answer("error")
    assert problem["code"] == "UNSUPPORTED_LANGUAGE"
    assert problem["details"] == {"status": 400, "languageCode": "zh"}


REFUSED_MESSAGES: list[tuple[str, tuple[int, str]]] = [
    ("", (400, "INVALID_MESSAGE")),
    ("[]", (400, "INVALID_MESSAGE")),
    ('{"action": "heartbeat", "timestamp": NaN}', (400, "INVALID_MESSAGE")),
    ("{}", (400, "MISSING_ACTION")),
    ('{"action": "sing"}', (400, "INVALID_ACTION")),
    ('{"action": "createSession"}', (400, "INVALID_LANGUAGE")),
    ('{"action": "changeLanguage", "targetLanguage": "en"}', (403, "UNAUTHORIZED_ACTION")),
    ('{"action": "sendText", "text": "Hola."}', (400, "INVALID_PARAMETERS")),
    ('{"action": "sendText", "segmentId": "1", "text": ""}', (400, "INVALID_PARAMETERS")),
    ('{"action": "sendText", "segmentId": "1", "text": "a", "isPartial": 1}', (400, "INVALID_PARAMETERS")),
    ('{"action": "sendText", "segmentId": "1", "text": "a", "stability": 2}', (400, "INVALID_PARAMETERS")),
    ('{"action": "sendText", "segmentId": "1", "text": "%s"}' % ("x" * 5_001), (400, "INVALID_PARAMETERS")),
    ('{"action": "sendText", "segmentId": "1", "text": "%s"}' % ("x" * 140_000), (413, "MESSAGE_TOO_LARGE")),
    ('{"action": "getSessionStatus", "more": "%s"}' % ("x" * 4_096), (413, "CONTROL_MESSAGE_TOO_LARGE")),
    ('{"action": "heartbeat", "more": "%s"}' % ("x" * 4_096), (413, "CONTROL_MESSAGE_TOO_LARGE")),
]


@pytest.mark.parametrize(("body", "expected"), REFUSED_MESSAGES)
async def test_a_refused_message_is_answered_and_the_session_goes_on(
    service: Service, database: AsyncDatabase, body: str, expected: tuple[int, str]
) -> None:
    client, session_id = await speaker(service)
    before = await database.get(Session.key(session_id))
    assert (await client.say(body))["statusCode"] == expected[0]
    assert await client.refusal() == expected
    assert await database.get(Session.key(session_id)) == before
    await client.send("heartbeat")
    assert await client.answer("heartbeatAck")


@pytest.mark.parametrize("action", ["sendText", "getSessionStatus", "endSession"])
async def test_a_listener_may_not_do_what_the_speaker_may(service: Service, action: str) -> None:
    _, session_id = await speaker(service)
    client = await listener(service, session_id)
    await client.send(action, segmentId="1", text="Hola.")
    assert await client.refusal() == (403, "UNAUTHORIZED_ACTION")
    assert await service.membership.sessions.is_session_active(session_id)


async def test_a_final_is_heard_and_reported(service: Service) -> None:
    speaking, session_id = await speaker(service)
    client = await listener(service, session_id)
    await speaking.send("sendText", segmentId="s1", text="Hola.", isPartial=False)
    report = await speaking.answer("segmentProcessed")
    assert {"segmentId": "s1", "sequenceNumber": 1, "languages": ["ca"], "listeners": 1}.items() <= report.items()
    assert (await client.answer("caption"))["text"] == "[ca] Hola."


async def test_a_partial_has_no_answer(service: Service) -> None:
    client, _ = await speaker(service)
    await client.send("sendText", segmentId="s1", text="Ho", isPartial=True, stability=0.5)
    await client.send("heartbeat")
    await client.answer("heartbeatAck")
    assert client.messages() == []


async def test_the_speaker_may_ask_who_listens(service: Service, clock: ManualClock) -> None:
    client, session_id = await speaker(service)
    for language in ("en", "ca", "en"):
        await listener(service, session_id, language)
    clock.forward(61.9)
    await client.send("getSessionStatus")
    await eventually(lambda: any(each.get("updateReason") == "requested" for each in client.messages()))
    status = next(each for each in client.messages() if each.get("updateReason") == "requested")
    assert (status["listenerCount"], status["sessionDuration"]) == (3, 61)
    assert status["languageDistribution"] == {"ca": 1, "en": 2}


async def test_a_listener_may_change_the_language(service: Service) -> None:
    speaking, session_id = await speaker(service)
    client = await listener(service, session_id)
    await client.send("changeLanguage", targetLanguage="en")
    changed = await client.answer("languageChanged")
    assert (changed["sessionId"], changed["targetLanguage"], changed["sourceLanguage"]) == (session_id, "en", "es")
    await speaking.send("sendText", segmentId="s1", text="Hola.")
    assert (await client.answer("caption"))["targetLanguage"] == "en"


@pytest.mark.parametrize("language", ["zh", "EN", None])
async def test_a_change_to_what_cannot_be_had_changes_nothing(service: Service, language: str | None) -> None:
    _, session_id = await speaker(service)
    client = await listener(service, session_id)
    await client.send("changeLanguage", targetLanguage=language)
    assert await client.refusal() == (400, "UNSUPPORTED_LANGUAGE")
    assert await service.membership.connections.get_unique_languages_for_session(session_id) == {"ca"}


async def test_ending_tells_everybody_and_closes_them(service: Service, database: AsyncDatabase) -> None:
    speaking, session_id = await speaker(service)
    clients = [await listener(service, session_id, language) for language in ("ca", "en", "es")]
    await speaking.send("endSession")
    for client in (speaking, *clients):
        assert (await client.answer("sessionEnded"))["sessionId"] == session_id
        assert await client.closed() == 1000
        assert await database.get(Connection.key(client.id), expired=True) is None
    late = await Client(service).connect("joinSession", sessionId=session_id, targetLanguage="ca")
    assert await late.refusal() == (404, "SESSION_NOT_FOUND")


async def test_a_speaker_who_is_lost_ends_the_session(service: Service) -> None:
    speaking, session_id = await speaker(service)
    client = await listener(service, session_id)
    await speaking.leave()
    await speaking.leave()
    assert await client.answer("sessionEnded")
    assert await client.closed() == 1000


async def test_a_goodbye_that_is_broken_off_is_finished_all_the_same(settings: Settings, clock: ManualClock) -> None:
    async with interleaved(clock) as database:
        await database.create_tables(*TABLES)
        service = Service(database, EchoTranslator(), settings, clock, no_sleep)
        speaking, session_id = await speaker(service)
        client = await listener(service, session_id)
        leaving = asyncio.create_task(speaking.leave())
        await asyncio.sleep(0)
        leaving.cancel()
        assert await client.answer("sessionEnded")
        await close(service)


async def test_a_listener_who_is_lost_is_counted_out_once(service: Service) -> None:
    speaking, session_id = await speaker(service)
    first, _ = await listener(service, session_id), await listener(service, session_id)
    await first.leave()
    await first.leave()
    session = await service.membership.sessions.get_session(session_id)
    assert session is not None
    assert session.listener_count == 1
    await eventually(lambda: any(each.get("listenerCount") == 1 for each in speaking.messages()[-1:]))


async def test_a_listener_who_was_missed_hears_of_the_end_at_the_next_heartbeat(service: Service) -> None:
    _, session_id = await speaker(service)
    client = await listener(service, session_id)
    await service.membership.end(session_id)
    await client.send("heartbeat")
    assert (await client.answer("sessionEnded"))["sessionId"] == session_id
    assert await client.closed() == 1000


async def test_a_session_whose_server_died_is_ended_by_who_comes_next(
    database: AsyncDatabase, settings: Settings, clock: ManualClock
) -> None:
    before = Service(database, EchoTranslator(), settings, clock, no_sleep)
    _, session_id = await speaker(before)
    after = Service(database, EchoTranslator(), settings, clock, no_sleep)
    waiting = await listener(after, session_id)
    clock.forward(181)
    late = await Client(after).connect("joinSession", sessionId=session_id, targetLanguage="ca")
    assert await late.refusal() == (404, "SESSION_NOT_FOUND")
    assert await waiting.answer("sessionEnded")
    assert not await after.membership.sessions.is_session_active(session_id)
    await close(before)
    await close(after)


@pytest.mark.parametrize("action", ["heartbeat", "sendText", "getSessionStatus"])
async def test_a_speaker_who_does_anything_keeps_the_session(service: Service, clock: ManualClock, action: str) -> None:
    speaking, session_id = await speaker(service)
    for number in range(10):
        clock.forward(60)
        await speaking.send(action, segmentId=f"s{number}", text="Hola.")
    client = await listener(service, session_id)
    await client.send("heartbeat")
    assert await client.answer("heartbeatAck")


async def test_a_connection_that_was_released_is_told_so_whatever_it_asks(service: Service) -> None:
    _, session_id = await speaker(service)
    client = await listener(service, session_id)
    await service.membership.leave(client.id)
    await client.send("changeLanguage", targetLanguage="en")
    assert await client.refusal() == (404, "CONNECTION_NOT_FOUND")
    assert await client.closed() == 1001


async def test_a_session_ends_when_its_hours_have_passed(service: Service, clock: ManualClock) -> None:
    speaking, session_id = await speaker(service)
    client = await listener(service, session_id)
    clock.forward(7_200)
    await speaking.send("sendText", segmentId="s1", text="Hola.")
    assert await speaking.refusal() == (404, "SESSION_NOT_FOUND")
    await speaking.send("heartbeat")
    assert await speaking.answer("sessionEnded")
    assert await client.answer("sessionEnded")


@pytest.mark.parametrize(
    ("setting", "limit"), [("limit_connection_attempt_per_minute", 20), ("limit_listener_join_per_minute", 10)]
)
async def test_joins_of_one_address_are_limited(
    database: AsyncDatabase, clock: ManualClock, setting: str, limit: int
) -> None:
    many: dict[str, Any] = {
        "limit_connection_attempt_per_minute": 1_000,
        "limit_listener_join_per_minute": 1_000,
        setting: limit,
    }
    service = Service(database, EchoTranslator(), Settings(**many), clock, no_sleep)
    speaking = await Client(service).connect("createSession", "198.51.100.1", sourceLanguage="es")
    session_id = (await speaking.answer("sessionCreated"))["sessionId"]
    for _ in range(limit):
        await listener(service, session_id)
    refused = await Client(service).connect("joinSession", sessionId=session_id, targetLanguage="ca")
    problem = await refused.answer("error")
    assert problem["code"] == "RATE_LIMIT_EXCEEDED"
    assert problem["details"] == {"status": 429, "retryAfter": 60 // limit}
    assert await refused.closed() == 1008
    other = Client(service)
    await other.connect("joinSession", "198.51.100.2", sessionId=session_id, targetLanguage="ca")
    assert await other.answer("sessionJoined")
    await close(service)


async def test_the_fifty_first_creation_of_an_hour_is_refused(database: AsyncDatabase, clock: ManualClock) -> None:
    service = Service(database, EchoTranslator(), Settings(limit_connection_attempt_per_minute=1_000), clock, no_sleep)
    for _ in range(50):
        await speaker(service)
    refused = await Client(service).connect("createSession", sourceLanguage="es")
    assert (await refused.answer("error"))["details"]["retryAfter"] == 72
    await close(service)


async def test_heartbeats_that_come_too_often_are_refused_and_the_connection_stays(service: Service) -> None:
    client, session_id = await speaker(service)
    for _ in range(2):
        await client.send("heartbeat")
        await client.answer("heartbeatAck")
    await client.send("heartbeat")
    assert await client.refusal() == (429, "RATE_LIMIT_EXCEEDED")
    assert await service.membership.sessions.is_session_active(session_id)


async def test_a_database_that_does_not_answer_is_a_503_and_the_next_message_may_pass(
    settings: Settings, clock: ManualClock
) -> None:
    faults = AsyncFaults(AsyncDatabase("memory:", clock=clock).connection)
    async with AsyncDatabase(faults, clock=clock, retry=RetryPolicy(attempts=1)) as database:
        await database.create_tables(*TABLES)
        service = Service(database, EchoTranslator(), settings, clock, no_sleep)
        client, _ = await speaker(service)
        faults.fail(Throttled("x"), operation="GetItem")
        await client.send("getSessionStatus")
        assert await client.refusal() == (503, "SERVICE_UNAVAILABLE")
        await client.send("getSessionStatus")
        assert await client.answer("sessionStatus")
        await close(service)


async def test_logs_hold_no_text_address_connection_or_session(
    service: Service, database: AsyncDatabase, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level("DEBUG")
    speaking, session_id = await speaker(service)
    client = await listener(service, session_id)
    await speaking.send("sendText", segmentId="s1", text="Un secreto.")
    await speaking.answer("segmentProcessed")

    async def broken(*arguments: object) -> None:
        raise RuntimeError(f"Un secreto. {arguments} {IP}")

    monkeypatch.setattr(service.parts.pipeline, "process", broken)
    await speaking.send("sendText", segmentId="s2", text="Un secreto.")
    assert await speaking.refusal() == (500, "INTERNAL_ERROR")
    await client.leave()
    await speaking.leave()
    assert "unexpected RuntimeError in broken" in caplog.text
    for secret in ("secreto", IP, client.id, speaking.id, session_id):
        assert secret not in caplog.text


async def test_what_is_written_has_the_names_of_the_wire_contract(service: Service, database: AsyncDatabase) -> None:
    speaking, session_id = await speaker(service)
    client = await listener(service, session_id)
    await speaking.send("sendText", segmentId="s1", text="Hola.")
    await speaking.answer("segmentProcessed")
    found = [each async for each in database.query(CachedTranslation.by_last_access("all"))]
    assert [(each.source_text, each.translated_text) for each in found] == [("Hola.", "[ca] Hola.")]
    assert await database.get(limiter_of(Limit("connection_attempt", "ip", 1, 60)).key(IP)) is not None
    assert await database.get(limiter_of(Limit("listener_join", "ip", 1, 60)).key(IP)) is not None
    connection = await database.get(Connection.key(client.id))
    assert connection is not None
    assert connection.ip_address == IP
