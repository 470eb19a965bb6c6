"""Connections: which socket is in which session, and who listens in which language."""

from __future__ import annotations

from collections.abc import Iterable

from dynalayer import AsyncDatabase, ConditionFailed
from live_translation.clock import Clock, milliseconds
from live_translation.sessions.session_items import lifetime
from live_translation.settings import Settings
from live_translation.tables import Connection, Role


class ConnectionsRepository:
    """Reads and writes connections; the truth about who listens.

    Lists come from an index, which elsewhere than on one machine may lag behind the last writes by some moments.
    """

    def __init__(self, database: AsyncDatabase, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def create_connection(self, connection: Connection) -> bool:
        """Store a new connection; False, and nothing written, if its id is known."""
        try:
            await self._database.create(connection)
        except ConditionFailed:
            return False
        return True

    async def get_connection(self, connection_id: str, *, expired: bool = False) -> Connection | None:
        """The connection as last written; None if there is none or, unless `expired`, its time has passed."""
        return await self._database.get(Connection.key(connection_id), consistent=True, expired=expired)

    async def delete_connection(self, connection_id: str) -> Connection | None:
        """Delete a connection and give back what it was; None if there was none. It is counted nowhere here."""
        return await self._database.delete(Connection.key(connection_id))

    async def get_connections_by_session(self, session_id: str, *, expired: bool = False) -> list[Connection]:
        """All connections of a session that have a language: its listeners."""
        query = Connection.by_language(session_id)
        return [found async for found in self._database.query(query.expired() if expired else query)]

    async def get_listener_connections(self, session_id: str, target_language: str | None = None) -> list[Connection]:
        """The listeners of a session, or those of one language."""
        query = Connection.by_language(session_id)
        if target_language is not None:
            query = query.equals(target_language)
        return [found async for found in self._database.query(query) if found.role is Role.listener]

    async def get_unique_languages_for_session(self, session_id: str) -> set[str]:
        """The languages that somebody listens in."""
        return set(await self.language_distribution(session_id))

    async def language_distribution(self, session_id: str) -> dict[str, int]:
        """How many listen in each language, in the order of the languages' codes."""
        distribution: dict[str, int] = {}
        for listener in await self.get_listener_connections(session_id):
            if listener.target_language is not None:
                distribution[listener.target_language] = distribution.get(listener.target_language, 0) + 1
        return dict(sorted(distribution.items()))

    async def change_language(self, connection_id: str, target_language: str) -> Connection:
        """Let a listener hear another language from now on; raises `ConditionFailed` if it is not one any more."""
        change = Connection.target_language.set(target_language)
        return await self._database.update(Connection.key(connection_id), change, if_=Connection.role == Role.listener)

    async def set_audio(self, connection_id: str, enabled: bool) -> Connection:
        """Let a listener have sound, or not; raises `ConditionFailed` if it is not one any more."""
        change = Connection.audio.set(enabled)
        return await self._database.update(Connection.key(connection_id), change, if_=Connection.role == Role.listener)

    async def record_activity(self, connection_id: str) -> Connection:
        """Note that the client is alive; raises `ItemNotFound` if the connection has been released."""
        change = Connection.last_activity_time.set(milliseconds(self._clock))
        return await self._database.update(Connection.key(connection_id), change)

    async def record_status(self, connection_id: str) -> Connection:
        """Note that the speaker was told the status; raises `ItemNotFound` if the connection has been released."""
        change = Connection.status_sent_at.set(milliseconds(self._clock))
        return await self._database.update(Connection.key(connection_id), change)

    async def batch_delete_connections(self, connection_ids: Iterable[str]) -> None:
        """Delete any number of connections; those that are gone already do no harm."""
        await self._database.batch_write(delete=[Connection.key(each) for each in dict.fromkeys(connection_ids)])

    async def delete_all_session_connections(self, session_id: str) -> list[str]:
        """Delete the listeners' connections of a session that has ended, and give back their ids."""
        ids = [connection.connection_id for connection in await self.get_connections_by_session(session_id)]
        await self.batch_delete_connections(ids)
        return ids


def new_connection(
    settings: Settings,
    clock: Clock,
    connection_id: str,
    session_id: str,
    source_ip: str | None,
    target_language: str | None = None,
    *,
    audio: bool = False,
) -> Connection:
    """A connection that has just come: a listener if it has a language, else a speaker."""
    now = milliseconds(clock)
    return Connection(
        connection_id=connection_id,
        session_id=session_id,
        target_language=target_language,
        role=Role.speaker if target_language is None else Role.listener,
        connected_at=now,
        ttl=lifetime(settings, clock),
        ip_address=source_ip,
        last_activity_time=now,
        audio=audio,
    )
