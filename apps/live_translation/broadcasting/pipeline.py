"""From a final segment of speech to its captions: once per language with listeners, in order, and never twice."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import Any

from live_translation.broadcasting.broadcast import Broadcaster, Outcome
from live_translation.clock import Clock, milliseconds
from live_translation.errors import session_not_found
from live_translation.metrics import NOTHING, Metrics, catalog
from live_translation.ports import to_text
from live_translation.sessions.membership import Membership
from live_translation.settings import Settings
from live_translation.tables import Session
from live_translation.translation.translating import Translated, Translations


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a final segment; `listeners` counts the posts that were taken."""

    segment_id: str
    sequence_number: int
    languages: tuple[str, ...] = ()
    failed_languages: tuple[str, ...] = ()
    from_cache: int = 0
    translated: int = 0
    listeners: int = 0
    duplicate: bool = False
    duration_ms: int = 0

    def to_message(self, now_ms: int) -> dict[str, Any]:
        """The `segmentProcessed` message of the wire contract."""
        return {
            "type": "segmentProcessed",
            "timestamp": now_ms,
            "segmentId": self.segment_id,
            "sequenceNumber": self.sequence_number,
            "languages": self.languages,
            "failedLanguages": self.failed_languages,
            "fromCache": self.from_cache,
            "translated": self.translated,
            "listeners": self.listeners,
            "duplicate": self.duplicate,
            "durationMs": self.duration_ms,
        }


@dataclass(slots=True)
class _Talk:
    """What this process knows of a session that it serves: who is next, and what has been done."""

    turns: asyncio.Semaphore
    one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)
    sequence_number: int = 0
    done: dict[str, Report] = field(default_factory=dict[str, Report])


class Pipeline:
    """Takes finals, in the order in which they come for each session, to the listeners."""

    def __init__(
        self,
        membership: Membership,
        translations: Translations,
        broadcaster: Broadcaster,
        settings: Settings,
        clock: Clock,
        metrics: Metrics = NOTHING,
    ) -> None:
        self._membership = membership
        self._translations = translations
        self._broadcaster = broadcaster
        self._settings = settings
        self._clock = clock
        self._metrics = metrics
        self._talks: dict[str, _Talk] = {}

    async def process(self, session_id: str, segment_id: str, text: str) -> Report:
        """Translate and broadcast a final; one that was done before is only reported, as a duplicate.

        Raises `ServiceProblem` 404 if the session is not running.
        """
        talk = self._talks.get(session_id)
        if talk is None:
            talk = self._talks[session_id] = _Talk(asyncio.Semaphore(self._settings.max_concurrent_broadcasts))
        async with talk.one_at_a_time:
            if segment_id in talk.done:
                return replace(talk.done[segment_id], duplicate=True)
            session = await self._membership.sessions.active_session(session_id)
            if session is None:
                self.forget(session_id)
                raise session_not_found(session_id)
            return await self._process(talk, session, segment_id, text)

    def forget(self, session_id: str) -> None:
        """Drop what is known of a session that has ended."""
        self._talks.pop(session_id, None)

    async def _process(self, talk: _Talk, session: Session, segment_id: str, text: str) -> Report:
        started = milliseconds(self._clock)
        spoken = await self._translate(session, text)
        # From here on listeners may have heard it, so it is done even if what follows is broken off.
        talk.sequence_number += 1
        report = talk.done[segment_id] = _report(segment_id, talk.sequence_number, spoken)
        posts = await asyncio.gather(
            *(self._broadcast(talk, session, report, language, found) for language, found in spoken.items() if found)
        )
        duration = milliseconds(self._clock) - started
        talk.done[segment_id] = replace(report, listeners=sum(posts), duration_ms=duration)
        if spoken:
            self._metrics.observe(catalog.PROCESSING_DURATION, duration)
            self._metrics.count(catalog.LANGUAGES_PROCESSED, len(report.languages))
            if report.failed_languages:
                self._metrics.count(catalog.FAILED_LANGUAGES_COUNT, len(report.failed_languages))
        return talk.done[segment_id]

    async def _translate(self, session: Session, text: str) -> dict[str, Translated | None]:
        if session.listener_count == 0:
            return {}
        languages = sorted(await self._membership.connections.get_unique_languages_for_session(session.session_id))
        source = session.source_language
        found = await asyncio.gather(*(self._translations.translate(text, source, each) for each in languages))
        return dict(zip(languages, found, strict=True))

    async def _broadcast(self, talk: _Talk, session: Session, report: Report, language: str, spoken: Translated) -> int:
        listeners = await self._membership.connections.get_listener_connections(session.session_id, language)
        caption = {
            "type": "caption",
            "timestamp": milliseconds(self._clock),
            "sessionId": session.session_id,
            "segmentId": report.segment_id,
            "sequenceNumber": report.sequence_number,
            "sourceLanguage": session.source_language,
            "targetLanguage": language,
            "text": spoken.text,
            "confidence": spoken.confidence,
            "engine": spoken.engine,
        }
        ids = [listener.connection_id for listener in listeners]
        outcomes = await self._broadcaster.send(talk.turns, ids, to_text(caption))
        self._metrics.count(catalog.CAPTIONS_DELIVERED, outcomes[Outcome.delivered])
        self._metrics.count(catalog.BROADCASTS_DELIVERED, outcomes[Outcome.delivered])
        self._metrics.count(catalog.BROADCASTS_FAILED, outcomes[Outcome.failed])
        self._metrics.count(catalog.LISTENERS_RELEASED, outcomes[Outcome.released])
        return outcomes[Outcome.delivered]


def _report(segment_id: str, sequence_number: int, spoken: dict[str, Translated | None]) -> Report:
    found = {language: each for language, each in spoken.items() if each is not None}
    return Report(
        segment_id,
        sequence_number,
        tuple(found),
        tuple(language for language in spoken if language not in found),
        sum(each.from_cache for each in found.values()),
        sum(each.by_engine for each in found.values()),
    )
