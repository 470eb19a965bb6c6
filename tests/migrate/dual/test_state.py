"""Generated from `test_async_state.py` by `scripts/generate_sync.py`; change that file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynalayer import Database
from dynalayer.migrate.dual import (
    Counts,
    Figures,
    GateShut,
    Handover,
    Held,
    IllegalTransition,
    Limits,
    PhaseMoved,
    PhaseUnknown,
    State,
    missing,
    phase,
)
from dynalayer.testing import Faults

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
def database() -> Iterator[Database]:
    with Database("memory:") as database:
        State(database).create()
        yield database


def at_once(seconds: float) -> None:
    """No wait."""


def go(state: State, number: int, *, reason: str = "test") -> None:
    state.cutover(phase(number), state.figures(), by="me", reason=reason)


def test_before_any_transition_it_is_phase_one(database: Database) -> None:
    held = State(database).held()
    assert (held.phase.number, held.revision) == (1, 0)


def test_a_transition_outlives_the_process_and_is_journaled_with_its_figures(tmp_path: Path, clock: Hands) -> None:
    with Database(f"embedded:{tmp_path / 'target.db'}") as database:
        state = State(database, clock=clock)
        state.create()
        state.cutover(phase(2), state.figures(), by="ann")
        with pytest.raises(GateShut):
            state.cutover(phase(3), state.figures(), by="ann")
        state.cutover(phase(3), state.figures(), by="bob", reason="a rehearsal")
    with Database(f"embedded:{tmp_path / 'target.db'}") as database:
        state = State(database, clock=clock)
        assert (state.phase()).number == 3
        first, second = state.journal()
    assert (first.by, first.before, first.after, first.reason, first.lacking) == ("ann", 1, 2, "", ())
    assert (second.by, second.reason, second.figures["writes_ok"]) == ("bob", "a rehearsal", 0.0)
    assert any("writes to both databases" in each for each in second.lacking)


def test_two_instances_never_disagree_for_longer_than_the_cache_lasts(database: Database, clock: Hands) -> None:
    one, other = State(database, clock=clock), State(database, clock=clock)
    assert (other.phase()).number == 1
    go(one, 2)
    clock.now += 4.9
    assert (other.phase()).number == 1
    clock.now += 0.2
    assert (other.phase()).number == (one.phase()).number == 2


def test_an_old_phase_is_not_acted_on_when_it_cannot_be_read_anew(database: Database, clock: Hands) -> None:
    faults = Faults(database.connection)
    with Database(faults, sleep=at_once) as failing:
        state = State(failing, clock=clock)
        state.phase()
        faults.throttle(operation="GetItem", times=50)
        clock.now += 4
        assert (state.phase()).number == 1
        clock.now += 2
        with pytest.raises(PhaseUnknown, match="cannot be read"):
            state.phase()


def test_of_two_that_change_the_phase_at_once_one_is_told_to_look_again(database: Database) -> None:
    class Interrupted(State):
        def held(self) -> Held:
            found = super().held()
            if not self.journal():
                State.cutover(State(database), phase(2), Figures(0), by="other")
            return found

    with pytest.raises(PhaseMoved, match="look at it again"):
        Interrupted(database).cutover(phase(2), Figures(0), by="me")
    assert [each.by for each in State(database).journal()] == ["other"]


def test_counts_of_all_instances_are_summed_since_the_phase_was_entered(database: Database, clock: Hands) -> None:
    state = State(database, clock=clock)
    before = Counts(state)
    before.note("writes_failed")
    before.flush()
    clock.now += 100
    go(state, 2)
    clock.now += 60
    for counts in (Counts(state), Counts(State(database, clock=clock))):
        for _ in range(3):
            counts.note("writes_ok")
        counts.note("writes_failed")
        assert counts.flush()
    assert ((state.figures()).writes_ok, (state.figures()).writes_failed) == (6, 2)
    clock.now += 25 * HOUR
    assert (state.figures()).writes == 0


def test_counts_that_cannot_be_added_are_kept_until_they_can(database: Database, clock: Hands) -> None:
    faults = Faults(database.connection)
    with Database(faults, sleep=at_once) as failing:
        state = State(failing, clock=clock)
        go(state, 2)
        clock.now += 120
        counts = Counts(state)
        counts.note("writes_failed")
        faults.throttle(operation="UpdateItem", times=50)
        assert not counts.flush()
        state.database = database
        assert counts.flush()
        assert counts.flush()
        assert (state.figures()).writes_failed == 1


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


def test_the_last_phase_is_refused_for_want_of_a_way_back_and_left_only_with_a_reason(
    database: Database, clock: Hands
) -> None:
    state = State(database, clock=clock)
    for number in (2, 3, 4):
        go(state, number)
    clock.now += 49 * HOUR
    with pytest.raises(GateShut, match="nothing brings writes back to SQL"):
        state.cutover(phase(5), Figures(49 * HOUR, writes_ok=10_000), by="me")
    go(state, 5)
    with pytest.raises(GateShut, match="may lack what was written in phase 5"):
        state.rollback(phase(4), state.figures(), by="me")
    assert (state.rollback(phase(4), state.figures(), by="me", reason="nothing was written")).after == 4


@settings(max_examples=40, deadline=None)
@given(steps=st.lists(st.tuples(st.booleans(), st.integers(1, 5)), max_size=12))
def test_the_journal_always_leads_to_the_phase(steps: list[tuple[bool, int]]) -> None:
    with Database("memory:") as database:
        state = State(database, clock=lambda: START)
        state.create()
        for forward, number in steps:
            try:
                if forward:
                    go(state, number)
                else:
                    state.rollback(phase(number), Figures(0), by="me", reason="test")
            except IllegalTransition:
                continue
        at = 1
        for line in state.journal():
            assert line.before == at
            assert line.after == at + 1 or line.after in (1, at - 1)
            at = line.after
        assert (state.held()).phase.number == at


def test_a_write_waits_till_a_hand_over_has_ended_and_goes_where_writes_go_then(
    database: Database, clock: Hands
) -> None:
    operator, waits = State(database, clock=clock), list[float]()
    go(operator, 2)

    def wait(seconds: float) -> None:
        waits.append(seconds)
        clock.now += seconds
        if len(waits) == 10:
            go(operator, 3)

    instance = State(database, clock=clock, sleep=wait)
    instance.phase()
    operator.announce(Handover(phase(3), START + 6, START + 8, START + 30))
    clock.now += 5.5
    assert (instance.phase_to_write()).number == 2
    clock.now += 0.5
    assert (instance.phase_to_write(begins=False)).number == 2
    assert not instance.is_late(phase(2))
    assert (instance.phase_to_write()).number == 3
    assert len(waits) == 10


def test_writes_go_on_by_themselves_when_a_hand_over_does_not_end(database: Database, clock: Hands) -> None:
    state = State(database, clock=clock)
    go(state, 2)
    state.announce(Handover(phase(3), START, START + 2, START + 30))
    clock.now += 6
    assert state.is_late(phase(2))
    clock.now += 25
    assert (state.phase_to_write()).number == 2
    assert not state.is_late(phase(2))
    state.announce(None)
    assert (state.held()).handover is None


def test_nothing_is_written_by_an_old_phase_while_a_hand_over_may_have_ended(database: Database, clock: Hands) -> None:
    faults = Faults(database.connection)
    go(State(database, clock=clock), 2)
    State(database).announce(Handover(phase(3), START + 6, START + 8, START + 30))
    with Database(faults, sleep=at_once) as failing:
        state = State(failing, clock=clock)
        state.phase()
        clock.now += 7
        faults.throttle(operation="GetItem", times=50)
        with pytest.raises(PhaseUnknown):
            state.phase_to_write()
