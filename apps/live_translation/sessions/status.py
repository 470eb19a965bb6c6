"""Telling the speaker who listens: at once when that changes, but at most so often."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

from live_translation.clock import Clock, milliseconds
from live_translation.ports import Gone, Poster, to_text
from live_translation.sessions.membership import Membership
from live_translation.tables import Session

INTERVAL_SECONDS: Final = 0.5
"""The shortest time between two unasked reports of one session."""

_log = logging.getLogger(__name__)


class StatusReports:
    """Sends `sessionStatus` to speakers; changes that come close together are told together."""

    def __init__(
        self,
        membership: Membership,
        poster: Poster,
        clock: Clock,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._membership = membership
        self._poster = poster
        self._clock = clock
        self._sleep = sleep
        self._reporting: dict[str, asyncio.Task[None]] = {}
        self._changed: set[str] = set()

    def changed(self, session_id: str) -> None:
        """Report soon that listeners came, went, or changed their language."""
        self._changed.add(session_id)
        if session_id not in self._reporting:
            self._reporting[session_id] = asyncio.create_task(self._report(session_id))

    async def _report(self, session_id: str) -> None:
        try:
            while session_id in self._changed:
                self._changed.discard(session_id)
                await self._send(session_id)
                await self._sleep(INTERVAL_SECONDS)
        except Exception as error:
            _log.warning("session status not sent: %s", type(error).__name__)
        finally:
            self._reporting.pop(session_id, None)

    async def _send(self, session_id: str) -> None:
        session = await self._membership.sessions.active_session(session_id)
        if session is None:
            return
        message = await self.status(session, "listenerCountChange")
        try:
            await self._poster.post(session.speaker_connection_id, to_text(message))
        except Gone:
            return

    async def status(self, session: Session, reason: str) -> dict[str, Any]:
        """The `sessionStatus` message of the wire contract."""
        distribution = await self._membership.connections.language_distribution(session.session_id)
        now = milliseconds(self._clock)
        return {
            "type": "sessionStatus",
            "timestamp": now,
            "sessionId": session.session_id,
            "listenerCount": session.listener_count,
            "languageDistribution": distribution,
            "sessionDuration": max(0, now - session.created_at) // 1000,
            "updateReason": reason,
        }

    async def stop(self) -> None:
        """Send nothing more."""
        tasks = list(self._reporting.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
