"""The phase as the awaited executor keeps it; `test_state.py` is generated from this file."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynalayer import AsyncDatabase
from dynalayer.migrate.dual import (
    AsyncCounts,
    AsyncState,
    Figures,
    GateShut,
    Handover,
    Held,
    IllegalTransition,
    Limits,
    PhaseMoved,
    PhaseUnknown,
    missing,
    phase,
)
from dynalayer.testing import AsyncFaults

pytestmark = pytest.mark.anyio

HOUR = 3600.0
START = 1_000_000_000.0


class Hands:
    """A clock that tests turn."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
async def database() -> AsyncIterator[AsyncDatabase]:
    async with AsyncDatabase("memory:") as database:
        await AsyncState(database).create()
        yield database


async def at_once(seconds: float) -> None:
    """No wait."""


async def go(state: AsyncState, number: int, *, reason: str = "test") -> None:
    await state.cutover(phase(number), await state.figures(), by="me", reason=reason)


async def test_before_any_transition_it_is_phase_one(database: AsyncDatabase) -> None:
    held = await AsyncState(database).held()
    assert (held.phase.number, held.revision) == (1, 0)


async def test_a_transition_outlives_the_process_and_is_journaled_with_its_figures(
    tmp_path: Path, clock: Hands
) -> None:
    async with AsyncDatabase(f"embedded:{tmp_path / 'target.db'}") as database:
        state = AsyncState(database, clock=clock)
        await state.create()
        await state.cutover(phase(2), await state.figures(), by="ann")
        with pytest.raises(GateShut):
            await state.cutover(phase(3), await state.figures(), by="ann")
        await state.cutover(phase(3), await state.figures(), by="bob", reason="a rehearsal")
    async with AsyncDatabase(f"embedded:{tmp_path / 'target.db'}") as database:
        state = AsyncState(database, clock=clock)
        assert (await state.phase()).number == 3
        first, second = await state.journal()
    assert (first.by, first.before, first.after, first.reason, first.lacking) == ("ann", 1, 2, "", ())
    assert (second.by, second.reason, second.figures["writes_ok"]) == ("bob", "a rehearsal", 0.0)
    assert any("writes to both databases" in each for each in second.lacking)


async def test_two_instances_never_disagree_for_longer_than_the_cache_lasts(
    database: AsyncDatabase, clock: Hands
) -> None:
    one, other = AsyncState(database, clock=clock), AsyncState(database, clock=clock)
    assert (await other.phase()).number == 1
    await go(one, 2)
    clock.now += 4.9
    assert (await other.phase()).number == 1
    clock.now += 0.2
    assert (await other.phase()).number == (await one.phase()).number == 2


async def test_an_old_phase_is_not_acted_on_when_it_cannot_be_read_anew(database: AsyncDatabase, clock: Hands) -> None:
    faults = AsyncFaults(database.connection)
    async with AsyncDatabase(faults, sleep=at_once) as failing:
        state = AsyncState(failing, clock=clock)
        await state.phase()
        faults.throttle(operation="GetItem", times=50)
        clock.now += 4
        assert (await state.phase()).number == 1
        clock.now += 2
        with pytest.raises(PhaseUnknown, match="cannot be read"):
            await state.phase()


async def test_of_two_that_change_the_phase_at_once_one_is_told_to_look_again(database: AsyncDatabase) -> None:
    class Interrupted(AsyncState):
        async def held(self) -> Held:
            found = await super().held()
            if not await self.journal():
                await AsyncState.cutover(AsyncState(database), phase(2), Figures(0), by="other")
            return found

    with pytest.raises(PhaseMoved, match="look at it again"):
        await Interrupted(database).cutover(phase(2), Figures(0), by="me")
    assert [each.by for each in await AsyncState(database).journal()] == ["other"]


async def test_counts_of_all_instances_are_summed_since_the_phase_was_entered(
    database: AsyncDatabase, clock: Hands
) -> None:
    state = AsyncState(database, clock=clock)
    before = AsyncCounts(state)
    await before.note("writes_failed")
    await before.flush()
    clock.now += 100
    await go(state, 2)
    clock.now += 60
    for counts in (AsyncCounts(state), AsyncCounts(AsyncState(database, clock=clock))):
        for _ in range(3):
            await counts.note("writes_ok")
        await counts.note("writes_failed")
        assert await counts.flush()
    assert ((await state.figures()).writes_ok, (await state.figures()).writes_failed) == (6, 2)
    clock.now += 25 * HOUR
    assert (await state.figures()).writes == 0


async def test_counts_that_cannot_be_added_are_kept_until_they_can(database: AsyncDatabase, clock: Hands) -> None:
    faults = AsyncFaults(database.connection)
    async with AsyncDatabase(faults, sleep=at_once) as failing:
        state = AsyncState(failing, clock=clock)
        await go(state, 2)
        clock.now += 120
        counts = AsyncCounts(state)
        await counts.note("writes_failed")
        faults.throttle(operation="UpdateItem", times=50)
        assert not await counts.flush()
        state.database = database
        assert await counts.flush()
        assert await counts.flush()
        assert (await state.figures()).writes_failed == 1


