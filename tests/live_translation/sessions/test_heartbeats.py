import pytest
from live_translation.sessions.heartbeats import Notices
from live_translation.sessions.membership import Membership
from live_translation.sessions.validation import SessionOptions
from live_translation.settings import Settings
from live_translation.tables import Connection

from dynalayer import AsyncDatabase
from tests.live_translation.doubles import ManualClock

pytestmark = pytest.mark.anyio
MINUTE = 60.0


@pytest.fixture
async def membership(database: AsyncDatabase, settings: Settings, clock: ManualClock) -> Membership:
    membership = Membership(database, settings, clock, draw_id=lambda: "a-b-100")
    await membership.create("speaker", None, SessionOptions("es"))
    await membership.join("listener", None, "a-b-100", "ca")
    return membership


@pytest.fixture
def notices(database: AsyncDatabase, settings: Settings, clock: ManualClock) -> Notices:
    return Notices(database, settings, clock)


async def told(membership: Membership, notices: Notices, connection_id: str) -> list[str]:
    connection = await membership.connections.record_activity(connection_id)
    return [message["type"] for message in await notices.due(connection)]


@pytest.mark.parametrize("who", ["speaker", "listener"])
async def test_a_refresh_is_asked_for_once_from_the_hundredth_minute_on(
    membership: Membership, notices: Notices, clock: ManualClock, who: str
) -> None:
    clock.forward(100 * MINUTE - 1)
    assert await told(membership, notices, who) == []
    clock.forward(1)
    assert await told(membership, notices, who) == ["connectionRefreshRequired"]
    clock.forward(0.5 * MINUTE)
    assert await told(membership, notices, who) == []


async def test_a_client_that_missed_its_beats_is_asked_all_the_same(
    membership: Membership, notices: Notices, clock: ManualClock
) -> None:
    clock.forward(119 * MINUTE)
    assert await told(membership, notices, "listener") == ["connectionRefreshRequired"]
    assert await told(membership, notices, "speaker") == ["connectionRefreshRequired", "connectionWarning"]


async def test_the_speaker_alone_is_warned_once_from_minute_105_on(
    membership: Membership, notices: Notices, clock: ManualClock
) -> None:
    clock.forward(100 * MINUTE)
    for who in ("speaker", "listener"):
        await told(membership, notices, who)
    clock.forward(5 * MINUTE - 1)
    assert await told(membership, notices, "speaker") == []
    clock.forward(1)
    assert await told(membership, notices, "speaker") == ["connectionWarning"]
    assert await told(membership, notices, "listener") == []
    clock.forward(0.5 * MINUTE)
    assert await told(membership, notices, "speaker") == []


@pytest.mark.parametrize(("age", "remaining"), [(105 * 60, 15), (119 * 60 + 59, 0), (120 * 60, 0), (130 * 60, 0)])
async def test_the_minutes_that_remain_are_a_number_and_never_negative(
    membership: Membership, notices: Notices, clock: ManualClock, age: int, remaining: int
) -> None:
    clock.forward(age)
    connection = await membership.connections.get_connection("speaker")
    assert connection is not None
    _, warning = await notices.due(connection)
    assert warning["remainingMinutes"] == remaining
    assert type(warning["remainingMinutes"]) is int


async def test_two_beats_at_once_ask_once(membership: Membership, notices: Notices, clock: ManualClock) -> None:
    clock.forward(100 * MINUTE)
    connection = await membership.connections.record_activity("listener")
    (message,) = [*await notices.due(connection), *await notices.due(connection)]
    assert (message["sessionId"], message["role"], message["targetLanguage"]) == ("a-b-100", "listener", "ca")


async def test_a_change_of_language_does_not_make_a_socket_young(
    membership: Membership, notices: Notices, clock: ManualClock, database: AsyncDatabase
) -> None:
    before = await database.get(Connection.key("listener"))
    clock.forward(100 * MINUTE)
    after = await membership.connections.change_language("listener", "fr")
    assert before is not None
    assert after.connected_at == before.connected_at
    assert await told(membership, notices, "listener") == ["connectionRefreshRequired"]
