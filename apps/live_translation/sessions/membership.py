"""Who is in a session: creating, joining, leaving and ending, each one idempotent step keyed by the connection's id.

Each step is a transaction over the connection and its session, so that a crash leaves both or neither, and the count of
listeners is always that of their connections. Repeating a step finds its connection written, or gone, and does nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from dynalayer import AsyncDatabase, Create, Delete, Update
from live_translation.clock import Clock, milliseconds
from live_translation.errors import service_unavailable, session_full, session_not_found
from live_translation.sessions.connection_items import ConnectionsRepository, new_connection
from live_translation.sessions.controls import Controls
from live_translation.sessions.refreshing import Refreshing
from live_translation.sessions.session_ids import draw
from live_translation.sessions.session_items import SessionsRepository, lifetime
from live_translation.sessions.steps import ROUNDS, attempt
from live_translation.sessions.validation import SessionOptions
from live_translation.settings import Settings
from live_translation.tables import Connection, Role, Session

DRAWS: Final = 10
_SWEEPS: Final = 2
_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class Departure:
    """A connection that is gone; `session_ended` if it was the one that spoke.

    `speaker_lost` if the session waits for its speaker to come back.
    """

    session_id: str
    role: Role
    session_ended: bool
    speaker_lost: bool = False


class Membership:
    """Lets speakers and listeners in and out."""

    def __init__(
        self,
        database: AsyncDatabase,
        settings: Settings,
        clock: Clock,
        *,
        draw_id: Callable[[], str] = draw,
    ) -> None:
        self.sessions = SessionsRepository(database, clock)
        self.connections = ConnectionsRepository(database, clock)
        self.refreshing = Refreshing(database, self.sessions, self.connections, settings, clock)
        self.controls = Controls(database, self.sessions, clock)
        self._database = database
        self._settings = settings
        self._clock = clock
        self._draw_id = draw_id

    async def create(
        self, connection_id: str, source_ip: str | None, options: SessionOptions, user_id: str | None = None
    ) -> Session:
        """Start a session that this connection speaks in; the same connection again gets the same session.

        Raises `ServiceProblem` 503 if ten ids in a row are taken.
        """
        for _ in range(DRAWS):
            session = self._new_session(connection_id, options, user_id)
            speaker = new_connection(self._settings, self._clock, connection_id, session.session_id, source_ip)
            known, taken = await attempt(self._database, Create(speaker), Create(session))
            if known:
                return await self._session_of(connection_id)
            if not taken:
                return session
        raise service_unavailable()

    async def join(
        self,
        connection_id: str,
        source_ip: str | None,
        session_id: str,
        target_language: str,
        *,
        audio: bool = False,
    ) -> Session:
        """Let a connection listen, with `audio` to the sound as well; the same connection again is counted once.

        Raises `ServiceProblem`: 404 for a session that is not running, 503 for one that is full.
        """
        listener = new_connection(
            self._settings, self._clock, connection_id, session_id, source_ip, target_language, audio=audio
        )
        maximum = self._settings.max_listeners_per_session
        for _ in range(ROUNDS):
            known, refused = await attempt(self._database, Create(listener), self.sessions.joined(session_id, maximum))
            session = await self._running(session_id)
            if known or not refused:
                return session
            if session.listener_count >= maximum:
                raise session_full(session_id, maximum)
        raise service_unavailable()

    async def leave(self, connection_id: str, *, lost: bool = False) -> Departure | None:
        """Let a connection go; None if it has gone before.

        A listener is counted out. A speaker's session ends if no other socket has taken over; if the socket was `lost`,
        not closed on purpose, the session waits for its speaker as long as the settings grant.
        """
        connection = await self.connections.get_connection(connection_id, expired=True)
        if connection is None:
            return None
        is_speaker = connection.role is Role.speaker
        waits = is_speaker and lost and self._settings.speaker_grace_seconds > 0
        delete = Delete(connection.key, Connection.session_id == connection.session_id)
        gone, not_changed = await attempt(self._database, delete, self._following(connection, waits=waits))
        if not_changed and not gone:
            # The session is over, spoken in by another socket, or at its floor: only the connection is left to delete.
            gone = await self.connections.delete_connection(connection_id) is None
        if gone:
            return None
        took_effect = is_speaker and not not_changed
        return Departure(connection.session_id, connection.role, took_effect and not waits, took_effect and waits)

    def _following(self, connection: Connection, *, waits: bool) -> Update[Session]:
        """What becomes of the session when a connection leaves."""
        if connection.role is Role.listener:
            return self.sessions.left(connection.session_id, connection.connected_at)
        if waits:
            return self.sessions.lost(connection.session_id, connection.connection_id)
        return self.sessions.ended_by(connection.session_id, connection.connection_id)

    async def end(self, session_id: str) -> bool:
        """End a session whoever speaks in it; False if it is over already."""
        return await self.sessions.mark_session_inactive(session_id)

    async def end_if_abandoned(self, session: Session) -> bool:
        """End a session whose speaker was lost and did not come back, or is silent for twice as long as it may be.

        A server that dies lets nobody leave; this is how its sessions are noticed, by the job that looks after them or
        by whoever comes to them first. A speaker who comes back meanwhile, over any socket, keeps the session.
        """
        now = milliseconds(self._clock)
        if session.speaker_lost_at is not None:
            if now - session.speaker_lost_at < 1_000 * self._settings.speaker_grace_seconds:
                return False
        elif not await self._is_silent(session, now):
            return False
        silent_since = now - self._silence_ms()
        speaker = Connection.key(session.speaker_connection_id)
        still_silent = Connection.connection_id.missing() | (Connection.last_activity_time <= silent_since)
        over = self.sessions.ended_by(session.session_id, session.speaker_connection_id)
        return not any(await attempt(self._database, Delete(speaker, still_silent), over))

    async def _is_silent(self, session: Session, now: int) -> bool:
        speaker = await self.connections.get_connection(session.speaker_connection_id)
        return speaker is None or now - (speaker.last_activity_time or speaker.connected_at) >= self._silence_ms()

    def _silence_ms(self) -> int:
        return 2_000 * self._settings.heartbeat_timeout_seconds

    async def sweep(self, session_id: str, tell: Callable[[str], Awaitable[None]]) -> int:
        """Tell every listener of an ended session and delete their connections; gives back how many there were.

        Done twice, since the index may not know those yet who joined in the last moment before the end.
        """
        told: set[str] = set()
        turn = asyncio.Semaphore(_AT_ONCE)

        async def tell_in_turn(connection_id: str) -> None:
            async with turn:
                await tell(connection_id)

        for _ in range(_SWEEPS):
            listeners = await self.connections.get_connections_by_session(session_id, expired=True)
            ids = [listener.connection_id for listener in listeners]
            await asyncio.gather(*(tell_in_turn(each) for each in ids if each not in told))
            await self.connections.batch_delete_connections(ids)
            told.update(ids)
        return len(told)

    def _new_session(self, connection_id: str, options: SessionOptions, user_id: str | None) -> Session:
        return Session(
            session_id=self._draw_id(),
            speaker_connection_id=connection_id,
            speaker_user_id=user_id,
            source_language=options.source_language,
            quality_tier=options.quality_tier,
            created_at=milliseconds(self._clock),
            expires_at=lifetime(self._settings, self._clock),
            partial_results_enabled=options.partial_results,
            min_stability_threshold=options.min_stability,
            max_buffer_timeout=options.max_buffer_timeout,
        )

    async def _session_of(self, connection_id: str) -> Session:
        connection = await self.connections.get_connection(connection_id)
        if connection is None:
            raise service_unavailable()
        return await self._running(connection.session_id)

    async def _running(self, session_id: str) -> Session:
        session = await self.sessions.active_session(session_id)
        if session is None:
            raise session_not_found(session_id)
        return session
