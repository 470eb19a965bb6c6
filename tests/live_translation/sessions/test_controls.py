import asyncio
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from live_translation.errors import ServiceProblem
from live_translation.sessions.controls import (
    MUTE,
    PAUSE,
    RESUME,
    UNMUTE,
    StateChange,
    pause_milliseconds,
    state_change,
    volume,
)
from live_translation.sessions.membership import Membership
from live_translation.sessions.validation import SessionOptions
from live_translation.settings import Settings
from live_translation.tables import TABLES, Session

from dynalayer import AsyncDatabase
from tests.live_translation.doubles import ManualClock, interleaved

pytestmark = pytest.mark.anyio
ID = "a-b-100"


@pytest.fixture
async def membership(database: AsyncDatabase, settings: Settings, clock: ManualClock) -> Membership:
    membership = Membership(database, settings, clock, draw_id=lambda: ID)
    await membership.create("speaker", None, SessionOptions("es"))
    return membership


async def test_each_switch_changes_its_own_field_and_the_moment(membership: Membership, clock: ManualClock) -> None:
    for change in (PAUSE, MUTE, StateChange(volume=Decimal("0.3"))):
        clock.forward(1)
        session = await membership.controls.switch(ID, "speaker", change)
    state = session.broadcast_state
    assert (state.is_paused, state.is_muted, state.volume) == (True, True, Decimal("0.3"))
    assert state.last_state_change == int(clock() * 1000)
    for change in (RESUME, UNMUTE):
        session = await membership.controls.switch(ID, "speaker", change)
    assert session.broadcast_state.is_broadcasting


async def test_a_pause_lasts_from_its_first_switch_to_its_end(membership: Membership, clock: ManualClock) -> None:
    await membership.controls.switch(ID, "speaker", PAUSE)
    clock.forward(10)
    await membership.controls.switch(ID, "speaker", MUTE)
    session = await membership.controls.switch(ID, "speaker", PAUSE)
    clock.forward(5)
    assert pause_milliseconds(session, int(clock() * 1000)) == 15_000
    session = await membership.controls.switch(ID, "speaker", RESUME)
    assert pause_milliseconds(session, int(clock() * 1000)) == 0


async def test_volume_does_not_unmute_and_zero_is_silence(membership: Membership) -> None:
    await membership.controls.switch(ID, "speaker", MUTE)
    session = await membership.controls.switch(ID, "speaker", StateChange(volume=Decimal(1)))
    assert not session.broadcast_state.is_broadcasting
    session = await membership.controls.switch(ID, "speaker", StateChange(is_muted=False, volume=Decimal(0)))
    assert session.broadcast_state.is_silent


async def test_a_session_that_ended_or_expired_is_not_switched(membership: Membership, clock: ManualClock) -> None:
    await membership.end(ID)
    with pytest.raises(ServiceProblem, match="404 SESSION_NOT_FOUND"):
        await membership.controls.switch(ID, "speaker", PAUSE)
    with pytest.raises(ServiceProblem, match="404 SESSION_NOT_FOUND"):
        await membership.controls.switch("a-b-101", "speaker", PAUSE)
    found = await membership.sessions.get_session(ID)
    assert found is not None
    assert not found.broadcast_state.is_paused


async def test_a_connection_that_does_not_speak_any_more_switches_nothing(membership: Membership) -> None:
    await membership.sessions.update_speaker_connection(ID, "other")
    with pytest.raises(ServiceProblem, match="403 UNAUTHORIZED_ACTION"):
        await membership.controls.switch(ID, "speaker", PAUSE)


CHANGES = [PAUSE, MUTE, StateChange(volume=Decimal("0.5")), StateChange(is_paused=False, volume=Decimal("0.5"))]


@given(chosen=st.lists(st.sampled_from(CHANGES), min_size=2, max_size=6), seed=st.integers(0, 999))
@hypothesis_settings(max_examples=25, deadline=None)
def test_switches_at_once_lose_none_of_each_other(chosen: list[StateChange], seed: int) -> None:
    async def together() -> Session | None:
        clock = ManualClock()
        async with interleaved(clock, seed) as database:
            await database.create_tables(*TABLES)
            membership = Membership(database, Settings(), clock, draw_id=lambda: ID)
            await membership.create("speaker", None, SessionOptions("es"))
            await asyncio.gather(*(membership.controls.switch(ID, "speaker", each) for each in chosen))
            return await membership.sessions.get_session(ID)

    session = asyncio.run(together())
    assert session is not None
    state = session.broadcast_state
    assert state.is_muted is (MUTE in chosen)
    assert (state.volume == Decimal("0.5")) is any(each.volume is not None for each in chosen)
    if not any(each.is_paused is False for each in chosen):
        assert state.is_paused is (PAUSE in chosen)
    assert (state.paused_at is not None) is state.is_paused


@pytest.mark.parametrize("given", [0, 0.0, 1, 1.0, 0.35])
async def test_a_volume_is_a_number_from_nothing_to_one(given: float) -> None:
    assert float(volume(given)) == given


@pytest.mark.parametrize("given", [-0.01, 1.01, 2, True, None, "0.5", float("nan"), float("inf"), [], 10**30])
async def test_other_volumes_are_refused(given: Any) -> None:
    with pytest.raises(ServiceProblem) as refused:
        volume(given)
    assert refused.value.details == {"field": "volumeLevel"}


async def test_a_change_of_state_has_known_fields_alone() -> None:
    assert state_change({"isPaused": True, "volume": 0.5}) == StateChange(is_paused=True, volume=Decimal("0.5"))
    for wrong in (None, [], {}, {"isActive": True}, {"isPaused": True, "x": 1}, {"isMuted": 1}, {"volume": None}):
        with pytest.raises(ServiceProblem, match="400 INVALID_PARAMETER"):
            state_change(wrong)
