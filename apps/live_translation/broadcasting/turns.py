"""Whose turn it is to be heard: each final of a session gets its number once, and one is broadcast at a time.

All of it lies on the session's item, so that it outlives a process and holds between processes. A turn is taken as late
as possible, when everything is ready to be posted: who dies before it has done nothing, and another may do it all. Who
dies after it leaves a final that some may not have heard; it is not repeated, so nobody hears anything twice.

Taking a turn is one conditional write, and saying that it is over another, which nobody waits for in the process that
goes on with the session: it lets other processes go on at once instead of after `TURN_SECONDS`.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from dynalayer import AsyncDatabase, ConditionFailed, ItemNotFound, OutcomeUnknown
from live_translation.clock import Clock, milliseconds
from live_translation.errors import hashed, service_unavailable, session_not_found
from live_translation.sessions.session_items import SessionsRepository
from live_translation.tables import Session

TURN_SECONDS: Final = 5.0
"""How long another process may take to post a final before it counts as dead."""

REMEMBERED: Final = 32
"""Finals that a session's item knows by name: some minutes of speech, in less than half a kilobyte."""

_POLL_SECONDS: Final = 0.05
_ROUNDS: Final = 200
_log = logging.getLogger(__name__)

Sleep = Callable[[float], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Turn:
    """The number of a final; `is_new` for the one process that is to post it."""

    number: int
    is_new: bool


class Turns:
    """Gives out turns to one process, which calls itself `name`; no two may have the same."""

    def __init__(
        self,
        database: AsyncDatabase,
        sessions: SessionsRepository,
        clock: Clock,
        name: str,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._database = database
        self._sessions = sessions
        self._clock = clock
        self._name = name
        self._sleep = sleep

    def known(self, session: Session, segment_id: str) -> Turn | None:
        """The turn that this final has had; None if it has had none that the session remembers.

        It is new if this process took it and never heard of it, because the answer was lost: the caller asks only for
        finals that it has not posted itself.
        """
        digest = segment_digest(segment_id)
        if digest not in session.recent_segments:
            return None
        behind = len(session.recent_segments) - 1 - session.recent_segments.index(digest)
        mine = behind == 0 and session.claimed_by == self._name
        return Turn(session.sequence_number - behind, mine and session.finished_number < session.sequence_number)

    async def take(self, session: Session, segment_id: str, *, nothing_to_post: bool = False) -> Turn:
        """Take the next turn of a session, as it was read, once those of other processes are over.

        Raises `ServiceProblem`: 404 if the session is over, 503 if others are always in the way.
        """
        for _ in range(_ROUNDS):
            turn = self.known(session, segment_id)
            if turn is not None:
                return turn
            if self._is_others(session):
                await self._sleep(_POLL_SECONDS)
            elif await self._claim(session, segment_id, nothing_to_post):
                return Turn(session.sequence_number + 1, is_new=True)
            session = await self._read(session.session_id)
        raise service_unavailable()

    async def finish(self, session_id: str, number: int) -> None:
        """Say that a final has been posted to everybody; never raises, since only waiting is at stake."""
        is_ahead = (Session.is_active == True) & (Session.finished_number < number)  # noqa: E712
        try:
            await self._database.update(Session.key(session_id), Session.finished_number.set(number), if_=is_ahead)
        except (ConditionFailed, ItemNotFound):
            return
        except Exception as error:
            _log.warning("turn %d of %s not ended: %s", number, hashed(session_id), type(error).__name__)

    def _is_others(self, session: Session) -> bool:
        is_over = session.finished_number >= session.sequence_number
        if is_over or session.claimed_by == self._name:
            return False
        return milliseconds(self._clock) < session.claimed_at + 1000 * TURN_SECONDS

    async def _claim(self, session: Session, segment_id: str, nothing_to_post: bool) -> bool:
        number = session.sequence_number + 1
        changes = [
            Session.sequence_number.set(number),
            Session.recent_segments.set([*session.recent_segments, segment_digest(segment_id)][-REMEMBERED:]),
            Session.claimed_by.set(self._name),
            Session.claimed_at.set(milliseconds(self._clock)),
        ]
        if nothing_to_post:
            changes.append(Session.finished_number.set(number))
        unchanged = Session.sequence_number == session.sequence_number
        if session.sequence_number == 0:
            # Sessions that were written before there were numbers have none.
            unchanged = unchanged | Session.sequence_number.missing()
        try:
            await self._database.update(session.key, *changes, if_=self._sessions.running() & unchanged)
        except (ConditionFailed, ItemNotFound, OutcomeUnknown):
            # Where nobody knows whether it was written, reading tells.
            return False
        return True

    async def _read(self, session_id: str) -> Session:
        session = await self._sessions.active_session(session_id)
        if session is None:
            raise session_not_found(session_id)
        return session


def segment_digest(segment_id: str) -> str:
    """What a session's item keeps of a segment's id: 48 bits, so one is taken for another once in 10^10 talks."""
    return hashlib.sha256(segment_id.encode()).hexdigest()[:12]
