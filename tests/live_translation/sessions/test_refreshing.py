import asyncio
from collections.abc import AsyncIterator

import pytest
from live_translation.errors import ServiceProblem
from live_translation.sessions.membership import Membership
from live_translation.sessions.validation import SessionOptions
from live_translation.settings import Settings
from live_translation.tables import TABLES, Role

from dynalayer import AsyncDatabase
from tests.live_translation.doubles import ManualClock, interleaved

pytestmark = pytest.mark.anyio
ID = "a-b-100"
HOUR = 3_600
LIMITS = Settings(max_listeners_per_session=2)


@pytest.fixture
async def membership(database: AsyncDatabase, clock: ManualClock) -> Membership:
    membership = Membership(database, LIMITS, clock, draw_id=lambda: ID)
    await membership.create("s1", None, SessionOptions("es"), "ada")
    await membership.join("l1", None, ID, "ca")
    return membership


@pytest.fixture
async def busy(clock: ManualClock) -> AsyncIterator[Membership]:
    async with interleaved(clock, 11) as database:
        await database.create_tables(*TABLES)
        membership = Membership(database, LIMITS, clock, draw_id=lambda: ID)
        await membership.create("s1", None, SessionOptions("es"), "ada")
        await membership.join("l1", None, ID, "ca")
        yield membership


async def listeners(membership: Membership) -> tuple[int, list[str]]:
    session = await membership.sessions.get_session(ID)
    assert session is not None
    found = await membership.connections.get_listener_connections(ID)
    return session.listener_count, sorted(each.connection_id for each in found)


async def refusal(work: object) -> str:
    with pytest.raises(ServiceProblem) as refused:
        await work  # type: ignore[misc]
    return refused.value.code


async def test_a_speaker_goes_on_over_another_connection_and_the_old_one_ends_nothing(membership: Membership) -> None:
    session = await membership.refreshing.speaker("s2", None, ID, "ada")
    assert session.speaker_connection_id == "s2"
    assert await membership.connections.get_connection("s1") is None
    new = await membership.connections.get_connection("s2")
    assert new is not None
    assert (new.role, new.session_id) == (Role.speaker, ID)
    assert await membership.leave("s1") is None
    assert await membership.sessions.is_session_active(ID)
    departure = await membership.leave("s2")
    assert departure is not None
    assert departure.session_ended


async def test_only_its_owner_may_go_on_with_a_session(membership: Membership) -> None:
    assert await refusal(membership.refreshing.speaker("s2", None, ID, "eve")) == "FORBIDDEN"
    assert await membership.connections.get_connection("s2") is None


async def test_a_session_without_an_owner_is_nobody_s_to_go_on_with(
    database: AsyncDatabase, clock: ManualClock
) -> None:
    membership = Membership(database, LIMITS, clock, draw_id=lambda: ID)
    await membership.create("s1", None, SessionOptions("es"))
    for anybody in ("", "eve"):
        assert await refusal(membership.refreshing.speaker("s2", None, ID, anybody)) == "FORBIDDEN"


async def test_a_listener_is_exchanged_even_in_a_full_session_and_counted_once(membership: Membership) -> None:
    await membership.join("l2", None, ID, "ca")
    await membership.refreshing.listener("l3", None, ID, "fr", "l1")
    assert await listeners(membership) == (2, ["l2", "l3"])
    assert await membership.leave("l1") is None
    assert await listeners(membership) == (2, ["l2", "l3"])


@pytest.mark.parametrize("previous", ["nobody", "s1", "l9"])
async def test_without_an_old_connection_of_this_session_nobody_gets_in_by_a_refresh(
    membership: Membership, previous: str
) -> None:
    assert await refusal(membership.refreshing.listener("l2", None, ID, "ca", previous)) == "CONNECTION_NOT_FOUND"
    assert await listeners(membership) == (1, ["l1"])
    assert await membership.sessions.is_session_active(ID)


async def test_a_listener_of_another_session_gets_in_nowhere_else(
    database: AsyncDatabase, clock: ManualClock, membership: Membership
) -> None:
    other = Membership(database, LIMITS, clock, draw_id=lambda: "c-d-200")
    await other.create("t1", None, SessionOptions("es"), "bob")
    await other.join("m1", None, "c-d-200", "ca")
    assert await refusal(membership.refreshing.listener("l2", None, ID, "ca", "m1")) == "CONNECTION_NOT_FOUND"
    assert await other.connections.get_connection("m1") is not None


async def test_a_connection_cannot_take_its_own_place_or_that_of_another_role(membership: Membership) -> None:
    assert await refusal(membership.refreshing.listener("l1", None, ID, "ca", "l1")) == "INVALID_PARAMETER"
    assert await refusal(membership.refreshing.listener("s1", None, ID, "ca", "l1")) == "UNAUTHORIZED_ACTION"
    assert await refusal(membership.refreshing.speaker("l1", None, ID, "ada")) == "UNAUTHORIZED_ACTION"


