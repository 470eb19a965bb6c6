import asyncio

import pytest
from live_translation.sessions.membership import Membership
from live_translation.sessions.reconciling import Reconciled, ReconciliationJob
from live_translation.sessions.turns import JOBS
from live_translation.sessions.validation import SessionOptions
from live_translation.settings import Settings
from live_translation.tables import Connection, Session

from dynalayer import AsyncDatabase, Throttled
from tests.live_translation.doubles import ManualClock

pytestmark = pytest.mark.anyio
ID = "a-b-100"
HOUR = 3_600


class World:
    """A session with two listeners, the job, and what happens while it waits."""

    def __init__(self, database: AsyncDatabase, settings: Settings, clock: ManualClock) -> None:
        self.database = database
        self.clock = clock
        self.membership = Membership(database, settings, clock, draw_id=lambda: ID)
        self.told: list[str] = []
        self.meanwhile: list[str] = []
        self.job = ReconciliationJob(database, self.membership, self.sweep, self.sleep)

    async def open(self) -> "World":
        await self.membership.create("speaker", None, SessionOptions("es"), "ada")
        for each in ("1", "2"):
            await self.membership.join(each, None, ID, "ca")
        return self

    async def sweep(self, session_id: str) -> int:
        async def tell(connection_id: str) -> None:
            self.told.append(connection_id)

        return await self.membership.sweep(session_id, tell)

    async def sleep(self, seconds: float) -> None:
        self.clock.forward(seconds)
        for each in self.meanwhile:
            await self.membership.join(each, None, ID, "ca")

    async def miscount(self, count: int) -> None:
        await self.database.update(Session.key(ID), Session.listener_count.set(count))

    async def count(self) -> int | None:
        session = await self.membership.sessions.active_session(ID)
        return None if session is None else session.listener_count


@pytest.fixture
async def world(database: AsyncDatabase, settings: Settings, clock: ManualClock) -> World:
    return await World(database, settings, clock).open()


async def test_where_all_is_well_nothing_is_changed(world: World) -> None:
    before = await world.database.get(Session.key(ID))
    assert await world.job.run_once() == Reconciled(1, 0, 0, 0)
    assert await world.database.get(Session.key(ID)) == before
    assert world.told == []


@pytest.mark.parametrize("count", [0, 1, 3, 500])
async def test_a_count_that_is_wrong_is_that_of_the_connections_afterwards(world: World, count: int) -> None:
    await world.miscount(count)
    assert await world.job.run_once() == Reconciled(1, 0, 0, 1)
    assert await world.count() == 2


async def test_who_joins_while_it_counts_is_counted(world: World) -> None:
    await world.miscount(7)
    world.meanwhile = ["3", "4"]
    assert await world.job.run_once() == Reconciled(1, 0, 0, 1)
    assert await world.count() == 4


async def test_a_connection_that_its_ttl_deleted_is_counted_out(world: World) -> None:
    await world.database.delete(Connection.key("1"))
    assert await world.job.run_once() == Reconciled(1, 0, 0, 1)
    assert await world.count() == 1


async def test_what_is_only_in_one_of_two_looks_is_the_index_s_lag(world: World) -> None:
    await world.miscount(1)

    async def known_now(seconds: float) -> None:
        await world.miscount(2)

    world.sleep = known_now  # type: ignore[method-assign]
    job = ReconciliationJob(world.database, world.membership, world.sweep, known_now)
    assert await job.run_once() == Reconciled(1, 0, 0, 0)
    assert await world.count() == 2


async def test_a_session_whose_speaker_was_lost_is_ended_once_its_grace_has_passed(world: World) -> None:
    await world.membership.leave("speaker", lost=True)
    world.clock.forward(29)
    assert await world.job.run_once() == Reconciled(1, 0, 0, 0)
    world.clock.forward(1)
    assert await world.job.run_once() == Reconciled(1, 1, 2, 0)
    assert sorted(world.told) == ["1", "2"]
    assert await world.count() is None


async def test_a_session_whose_server_died_is_ended(world: World) -> None:
    world.clock.forward(180)
    assert await world.job.run_once() == Reconciled(1, 1, 2, 0)


async def test_who_is_left_in_a_session_that_ended_is_let_go(world: World) -> None:
    await world.membership.end(ID)
    assert await world.job.run_once() == Reconciled(1, 0, 2, 0)
    for each in ("speaker", "1", "2"):
        assert await world.database.get(Connection.key(each), expired=True) is None
    assert await world.job.run_once() == Reconciled(1, 0, 0, 0)


async def test_a_session_past_its_hours_is_ended_and_everybody_let_go(world: World) -> None:
    world.clock.forward(2 * HOUR)
    assert await world.job.run_once() == Reconciled(1, 1, 2, 0)
    session = await world.database.get(Session.key(ID))
    assert session is not None
    assert not session.is_active


async def test_a_run_that_was_broken_off_is_finished_by_the_next(world: World) -> None:
    await world.membership.end(ID)
    sweep, calls = world.sweep, 0

    async def failing(session_id: str) -> int:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise Throttled("busy")
        return await sweep(session_id)

    job = ReconciliationJob(world.database, world.membership, failing, world.sleep)
    assert await job.run_once() == Reconciled(1, 0, 0, 0)
    assert await job.run_once() == Reconciled(1, 0, 2, 0)


async def test_one_process_at_a_time_is_at_it(world: World) -> None:
    holding = await world.database.run(JOBS.acquire("reconciliation"))
    assert await world.job.run_once() is None
    await world.database.run(JOBS.release(holding))
    answers = await asyncio.gather(world.job.run_once(), world.job.run_once())
    assert sum(each is not None for each in answers) >= 1
