"""Sessions: who speaks, in which language, until when, and how many listen."""

from __future__ import annotations

from typing import Final

from dynalayer import AsyncDatabase, Condition, ConditionFailed, ItemNotFound, Update
from live_translation.clock import Clock, milliseconds, seconds
from live_translation.settings import Settings
from live_translation.tables import Session

GRACE_SECONDS: Final = 3_600
"""An item outlives its session by this, so that late disconnects still find it; it takes no more joins meanwhile."""

# Nobody listens to a session that is over: its count goes with it, since those who leave later are not counted out.
_OVER: Final = (Session.is_active.set(False), Session.listener_count.set(0))


def lifetime(settings: Settings, clock: Clock) -> int:
    """Until when (s) an item is kept that begins, or is refreshed, now."""
    return seconds(clock) + settings.session_max_duration_hours * 3_600 + GRACE_SECONDS


class SessionsRepository:
    """Reads and writes sessions; expired ones count as gone, and no write brings one back."""

    def __init__(self, database: AsyncDatabase, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def create_session(self, session: Session) -> bool:
        """Store a new session; False if its id belongs to another that has not expired."""
        try:
            await self._database.create(session)
        except ConditionFailed:
            return False
        return True

    async def get_session(self, session_id: str) -> Session | None:
        """The session as last written, ended or not; None if there is none or it has expired."""
        return await self._database.get(Session.key(session_id), consistent=True)

    async def session_exists(self, session_id: str) -> bool:
        """True for a session that has not expired, ended or not."""
        return await self.get_session(session_id) is not None

    async def is_session_active(self, session_id: str) -> bool:
        """True while the session takes listeners and speech."""
        return await self.active_session(session_id) is not None

    async def active_session(self, session_id: str) -> Session | None:
        """The session if it has not ended and its hours have not passed."""
        session = await self.get_session(session_id)
        return session if session is not None and self.is_running(session) else None

    def is_running(self, session: Session) -> bool:
        """True if the session has not ended and its hours have not passed."""
        return session.is_active and session.expires_at > seconds(self._clock) + GRACE_SECONDS

    def running(self) -> Condition[Session]:
        """The same as a condition of a write."""
        return (Session.is_active == True) & (Session.expires_at > seconds(self._clock) + GRACE_SECONDS)  # noqa: E712

    async def update_speaker_connection(self, session_id: str, connection_id: str) -> Session:
        """Let another socket speak; raises `ConditionFailed` for a session that ended, expired or never was."""
        change = Session.speaker_connection_id.set(connection_id)
        return await self._database.update(Session.key(session_id), change, if_=self.running())

    async def increment_listener_count(self, session_id: str, maximum: int) -> int:
        """Count one listener more and give the new number; raises `ConditionFailed` if the session takes none."""
        return (await self._database.run(self.joined(session_id, maximum))).listener_count

    async def decrement_listener_count(self, session_id: str) -> int | None:
        """Count one listener less, never below 0; None, and nothing written, if the session is over."""
        try:
            return (await self._database.run(self.left(session_id))).listener_count
        except ConditionFailed:
            session = await self.get_session(session_id)
            return session.listener_count if session is not None and session.is_active else None

    async def mark_session_inactive(self, session_id: str) -> bool:
        """End a session; False if it had ended, expired or never was."""
        try:
            await self._database.update(Session.key(session_id), *_OVER, if_=Session.is_active == True)  # noqa: E712
        except (ConditionFailed, ItemNotFound):
            return False
        return True

    async def correct_count(self, session_id: str, counted: int, found: int) -> bool:
        """Set the count of a session that is active; False if it has changed since it was `counted`."""
        condition = (Session.is_active == True) & (Session.listener_count == counted)  # noqa: E712
        try:
            await self._database.update(Session.key(session_id), Session.listener_count.set(found), if_=condition)
        except (ConditionFailed, ItemNotFound):
            return False
        return True

    def joined(self, session_id: str, maximum: int) -> Update[Session]:
        """One listener more, if the session is running and has fewer than `maximum`."""
        change = Session.listener_count.add(1)
        return Update(Session.key(session_id), (change,), self.running() & (Session.listener_count < maximum))

    def left(self, session_id: str, joined_at: int | None = None) -> Update[Session]:
        """One listener less, if the session has not ended and counts any.

        With `joined_at` (ms) also only if the session is not a later one under the same id.
        """
        condition = (Session.is_active == True) & (Session.listener_count >= 1)  # noqa: E712
        if joined_at is not None:
            condition = condition & (Session.created_at <= joined_at)
        return Update(Session.key(session_id), (Session.listener_count.add(-1),), condition)

    def ended_by(self, session_id: str, connection_id: str) -> Update[Session]:
        """The session ended, if it had not and this socket is the one that speaks."""
        condition = (Session.is_active == True) & (Session.speaker_connection_id == connection_id)  # noqa: E712
        return Update(Session.key(session_id), _OVER, condition)

    def lost(self, session_id: str, connection_id: str) -> Update[Session]:
        """The session without its speaker for a while, if it is running and this socket is the one that spoke."""
        condition = self.running() & (Session.speaker_connection_id == connection_id)
        return Update(Session.key(session_id), (Session.speaker_lost_at.set(milliseconds(self._clock)),), condition)
