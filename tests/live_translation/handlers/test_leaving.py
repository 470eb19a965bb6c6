import asyncio
from collections.abc import AsyncIterator

import pytest
from live_translation.gateway.events import Peer, disconnect_event
from live_translation.gateway.service import Service
from live_translation.handlers.leaving import let_go
from live_translation.ports import Busy
from live_translation.settings import Settings
from live_translation.tables import TABLES, Connection

from dynalayer import AsyncDatabase, RetryPolicy, Throttled
from dynalayer.testing import AsyncFaults
from tests.live_translation.doubles import EchoTranslator, ManualClock, interleaved, no_sleep
from tests.live_translation.handlers.clients import Client, close, listener, speaker

pytestmark = pytest.mark.anyio
MANY = 500


@pytest.fixture
async def service(settings: Settings, clock: ManualClock) -> AsyncIterator[Service]:
    async with interleaved(clock) as database:
        await database.create_tables(*TABLES)
        service = Service(database, EchoTranslator(), settings, clock, no_sleep)
        yield service
        await close(service)


async def crowd(service: Service, session_id: str) -> list[str]:
    """As many listeners as there may be, without their sockets."""
    ids = [f"listener-{number}" for number in range(MANY)]
    await asyncio.gather(*(service.membership.join(each, None, session_id, "ca") for each in ids))
    return ids


async def test_five_hundred_who_leave_at_once_are_counted_out_each_once(service: Service, clock: ManualClock) -> None:
    _, session_id = await speaker(service)
    ids = await crowd(service, session_id)
    events = [disconnect_event(Peer(each, 1, "203.0.113.7"), clock) for each in ids for _ in range(2)]
    responses = await asyncio.gather(*(service.handle(event) for event in events))
    assert {response["statusCode"] for response in responses} == {200}
    session = await service.membership.sessions.get_session(session_id)
    assert session is not None
    assert session.listener_count == 0
    assert await service.membership.connections.get_connections_by_session(session_id) == []


async def test_when_the_speaker_leaves_five_hundred_are_told_with_a_bound_on_how_many_at_once(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    speaking, session_id = await speaker(service)
    ids = await crowd(service, session_id)
    told: list[str] = []
    under_way, most = 0, 0

    async def post(connection_id: str, text: str) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        under_way -= 1
        if connection_id in ids:
            told.append(connection_id)

    monkeypatch.setattr(service.switchboard, "post", post)
    await let_go(service.parts, speaking.id)
    assert sorted(told) == sorted(ids)
    assert 1 < most <= 101
    assert await service.membership.connections.get_connections_by_session(session_id) == []


async def test_a_disconnect_that_fails_says_so_and_can_be_done_again(settings: Settings, clock: ManualClock) -> None:
    faults = AsyncFaults(AsyncDatabase("memory:", clock=clock).connection)
    async with AsyncDatabase(faults, clock=clock, retry=RetryPolicy(attempts=1)) as database:
        await database.create_tables(*TABLES)
        service = Service(database, EchoTranslator(), settings, clock, no_sleep)
        _, session_id = await speaker(service)
        client: Client = await listener(service, session_id)
        faults.fail(Throttled("x"), operation="TransactWriteItems")
        assert (await client.leave())["statusCode"] == 503
        assert await database.get(Connection.key(client.id)) is not None
        assert (await client.leave())["statusCode"] == 200
        session = await service.membership.sessions.get_session(session_id)
        assert session is not None
        assert session.listener_count == 0
        await close(service)


@pytest.mark.parametrize("error", [Busy(), TimeoutError(), RuntimeError()])
async def test_those_who_cannot_be_told_keep_nobody_from_being_told(
    service: Service, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    speaking, session_id = await speaker(service)
    clients = [await listener(service, session_id) for _ in range(6)]
    deaf = {each.id for each in clients[::2]}
    post = service.switchboard.post

    async def failing(connection_id: str, text: str) -> None:
        if connection_id in deaf:
            raise error
        await post(connection_id, text)

    monkeypatch.setattr(service.switchboard, "post", failing)
    await let_go(service.parts, speaking.id)
    for each in clients:
        assert await each.closed() == 1000
        if each.id not in deaf:
            assert await each.answer("sessionEnded")
    assert await service.membership.connections.get_connections_by_session(session_id) == []


async def test_a_client_that_is_busy_for_a_moment_has_its_answer(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    speaking, _ = await speaker(service)
    post, refusals = service.switchboard.post, [Busy(), Busy()]

    async def busy(connection_id: str, text: str) -> None:
        if refusals:
            raise refusals.pop()
        await post(connection_id, text)

    monkeypatch.setattr(service.switchboard, "post", busy)
    await speaking.send("heartbeat")
    assert await speaking.answer("heartbeatAck")
