"""Telling the speaker who listens: at once when that changes, but at most so often."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final

from dynalayer import ItemNotFound
from live_translation.clock import Clock, milliseconds
from live_translation.ports import Gone, Poster, to_text
from live_translation.sessions.membership import Membership
from live_translation.tables import Connection, Session

INTERVAL_SECONDS: Final = 0.5
"""The shortest time between two unasked reports of one session."""

PERIOD_MS: Final = 30_000
"""How long after a report that was asked for, or was due, the next is due."""

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
        self._languages: dict[str, set[str]] = {}

    def changed(self, session_id: str) -> None:
        """Report soon that listeners came, went, or changed their language."""
        self._changed.add(session_id)
        if session_id not in self._reporting:
            self._reporting[session_id] = asyncio.create_task(self._report(session_id))

    def is_reporting(self, session_id: str) -> bool:
        """True while a report is under way, or the time to the next one runs."""
        return session_id in self._reporting

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
            self._languages.pop(session_id, None)
            return
        message = await self.status(session, "listenerCountChange")
        languages = set(message["languageDistribution"])
        if languages - self._languages.get(session_id, set()):
            message["updateReason"] = "newLanguage"
        self._languages[session_id] = languages
        try:
            await self._poster.post(session.speaker_connection_id, to_text(message))
        except Gone:
            return

    async def requested(self, session: Session, connection: Connection) -> dict[str, Any]:
        """The status that a speaker asks for; the next that it does not ask for is due 30 s later."""
        await self._note(connection)
        return await self.status(session, "requested")

    async def periodic(self, session: Session, connection: Connection) -> dict[str, Any] | None:
        """The status that is due to a speaker when it gives a sign of life, None if none is."""
        if milliseconds(self._clock) - (connection.status_sent_at or connection.connected_at) < PERIOD_MS:
            return None
        await self._note(connection)
        return await self.status(session, "periodic")

    async def _note(self, connection: Connection) -> None:
        with suppress(ItemNotFound):
            await self._membership.connections.record_status(connection.connection_id)

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
            "broadcastState": session.broadcast_state.to_message(),
            "updateReason": reason,
        }

    async def stop(self) -> None:
        """Send nothing more."""
        tasks = list(self._reporting.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
