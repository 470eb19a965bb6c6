import asyncio
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from live_translation.broadcasting.turns import REMEMBERED, TURN_SECONDS, Turn, Turns
from live_translation.errors import ServiceProblem
from live_translation.sessions.session_items import SessionsRepository
from live_translation.tables import TABLES, Session

from dynalayer import AsyncDatabase, ConnectionLost, RetryPolicy
from dynalayer.testing import AsyncFaults
from tests.live_translation.doubles import START, ManualClock, interleaved

pytestmark = pytest.mark.anyio

ID = "holy-honey-697"


class Processes:
    """Several processes on one database; a sleep takes as long as it says, and lets the others go on."""

    def __init__(self, database: AsyncDatabase, clock: ManualClock, *names: str) -> None:
        self.database = database
        self.clock = clock
        self.sessions = SessionsRepository(database, clock)
        self.turns = {name: Turns(database, self.sessions, clock, name, self._sleep) for name in names}

    async def _sleep(self, seconds: float) -> None:
        self.clock.forward(seconds)
        await asyncio.sleep(0)

    async def open(self) -> None:
        await self.database.create_tables(*TABLES)
        await self.sessions.create_session(
            Session(
                session_id=ID,
                speaker_connection_id="speaker",
                source_language="es",
                created_at=int(START * 1000),
                expires_at=int(START) + 3 * 3_600,
            )
        )

    async def session(self) -> Session:
        session = await self.sessions.get_session(ID)
        assert session is not None
        return session

    async def take(self, name: str, segment_id: str) -> Turn:
        return await self.turns[name].take(await self.session(), segment_id)


@pytest.fixture
async def processes(database: AsyncDatabase, clock: ManualClock) -> Processes:
    processes = Processes(database, clock, "one", "two")
    await processes.open()
    return processes


async def test_finals_are_numbered_from_one_and_each_once(processes: Processes) -> None:
    turns = [await processes.take("one", each) for each in ("a", "b", "c")]
    assert turns == [Turn(1, True), Turn(2, True), Turn(3, True)]


async def test_another_process_goes_on_with_the_numbers(processes: Processes) -> None:
    await processes.take("one", "a")
    await processes.turns["one"].finish(ID, 1)
    assert await processes.take("two", "b") == Turn(2, True)
    assert processes.clock() == START


async def test_a_final_that_another_process_did_is_known_by_its_number(processes: Processes) -> None:
    for number, each in enumerate(("a", "b", "c"), 1):
        await processes.take("one", each)
        await processes.turns["one"].finish(ID, number)
    assert await processes.take("two", "b") == Turn(2, False)
    assert await processes.take("two", "c") == Turn(3, False)
    assert (await processes.session()).sequence_number == 3


async def test_another_process_waits_until_the_final_before_is_posted(processes: Processes) -> None:
    await processes.take("one", "a")
    waiting = asyncio.create_task(processes.take("two", "b"))
    for _ in range(20):
        await asyncio.sleep(0)
    assert not waiting.done()
    await processes.turns["one"].finish(ID, 1)
    assert await waiting == Turn(2, True)
    assert processes.clock() < START + TURN_SECONDS


async def test_a_process_that_died_holds_up_the_others_for_its_turn_and_no_longer(processes: Processes) -> None:
    await processes.take("one", "a")
    assert await processes.take("two", "b") == Turn(2, True)
    assert START + TURN_SECONDS <= processes.clock() < START + TURN_SECONDS + 0.2


async def test_what_a_dead_process_may_have_posted_is_not_repeated(processes: Processes) -> None:
    await processes.take("one", "a")
    processes.clock.forward(60)
    assert await processes.take("two", "a") == Turn(1, False)


async def test_a_final_that_nobody_hears_keeps_nobody_waiting(processes: Processes) -> None:
    await processes.turns["one"].take(await processes.session(), "a", nothing_to_post=True)
    assert await processes.take("two", "b") == Turn(2, True)
    assert processes.clock() == START


async def test_an_ended_session_gives_no_turn_and_is_not_written(processes: Processes) -> None:
    stale = await processes.session()
    await processes.take("one", "a")
    await processes.sessions.mark_session_inactive(ID)
    before = await processes.session()
    with pytest.raises(ServiceProblem, match="404 SESSION_NOT_FOUND"):
        await processes.turns["one"].take(stale, "b")
    await processes.turns["one"].finish(ID, 1)
    assert await processes.session() == before


async def test_an_expired_session_gives_no_turn_and_is_not_written(processes: Processes, clock: ManualClock) -> None:
    stale = await processes.session()
    clock.forward(2 * 3_600)
    with pytest.raises(ServiceProblem, match="404 SESSION_NOT_FOUND"):
        await processes.turns["one"].take(stale, "a")
    assert await processes.session() == stale


async def test_the_item_stays_below_a_kilobyte(processes: Processes) -> None:
    for number in range(REMEMBERED + 5):
        await processes.take("one", f"segment-{number}")
    session = await processes.session()
    assert len(session.recent_segments) == REMEMBERED
    assert sum(len(each) + 1 for each in session.recent_segments) < 512
    assert await processes.take("one", "segment-36") == Turn(37, True)
    assert await processes.take("two", "segment-5") == Turn(6, False)


async def test_a_turn_whose_answer_was_lost_is_still_its_takers(clock: ManualClock) -> None:
    faults = AsyncFaults(AsyncDatabase("memory:", clock=clock).connection)
    async with AsyncDatabase(faults, clock=clock, retry=RetryPolicy(attempts=1)) as database:
        processes = Processes(database, clock, "one", "two")
        await processes.open()
        faults.fail(ConnectionLost("x"), operation="UpdateItem", after_commit=True)
        assert await processes.take("one", "a") == Turn(1, True)
        assert await processes.take("two", "a") == Turn(1, False)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32), segments=st.integers(1, 6), copies=st.integers(1, 3))
def test_whatever_the_processes_do_at_once_each_final_has_one_number_and_one_poster(
    seed: int, segments: int, copies: int
) -> None:
    asyncio.run(_many(seed, segments, copies))


async def _many(seed: int, segments: int, copies: int) -> None:
    clock = ManualClock()
    chance = random.Random(seed)
    posted: list[tuple[int, str]] = []
    async with interleaved(clock, seed) as database:
        processes = Processes(database, clock, "one", "two", "three")
        await processes.open()
        locks = {name: asyncio.Lock() for name in processes.turns}
        under_way = 0

        async def say(segment_id: str) -> None:
            nonlocal under_way
            name = chance.choice(list(processes.turns))
            # As the pipeline does: within a process one final of a session at a time.
            async with locks[name]:
                turn = await processes.take(name, segment_id)
                if not turn.is_new:
                    return
                under_way += 1
                assert under_way == 1
                for _ in range(chance.randint(0, 3)):
                    await asyncio.sleep(0)
                posted.append((turn.number, segment_id))
                under_way -= 1
                await processes.turns[name].finish(ID, turn.number)

        await asyncio.gather(*(say(f"s{number}") for number in range(segments) for _ in range(copies)))
    assert [number for number, _ in posted] == list(range(1, segments + 1))
    assert len({segment for _, segment in posted}) == segments
