"""Who is in a session: creating, joining, leaving and ending, each one idempotent step keyed by the connection's id.

Each step is a transaction over the connection and its session, so that a crash leaves both or neither, and the count of
listeners is always that of their connections. Repeating a step finds its connection written, or gone, and does nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from dynalayer import AsyncDatabase, Create, Delete, TransactionCanceled, Update
from live_translation.clock import Clock, milliseconds, seconds
from live_translation.errors import service_unavailable, session_full, session_not_found
from live_translation.sessions.connection_items import ConnectionsRepository
from live_translation.sessions.session_ids import draw
from live_translation.sessions.session_items import GRACE_SECONDS, SessionsRepository
from live_translation.sessions.validation import SessionOptions
from live_translation.settings import Settings
from live_translation.tables import Connection, Role, Session

DRAWS: Final = 10
_ROUNDS: Final = 10
_REFUSED: Final = "ConditionalCheckFailed"
_CONFLICT: Final = "TransactionConflict"
_SWEEPS: Final = 2
_AT_ONCE: Final = 100


Action = Create[Session] | Create[Connection] | Update[Session] | Delete[Connection]


@dataclass(frozen=True, slots=True)
class Departure:
    """A connection that is gone; `session_ended` if it was the one that spoke."""

    session_id: str
    role: Role
    session_ended: bool


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
        self._database = database
        self._settings = settings
        self._clock = clock
        self._draw_id = draw_id

    async def create(self, connection_id: str, source_ip: str | None, options: SessionOptions) -> Session:
        """Start a session that this connection speaks in; the same connection again gets the same session.

        Raises `ServiceProblem` 503 if ten ids in a row are taken.
        """
        for _ in range(DRAWS):
            session = self._new_session(connection_id, options)
            speaker = self._new_connection(connection_id, session.session_id, Role.speaker, None, source_ip)
            known, taken = await self._attempt(Create(speaker), Create(session))
            if known:
                return await self._session_of(connection_id)
            if not taken:
                return session
        raise service_unavailable()

    async def join(self, connection_id: str, source_ip: str | None, session_id: str, target_language: str) -> Session:
        """Let a connection listen; the same connection again is counted once.

        Raises `ServiceProblem`: 404 for a session that is not running, 503 for one that is full.
        """
        listener = self._new_connection(connection_id, session_id, Role.listener, target_language, source_ip)
        maximum = self._settings.max_listeners_per_session
        for _ in range(_ROUNDS):
            known, refused = await self._attempt(Create(listener), self.sessions.joined(session_id, maximum))
            session = await self._running(session_id)
            if known or not refused:
                return session
            if session.listener_count >= maximum:
                raise session_full(session_id, maximum)
        raise service_unavailable()

    async def leave(self, connection_id: str) -> Departure | None:
        """Let a connection go; None if it has gone before.

        A listener is counted out; a speaker's session ends if no other socket has taken over.
        """
        connection = await self.connections.get_connection(connection_id, expired=True)
        if connection is None:
            return None
        delete = Delete(connection.key, Connection.session_id == connection.session_id)
        if connection.role is Role.speaker:
            follow = self.sessions.ended_by(connection.session_id, connection_id)
        else:
            follow = self.sessions.left(connection.session_id, connection.connected_at)
        gone, not_counted = await self._attempt(delete, follow)
        if not_counted and not gone:
            # The session is over, spoken in by another socket, or at its floor: only the connection is left to delete.
            gone = await self.connections.delete_connection(connection_id) is None
        if gone:
            return None
        return Departure(connection.session_id, connection.role, connection.role is Role.speaker and not not_counted)

    async def end(self, session_id: str) -> bool:
        """End a session whoever speaks in it; False if it is over already."""
        return await self.sessions.mark_session_inactive(session_id)

    async def is_abandoned(self, session: Session) -> bool:
        """True if the speaker's connection is gone, or silent for twice as long as it may be.

        A server that dies lets nobody leave; this is how its sessions are noticed, by whoever comes to them next.
        """
        speaker = await self.connections.get_connection(session.speaker_connection_id)
        if speaker is None:
            return True
        silent = milliseconds(self._clock) - (speaker.last_activity_time or speaker.connected_at)
        return silent > 2_000 * self._settings.heartbeat_timeout_seconds

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
            listeners = await self.connections.get_connections_by_session(session_id)
            ids = [listener.connection_id for listener in listeners]
            await asyncio.gather(*(tell_in_turn(each) for each in ids if each not in told))
            await self.connections.batch_delete_connections(ids)
            told.update(ids)
        return len(told)

    async def _attempt(self, first: Action, second: Action) -> tuple[bool, bool]:
        """Do both or neither, and tell which was refused; raises `ServiceProblem` 503 if others are always in the way.

        The database has tried conflicting transactions again by itself; in a crowd that may not be often enough.
        """
        for _ in range(_ROUNDS):
            try:
                await self._database.transact(first, second)
            except TransactionCanceled as error:
                codes = [reason.code for reason in error.reasons]
                if _REFUSED in codes:
                    return codes[0] == _REFUSED, codes[1] == _REFUSED
                if _CONFLICT not in codes:
                    raise
            else:
                return False, False
        raise service_unavailable()

    def _new_session(self, connection_id: str, options: SessionOptions) -> Session:
        return Session(
            session_id=self._draw_id(),
            speaker_connection_id=connection_id,
            source_language=options.source_language,
            quality_tier=options.quality_tier,
            created_at=milliseconds(self._clock),
            expires_at=self._expiry(),
            partial_results_enabled=options.partial_results,
            min_stability_threshold=options.min_stability,
            max_buffer_timeout=options.max_buffer_timeout,
        )

    def _new_connection(
        self, connection_id: str, session_id: str, role: Role, target_language: str | None, source_ip: str | None
    ) -> Connection:
        now = milliseconds(self._clock)
        return Connection(
            connection_id=connection_id,
            session_id=session_id,
            target_language=target_language,
            role=role,
            connected_at=now,
            ttl=self._expiry(),
            ip_address=source_ip,
            last_activity_time=now,
        )

    def _expiry(self) -> int:
        return seconds(self._clock) + self._settings.session_max_duration_hours * 3_600 + GRACE_SECONDS

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
