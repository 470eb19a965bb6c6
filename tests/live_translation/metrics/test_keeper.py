import pytest
from live_translation.metrics import Recorder, catalog
from live_translation.metrics.census import census
from live_translation.metrics.keeper import FiguresKeeper
from live_translation.metrics.recorder import BUCKET_SECONDS
from live_translation.metrics.shared import KEPT_SECONDS, SharedFigures
from live_translation.metrics.shared import figures as table
from live_translation.metrics.tally import Tally
from live_translation.tables import Session

from dynalayer import AsyncDatabase
from tests.live_translation.doubles import ManualClock

pytestmark = pytest.mark.anyio


async def nobody() -> tuple[int, int]:
    return 2, 7


class Process:
    """One process of the machine."""

    def __init__(self, database: AsyncDatabase, clock: ManualClock, name: str) -> None:
        self.recorder = Recorder(clock)
        self.told: list[Tally] = []
        self.keeper = FiguresKeeper(
            self.recorder,
            SharedFigures(database, clock, name),
            nobody,
            lambda buckets, now: [f"{len(buckets)} buckets"],
            clock,
            sinks=[self],
        )

    def tell(self, at: float, tally: Tally) -> None:
        self.told.append(tally)


@pytest.fixture
async def machine(database: AsyncDatabase, clock: ManualClock) -> list[Process]:
    await database.create_tables(table)
    return [Process(database, clock, name) for name in ("a", "b")]


async def passed(clock: ManualClock, machine: list[Process]) -> None:
    clock.forward(BUCKET_SECONDS)
    for process in machine:
        await process.keeper.close_bucket()


async def test_any_process_answers_for_the_machine(machine: list[Process], clock: ManualClock) -> None:
    for process in machine:
        process.recorder.count(catalog.CAPTIONS_DELIVERED, 10)
    await passed(clock, machine)
    clock.forward(2)
    for process in machine:
        figures = await process.keeper.figures()
        assert (figures["captions"], figures["sessions"], figures["listeners"]) == (20, 2, 7)
        assert figures["memoryMb"] > 0
        assert figures["alarms"] == ["1 buckets"]


async def test_a_bucket_is_told_once_all_have_had_time_to_share_it(machine: list[Process], clock: ManualClock) -> None:
    await passed(clock, machine)
    assert (await machine[0].keeper.figures())["history"] == []
    clock.forward(2)
    assert len((await machine[0].keeper.figures())["history"]) == 1


async def test_what_comes_late_is_still_taken_in(machine: list[Process], clock: ManualClock) -> None:
    first, late = machine
    late.recorder.count(catalog.CAPTIONS_DELIVERED, 5)
    await passed(clock, [first])
    clock.forward(2)
    assert (await first.keeper.figures())["captions"] == 0
    await late.keeper.close_bucket()
    assert (await first.keeper.figures())["captions"] == 5


async def test_a_process_that_dies_leaves_what_it_has_counted(machine: list[Process], clock: ManualClock) -> None:
    dying, living = machine
    dying.recorder.count(catalog.CAPTIONS_DELIVERED, 5)
    await passed(clock, machine)
    for _ in range(3):
        await passed(clock, [living])
    clock.forward(2)
    assert (await living.keeper.figures())["captions"] == 5
    assert set(await living.keeper.processes()) == {"a", "b"}


async def test_what_is_long_past_is_forgotten(machine: list[Process], clock: ManualClock) -> None:
    await passed(clock, machine)
    clock.forward(2)
    assert len((await machine[0].keeper.figures())["history"]) == 1
    clock.forward(KEPT_SECONDS)
    assert (await machine[0].keeper.figures())["history"] == []
    assert await machine[0].keeper.processes() == {}


async def test_sums_since_the_start_never_fall(machine: list[Process], clock: ManualClock) -> None:
    for _ in range(3):
        machine[0].recorder.count(catalog.CAPTIONS_DELIVERED, 2)
        await passed(clock, machine)
    processes = await machine[0].keeper.processes()
    assert processes["a"].sum(catalog.CAPTIONS_DELIVERED) == 6
    assert processes["b"].sum(catalog.CAPTIONS_DELIVERED) == 0
    assert [tally.sum(catalog.CAPTIONS_DELIVERED) for tally in machine[0].told] == [2, 2, 2]


async def test_the_census_counts_sessions_that_run_and_their_listeners(
    database: AsyncDatabase, clock: ManualClock
) -> None:
    now = int(clock())
    for number, (active, expires) in enumerate(((True, 7_200), (True, 7_200), (False, 7_200), (True, 60))):
        session = Session(
            session_id=f"a-b-{100 + number}",
            speaker_connection_id="s",
            source_language="es",
            created_at=now * 1000,
            is_active=active,
            listener_count=number + 1,
            expires_at=now + expires,
        )
        await database.create(session)
    assert await census(database, clock) == (2, 3)
