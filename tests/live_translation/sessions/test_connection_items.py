import pytest
from live_translation.sessions.connection_items import ConnectionsRepository
from live_translation.tables import Connection, Role

from dynalayer import AsyncDatabase, ItemNotFound
from tests.live_translation.doubles import START, ManualClock

pytestmark = pytest.mark.anyio


def connection(connection_id: str, language: str | None = "ca", session_id: str = "a-b-100") -> Connection:
    return Connection(
        connection_id=connection_id,
        session_id=session_id,
        target_language=language,
        role=Role.speaker if language is None else Role.listener,
        connected_at=int(START * 1000),
        ttl=int(START) + 10_800,
    )


@pytest.fixture
def connections(database: AsyncDatabase, clock: ManualClock) -> ConnectionsRepository:
    return ConnectionsRepository(database, clock)


async def ids(connections: ConnectionsRepository, *arguments: str) -> set[str]:
    return {each.connection_id for each in await connections.get_listener_connections(*arguments)}


async def test_listeners_are_found_by_session_and_by_language(connections: ConnectionsRepository) -> None:
    for each in (connection("1"), connection("2", "en"), connection("3"), connection("4", session_id="a-b-101")):
        await connections.create_connection(each)
    assert await ids(connections, "a-b-100") == {"1", "2", "3"}
    assert await ids(connections, "a-b-100", "ca") == {"1", "3"}
    assert await connections.get_unique_languages_for_session("a-b-100") == {"ca", "en"}
    assert await connections.language_distribution("a-b-100") == {"ca": 2, "en": 1}


async def test_a_speaker_is_in_no_index(connections: ConnectionsRepository) -> None:
    await connections.create_connection(connection("s", None))
    assert await connections.get_connections_by_session("a-b-100") == []


async def test_a_connection_is_created_once(connections: ConnectionsRepository) -> None:
    assert await connections.create_connection(connection("1"))
    assert not await connections.create_connection(connection("1", "en"))
    found = await connections.get_connection("1")
    assert found is not None
    assert found.target_language == "ca"


async def test_expired_connections_do_not_listen(connections: ConnectionsRepository, clock: ManualClock) -> None:
    await connections.create_connection(connection("1"))
    clock.forward(10_800)
    assert await connections.get_connection("1") is None
    assert await ids(connections, "a-b-100") == set()


async def test_a_change_of_language_keeps_the_socket_as_old_as_it_is(connections: ConnectionsRepository) -> None:
    await connections.create_connection(connection("1"))
    changed = await connections.change_language("1", "fr")
    assert (changed.target_language, changed.connected_at) == ("fr", int(START * 1000))
    assert await ids(connections, "a-b-100", "ca") == set()
    assert await ids(connections, "a-b-100", "fr") == {"1"}


async def test_activity_is_noted_and_brings_nobody_back(connections: ConnectionsRepository, clock: ManualClock) -> None:
    await connections.create_connection(connection("1"))
    clock.forward(30)
    assert (await connections.record_activity("1")).last_activity_time == int(START * 1000) + 30_000
    await connections.delete_connection("1")
    with pytest.raises(ItemNotFound):
        await connections.record_activity("1")
    assert await connections.get_connection("1", expired=True) is None


async def test_all_listeners_of_a_session_are_deleted_whatever_their_number(connections: ConnectionsRepository) -> None:
    for number in range(60):
        await connections.create_connection(connection(str(number)))
    await connections.create_connection(connection("other", session_id="a-b-101"))
    assert len(await connections.delete_all_session_connections("a-b-100")) == 60
    assert await ids(connections, "a-b-100") == set()
    assert await ids(connections, "a-b-101") == {"other"}


async def test_deleting_what_is_gone_or_named_twice_is_harmless(connections: ConnectionsRepository) -> None:
    await connections.create_connection(connection("1"))
    await connections.batch_delete_connections(["1", "1", "2"])
    assert await connections.delete_connection("1") is None


async def test_more_listeners_than_one_page_holds_are_all_found(
    connections: ConnectionsRepository, database: AsyncDatabase
) -> None:
    listeners = [connection(f"{number}") for number in range(600)]
    for listener in listeners:
        listener.ip_address = "x" * 2_000
    await database.batch_write(put=listeners)
    assert len(await connections.get_listener_connections("a-b-100", "ca")) == 600
