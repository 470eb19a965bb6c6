from collections.abc import AsyncIterator

import pytest
from live_translation.gateway.service import Service
from live_translation.settings import Settings

from dynalayer import AsyncDatabase
from tests.live_translation.doubles import EchoTranslator, ManualClock, eventually, no_sleep
from tests.live_translation.handlers.clients import Client, close, listener

pytestmark = pytest.mark.anyio


@pytest.fixture
async def service(database: AsyncDatabase, settings: Settings, clock: ManualClock) -> AsyncIterator[Service]:
    service = Service(database, EchoTranslator(), settings, clock, no_sleep)
    yield service
    await close(service)


async def speaking(service: Service, user: str = "ada") -> tuple[Client, str]:
    client = await Client(service, userId=user).connect("createSession", sourceLanguage="es")
    return client, (await client.answer("sessionCreated"))["sessionId"]


async def refreshed(service: Service, session_id: str, user: str = "ada") -> Client:
    return await Client(service, userId=user).connect("refreshConnection", role="speaker", sessionId=session_id)


async def test_a_speaker_goes_on_over_another_socket_and_nobody_notices(service: Service, clock: ManualClock) -> None:
    old, session_id = await speaking(service)
    hearing = await listener(service, session_id)
    await old.send("pauseBroadcast")
    clock.forward(6_300)
    new = await refreshed(service, session_id)
    done = await new.answer("connectionRefreshComplete")
    assert (done["sessionId"], done["role"], done["connectionId"]) == (session_id, "speaker", new.id)
    assert done["expiresAt"] == int(clock()) + 10_800
    restored = await new.answer("stateRestored")
    assert (restored["isPaused"], restored["isMuted"], restored["volume"]) == (True, False, 1.0)
    await old.leave()
    await new.send("resumeBroadcast")
    assert (await hearing.answer("broadcastResumed"))["sessionId"] == session_id
    await new.send("sendText", segmentId="s1", text="Hola.")
    assert (await hearing.answer("caption"))["text"] == "[ca] Hola."
    assert not any(message["type"] == "sessionEnded" for message in hearing.messages())


async def test_a_socket_whose_place_is_taken_is_told_so_and_ends_nothing(service: Service) -> None:
    old, session_id = await speaking(service)
    await refreshed(service, session_id)
    await old.send("heartbeat")
    assert await old.refusal() == (404, "CONNECTION_NOT_FOUND")
    assert await old.closed() == 1001
    assert await service.membership.sessions.is_session_active(session_id)


async def test_a_listener_goes_on_over_another_socket_and_is_counted_once(service: Service) -> None:
    speaker, session_id = await speaking(service)
    old = await listener(service, session_id)
    new = await Client(service).connect(
        "refreshConnection", role="listener", sessionId=session_id, targetLanguage="fr", connectionId=old.id
    )
    done = await new.answer("connectionRefreshComplete")
    assert (done["role"], done["targetLanguage"], done["sourceLanguage"]) == ("listener", "fr", "es")
    assert (await new.answer("stateRestored"))["broadcastState"]["isActive"]
    await old.leave()
    await speaker.send("sendText", segmentId="s1", text="Hola.")
    assert (await new.answer("caption"))["text"] == "[fr] Hola."
    session = await service.membership.sessions.get_session(session_id)
    assert session is not None
    assert session.listener_count == 1


async def test_a_refresh_may_be_asked_for_by_message_and_is_answered_in_order(service: Service) -> None:
    _, session_id = await speaking(service)
    new = Client(service, userId="ada")
    await new.arrive({})
    await new.send("refreshConnection", role="speaker", sessionId=session_id)
    assert await new.answer("connectionRefreshComplete")
    assert await new.answer("stateRestored")


REFUSED: list[tuple[dict[str, str], tuple[int, str]]] = [
    ({}, (400, "MISSING_PARAMETER")),
    ({"role": "owner"}, (400, "INVALID_PARAMETER")),
    ({"role": "listener"}, (400, "MISSING_PARAMETER")),
    ({"role": "listener", "targetLanguage": "ca"}, (400, "MISSING_PARAMETER")),
    ({"role": "listener", "targetLanguage": "CA", "connectionId": "x"}, (400, "UNSUPPORTED_LANGUAGE")),
    ({"role": "listener", "targetLanguage": "zh", "connectionId": "x"}, (400, "UNSUPPORTED_LANGUAGE")),
    ({"role": "listener", "targetLanguage": "ca", "connectionId": "é"}, (400, "INVALID_PARAMETER")),
    ({"role": "listener", "targetLanguage": "ca", "connectionId": "x" * 129}, (400, "INVALID_PARAMETER")),
    ({"role": "listener", "targetLanguage": "ca", "connectionId": "nobody"}, (404, "CONNECTION_NOT_FOUND")),
    ({"role": "speaker"}, (401, "UNAUTHORIZED")),
    ({"role": "speaker", "sessionId": "a-b-099"}, (400, "INVALID_SESSION_ID")),
]


