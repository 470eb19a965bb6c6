import asyncio
from decimal import Decimal

import msgspec
import pytest
from live_translation.sessions.session_items import SessionsRepository
from live_translation.tables import TABLES, QualityTier, Session

from dynalayer import AsyncDatabase, ConditionFailed
from tests.live_translation.doubles import START, ManualClock, interleaved

pytestmark = pytest.mark.anyio
HOUR = 3_600


def session(session_id: str = "holy-honey-697", **changes: object) -> Session:
    values: dict[str, object] = {
        "session_id": session_id,
        "speaker_connection_id": "speaker",
        "source_language": "es",
        "created_at": int(START * 1000),
        "expires_at": int(START) + 3 * HOUR,
    }
    return Session(**{**values, **changes})  # type: ignore[arg-type]


@pytest.fixture
def sessions(database: AsyncDatabase, clock: ManualClock) -> SessionsRepository:
    return SessionsRepository(database, clock)


async def test_an_item_has_the_names_and_units_of_the_wire_contract(database: AsyncDatabase) -> None:
    await database.create(session(quality_tier=QualityTier.premium, speaker_user_id="u"))
    answer = await database.connection.call(
        "GetItem", msgspec.json.encode({"TableName": "Sessions", "Key": {"sessionId": {"S": "holy-honey-697"}}})
    )
    assert msgspec.json.decode(answer)["Item"] == {
        "sessionId": {"S": "holy-honey-697"},
        "speakerConnectionId": {"S": "speaker"},
        "speakerUserId": {"S": "u"},
        "sourceLanguage": {"S": "es"},
        "qualityTier": {"S": "premium"},
        "createdAt": {"N": "1800000000000"},
        "isActive": {"BOOL": True},
        "listenerCount": {"N": "0"},
        "expiresAt": {"N": "1800010800"},
        "partialResultsEnabled": {"BOOL": True},
        "minStabilityThreshold": {"N": "0.85"},
        "maxBufferTimeout": {"N": "5"},
        "broadcastState": {
            "M": {
                "isActive": {"BOOL": True},
                "isPaused": {"BOOL": False},
                "isMuted": {"BOOL": False},
                "volume": {"N": "1"},
                "lastStateChange": {"N": "0"},
            }
        },
        "sequenceNumber": {"N": "0"},
        "finishedNumber": {"N": "0"},
        "recentSegments": {"L": []},
        "claimedBy": {"S": ""},
        "claimedAt": {"N": "0"},
    }


async def test_thresholds_come_back_exact(sessions: SessionsRepository) -> None:
    await sessions.create_session(session(min_stability_threshold=Decimal("0.7")))
    found = await sessions.get_session("holy-honey-697")
    assert found is not None
    assert found.min_stability_threshold == Decimal("0.7")


async def test_a_live_session_is_never_replaced(sessions: SessionsRepository) -> None:
    assert await sessions.create_session(session())
    assert not await sessions.create_session(session(speaker_connection_id="other"))
    found = await sessions.get_session("holy-honey-697")
    assert found is not None
    assert found.speaker_connection_id == "speaker"


async def test_an_expired_session_counts_as_gone_everywhere(sessions: SessionsRepository, clock: ManualClock) -> None:
    await sessions.create_session(session())
    clock.forward(3 * HOUR)
    assert await sessions.get_session("holy-honey-697") is None
    assert not await sessions.session_exists("holy-honey-697")
    assert not await sessions.is_session_active("holy-honey-697")
    assert await sessions.create_session(session(expires_at=int(clock()) + 3 * HOUR))


@pytest.mark.parametrize(("age", "is_active"), [(2 * HOUR - 1, True), (2 * HOUR, False)])
async def test_a_session_is_active_until_its_hours_have_passed(
    sessions: SessionsRepository, clock: ManualClock, age: int, is_active: bool
) -> None:
    await sessions.create_session(session())
    clock.forward(age)
    assert await sessions.is_session_active("holy-honey-697") is is_active
    assert await sessions.session_exists("holy-honey-697")


async def test_listeners_are_counted_up_to_the_maximum(sessions: SessionsRepository) -> None:
    await sessions.create_session(session(listener_count=498))
    assert await sessions.increment_listener_count("holy-honey-697", 500) == 499
    assert await sessions.increment_listener_count("holy-honey-697", 500) == 500
    with pytest.raises(ConditionFailed):
        await sessions.increment_listener_count("holy-honey-697", 500)


async def test_two_at_once_do_not_both_take_the_last_place(clock: ManualClock) -> None:
    async with interleaved(clock) as database:
        await database.create_tables(*TABLES)
        sessions = SessionsRepository(database, clock)
        await sessions.create_session(session(listener_count=499))
        joins = (sessions.increment_listener_count("holy-honey-697", 500) for _ in range(2))
        answers = await asyncio.gather(*joins, return_exceptions=True)
    assert sorted(map(str, answers))[0] == "500"
    assert sum(isinstance(answer, ConditionFailed) for answer in answers) == 1


async def test_the_count_stays_at_its_floor(sessions: SessionsRepository) -> None:
    await sessions.create_session(session(listener_count=1))
    assert await sessions.decrement_listener_count("holy-honey-697") == 0
    assert await sessions.decrement_listener_count("holy-honey-697") == 0


async def test_no_write_brings_a_session_back(sessions: SessionsRepository, database: AsyncDatabase) -> None:
    with pytest.raises(ConditionFailed):
        await sessions.increment_listener_count("holy-honey-697", 500)
    with pytest.raises(ConditionFailed):
        await sessions.update_speaker_connection("holy-honey-697", "other")
    assert await sessions.decrement_listener_count("holy-honey-697") is None
    assert not await sessions.mark_session_inactive("holy-honey-697")
    assert await database.get(Session.key("holy-honey-697"), expired=True) is None


async def test_an_ended_or_expired_session_takes_no_change(
    sessions: SessionsRepository, clock: ManualClock, database: AsyncDatabase
) -> None:
    await sessions.create_session(session("a-b-100", is_active=False, listener_count=3))
    await sessions.create_session(session("a-b-101", listener_count=3))
    clock.forward(3 * HOUR)
    for session_id in ("a-b-100", "a-b-101"):
        with pytest.raises(ConditionFailed):
            await sessions.increment_listener_count(session_id, 500)
        assert await sessions.decrement_listener_count(session_id) is None
        assert not await sessions.mark_session_inactive(session_id)
        found = await database.get(Session.key(session_id), expired=True)
        assert found is not None
        assert found.listener_count == 3


async def test_another_socket_may_speak_while_the_session_runs(sessions: SessionsRepository) -> None:
    await sessions.create_session(session())
    assert (await sessions.update_speaker_connection("holy-honey-697", "new")).speaker_connection_id == "new"


async def test_only_the_first_ends_a_session(sessions: SessionsRepository) -> None:
    await sessions.create_session(session())
    assert await sessions.mark_session_inactive("holy-honey-697")
    assert not await sessions.mark_session_inactive("holy-honey-697")
