"""Going on over another socket before the old one's time is over: the exchange is one step, and nobody notices.

A listener proves that it has been in the session by the id of its old connection, which only it was told; a speaker
by a token of the user whose session it is. Both move the session's end forward: it lasts as long as it is refreshed.
"""

from __future__ import annotations

from dynalayer import AsyncDatabase, Change, Condition, Create, Delete, Update
from live_translation.clock import Clock
from live_translation.errors import (
    connection_not_found,
    forbidden,
    service_unavailable,
    session_not_found,
    unauthorized_action,
    wrong_parameter,
)
from live_translation.sessions.connection_items import ConnectionsRepository, new_connection
from live_translation.sessions.session_items import SessionsRepository, lifetime
from live_translation.sessions.steps import ROUNDS, attempt
from live_translation.settings import Settings
from live_translation.tables import Connection, Role, Session


class Refreshing:
    """Exchanges one connection of a session for another."""

    def __init__(
        self,
        database: AsyncDatabase,
        sessions: SessionsRepository,
        connections: ConnectionsRepository,
        settings: Settings,
        clock: Clock,
    ) -> None:
        self._database = database
        self._sessions = sessions
        self._connections = connections
        self._settings = settings
        self._clock = clock

    async def speaker(self, connection_id: str, source_ip: str | None, session_id: str, user_id: str) -> Session:
        """Let this connection speak from now on; the same again changes nothing.

        Raises `ServiceProblem`: 404 for a session that is not running, 403 for one of another user.
        """
        for _ in range(ROUNDS):
            session = await self._running(session_id)
            if session.speaker_user_id is None or session.speaker_user_id != user_id:
                raise forbidden("The session belongs to another user.")
            if session.speaker_connection_id == connection_id:
                return session
            await self._is_in(connection_id, session_id, Role.speaker)
            new = new_connection(self._settings, self._clock, connection_id, session_id, source_ip)
            await attempt(
                self._database,
                Create(new),
                self._taken_over(session, connection_id),
                Delete(Connection.key(session.speaker_connection_id)),
            )
        raise service_unavailable()

    async def listener(
        self,
        connection_id: str,
        source_ip: str | None,
        session_id: str,
        target_language: str,
        previous_id: str,
        *,
        audio: bool = False,
    ) -> Session:
        """Let this connection listen in the place of the previous one; the same again changes nothing.

        Raises `ServiceProblem`: 404 for a session that is not running, or a connection that does not listen in it.
        """
        if previous_id == connection_id:
            raise wrong_parameter("connectionId", "must be the id of the old connection, not of this one")
        new = new_connection(
            self._settings, self._clock, connection_id, session_id, source_ip, target_language, audio=audio
        )
        mine = (Connection.session_id == session_id) & (Connection.role == Role.listener)
        for _ in range(ROUNDS):
            session = await self._running(session_id)
            if await self._is_in(connection_id, session_id, Role.listener):
                return session
            known, not_mine, _ = await self._exchange(new, Delete(Connection.key(previous_id), mine), session)
            if not_mine and not known:
                raise connection_not_found()
        raise service_unavailable()

    async def _exchange(self, new: Connection, old: Delete[Connection], session: Session) -> tuple[bool, bool, bool]:
        change = Session.expires_at.set(self._later(session))
        lasting = Update(session.key, (change,), self._sessions.running())
        known, not_mine, over = await attempt(self._database, Create(new), old, lasting)
        return known, not_mine, over

    def _taken_over(self, session: Session, connection_id: str) -> Update[Session]:
        changes: tuple[Change[Session], ...] = (
            Session.speaker_connection_id.set(connection_id),
            Session.expires_at.set(self._later(session)),
            Session.speaker_lost_at.remove(),
        )
        as_read: Condition[Session] = (Session.speaker_connection_id == session.speaker_connection_id) & (
            Session.speaker_user_id == session.speaker_user_id
        )
        return Update(session.key, changes, self._sessions.running() & as_read)

    def _later(self, session: Session) -> int:
        # Never back: the clock of another process may be ahead.
        return max(session.expires_at, lifetime(self._settings, self._clock))

    async def _is_in(self, connection_id: str, session_id: str, role: Role) -> bool:
        known = await self._connections.get_connection(connection_id)
        if known is None:
            return False
        if known.role is not role or known.session_id != session_id:
            raise unauthorized_action("This connection is in a session already; open another one.")
        return True

    async def _running(self, session_id: str) -> Session:
        session = await self._sessions.active_session(session_id)
        if session is None:
            raise session_not_found(session_id)
        return session
