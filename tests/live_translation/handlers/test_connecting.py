from collections.abc import AsyncIterator

import pytest
from live_translation.gateway.service import Service
from live_translation.settings import Settings

from dynalayer import AsyncDatabase
from tests.live_translation.doubles import EchoTranslator, ManualClock, no_sleep
from tests.live_translation.handlers.clients import IP, Client, close, listener, speaker

pytestmark = pytest.mark.anyio


@pytest.fixture
async def service(database: AsyncDatabase, settings: Settings, clock: ManualClock) -> AsyncIterator[Service]:
    service = Service(database, EchoTranslator(), settings, clock, no_sleep)
    yield service
    await close(service)


async def silent(service: Service) -> Client:
    """A client that names no action in its address."""
    client = Client(service)
    await client.arrive({})
    return client


async def test_who_connects_without_an_action_says_later_what_it_wants(service: Service) -> None:
    speaking, listening = await silent(service), await silent(service)
    assert (speaking.messages(), listening.messages()) == ([], [])
    await speaking.send("createSession", sourceLanguage="es", partialResults=False, minStability=0.9)
    created = await speaking.answer("sessionCreated")
    assert (created["partialResultsEnabled"], created["minStabilityThreshold"]) == (False, 0.9)
    await listening.send("joinSession", sessionId=created["sessionId"], targetLanguage="ca")
    assert (await listening.answer("sessionJoined"))["listenerCount"] == 1
    await speaking.send("sendText", segmentId="s1", text="Hola.")
    assert (await listening.answer("caption"))["text"] == "[ca] Hola."


async def test_an_attempt_without_an_action_counts_as_one(database: AsyncDatabase, clock: ManualClock) -> None:
    service = Service(database, EchoTranslator(), Settings(), clock, no_sleep)
    for _ in range(20):
        await silent(service)
    refused = await silent(service)
    assert await refused.refusal() == (429, "RATE_LIMIT_EXCEEDED")
    assert await refused.closed() == 1008
    await close(service)


async def test_a_message_refused_outside_of_a_session_leaves_the_connection(service: Service) -> None:
    client = await silent(service)
    await client.send("joinSession", sessionId="a-b-100", targetLanguage="ca")
    assert await client.refusal() == (404, "SESSION_NOT_FOUND")
    await client.send("createSession", sourceLanguage="es")
    assert await client.answer("sessionCreated")


async def test_the_same_message_twice_has_the_effect_of_once(service: Service) -> None:
    speaking, session_id = await speaker(service)
    await speaking.send("createSession", sourceLanguage="es")
    assert (await speaking.answer("sessionCreated"))["sessionId"] == session_id
    listening = await listener(service, session_id)
    await listening.send("joinSession", sessionId=session_id, targetLanguage="ca")
    assert (await listening.answer("sessionJoined"))["listenerCount"] == 1


async def test_a_connection_has_one_place(service: Service) -> None:
    speaking, session_id = await speaker(service)
    _, other = await speaker(service)
    listening = await listener(service, session_id)
    await speaking.send("joinSession", sessionId=session_id, targetLanguage="ca")
    assert await speaking.refusal() == (403, "UNAUTHORIZED_ACTION")
    await listening.send("createSession", sourceLanguage="es")
    assert await listening.refusal() == (403, "UNAUTHORIZED_ACTION")
    await listening.send("joinSession", sessionId=other, targetLanguage="ca")
    assert await listening.refusal() == (403, "UNAUTHORIZED_ACTION")
    for found, count in ((session_id, 1), (other, 0)):
        session = await service.membership.sessions.get_session(found)
        assert session is not None
        assert session.listener_count == count


async def test_the_address_of_an_event_is_the_one_that_is_limited(service: Service, database: AsyncDatabase) -> None:
    speaking, _ = await speaker(service)
    connection = await service.membership.connections.get_connection(speaking.id)
    assert connection is not None
    assert connection.ip_address == IP
