"""The job that closes connections nobody has heard from, wherever their sockets are."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from dynalayer import AsyncDatabase, scan
from live_translation.clock import Clock, milliseconds
from live_translation.errors import hashed
from live_translation.metrics import NOTHING, Metrics, catalog
from live_translation.ports import GOING_AWAY, Busy, Gone, Message, Poster, to_text
from live_translation.sessions.connection_items import ConnectionsRepository
from live_translation.sessions.turns import in_turn
from live_translation.settings import Settings
from live_translation.tables import Connection

ACTIVITY_EVERY_MS: Final = 30_000
"""A sign of life other than a heartbeat is written down this often at most."""

NAME: Final = "idle-connections"
_AT_ONCE: Final = 50
_MESSAGE: Final = "Nothing was heard over this connection for too long."

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class IdleReport:
    """What one run has done; what could not be closed is found again by the next."""

    checked: int
    detected: int
    closed: int


class IdleJob:
    """Closes what has been silent, by the path of any client that leaves; may be stopped anywhere and run again."""

    def __init__(
        self,
        database: AsyncDatabase,
        settings: Settings,
        clock: Clock,
        poster: Poster,
        let_go: Callable[[str], Awaitable[object]],
        metrics: Metrics = NOTHING,
    ) -> None:
        self._database = database
        self._connections = ConnectionsRepository(database, clock)
        self._clock = clock
        self._poster = poster
        self._let_go = let_go
        self._metrics = metrics
        # A sign of life may be this much younger than what is written down.
        self._silence_ms = settings.heartbeat_timeout_seconds * 1_000 + ACTIVITY_EVERY_MS

    async def run_once(self) -> IdleReport | None:
        """Look at all connections once; None if another process is at it."""
        return await in_turn(self._database, NAME, self._run)

    async def _run(self) -> IdleReport:
        turn = asyncio.Semaphore(_AT_ONCE)
        checked, silent = 0, list[str]()
        # Those whose time has passed are read too: they are the most silent of all.
        async for each in self._database.scan(scan(Connection).consistent().expired()):
            checked += 1
            if self._silent_ms(each) >= self._silence_ms:
                silent.append(each.connection_id)
        done = await asyncio.gather(*(self._close_in(turn, each) for each in silent))
        self._metrics.count(catalog.CONNECTIONS_CHECKED, checked)
        self._metrics.count(catalog.IDLE_CONNECTIONS_DETECTED, len(silent))
        self._metrics.count(catalog.CONNECTIONS_CLOSED, sum(done))
        return IdleReport(checked, len(silent), sum(done))

    async def _close_in(self, turn: asyncio.Semaphore, connection_id: str) -> bool:
        async with turn:
            try:
                return await self._close(connection_id)
            except Exception as error:
                _log.warning("idle connection %s not closed: %s", hashed(connection_id), type(error).__name__)
                return False

    async def _close(self, connection_id: str) -> bool:
        # It may have been heard from, or have left, since the scan has read it.
        connection = await self._connections.get_connection(connection_id, expired=True)
        if connection is None:
            return False
        silent_ms = self._silent_ms(connection)
        if silent_ms < self._silence_ms:
            return False
        await self._say_goodbye(connection_id, silent_ms // 1_000)
        await self._let_go(connection_id)
        self._metrics.count(catalog.CONNECTION_TIMEOUT, 1, connection.role.value, "IDLE_TIMEOUT")
        _log.info("idle connection %s closed", hashed(connection_id))
        return True

    def _silent_ms(self, connection: Connection) -> int:
        return milliseconds(self._clock) - (connection.last_activity_time or connection.connected_at)

    async def _say_goodbye(self, connection_id: str, idle_seconds: int) -> None:
        message: Message = {
            "type": "connectionTimeout",
            "timestamp": milliseconds(self._clock),
            "message": _MESSAGE,
            "idleSeconds": idle_seconds,
        }
        with suppress(Gone, Busy):
            await self._poster.post(connection_id, to_text(message))
        await self._poster.close(connection_id, GOING_AWAY)
