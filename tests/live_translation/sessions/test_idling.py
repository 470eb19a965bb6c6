import json

import pytest
from live_translation.sessions.idling import IdleJob, IdleReport
from live_translation.sessions.membership import Membership
from live_translation.sessions.turns import JOBS
from live_translation.sessions.validation import SessionOptions
from live_translation.settings import Settings
from live_translation.tables import TABLES, Connection

from dynalayer import AsyncDatabase, Throttled
from dynalayer.testing import AsyncFaults
from tests.live_translation.doubles import ManualClock, Posts

pytestmark = pytest.mark.anyio
ID = "a-b-100"


@pytest.fixture
async def membership(database: AsyncDatabase, settings: Settings, clock: ManualClock) -> Membership:
    membership = Membership(database, settings, clock, draw_id=lambda: ID)
    await membership.create("speaker", None, SessionOptions("es"))
    for each in ("silent", "alive"):
        await membership.join(each, None, ID, "ca")
    return membership


@pytest.fixture
def posts() -> Posts:
    return Posts()


@pytest.fixture
def job(
    database: AsyncDatabase, settings: Settings, clock: ManualClock, posts: Posts, membership: Membership
) -> IdleJob:
    return IdleJob(database, settings, clock, posts, membership.leave)


async def beat(membership: Membership, *who: str) -> None:
    for each in who:
        await membership.connections.record_activity(each)


async def test_who_is_silent_too_long_is_told_closed_and_let_go_and_nobody_else(
    job: IdleJob, membership: Membership, clock: ManualClock, posts: Posts
) -> None:
    clock.forward(60)
    await beat(membership, "speaker", "alive")
    clock.forward(60)
    assert await job.run_once() == IdleReport(3, 1, 1)
    ((told, text),) = posts.sent
    assert told == "silent"
    assert json.loads(text)["type"] == "connectionTimeout"
    assert json.loads(text)["idleSeconds"] == 120
    assert posts.closed == {"silent": 1001}
    session = await membership.sessions.active_session(ID)
    assert session is not None
    assert session.listener_count == 1
    assert await job.run_once() == IdleReport(2, 0, 0)


async def test_a_sign_of_life_that_was_not_written_down_yet_is_allowed_for(job: IdleJob, clock: ManualClock) -> None:
    clock.forward(119.9)
    assert await job.run_once() == IdleReport(3, 0, 0)


async def test_a_silent_speaker_ends_the_session(job: IdleJob, membership: Membership, clock: ManualClock) -> None:
    clock.forward(100)
    await beat(membership, "silent", "alive")
    clock.forward(20)
    assert await job.run_once() == IdleReport(3, 1, 1)
    assert not await membership.sessions.is_session_active(ID)


async def test_a_client_that_is_gone_or_stalled_is_let_go_all_the_same(
    job: IdleJob, posts: Posts, clock: ManualClock, database: AsyncDatabase
) -> None:
    posts.gone = {"silent", "alive", "speaker"}
    clock.forward(1_000)
    assert await job.run_once() == IdleReport(3, 3, 3)
    for each in posts.gone:
        assert await database.get(Connection.key(each), expired=True) is None


async def test_who_beats_while_the_job_runs_stays(
    database: AsyncDatabase, settings: Settings, clock: ManualClock, membership: Membership, posts: Posts
) -> None:
    async def let_go(connection_id: str) -> None:
        await membership.leave(connection_id)
        await beat(membership, *({"silent", "alive", "speaker"} - set(posts.closed)))

    class Slow(Posts):
        async def close(self, connection_id: str, code: int) -> None:
            posts.closed[connection_id] = code

    clock.forward(120)
    job = IdleJob(database, settings, clock, Slow(), let_go)
    turn = await job.run_once()
    assert turn is not None
    assert turn.closed == len(posts.closed)
    left = [each for each in ("speaker", "silent", "alive") if await membership.connections.get_connection(each)]
    assert set(left) == {"speaker", "silent", "alive"} - set(posts.closed)


async def test_what_could_not_be_closed_is_closed_by_the_next_run(
    database: AsyncDatabase, settings: Settings, clock: ManualClock, membership: Membership, posts: Posts
) -> None:
    failing = {"silent"}

    async def let_go(connection_id: str) -> None:
        if connection_id in failing:
            raise Throttled("busy")
        await membership.leave(connection_id)

    job = IdleJob(database, settings, clock, posts, let_go)
    clock.forward(60)
    await beat(membership, "speaker")
    clock.forward(60)
    assert await job.run_once() == IdleReport(3, 2, 1)
    failing.clear()
    assert await job.run_once() == IdleReport(2, 1, 1)


async def test_one_process_at_a_time_is_at_it_and_one_that_died_is_replaced(
    job: IdleJob, database: AsyncDatabase, clock: ManualClock
) -> None:
    await database.run(JOBS.acquire("idle-connections"))
    assert await job.run_once() is None
    clock.forward(60)
    assert await job.run_once() is not None


async def test_all_pages_are_read(clock: ManualClock, settings: Settings, posts: Posts) -> None:
    faults = AsyncFaults(AsyncDatabase("memory:", clock=clock).connection)
    async with AsyncDatabase(faults, clock=clock) as database:
        await database.create_tables(*TABLES)
        membership = Membership(database, settings, clock, draw_id=lambda: ID)
        await membership.create("speaker", "x" * 300_000, SessionOptions("es"))
        for number in range(7):
            await membership.join(f"{number}", "x" * 300_000, ID, "ca")
        clock.forward(1_000)
        faults.calls.clear()
        assert await IdleJob(database, settings, clock, posts, membership.leave).run_once() == IdleReport(8, 8, 8)
        assert sum(call.operation == "Scan" for call in faults.calls) > 1
