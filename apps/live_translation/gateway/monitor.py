"""Closing the sockets that have fallen silent, and those that have been open for as long as one may be."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from live_translation.gateway.registry import SocketRegistry
from live_translation.handlers.leaving import grow_too_old, let_go
from live_translation.handlers.parts import Parts
from live_translation.metrics import catalog
from live_translation.ports import GOING_AWAY
from live_translation.settings import Settings

INTERVAL_SECONDS: Final = 5.0

_log = logging.getLogger(__name__)


class Monitor:
    """Looks after the sockets of this process; those it closes leave as if they had closed themselves."""

    def __init__(
        self,
        sockets: SocketRegistry,
        parts: Parts,
        settings: Settings,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._sockets = sockets
        self._parts = parts
        self._settings = settings
        self._sleep = sleep

    async def run(self) -> None:
        """Look again and again until cancelled."""
        while True:
            await self._sleep(INTERVAL_SECONDS)
            try:
                await self.look()
            except Exception as error:
                _log.warning("silent connections not closed: %s", type(error).__name__)

    async def look(self) -> int:
        """Close what has been silent or open for too long, and give back how many that were."""
        self._parts.metrics.level(catalog.ACTIVE_BUFFERS, self._sockets.sounding())
        finished = self._sockets.older(self._settings.connection_max_duration_hours * 3_600)
        for connection_id in finished:
            await grow_too_old(self._parts, connection_id)
        silent = self._sockets.silent(self._settings.heartbeat_timeout_seconds)
        for connection_id in silent:
            await self._sockets.close(connection_id, GOING_AWAY)
            await let_go(self._parts, connection_id)
        return len(finished) + len(silent)
