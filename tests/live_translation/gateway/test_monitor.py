import asyncio
from collections.abc import AsyncIterator

import pytest
from live_translation.gateway.events import Peer, connect_event
from live_translation.gateway.service import Service
from live_translation.settings import Settings

from dynalayer import AsyncDatabase
from tests.live_translation.doubles import EchoTranslator, FakeWire, ManualClock, eventually, no_sleep

pytestmark = pytest.mark.anyio


@pytest.fixture
async def service(database: AsyncDatabase, settings: Settings, clock: ManualClock) -> AsyncIterator[Service]:
    service = Service(database, EchoTranslator(), settings, clock, no_sleep)
    yield service
    for connection_id in service.sockets.ids():
        await service.sockets.forget(connection_id)
    await service.stop()


async def connected(service: Service, connection_id: str, **parameters: str) -> FakeWire:
    wire = FakeWire()
    service.sockets.open(connection_id, wire)
    peer = Peer(connection_id, int(service.clock() * 1000), "203.0.113.7")
    await service.handle(connect_event(peer, service.clock, parameters))
    return wire


async def session_with_listener(service: Service) -> tuple[str, FakeWire, FakeWire]:
    speaker = await connected(service, "s", action="createSession", sourceLanguage="es")
    connection = await service.membership.connections.get_connection("s")
    assert connection is not None
    listener = await connected(service, "l", action="joinSession", sessionId=connection.session_id, targetLanguage="ca")
    return connection.session_id, speaker, listener


async def test_a_listener_silent_for_ninety_seconds_leaves(service: Service, clock: ManualClock) -> None:
    session_id, _, listener = await session_with_listener(service)
    clock.forward(89.9)
    service.sockets.heard("s")
    assert await service.monitor.look() == 0
    clock.forward(0.1)
    assert await service.monitor.look() == 1
    await eventually(lambda: 1001 in listener.read)
    session = await service.membership.sessions.get_session(session_id)
    assert session is not None
    assert session.listener_count == 0
    assert session.is_active


async def test_a_speaker_silent_for_ninety_seconds_ends_the_session(service: Service, clock: ManualClock) -> None:
    session_id, _, listener = await session_with_listener(service)
    clock.forward(60)
    service.sockets.heard("l")
    clock.forward(30)
    assert await service.monitor.look() == 1
    assert not await service.membership.sessions.is_session_active(session_id)
    await eventually(lambda: 1000 in listener.read)


async def test_who_sends_stays(service: Service, clock: ManualClock) -> None:
    await session_with_listener(service)
    for _ in range(20):
        clock.forward(30)
        for connection_id in ("s", "l"):
            service.sockets.heard(connection_id)
        assert await service.monitor.look() == 0


async def test_a_session_that_has_had_its_hours_is_ended(service: Service, clock: ManualClock) -> None:
    session_id, speaker, listener = await session_with_listener(service)
    clock.forward(7_200)
    for connection_id in ("s", "l"):
        service.sockets.heard(connection_id)
    assert await service.monitor.look() == 2
    assert not await service.membership.sessions.is_session_active(session_id)
    for wire in (speaker, listener):
        await eventually(lambda wire=wire: 1000 in wire.read)


async def test_an_old_connection_is_closed_while_the_session_goes_on_over_newer_ones(
    service: Service, clock: ManualClock
) -> None:
    session_id, speaker, listener = await session_with_listener(service)
    await connected(service, "old", action="joinSession", sessionId=session_id, targetLanguage="en")
    clock.forward(7_190)
    await service.membership.connections.record_activity("s")
    again = FakeWire()
    service.sockets.open("again", again)
    await service.membership.refreshing.listener("again", None, session_id, "en", "old")
    await service.membership.sessions.update_speaker_connection(session_id, "later")
    await service.membership.connections.delete_connection("s")
    clock.forward(10)
    for connection_id in ("s", "l", "old", "again"):
        service.sockets.heard(connection_id)
    assert await service.monitor.look() == 3
    for wire in (speaker, listener):
        await eventually(lambda wire=wire: 1001 in wire.read)
    assert not service.sockets.is_closing("again")
    session = await service.membership.sessions.active_session(session_id)
    assert session is not None
    assert session.listener_count == 1


async def test_the_watch_goes_on_after_a_failure(
    service: Service, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = 0

    async def look() -> int:
        nonlocal looks
        looks += 1
        raise RuntimeError

    monkeypatch.setattr(service.monitor, "look", look)
    watch = asyncio.create_task(service.monitor.run())
    await eventually(lambda: looks > 2)
    watch.cancel()
