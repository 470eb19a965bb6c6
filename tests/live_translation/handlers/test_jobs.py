from collections.abc import AsyncIterator

import pytest
from live_translation.gateway.service import Service
from live_translation.handlers.jobs import jobs_of
from live_translation.sessions.idling import IdleReport
from live_translation.sessions.reconciling import Reconciled
from live_translation.settings import Settings

from dynalayer import AsyncDatabase
from tests.live_translation.doubles import EchoTranslator, ManualClock, no_sleep
from tests.live_translation.handlers.clients import close, listener, speaker

pytestmark = pytest.mark.anyio


@pytest.fixture
async def service(database: AsyncDatabase, settings: Settings, clock: ManualClock) -> AsyncIterator[Service]:
    service = Service(database, EchoTranslator(), settings, clock, no_sleep)
    yield service
    await close(service)


async def test_a_silent_listener_is_told_closed_and_counted_out(service: Service, clock: ManualClock) -> None:
    speaking, session_id = await speaker(service)
    silent = await listener(service, session_id)
    clock.forward(120)
    await speaking.send("heartbeat")
    assert await service.jobs.run_once() == (IdleReport(2, 1, 1), Reconciled(1, 0, 0, 0))
    assert (await silent.answer("connectionTimeout"))["idleSeconds"] == 120
    assert await silent.closed() == 1001
    session = await service.membership.sessions.get_session(session_id)
    assert session is not None
    assert session.listener_count == 0


async def test_the_listeners_of_a_speaker_who_did_not_come_back_are_told(service: Service, clock: ManualClock) -> None:
    speaking, session_id = await speaker(service)
    hearing = await listener(service, session_id)
    await speaking.leave(1006)
    clock.forward(30)
    assert await service.jobs.run_once() == (IdleReport(1, 0, 0), Reconciled(1, 1, 1, 0))
    assert (await hearing.answer("sessionEnded"))["sessionId"] == session_id
    assert await hearing.closed() == 1000


async def test_another_process_finishes_what_one_that_died_has_left(
    service: Service, database: AsyncDatabase, clock: ManualClock
) -> None:
    _, session_id = await speaker(service)
    hearing = await listener(service, session_id)
    await service.membership.end(session_id)
    assert (await jobs_of(database, service.parts, no_sleep).run_once())[1] == Reconciled(1, 0, 1, 0)
    assert await hearing.answer("sessionEnded")
