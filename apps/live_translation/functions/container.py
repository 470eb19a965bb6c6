"""What one Lambda container keeps between invocations: the service's parts, and the loop that they live in."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from dynalayer import AsyncDatabase
from live_translation.clock import Clock, milliseconds
from live_translation.functions.environment import Environment
from live_translation.functions.management import Clients, ManagementPoster
from live_translation.handlers.composing import compose
from live_translation.handlers.jobs import jobs_of
from live_translation.handlers.leaving import let_go
from live_translation.handlers.parts import Parts
from live_translation.identity.authorizer import Authorizer
from live_translation.identity.keysets import Fetch, KeySet, over_http
from live_translation.identity.opening import expected_of
from live_translation.metrics.emf import Emf
from live_translation.metrics.recorder import Recorder
from live_translation.sessions.failures import RETRY
from live_translation.speech import open_synthesiser
from live_translation.translation import open_translator

CONNECTING_MS: Final = 30_000
"""A connection younger than this may not be open yet, since `$connect` may take 29 s: 410 does not mean it is gone."""

TRANSLATION: Final = "amazon"
SPEECH: Final = "browser"
"""The engines, unless `TRANSLATION_ENGINE` and `SPEECH_ENGINE` name others."""

SETTLE_SECONDS: Final = 5.0
"""How long an invocation waits for what its handler has begun beside; a frozen container would not go on with it."""

_log = logging.getLogger(__name__)

R = TypeVar("R")


class Container:
    """The parts for one function; one invocation runs at a time."""

    def __init__(
        self,
        environment: Environment,
        *,
        clock: Clock = time.time,
        fetching: Callable[[str], Fetch] = over_http,
        emf: Emf | None = None,
    ) -> None:
        settings = environment.settings
        self.recorder = Recorder(clock)
        self._emf = emf or Emf()
        self._runner = asyncio.Runner()
        self.clients = Clients(environment.api_gateway_endpoint, environment.region, environment.welcome_function)
        self.poster = ManagementPoster(self.clients, self.clients.invoke)
        self.database = AsyncDatabase(environment.database_url, clock=clock, retry=RETRY)
        self.parts = compose(
            self.database,
            open_translator(settings.translation_engine or TRANSLATION, region=settings.region),
            self.poster,
            settings,
            clock,
            release=_release_unless_new,
            metrics=self.recorder,
            synthesiser=open_synthesiser(settings.speech_engine or SPEECH, region=settings.region),
            keeps_time=False,
            between_reports=_at_once,
        )
        self.jobs = jobs_of(self.database, self.parts)
        self.authorizer = _authorizer(environment, clock, fetching)

    def run(self, work: Callable[[Parts], Awaitable[R]]) -> R:
        """Do the work, and what it has begun beside, before the container is frozen; then tell what was counted."""
        try:
            return self._runner.run(_whole(work(self.parts)))
        finally:
            self._emf.tell(*self.recorder.roll())

    def close(self) -> None:
        """Close what is open; Lambda never asks for it."""
        self._runner.run(self._close())
        self._runner.close()

    async def _close(self) -> None:
        await self.parts.pipeline.stop()
        await self.parts.translator.close()
        await self.database.close()
        self.clients.close()


async def _whole(work: Awaitable[R]) -> R:
    result = await work
    others: set[asyncio.Task[Any]] = asyncio.all_tasks() - {asyncio.current_task()}
    if others:
        _, left = await asyncio.wait(others, timeout=SETTLE_SECONDS)
        if left:
            _log.warning("%d tasks had not ended with the invocation", len(left))
    return result


async def _release_unless_new(parts: Parts, connection_id: str) -> None:
    connection = await parts.membership.connections.get_connection(connection_id, expired=True)
    if connection is not None and milliseconds(parts.clock) - connection.connected_at >= CONNECTING_MS:
        await let_go(parts, connection_id, lost=True)


async def _at_once(seconds: float) -> None:
    await asyncio.sleep(0)


def _authorizer(environment: Environment, clock: Clock, fetching: Callable[[str], Fetch]) -> Authorizer | None:
    expected = expected_of(environment.settings)
    if expected is None:
        return None
    url = environment.settings.jwks_url or f"{expected.issuer.rstrip('/')}/.well-known/jwks.json"
    return Authorizer(KeySet(fetching(url), clock), expected, clock)
