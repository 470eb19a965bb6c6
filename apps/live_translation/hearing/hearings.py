"""The sessions whose sound is heard in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from live_translation.clock import Clock
from live_translation.errors import max_sessions_exceeded
from live_translation.hearing.hearing import Hearing
from live_translation.metrics import NOTHING, Metrics
from live_translation.partials.executor import SetAlarm, Sleep, in_seconds, loop_time
from live_translation.partials.processors import Processors
from live_translation.recognition import Recogniser
from live_translation.settings import Settings
from live_translation.tables import Session

FINISH_SECONDS: Final = 5.0
"""How long the end of a session waits for the last words."""

TellSpeaker = Callable[[str, str, dict[str, Any]], Awaitable[None]]
"""Sends the speaker of a session a message: its type and its fields."""


class Hearings:
    """Makes and keeps one hearing for each session that sends sound."""

    def __init__(
        self,
        recogniser: Recogniser,
        processors: Processors,
        settings: Settings,
        tell: TellSpeaker,
        *,
        metrics: Metrics = NOTHING,
        now: Clock = loop_time,
        set_alarm: SetAlarm = in_seconds,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.recogniser = recogniser
        self._processors = processors
        self._settings = settings
        self._tell = tell
        self._metrics = metrics
        self._now = now
        self._set_alarm = set_alarm
        self._sleep = sleep
        self._hearings: dict[str, Hearing] = {}
        self._users: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self._hearings)

    def of(self, session: Session) -> Hearing:
        """The session's hearing; raises `ServiceProblem` `MAX_SESSIONS_EXCEEDED` if its speaker has too many."""
        found = self._hearings.get(session.session_id)
        if found is None:
            self._count(session)
            found = self._hearings[session.session_id] = self._new(session)
        return found

    async def finish(self, session_id: str) -> None:
        """Let the last words of a session be heard."""
        hearing = self._hearings.get(session_id)
        if hearing is not None:
            await hearing.finish(FINISH_SECONDS)

    def forget(self, session_id: str) -> None:
        """Let a session go that is over."""
        self._users.pop(session_id, None)
        hearing = self._hearings.pop(session_id, None)
        if hearing is not None:
            hearing.close()

    def release(self, session_id: str, connection_id: str) -> Hearing | None:
        """Give a session's hearing away, to be finished and closed, if the connection that has gone spoke last."""
        hearing = self._hearings.get(session_id)
        if hearing is None or not hearing.is_declared_by(connection_id):
            return None
        self._users.pop(session_id, None)
        return self._hearings.pop(session_id)

    async def stop(self) -> None:
        """Let all sessions go, and the recogniser's processes with them."""
        for session_id in list(self._hearings):
            self.forget(session_id)
        await self.recogniser.close()

    def _count(self, session: Session) -> None:
        if session.speaker_user_id is None:
            return
        others = sum(user == session.speaker_user_id for user in self._users.values())
        if others >= self._settings.max_concurrent_streams_per_speaker:
            raise max_sessions_exceeded(self._settings.max_concurrent_streams_per_speaker)
        self._users[session.session_id] = session.speaker_user_id

    def _new(self, session: Session) -> Hearing:
        session_id = session.session_id

        async def tell(kind: str, fields: dict[str, Any]) -> None:
            await self._tell(session_id, kind, {"sessionId": session_id, **fields})

        return Hearing(
            session.source_language,
            self.recogniser,
            self._processors.of(session),
            tell,
            self._metrics,
            per_second=self._settings.audio_rate_limit,
            idle=float(self._settings.transcribe_stream_timeout_seconds),
            now=self._now,
            set_alarm=self._set_alarm,
            sleep=self._sleep,
        )