@pytest.mark.parametrize(("parameters", "expected"), REFUSED)
async def test_nobody_gets_in_by_a_refresh_who_may_not(
    service: Service, parameters: dict[str, str], expected: tuple[int, str]
) -> None:
    _, session_id = await speaking(service)
    stranger = Client(service)
    await stranger.arrive({"action": "refreshConnection", "sessionId": session_id, **parameters})
    assert await stranger.refusal() == expected
    assert await stranger.closed() == 1008
    assert await service.membership.connections.get_connection(stranger.id) is None


async def test_a_bad_token_is_told_as_such_and_another_user_s_is_forbidden(service: Service) -> None:
    _, session_id = await speaking(service)
    eve = await refreshed(service, session_id, "eve")
    assert await eve.refusal() == (403, "FORBIDDEN")
    for doubt, expected in (("expired", (401, "UNAUTHORIZED")), ("unavailable", (503, "SERVICE_UNAVAILABLE"))):
        late = Client(service, error=doubt)
        await late.arrive({"action": "refreshConnection", "sessionId": session_id, "role": "speaker"})
        assert await late.refusal() == expected


async def test_a_speaker_whose_socket_broke_comes_back_to_its_session(service: Service, clock: ManualClock) -> None:
    old, session_id = await speaking(service)
    hearing = await listener(service, session_id)
    await old.leave(1006)
    clock.forward(29)
    await hearing.send("heartbeat")
    assert await hearing.answer("heartbeatAck")
    new = await refreshed(service, session_id)
    await new.answer("connectionRefreshComplete")
    await new.send("sendText", segmentId="s1", text="Hola.")
    assert (await hearing.answer("caption"))["text"] == "[ca] Hola."


async def test_a_speaker_who_does_not_come_back_ends_its_session(service: Service, clock: ManualClock) -> None:
    old, session_id = await speaking(service)
    hearing = await listener(service, session_id)
    await old.leave(1006)
    clock.forward(30)
    await hearing.send("heartbeat")
    assert (await hearing.answer("sessionEnded"))["sessionId"] == session_id
    assert await (await refreshed(service, session_id)).refusal() == (404, "SESSION_NOT_FOUND")


@pytest.mark.parametrize("code", [1000, 1001, 1005])
async def test_a_speaker_who_says_goodbye_ends_its_session_at_once(service: Service, code: int) -> None:
    old, session_id = await speaking(service)
    hearing = await listener(service, session_id)
    await old.leave(code)
    assert (await hearing.answer("sessionEnded"))["sessionId"] == session_id


async def test_old_sockets_are_asked_once_to_be_replaced_before_their_heartbeat_is_answered(
    service: Service, clock: ManualClock
) -> None:
    old, session_id = await speaking(service)
    hearing = await listener(service, session_id)
    told: list[tuple[int, str, str]] = []
    for minute in range(0, 120, 5):
        for who, client in (("speaker", old), ("listener", hearing)):
            await client.send("heartbeat")
            await eventually(lambda client=client: "heartbeatAck" in kinds(client))
            told += [(minute, who, kind) for kind in kinds(client) if kind.startswith("connection")]
            assert kinds(client)[-1] == "heartbeatAck"
            await client.answer("heartbeatAck")
        clock.forward(300)
    assert told == [
        (100, "speaker", "connectionRefreshRequired"),
        (100, "listener", "connectionRefreshRequired"),
        (105, "speaker", "connectionWarning"),
    ]


def kinds(client: Client) -> list[str]:
    return [message["type"] for message in client.messages() if message["type"] != "sessionStatus"]


async def test_ids_cannot_be_guessed_by_refreshes_over_one_connection(
    database: AsyncDatabase, clock: ManualClock
) -> None:
    service = Service(database, EchoTranslator(), Settings(), clock, no_sleep)
    guessing = Client(service)
    await guessing.arrive({})
    codes = []
    for number in range(100, 125):
        await guessing.send(
            "refreshConnection", role="listener", sessionId=f"a-b-{number}", targetLanguage="ca", connectionId="x"
        )
        codes.append((await guessing.refusal())[1])
    assert codes.count("SESSION_NOT_FOUND") == 19
    assert codes.count("RATE_LIMIT_EXCEEDED") == 6
    await close(service)
