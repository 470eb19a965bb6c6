"""All parts of the service put together, the same way in every home: what differs is given."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable

from dynalayer import AsyncDatabase
from live_translation.broadcasting.broadcast import Broadcaster
from live_translation.broadcasting.pipeline import Pipeline
from live_translation.broadcasting.sound import Sound
from live_translation.broadcasting.turns import Turns
from live_translation.clock import Clock
from live_translation.handlers.leaving import let_go
from live_translation.handlers.parts import Parts
from live_translation.hearing.hearings import Hearings
from live_translation.metrics import NOTHING, Metrics
from live_translation.partials.processors import Processors
from live_translation.ports import Message, Poster
from live_translation.recognition import Nobody, Recogniser
from live_translation.sessions.admission import Admission
from live_translation.sessions.heartbeats import Notices
from live_translation.sessions.membership import Membership
from live_translation.sessions.rate_limits import RateLimitsRepository
from live_translation.sessions.status import StatusReports
from live_translation.settings import Settings
from live_translation.speech import BrowserVoices, Synthesiser
from live_translation.translation import Translator
from live_translation.translation.translating import Translations

Sleep = Callable[[float], Awaitable[object]]
Release = Callable[[Parts, str], Awaitable[None]]


def compose(
    database: AsyncDatabase,
    translator: Translator,
    poster: Poster,
    settings: Settings,
    clock: Clock,
    sleep: Sleep = asyncio.sleep,
    *,
    release: Release = let_go,
    metrics: Metrics = NOTHING,
    keeps_time: bool = True,
    synthesiser: Synthesiser | None = None,
    between_reports: Sleep | None = None,
    recogniser: Recogniser | None = None,
) -> Parts:
    """The handlers' parts over a database and a poster; `release` lets a client go whom a post has not found.

    Where no timer rings between two events `keeps_time` is False, and `between_reports` does not wait. Without a
    `synthesiser` the listeners' browsers speak, without a `recogniser` speakers send text.
    """

    async def released(connection_id: str) -> None:
        await release(parts, connection_id)

    async def tell_speaker(session_id: str, kind: str, fields: Message) -> None:
        session = await membership.sessions.active_session(session_id)
        if session is not None:
            await parts.say(session.speaker_connection_id, parts.typed(kind, **fields))

    membership = Membership(database, settings, clock)
    broadcaster = Broadcaster(poster, released, sleep)
    translations = Translations(
        database,
        translator,
        clock,
        timeout=settings.translate_timeout_ms / 1000,
        maximum=settings.max_cache_entries,
        ttl_seconds=settings.cache_ttl_seconds,
        metrics=metrics,
    )
    turns = Turns(database, membership.sessions, clock, secrets.token_hex(8), sleep)
    synthesiser = synthesiser or BrowserVoices()
    timeout = settings.synthesis_timeout_ms / 1000
    sound = Sound(synthesiser, broadcaster, clock, timeout=timeout, sleep=sleep, metrics=metrics)
    pipeline = Pipeline(membership, turns, translations, broadcaster, sound, settings, clock, metrics)
    processors = Processors(pipeline, settings, keeps_time=keeps_time, metrics=metrics)
    parts = Parts(
        membership=membership,
        admission=Admission(RateLimitsRepository(database), settings, metrics),
        notices=Notices(database, settings, clock),
        broadcaster=broadcaster,
        pipeline=pipeline,
        processors=processors,
        hearings=Hearings(recogniser or Nobody(), processors, settings, tell_speaker, metrics=metrics),
        status=StatusReports(membership, poster, clock, between_reports or sleep),
        translator=translator,
        synthesiser=synthesiser,
        poster=poster,
        settings=settings,
        clock=clock,
        sleep=sleep,
        metrics=metrics,
    )
    return parts
