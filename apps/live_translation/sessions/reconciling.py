"""The job that sets right what crashes, expiry and lost events have left behind."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from dynalayer import AsyncDatabase, scan
from live_translation.errors import hashed
from live_translation.sessions.membership import Membership
from live_translation.sessions.turns import in_turn
from live_translation.tables import Connection, Role, Session

NAME: Final = "reconciliation"
SETTLING_SECONDS: Final = 5.0
"""Longer than the index lags behind the table in any usual case: two looks so far apart do not see the same lag."""

_LOOKS: Final = 3

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What one run has set right."""

    sessions: int
    ended: int
    swept: int
    counts_corrected: int


@dataclass(frozen=True, slots=True)
class Count:
    """How many listeners a session says that it has, and how many there are."""

    counted: int
    found: int

    @property
    def drift(self) -> int:
        """How many are missing from the count; the same before and after every join, leave and refresh."""
        return self.found - self.counted


class ReconciliationJob:
    """Ends sessions whose speaker is gone, lets go of who is left in sessions that are over, and counts anew.

    Each part is idempotent, so a run that was broken off is finished by the next, in any process. `sweep` tells the
    listeners of a session that is over, lets them go, and gives their number.
    """

    def __init__(
        self,
        database: AsyncDatabase,
        membership: Membership,
        sweep: Callable[[str], Awaitable[int]],
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._database = database
        self._membership = membership
        self._sweep = sweep
        self._sleep = sleep

    async def run_once(self) -> Reconciled | None:
        """Look at all sessions once; None if another process is at it."""
        return await in_turn(self._database, NAME, self._run)

    async def _run(self) -> Reconciled:
        found = [each async for each in self._database.scan(scan(Session).consistent().expired())]
        ended = swept = 0
        running: list[str] = []
        for session in found:
            is_over, gone = await self._settle(session)
            ended += is_over
            swept += gone
            if self._membership.sessions.is_running(session) and not is_over:
                running.append(session.session_id)
        return Reconciled(len(found), ended, swept, await self._count_anew(running))

    async def _settle(self, session: Session) -> tuple[bool, int]:
        """Whether the session has been ended now, and how many were let go."""
        try:
            if self._membership.sessions.is_running(session):
                is_over = await self._membership.end_if_abandoned(session)
                return is_over, await self._sweep(session.session_id) if is_over else 0
            is_over = session.is_active and await self._membership.end(session.session_id)
            return is_over, await self._let_all_go(session)
        except Exception as error:
            _log.warning("session %s not settled: %s", hashed(session.session_id), type(error).__name__)
            return False, 0

    async def _let_all_go(self, session: Session) -> int:
        speaker = await self._membership.connections.get_connection(session.speaker_connection_id, expired=True)
        if speaker is not None and speaker.session_id == session.session_id:
            await self._membership.leave(speaker.connection_id)
        if not await self._listeners(session.session_id):
            return 0
        return await self._sweep(session.session_id)

    async def _count_anew(self, session_ids: list[str]) -> int:
        """Set right the counts that are wrong in two looks; what the index does not know yet is seen by the second."""
        first = {each: await self._look(each) for each in session_ids}
        wrong = {each: count for each, count in first.items() if count is not None and count.drift}
        if not wrong:
            return 0
        await self._sleep(SETTLING_SECONDS)
        corrected = 0
        for session_id, before in wrong.items():
            now = await self._look(session_id)
            if now is not None and now.drift == before.drift:
                corrected += await self._membership.sessions.correct_count(session_id, now.counted, now.found)
        if corrected:
            _log.warning("%d counts of listeners corrected", corrected)
        return corrected

    async def _look(self, session_id: str) -> Count | None:
        """The count of a session that is running, and who is there; None if both never stood still."""
        for _ in range(_LOOKS):
            before = await self._membership.sessions.active_session(session_id)
            found = len(await self._listeners(session_id))
            after = await self._membership.sessions.active_session(session_id)
            if before is None or after is None:
                return None
            if before.listener_count == after.listener_count:
                return Count(after.listener_count, found)
        return None

    async def _listeners(self, session_id: str) -> list[Connection]:
        # An expired connection is counted until it is deleted.
        found = await self._membership.connections.get_connections_by_session(session_id, expired=True)
        return [each for each in found if each.role is Role.listener]
