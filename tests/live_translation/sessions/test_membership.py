import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from live_translation.errors import ServiceProblem
from live_translation.sessions.membership import DRAWS, Membership
from live_translation.sessions.validation import SessionOptions
from live_translation.settings import Settings
from live_translation.tables import TABLES, Connection, Role, Session

from dynalayer import AsyncDatabase, ServiceUnavailable
from dynalayer.testing import AsyncFaults
from tests.live_translation.doubles import ManualClock, interleaved

pytestmark = pytest.mark.anyio
SPANISH = SessionOptions("es")
HOUR = 3_600


@pytest.fixture
def membership(database: AsyncDatabase, settings: Settings, clock: ManualClock) -> Membership:
    return Membership(database, settings, clock)


@pytest.fixture
async def busy(clock: ManualClock, settings: Settings) -> AsyncIterator[Membership]:
    async with interleaved(clock, 7) as database:
        await database.create_tables(*TABLES)
        yield Membership(database, settings, clock)


async def count(membership: Membership, session_id: str) -> int:
    session = await membership.sessions.get_session(session_id)
    assert session is not None
    return session.listener_count


async def listeners(membership: Membership, session_id: str) -> int:
    return len(await membership.connections.get_listener_connections(session_id))


async def say_nothing(connection_id: str) -> None:
    return


async def test_a_new_session_runs_and_expires_an_hour_after_its_hours(
    membership: Membership, clock: ManualClock
) -> None:
    session = await membership.create("s", "203.0.113.7", SPANISH)
    assert session.expires_at == int(clock()) + 3 * HOUR
    assert session.created_at == int(clock() * 1000)
    speaker = await membership.connections.get_connection("s")
    assert speaker is not None
    assert (speaker.role, speaker.session_id, speaker.ttl) == (Role.speaker, session.session_id, session.expires_at)


async def test_creating_twice_over_one_connection_gives_one_session(membership: Membership) -> None:
    first = await membership.create("s", None, SPANISH)
    assert await membership.create("s", None, SPANISH) == first


async def test_a_taken_id_is_drawn_again(database: AsyncDatabase, settings: Settings, clock: ManualClock) -> None:
    ids: Iterator[str] = iter(["a-b-100", "a-b-100", "a-b-100", "a-b-101"])
    membership = Membership(database, settings, clock, draw_id=lambda: next(ids))
    await membership.create("1", None, SPANISH)
    assert (await membership.create("2", None, SPANISH)).session_id == "a-b-101"


async def test_after_ten_draws_creation_gives_up_and_leaves_nothing(
    database: AsyncDatabase, settings: Settings, clock: ManualClock
) -> None:
    drawn: list[str] = []

    def draw_id() -> str:
        drawn.append("a-b-100")
        return "a-b-100"

    membership = Membership(database, settings, clock, draw_id=draw_id)
    await membership.create("1", None, SPANISH)
    drawn.clear()
    with pytest.raises(ServiceProblem, match="503 SERVICE_UNAVAILABLE"):
        await membership.create("2", None, SPANISH)
    assert len(drawn) == DRAWS
    assert await membership.connections.get_connection("2") is None


async def test_an_expired_session_gives_its_id_free(
    database: AsyncDatabase, settings: Settings, clock: ManualClock
) -> None:
    membership = Membership(database, settings, clock, draw_id=lambda: "a-b-100")
    await membership.create("1", None, SPANISH)
    clock.forward(3 * HOUR)
    assert (await membership.create("2", None, SPANISH)).speaker_connection_id == "2"


