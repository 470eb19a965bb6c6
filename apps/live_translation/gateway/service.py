"""The service in one process of one machine: the handlers, the sockets, and what runs beside them."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

from dynalayer import AsyncDatabase
from live_translation.clock import Clock
from live_translation.gateway.monitor import Monitor
from live_translation.gateway.registry import SocketRegistry
from live_translation.handlers import routing
from live_translation.handlers.composing import compose
from live_translation.handlers.events import Response
from live_translation.handlers.leaving import end, finish
from live_translation.metrics.alarms import in_words
from live_translation.metrics.census import census
from live_translation.metrics.keeper import FiguresKeeper
from live_translation.metrics.recorder import Recorder
from live_translation.metrics.shared import SharedFigures
from live_translation.metrics.shared import figures as figures_table
from live_translation.ports import GOING_AWAY
from live_translation.settings import Settings
from live_translation.tables import TABLES, sessions
from live_translation.translation import Translator


class Service:
    """The handlers, the sockets they post to, and what runs beside them."""

    def __init__(
        self,
        database: AsyncDatabase,
        translator: Translator,
        settings: Settings,
        clock: Clock,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self.translator = translator
        self.settings = settings
        self.clock = clock
        self.is_stopping = False
        self._database = database
        self._beside: list[asyncio.Task[None]] = []
        self.sockets = SocketRegistry(settings.queue_length, clock)
        self.recorder = Recorder(clock)
        self.parts = compose(database, translator, self.sockets, settings, clock, sleep, metrics=self.recorder)
        self.figures = self._keeper(database, sleep)
        self.membership = self.parts.membership
        self.status = self.parts.status
        self.monitor = Monitor(self.sockets, self.parts, settings, sleep)

    def _keeper(self, database: AsyncDatabase, sleep: Callable[[float], Awaitable[object]]) -> FiguresKeeper:
        clock = self.clock
        return FiguresKeeper(
            self.recorder,
            SharedFigures(database, clock, secrets.token_hex(4)),
            lambda: census(database, clock),
            in_words,
            clock,
            sleep=sleep,
        )

    async def handle(self, event: Mapping[str, Any]) -> Response:
        """Answer one event, the same as API Gateway would send."""
        return await routing.handle(self.parts, event)

    async def start(self) -> None:
        """Make the tables that are not there, and begin to look after the sockets."""
        await self._database.create_tables(*TABLES, figures_table)
        self._beside = [asyncio.create_task(self.monitor.run()), asyncio.create_task(self.figures.run())]

    async def is_well(self) -> bool:
        """True if the database answers."""
        try:
            await self._database.describe(sessions.name)
        except Exception:
            return False
        return True

    async def hang_up(self) -> None:
        """End the sessions that are spoken in here and close all sockets; new ones are refused from now on."""
        self.is_stopping = True
        for connection_id in self.sockets.ids():
            if connection_id in self.sockets:
                await end(self.parts, connection_id)
        await self.sockets.close_all(GOING_AWAY)

    async def stop(self) -> None:
        """Stop what runs beside the handlers and close the translator; the database is its opener's to close."""
        for task in self._beside:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await finish(self.parts)
        await self.status.stop()
        await self.translator.close()