async def test_the_same_refresh_many_times_at_once_is_one(busy: Membership) -> None:
    await asyncio.gather(*(busy.refreshing.listener("l2", None, ID, "ca", "l1") for _ in range(5)))
    await asyncio.gather(*(busy.refreshing.speaker("s2", None, ID, "ada") for _ in range(5)))
    assert await listeners(busy) == (1, ["l2"])
    session = await busy.sessions.active_session(ID)
    assert session is not None
    assert session.speaker_connection_id == "s2"


async def test_of_two_heirs_of_one_connection_one_comes_in(busy: Membership) -> None:
    heirs = (busy.refreshing.listener(each, None, ID, "ca", "l1") for each in ("l2", "l3"))
    answers = await asyncio.gather(*heirs, return_exceptions=True)
    assert [each.code for each in answers if isinstance(each, ServiceProblem)] == ["CONNECTION_NOT_FOUND"]
    assert (await listeners(busy))[0] == 1


async def test_a_session_lasts_for_as_long_as_it_is_refreshed(membership: Membership, clock: ManualClock) -> None:
    speaker, listener = "s1", "l1"
    for number in range(2, 8):
        clock.forward(1.75 * HOUR)
        session = await membership.refreshing.speaker(f"s{number}", None, ID, "ada")
        assert session.expires_at == int(clock()) + 3 * HOUR
        await membership.refreshing.listener(f"l{number}", None, ID, "ca", listener)
        speaker, listener = f"s{number}", f"l{number}"
    found = await membership.connections.get_connection(speaker)
    assert found is not None
    assert found.ttl == int(clock()) + 3 * HOUR
    assert await listeners(membership) == (1, [listener])
    clock.forward(2 * HOUR)
    assert await refusal(membership.refreshing.speaker("late", None, ID, "ada")) == "SESSION_NOT_FOUND"
    assert await refusal(membership.refreshing.listener("late", None, ID, "ca", listener)) == "SESSION_NOT_FOUND"


async def test_a_clock_that_is_behind_does_not_shorten_a_session(membership: Membership, clock: ManualClock) -> None:
    before = await membership.sessions.get_session(ID)
    clock.forward(-60)
    session = await membership.refreshing.speaker("s2", None, ID, "ada")
    assert before is not None
    assert session.expires_at == before.expires_at


async def test_an_ended_session_is_refreshed_by_nobody(membership: Membership) -> None:
    await membership.leave("s1")
    assert await refusal(membership.refreshing.speaker("s2", None, ID, "ada")) == "SESSION_NOT_FOUND"
    assert await refusal(membership.refreshing.listener("l2", None, ID, "ca", "l1")) == "SESSION_NOT_FOUND"
    assert not await membership.sessions.is_session_active(ID)


async def test_a_lost_speaker_may_come_back_within_its_grace_and_not_after(
    membership: Membership, clock: ManualClock
) -> None:
    for number in (2, 3):
        departure = await membership.leave(f"s{number - 1}", lost=True)
        assert departure is not None
        assert (departure.session_ended, departure.speaker_lost) == (False, True)
        clock.forward(29.9)
        session = await membership.sessions.active_session(ID)
        assert session is not None
        assert not await membership.end_if_abandoned(session)
        session = await membership.refreshing.speaker(f"s{number}", None, ID, "ada")
        assert session.speaker_lost_at is None
    await membership.leave("s3", lost=True)
    clock.forward(30)
    session = await membership.sessions.active_session(ID)
    assert session is not None
    assert await membership.end_if_abandoned(session)
    assert await refusal(membership.refreshing.speaker("s4", None, ID, "ada")) == "SESSION_NOT_FOUND"


async def test_a_speaker_who_comes_back_while_the_session_is_being_ended_keeps_it(
    membership: Membership, clock: ManualClock
) -> None:
    await membership.leave("s1", lost=True)
    clock.forward(30)
    abandoned = await membership.sessions.active_session(ID)
    assert abandoned is not None
    await membership.refreshing.speaker("s2", None, ID, "ada")
    assert not await membership.end_if_abandoned(abandoned)
    assert await membership.sessions.is_session_active(ID)


async def test_without_a_grace_a_lost_speaker_ends_the_session(database: AsyncDatabase, clock: ManualClock) -> None:
    membership = Membership(database, Settings(speaker_grace_seconds=0), clock, draw_id=lambda: ID)
    await membership.create("s1", None, SessionOptions("es"), "ada")
    departure = await membership.leave("s1", lost=True)
    assert departure is not None
    assert departure.session_ended


async def test_a_speaker_who_beats_at_the_last_moment_keeps_the_session(
    membership: Membership, clock: ManualClock
) -> None:
    clock.forward(180)
    session = await membership.sessions.active_session(ID)
    assert session is not None
    await membership.connections.record_activity("s1")
    assert not await membership.end_if_abandoned(session)
    clock.forward(180)
    assert await membership.end_if_abandoned(session)
    assert await membership.connections.get_connection("s1") is None