def test_the_gate_to_dual_reads_wants_a_day_of_writes_that_arrive() -> None:
    good = Figures(24 * HOUR, writes_ok=990, writes_failed=10)
    assert missing(phase(2), good, Limits()) == ()
    assert missing(phase(2), Figures(24 * HOUR, writes_ok=989, writes_failed=11), Limits()) == (
        "98.900% of 1,000 writes reached DynamoDB, 99.000% are needed",
    )
    assert missing(phase(2), Figures(23 * HOUR, writes_ok=999, pending=2), Limits()) == (
        "the phase lasts 23.0 h of 24.0 h",
        "999 writes to both databases of at least 1,000",
        "2 keys wait for repair",
    )


def test_the_gate_to_dynamodb_first_wants_comparisons_that_agree() -> None:
    assert missing(phase(3), Figures(24 * HOUR, compared_ok=99_901, compared_failed=99), Limits()) == ()
    (told,) = missing(phase(3), Figures(24 * HOUR, compared_ok=999, compared_failed=1), Limits())
    assert told == "0.100% of 1,000 comparisons differ, under 0.100% are needed"


async def test_the_last_phase_is_refused_for_want_of_a_way_back_and_left_only_with_a_reason(
    database: AsyncDatabase, clock: Hands
) -> None:
    state = AsyncState(database, clock=clock)
    for number in (2, 3, 4):
        await go(state, number)
    clock.now += 49 * HOUR
    with pytest.raises(GateShut, match="nothing brings writes back to SQL"):
        await state.cutover(phase(5), Figures(49 * HOUR, writes_ok=10_000), by="me")
    await go(state, 5)
    with pytest.raises(GateShut, match="may lack what was written in phase 5"):
        await state.rollback(phase(4), await state.figures(), by="me")
    assert (await state.rollback(phase(4), await state.figures(), by="me", reason="nothing was written")).after == 4


@settings(max_examples=40, deadline=None)
@given(steps=st.lists(st.tuples(st.booleans(), st.integers(1, 5)), max_size=12))
async def test_the_journal_always_leads_to_the_phase(steps: list[tuple[bool, int]]) -> None:
    async with AsyncDatabase("memory:") as database:
        state = AsyncState(database, clock=lambda: START)
        await state.create()
        for forward, number in steps:
            try:
                if forward:
                    await go(state, number)
                else:
                    await state.rollback(phase(number), Figures(0), by="me", reason="test")
            except IllegalTransition:
                continue
        at = 1
        for line in await state.journal():
            assert line.before == at
            assert line.after == at + 1 or line.after in (1, at - 1)
            at = line.after
        assert (await state.held()).phase.number == at


async def test_a_write_waits_till_a_hand_over_has_ended_and_goes_where_writes_go_then(
    database: AsyncDatabase, clock: Hands
) -> None:
    operator, waits = AsyncState(database, clock=clock), list[float]()
    await go(operator, 2)

    async def wait(seconds: float) -> None:
        waits.append(seconds)
        clock.now += seconds
        if len(waits) == 10:
            await go(operator, 3)

    instance = AsyncState(database, clock=clock, sleep=wait)
    await instance.phase()
    await operator.announce(Handover(phase(3), START + 6, START + 8, START + 30))
    clock.now += 5.5
    assert (await instance.phase_to_write()).number == 2
    clock.now += 0.5
    assert (await instance.phase_to_write(begins=False)).number == 2
    assert not await instance.is_late(phase(2))
    assert (await instance.phase_to_write()).number == 3
    assert len(waits) == 10


async def test_writes_go_on_by_themselves_when_a_hand_over_does_not_end(database: AsyncDatabase, clock: Hands) -> None:
    state = AsyncState(database, clock=clock)
    await go(state, 2)
    await state.announce(Handover(phase(3), START, START + 2, START + 30))
    clock.now += 6
    assert await state.is_late(phase(2))
    clock.now += 25
    assert (await state.phase_to_write()).number == 2
    assert not await state.is_late(phase(2))
    await state.announce(None)
    assert (await state.held()).handover is None


async def test_nothing_is_written_by_an_old_phase_while_a_hand_over_may_have_ended(
    database: AsyncDatabase, clock: Hands
) -> None:
    faults = AsyncFaults(database.connection)
    await go(AsyncState(database, clock=clock), 2)
    await AsyncState(database).announce(Handover(phase(3), START + 6, START + 8, START + 30))
    async with AsyncDatabase(faults, sleep=at_once) as failing:
        state = AsyncState(failing, clock=clock)
        await state.phase()
        clock.now += 7
        faults.throttle(operation="GetItem", times=50)
        with pytest.raises(PhaseUnknown):
            await state.phase_to_write()
