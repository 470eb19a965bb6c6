"""What still works while something else does not (SM-21)."""

import logging
from collections.abc import AsyncIterator

import pytest
from live_translation.gateway.service import Service
from live_translation.settings import Settings
from live_translation.tables import TABLES

from dynalayer import AsyncDatabase, RetryPolicy
from dynalayer.testing import AsyncFaults
from tests.live_translation.doubles import EchoTranslator, ManualClock, no_sleep
from tests.live_translation.handlers.clients import IP, Client, close, listener, speaker

pytestmark = pytest.mark.anyio


@pytest.fixture
async def faults(clock: ManualClock) -> AsyncIterator[AsyncFaults]:
    faults = AsyncFaults(AsyncDatabase("memory:", clock=clock).connection)
    yield faults
    await faults.close()


@pytest.fixture
async def service(faults: AsyncFaults, settings: Settings, clock: ManualClock) -> AsyncIterator[Service]:
    database = AsyncDatabase(faults, clock=clock, sleep=no_sleep, retry=RetryPolicy(attempts=3))
    await database.create_tables(*TABLES)
    service = Service(database, EchoTranslator(), settings, clock, no_sleep)
    yield service
    faults.heal()
    await close(service)


async def test_while_the_database_is_down_everybody_is_told_to_come_back(service: Service, faults: AsyncFaults) -> None:
    speaking, session_id = await speaker(service)
    faults.throttle(times=None)
    for parameters in (
        {"action": "createSession", "sourceLanguage": "es"},
        {"action": "joinSession", "sessionId": session_id, "targetLanguage": "ca"},
    ):
        client = Client(service)
        await client.arrive(parameters)
        assert await client.refusal() == (503, "SERVICE_UNAVAILABLE")
    await speaking.send("pauseBroadcast")
    assert await speaking.refusal() == (503, "SERVICE_UNAVAILABLE")
    faults.heal()
    await speaking.send("heartbeat")
    assert await speaking.answer("heartbeatAck")


async def test_a_database_that_fails_twice_is_not_noticed(service: Service, faults: AsyncFaults) -> None:
    faults.throttle(operation="TransactWriteItems", times=2)
    _, session_id = await speaker(service)
    faults.time_out(operation="TransactWriteItems", times=2, after_commit=True)
    await listener(service, session_id)
    session = await service.membership.sessions.get_session(session_id)
    assert session is not None
    assert session.listener_count == 1


async def test_while_the_keys_cannot_be_had_speakers_wait_and_listeners_come_in(service: Service) -> None:
    _, session_id = await speaker(service)
    late = Client(service, error="unavailable")
    await late.arrive({"action": "createSession", "sourceLanguage": "es"})
    assert await late.refusal() == (503, "SERVICE_UNAVAILABLE")
    hearing = Client(service, error="unavailable")
    await hearing.arrive({"action": "joinSession", "sessionId": session_id, "targetLanguage": "ca"})
    assert await hearing.answer("sessionJoined")


async def test_while_the_rate_limits_are_down_all_are_let_in_with_a_warning_that_names_nobody(
    service: Service, faults: AsyncFaults, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    faults.throttle(table="RateLimits", times=None)
    _, session_id = await speaker(service)
    client = await listener(service, session_id)
    for _ in range(5):
        await client.send("heartbeat")
        assert await client.answer("heartbeatAck")
    warnings = [message for message in caplog.messages if message.startswith("rate limit")]
    assert any("listener_join" in each for each in warnings)
    assert not any(IP in each or client.id in each for each in caplog.messages)


async def test_a_busy_moment_is_no_end_of_a_session(service: Service, faults: AsyncFaults, clock: ManualClock) -> None:
    _, session_id = await speaker(service)
    client = await listener(service, session_id)
    clock.forward(60)
    faults.throttle(operation="GetItem", times=3)
    await client.send("heartbeat")
    assert await client.refusal() == (503, "SERVICE_UNAVAILABLE")
    await client.send("heartbeat")
    assert await client.answer("heartbeatAck")
