"""From a final segment of speech to what its listeners get: once per language with listeners, in order, never twice.

A sentence goes through barriers: it is translated into all languages at once, then its turn is taken, its captions are
posted, and its sound is made and posted beside the next sentence. A language that fails at one of them is left out of
the rest: without a translation there is neither caption nor sound, without a voice there is still the caption.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from live_translation.broadcasting.audience import Listeners, audience
from live_translation.broadcasting.broadcast import Broadcaster, Outcome
from live_translation.broadcasting.frames import Heading, caption
from live_translation.broadcasting.report import Report, report_of
from live_translation.broadcasting.sound import Line, Sound, SoundQueue
from live_translation.broadcasting.turns import Turn, Turns
from live_translation.clock import Clock, milliseconds
from live_translation.errors import session_not_found
from live_translation.metrics import NOTHING, Metrics, catalog
from live_translation.sessions.membership import Membership
from live_translation.settings import Settings
from live_translation.speech import NEUTRAL, EmotionDynamics
from live_translation.tables import Session
from live_translation.translation.translating import Translated, Translations


@dataclass(slots=True)
class _Talk:
    """What this process knows of a session that it serves."""

    turns: asyncio.Semaphore
    one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)
    done: dict[str, Report] = field(default_factory=dict[str, Report])
    sound: SoundQueue = field(default_factory=SoundQueue)
    used_at: int = 0


class Pipeline:
    """Takes finals, in the order in which they come for each session, to the listeners."""

    def __init__(
        self,
        membership: Membership,
        turns: Turns,
        translations: Translations,
        broadcaster: Broadcaster,
        sound: Sound,
        settings: Settings,
        clock: Clock,
        metrics: Metrics = NOTHING,
    ) -> None:
        self._membership = membership
        self._turns = turns
        self._translations = translations
        self._broadcaster = broadcaster
        self._sound = sound
        self._settings = settings
        self._clock = clock
        self._metrics = metrics
        self._talks: dict[str, _Talk] = {}
        self._finishing: set[asyncio.Task[None]] = set()

    async def process(self, session_id: str, segment_id: str, text: str, dynamics: EmotionDynamics = NEUTRAL) -> Report:
        """Translate and broadcast a final; one that was done before, here or elsewhere, is reported as a duplicate.

        Its sound may still be under way when this returns (`finish`). Raises `ServiceProblem` 404 if the session is
        not running.
        """
        talk = self._talk(session_id)
        async with talk.one_at_a_time:
            talk.used_at = milliseconds(self._clock)
            if segment_id in talk.done:
                return replace(talk.done[segment_id], duplicate=True)
            session = await self._membership.sessions.active_session(session_id)
            if session is None:
                self.forget(session_id)
                raise session_not_found(session_id)
            known = self._turns.known(session, segment_id)
            if known is not None and not known.is_new:
                return self._elsewhere(talk, segment_id, known)
            return await self._process(talk, session, segment_id, text, dynamics)

    def expect(self, source: str, target: str) -> None:
        """Somebody will listen: what is needed for that language is made ready."""
        self._translations.expect(source, target)

    def forget(self, session_id: str) -> None:
        """Drop what is known of a session that has ended."""
        talk = self._talks.pop(session_id, None)
        if talk is not None:
            self._sound.drop(talk.sound)

    async def finish(self) -> None:
        """Wait until all that is under way has been posted and written: before a function's process is frozen."""
        await self._sound.finish()
        while self._finishing:
            await asyncio.wait(set(self._finishing))

    async def stop(self) -> None:
        """Drop the sound that is under way, and finish the rest."""
        await self._sound.stop()
        await self.finish()

    def _talk(self, session_id: str) -> _Talk:
        talk = self._talks.get(session_id)
        if talk is None:
            self._drop_idle()
            talk = self._talks[session_id] = _Talk(asyncio.Semaphore(self._settings.max_concurrent_broadcasts))
        return talk

    def _drop_idle(self) -> None:
        # The speaker may have gone on in another process, which is the one that will hear of the end.
        before = milliseconds(self._clock) - 3_600_000 * self._settings.session_max_duration_hours
        for session_id in [each for each, talk in self._talks.items() if talk.used_at < before]:
            if not self._talks[session_id].one_at_a_time.locked():
                self.forget(session_id)

    def _elsewhere(self, talk: _Talk, segment_id: str, turn: Turn) -> Report:
        report = talk.done[segment_id] = Report(segment_id, turn.number, duplicate=True)
        return report

    async def _process(
        self, talk: _Talk, session: Session, segment_id: str, text: str, dynamics: EmotionDynamics
    ) -> Report:
        started = milliseconds(self._clock)
        listeners = await self._audience(session)
        spoken = await self._translate(session, text, listeners)
        found = {language: each for language, each in spoken.items() if each is not None}
        turn = await self._turns.take(session, segment_id, nothing_to_post=not found)
        if not turn.is_new:
            return self._elsewhere(talk, segment_id, turn)
        # From here on listeners may have heard it, so it is done even if what follows is broken off.
        report = talk.done[segment_id] = report_of(segment_id, turn.number, spoken)
        posting_since = milliseconds(self._clock)
        headings = _headings(session, report, found)
        outcomes = await asyncio.gather(
            *(self._caption(talk, headings[language], found[language], listeners[language]) for language in found)
        )
        if found:
            self._metrics.observe(catalog.BROADCAST_LATENCY, milliseconds(self._clock) - posting_since)
            self._finish_turn(session.session_id, turn.number)
            lines = [Line(headings[each], found[each].text, listeners[each].audio) for each in found]
            self._sound.start(talk.sound, talk.turns, lines, dynamics)
        delivered, failed, released = (sum(each) for each in zip((0, 0, 0), *outcomes, strict=True))
        duration = milliseconds(self._clock) - started
        report = replace(report, listeners=delivered, failed=failed, released=released, duration_ms=duration)
        talk.done[segment_id] = report
        if spoken:
            self._measure(report)
        return report

    def _measure(self, report: Report) -> None:
        metrics = self._metrics
        metrics.observe(catalog.PROCESSING_DURATION, report.duration_ms)
        metrics.count(catalog.LISTENER_COUNT, report.listeners + report.failed + report.released)
        metrics.count(catalog.LANGUAGES_PROCESSED, len(report.languages))
        if report.failed_languages:
            metrics.count(catalog.FAILED_LANGUAGES_COUNT, len(report.failed_languages))
        metrics.count(catalog.CAPTIONS_DELIVERED, report.listeners)
        metrics.count(catalog.BROADCASTS_DELIVERED, report.listeners)
        metrics.count(catalog.BROADCASTS_FAILED, report.failed)
        metrics.count(catalog.LISTENERS_RELEASED, report.released)

    async def _audience(self, session: Session) -> dict[str, Listeners]:
        # The count is derived and may only save work; who listens is what the connections say. Who joins after this
        # hears the next sentence.
        if session.listener_count == 0:
            return {}
        return audience(await self._membership.connections.get_listener_connections(session.session_id))

    async def _translate(
        self, session: Session, text: str, listeners: Mapping[str, Listeners]
    ) -> dict[str, Translated | None]:
        source = session.source_language
        found = await asyncio.gather(*(self._translations.translate(text, source, each) for each in listeners))
        return dict(zip(listeners, found, strict=True))

    async def _caption(
        self, talk: _Talk, heading: Heading, spoken: Translated, listeners: Listeners
    ) -> tuple[int, int, int]:
        text = caption(heading, spoken, milliseconds(self._clock))
        outcomes = await self._broadcaster.send(talk.turns, listeners.ids, text)
        return outcomes[Outcome.delivered], outcomes[Outcome.failed], outcomes[Outcome.released]

    def _finish_turn(self, session_id: str, number: int) -> None:
        # Nobody here waits for it: this process knows that it is over.
        task = asyncio.create_task(self._turns.finish(session_id, number))
        self._finishing.add(task)
        task.add_done_callback(self._finishing.discard)


def _headings(session: Session, report: Report, languages: Mapping[str, Translated]) -> dict[str, Heading]:
    return {
        language: Heading(
            session.session_id, report.segment_id, report.sequence_number, session.source_language, language
        )
        for language in languages
    }
