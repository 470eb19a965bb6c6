"""The sessions that are spoken in this process: one processor each."""

from __future__ import annotations

import asyncio

from live_translation.broadcasting.pipeline import Pipeline
from live_translation.broadcasting.report import Report
from live_translation.clock import Clock
from live_translation.metrics import NOTHING, Metrics
from live_translation.partials.executor import Processor, SetAlarm, Sleep, in_seconds, loop_time
from live_translation.partials.rules import PartialRules, is_rolled_out
from live_translation.settings import Settings
from live_translation.tables import Session


class Processors:
    """Makes and keeps the processors.

    Where time stands still between two events, as in a function's frozen process, `keeps_time` is False: partial
    results would wait there for a timer that never rings, so only finals are used.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        settings: Settings,
        *,
        keeps_time: bool = True,
        now: Clock = loop_time,
        set_alarm: SetAlarm = in_seconds,
        sleep: Sleep = asyncio.sleep,
        metrics: Metrics = NOTHING,
    ) -> None:
        self._pipeline = pipeline
        self._settings = settings
        self._keeps_time = keeps_time
        self._now = now
        self._set_alarm = set_alarm
        self._sleep = sleep
        self._metrics = metrics
        self._processors: dict[str, Processor] = {}
        self._used_at: dict[str, float] = {}
        self._spoken_by: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self._processors)

    def of(self, session: Session, connection_id: str = "") -> Processor:
        """The session's processor, which goes on by what the session says now: its settings, paused, muted.

        With `connection_id` that connection speaks from now on.
        """
        rules = self.rules_of(session)
        processor = self._processors.get(session.session_id)
        if processor is None:
            self._drop_idle()
            processor = self._processors[session.session_id] = self._new(session.session_id, rules)
        self._used_at[session.session_id] = self._now()
        if connection_id:
            self._spoken_by[session.session_id] = connection_id
        processor.configure(
            rules, is_held=not session.broadcast_state.is_broadcasting, processed=session.recent_segments
        )
        return processor

    def switched(self, session: Session) -> None:
        """The speaker has paused, muted or gone on: what this means is decided now, if anything is heard here."""
        if session.session_id in self._processors:
            self.of(session)

    def rules_of(self, session: Session) -> PartialRules:
        """The session's own figures within the operator's."""
        settings = self._settings
        is_in = is_rolled_out(session.session_id, settings.rollout_percentage)
        return PartialRules(
            enabled=bool(
                self._keeps_time and settings.partial_results_enabled and session.partial_results_enabled and is_in
            ),
            min_stability=float(session.min_stability_threshold),
            max_buffer_timeout=float(session.max_buffer_timeout),
            pause=settings.pause_threshold,
            orphan=settings.orphan_timeout,
            per_second=settings.max_rate_per_second,
        )

    def forget(self, session_id: str) -> None:
        """Let a session go that is over: what has not gone out never will."""
        processor = self._pop(session_id)
        if processor is not None:
            processor.close()

    def release(self, session_id: str, connection_id: str) -> Processor | None:
        """Give a session's processor away, to be closed, if the connection that has gone spoke last.

        The speaker may come back in another process, which goes on from what has gone out: what waits here would come
        twice.
        """
        return self._pop(session_id) if self._spoken_by.get(session_id) == connection_id else None

    def _pop(self, session_id: str) -> Processor | None:
        self._used_at.pop(session_id, None)
        self._spoken_by.pop(session_id, None)
        return self._processors.pop(session_id, None)

    def stop(self) -> None:
        """Let all sessions go."""
        for session_id in list(self._processors):
            self.forget(session_id)

    def _drop_idle(self) -> None:
        # The speaker may have gone on in another process, which is the one that will hear of the end. What was heard
        # here is long said by then: nothing waits for more than the orphans' time.
        before = self._now() - 3_600 * self._settings.session_max_duration_hours
        for session_id in [each for each, used_at in self._used_at.items() if used_at < before]:
            self.forget(session_id)

    def _new(self, session_id: str, rules: PartialRules) -> Processor:
        async def process(piece_id: str, text: str) -> Report:
            return await self._pipeline.process(session_id, piece_id, text)

        return Processor(
            session_id,
            process,
            rules,
            now=self._now,
            set_alarm=self._set_alarm,
            sleep=self._sleep,
            metrics=self._metrics,
        )
