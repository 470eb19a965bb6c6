"""The service in one process of one machine: the handlers, the sockets, and what runs beside them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final

from dynalayer import AsyncDatabase
from live_translation.clock import Clock
from live_translation.errors import hashed
from live_translation.gateway.monitor import Monitor
from live_translation.gateway.neighbours import Neighbours, new_name
from live_translation.gateway.orphans import Orphans
from live_translation.gateway.registry import SocketRegistry
from live_translation.gateway.switchboard import Switchboard
from live_translation.handlers import routing
from live_translation.handlers.composing import compose
from live_translation.handlers.events import Response
from live_translation.handlers.jobs import jobs_of
from live_translation.handlers.leaving import end_spoken, finish
from live_translation.identity.opening import Identity
from live_translation.metrics.alarms import MAX_ACTIVE_SESSIONS, in_words
from live_translation.metrics.census import census
from live_translation.metrics.keeper import FiguresKeeper
from live_translation.metrics.recorder import Recorder
from live_translation.metrics.shared import SharedFigures
from live_translation.metrics.shared import figures as figures_table
from live_translation.ports import GOING_AWAY
from live_translation.recognition import Recogniser, open_recogniser
from live_translation.settings import Settings
from live_translation.speech import Synthesiser
from live_translation.tables import TABLES, sessions
from live_translation.translation import Translator

EVERY_TABLE: Final = (*TABLES, figures_table)
"""What one machine needs: on AWS the figures are CloudWatch's."""

JOBS_SECONDS: Final = 10.0
"""How often silent connections and sessions without a speaker are looked for, by one process of all."""

CLEAN_SECONDS: Final = 30.0
"""How often connections without a socket are looked for, beside the moments when a process dies or begins."""

_log = logging.getLogger(__name__)


class Service:
    """The handlers, the sockets they post to, and what runs beside them."""

    def __init__(
        self,
        database: AsyncDatabase,
        translator: Translator,
        settings: Settings,
        clock: Clock,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        *,
        meeting_place: Path | None = None,
        identity: Identity | None = None,
        synthesiser: Synthesiser | None = None,
        recogniser: Recogniser | None = None,
    ) -> None:
        self.translator = translator
        self.identity = identity
        self.settings = settings
        self.clock = clock
        self.is_stopping = False
        self._database = database
        self._sleep = sleep
        self._tasks: list[asyncio.Task[None]] = []
        self.recorder = Recorder(clock)
        self.sockets = SocketRegistry(settings.queue_length, clock, self.recorder)
        name = new_name()
        self.neighbours = (
            Neighbours(name, meeting_place, self.sockets, self._clean_up, sleep) if meeting_place is not None else None
        )
        self.switchboard = Switchboard(name, self.sockets, self.neighbours)
        self.recogniser = recogniser or open_recogniser(
            settings.recognition_engine, limit=settings.max_recognition_streams, region=settings.region
        )
        self.parts = compose(
            database,
            translator,
            self.switchboard,
            settings,
            clock,
            sleep,
            metrics=self.recorder,
            synthesiser=synthesiser,
            recogniser=self.recogniser,
        )
        self.orphans = Orphans(database, self.parts, self.switchboard.absent)
        self.figures = self._keeper(database, sleep)
        self.membership = self.parts.membership
        self.status = self.parts.status
        self.jobs = jobs_of(database, self.parts, sleep)
        self.monitor = Monitor(self.sockets, self.parts, settings, sleep)
        self._cleaning = asyncio.Lock()

    def _keeper(self, database: AsyncDatabase, sleep: Callable[[float], Awaitable[object]]) -> FiguresKeeper:
        clock = self.clock
        return FiguresKeeper(
            self.recorder,
            SharedFigures(database, clock, self.switchboard.name),
            lambda: census(database, clock),
            lambda buckets, now: in_words(buckets, now, {MAX_ACTIVE_SESSIONS.key: self.settings.max_active_sessions}),
            clock,
            sleep=sleep,
        )

    async def handle(self, event: Mapping[str, Any]) -> Response:
        """Answer one event, the same as API Gateway would send."""
        return await routing.handle(self.parts, event)

    async def start(self) -> None:
        """Make the tables that are not there, find the other processes, and begin to look after the sockets."""
        await self._database.create_tables(*EVERY_TABLE)
        if self.neighbours is not None:
            await self.neighbours.open()
        await self._clean_up()
        work = (self._keep_clean(), self._look_after(), self.monitor.run(), self.figures.run())
        self._tasks += [asyncio.create_task(each) for each in work]

    async def is_well(self) -> bool:
        """True if the database answers."""
        try:
            await self._database.describe(sessions.name)
        except Exception:
            return False
        return True

    async def hang_up(self) -> None:
        """End the sessions that are spoken in here and close all sockets; new ones are refused from now on.

        Listeners of a session that is spoken in another process are not told that it has ended: they may come back.
        """
        self.is_stopping = True
        for connection_id in self.sockets.ids():
            if connection_id in self.sockets:
                await self._end_spoken(connection_id)
        await self.sockets.close_all(GOING_AWAY)

    async def _end_spoken(self, connection_id: str) -> None:
        # Without the database nobody can be let go in order, and all the same the sockets are to be closed.
        try:
            await end_spoken(self.parts, connection_id)
        except Exception as error:
            _log.warning("connection %s not released: %s", hashed(connection_id), type(error).__name__)

    async def stop(self) -> None:
        """Stop what runs beside the handlers and close the translator; the database is its opener's to close."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.parts.pipeline.stop()
        await finish(self.parts)
        if self.neighbours is not None:
            await self.neighbours.close()
        await self.parts.hearings.stop()
        self.parts.processors.stop()
        await self.status.stop()
        await self.translator.close()

    async def _look_after(self) -> None:
        while True:
            await self._sleep(JOBS_SECONDS)
            try:
                await self.jobs.run_once()
            except Exception as error:
                _log.warning("jobs not done: %s", type(error).__name__)

    async def _clean_up(self) -> None:
        # What cannot be done now is found again the next time: a busy moment must not keep a process from serving.
        try:
            async with self._cleaning:
                await self.orphans.release()
        except Exception as error:
            _log.warning("lost connections not released: %s", type(error).__name__)

    async def _keep_clean(self) -> None:
        while True:
            await self._sleep(CLEAN_SECONDS)
            if self.neighbours is None or self.neighbours.is_first:
                await self._clean_up()