async def test_creations_at_once_get_distinct_ids_and_replace_nothing(settings: Settings, clock: ManualClock) -> None:
    numbers = [100 + each // 3 for each in range(60)]
    async with interleaved(clock, 3) as database:
        await database.create_tables(*TABLES)
        membership = Membership(database, settings, clock, draw_id=lambda: f"a-b-{numbers.pop(0)}")
        made = await asyncio.gather(*(membership.create(str(each), None, SPANISH) for each in range(15)))
        assert len({session.session_id for session in made}) == 15
        for number, session in enumerate(made):
            stored = await membership.sessions.get_session(session.session_id)
            assert stored is not None
            assert stored.speaker_connection_id == str(number)


async def test_joining_counts_the_listener_with_its_connection(membership: Membership) -> None:
    session = await membership.create("s", None, SPANISH)
    assert (await membership.join("1", None, session.session_id, "ca")).listener_count == 1
    assert await listeners(membership, session.session_id) == 1


async def test_joining_twice_over_one_connection_counts_once(busy: Membership) -> None:
    session = await busy.create("s", None, SPANISH)
    await asyncio.gather(*(busy.join("1", None, session.session_id, "ca") for _ in range(5)))
    assert await count(busy, session.session_id) == await listeners(busy, session.session_id) == 1


async def test_the_last_place_goes_to_one_of_two(clock: ManualClock) -> None:
    async with interleaved(clock, 1) as database:
        await database.create_tables(*TABLES)
        membership = Membership(database, Settings(max_listeners_per_session=500), clock)
        session = await membership.create("s", None, SPANISH)
        session_id = session.session_id
        await asyncio.gather(*(membership.join(str(each), None, session_id, "ca") for each in range(499)))
        joins = (membership.join(each, None, session_id, "ca") for each in ("x", "y"))
        answers = await asyncio.gather(*joins, return_exceptions=True)
        problems = [answer for answer in answers if isinstance(answer, ServiceProblem)]
        assert [problem.code for problem in problems] == ["SESSION_FULL"]
        assert problems[0].details == {"sessionId": session_id, "maxListeners": 500}
        assert await count(membership, session_id) == await listeners(membership, session_id) == 500
        await membership.leave("0")
        await membership.join("z", None, session_id, "ca")


async def test_a_listener_who_is_in_may_repeat_the_join_of_a_full_session(
    database: AsyncDatabase, clock: ManualClock
) -> None:
    membership = Membership(database, Settings(max_listeners_per_session=1), clock)
    session = await membership.create("s", None, SPANISH)
    await membership.join("1", None, session.session_id, "ca")
    assert (await membership.join("1", None, session.session_id, "ca")).listener_count == 1


@pytest.mark.parametrize("hours", [2, 3, 30])
async def test_nobody_joins_once_the_hours_have_passed(membership: Membership, clock: ManualClock, hours: int) -> None:
    session = await membership.create("s", None, SPANISH)
    clock.forward(hours * HOUR)
    with pytest.raises(ServiceProblem, match="404 SESSION_NOT_FOUND"):
        await membership.join("1", None, session.session_id, "ca")
    assert await membership.connections.get_connection("1") is None


async def test_nobody_joins_what_never_was_and_nothing_is_made(membership: Membership, database: AsyncDatabase) -> None:
    with pytest.raises(ServiceProblem, match="404 SESSION_NOT_FOUND"):
        await membership.join("1", None, "a-b-100", "ca")
    assert await database.get(Session.key("a-b-100"), expired=True) is None
    assert await database.get(Connection.key("1"), expired=True) is None


async def test_a_crash_in_a_join_leaves_neither_half(clock: ManualClock, settings: Settings) -> None:
    faults = AsyncFaults(AsyncDatabase("memory:", clock=clock).connection)
    async with AsyncDatabase(faults, clock=clock) as database:
        await database.create_tables(*TABLES)
        membership = Membership(database, settings, clock)
        session = await membership.create("s", None, SPANISH)
        faults.calls.clear()
        await membership.join("1", None, session.session_id, "ca")
        assert [call.operation for call in faults.calls if call.operation != "GetItem"] == ["TransactWriteItems"]


async def test_a_join_whose_answer_was_lost_counts_once(clock: ManualClock, settings: Settings) -> None:
    faults = AsyncFaults(AsyncDatabase("memory:", clock=clock).connection)
    async with AsyncDatabase(faults, clock=clock) as database:
        await database.create_tables(*TABLES)
        membership = Membership(database, settings, clock)
        session = await membership.create("s", None, SPANISH)
        faults.fail(ServiceUnavailable("lost"), operation="TransactWriteItems", after_commit=True)
        await membership.join("1", None, session.session_id, "ca")
        assert await count(membership, session.session_id) == 1


async def test_two_deliveries_of_one_disconnect_count_down_once(busy: Membership) -> None:
    session = await busy.create("s", None, SPANISH)
    for each in ("1", "2"):
        await busy.join(each, None, session.session_id, "ca")
    departures = await asyncio.gather(*(busy.leave("1") for _ in range(4)))
    assert sum(departure is not None for departure in departures) == 1
    assert await count(busy, session.session_id) == await listeners(busy, session.session_id) == 1


async def test_leaving_what_was_never_joined_is_harmless(membership: Membership) -> None:
    assert await membership.leave("nobody") is None


async def test_a_count_that_is_too_low_already_does_not_keep_the_connection(
    membership: Membership, database: AsyncDatabase
) -> None:
    session = await membership.create("s", None, SPANISH)
    await membership.join("1", None, session.session_id, "ca")
    await database.update(session.key, Session.listener_count.set(0))
    assert await membership.leave("1") is not None
    assert await count(membership, session.session_id) == 0
    assert await listeners(membership, session.session_id) == 0


async def test_the_speaker_ends_the_session_by_leaving(membership: Membership) -> None:
    session = await membership.create("s", None, SPANISH)
    await membership.join("1", None, session.session_id, "ca")
    departure = await membership.leave("s")
    assert departure is not None
    assert departure.session_ended
    assert not await membership.sessions.is_session_active(session.session_id)
    assert await membership.leave("s") is None


async def test_a_socket_that_does_not_speak_any_more_ends_nothing(membership: Membership) -> None:
    session = await membership.create("old", None, SPANISH)
    await membership.sessions.update_speaker_connection(session.session_id, "new")
    departure = await membership.leave("old")
    assert departure is not None
    assert not departure.session_ended
    assert await membership.sessions.is_session_active(session.session_id)


async def test_the_end_of_a_session_counts_all_out_and_who_leaves_later_is_not_counted_again(
    membership: Membership,
) -> None:
    session = await membership.create("s", None, SPANISH)
    await membership.join("1", None, session.session_id, "ca")
    await membership.end(session.session_id)
    assert await count(membership, session.session_id) == 0
    assert await membership.leave("1") is not None
    assert await count(membership, session.session_id) == 0


async def test_a_late_leaver_of_an_earlier_session_is_not_counted_out_of_a_new_one(
    database: AsyncDatabase, clock: ManualClock, settings: Settings
) -> None:
    membership = Membership(database, settings, clock, draw_id=lambda: "a-b-100")
    await membership.create("s", None, SPANISH)
    clock.forward(HOUR)
    await membership.join("old", None, "a-b-100", "ca")
    clock.forward(2 * HOUR)
    await membership.create("t", None, SPANISH)
    await membership.join("new", None, "a-b-100", "ca")
    await membership.leave("old")
    assert await count(membership, "a-b-100") == 1


async def test_ending_tells_every_listener_once_and_deletes_them(busy: Membership) -> None:
    session = await busy.create("s", None, SPANISH)
    for number in range(130):
        await busy.join(str(number), None, session.session_id, "ca")
    await busy.end(session.session_id)
    told: list[str] = []
    under_way = most = 0

    async def tell(connection_id: str) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        told.append(connection_id)
        under_way -= 1

    assert await busy.sweep(session.session_id, tell) == 130
    assert sorted(told) == sorted(str(number) for number in range(130))
    assert most == 100
    assert await listeners(busy, session.session_id) == 0


async def test_a_sweep_can_be_repeated(membership: Membership) -> None:
    session = await membership.create("s", None, SPANISH)
    await membership.join("1", None, session.session_id, "ca")
    await membership.end(session.session_id)
    assert await membership.sweep(session.session_id, say_nothing) == 1
    assert await membership.sweep(session.session_id, say_nothing) == 0
