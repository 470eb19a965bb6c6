"""What the handlers work with, and how they speak to one client."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from live_translation import errors
from live_translation.broadcasting.broadcast import RETRY_WAITS, Broadcaster, Sleep
from live_translation.broadcasting.pipeline import Pipeline
from live_translation.clock import Clock, milliseconds
from live_translation.errors import hashed
from live_translation.handlers.events import Event
from live_translation.hearing.hearings import Hearings
from live_translation.metrics import NOTHING, Metrics
from live_translation.partials.processors import Processors
from live_translation.ports import Busy, Gone, Message, Poster, to_text
from live_translation.sessions.admission import Admission
from live_translation.sessions.heartbeats import Notices
from live_translation.sessions.membership import Membership
from live_translation.sessions.status import StatusReports
from live_translation.settings import Settings
from live_translation.speech import Synthesiser
from live_translation.tables import Connection, Role, Session
from live_translation.translation import Translator

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The parts of the service that a handler may use; all of them are injected."""

    membership: Membership
    admission: Admission
    notices: Notices
    broadcaster: Broadcaster
    pipeline: Pipeline
    processors: Processors
    hearings: Hearings
    status: StatusReports
    translator: Translator
    synthesiser: Synthesiser
    poster: Poster
    settings: Settings
    clock: Clock
    sleep: Sleep = asyncio.sleep
    metrics: Metrics = NOTHING
    leaving: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])
    """Departures under way: once begun they are finished, whoever stops waiting for them."""

    def typed(self, kind: str, **fields: Any) -> Message:
        """A message of the wire contract."""
        return {"type": kind, "timestamp": milliseconds(self.clock), **fields}

    async def say(self, connection_id: str, message: Message) -> None:
        """Post to one client, and again if it is busy; never raises.

        One that is gone is let go by its disconnect, which is certain to come. Whatever else keeps a message from one
        client must not keep others from theirs: it is logged.
        """
        for wait in (*RETRY_WAITS, None):
            try:
                await self.poster.post(connection_id, to_text(message))
            except Gone:
                return
            except Busy:
                if wait is not None:
                    await self.sleep(wait)
            except Exception as error:
                _log.warning("%s not said to %s: %s", message["type"], hashed(connection_id), type(error).__name__)
                return
            else:
                return
        _log.warning("%s not said to %s: it is busy", message["type"], hashed(connection_id))

    async def running(self, session_id: str) -> Session:
        """The session; raises `ServiceProblem` 404 if it is over."""
        session = await self.membership.sessions.active_session(session_id)
        if session is None:
            raise errors.session_not_found(session_id)
        return session

    def sound_of(self, language: str, *, wanted: bool) -> Message:
        """What a listener is told of sound: whether frames of it will come, and who speaks."""
        return {
            "audio": wanted and language in self.synthesiser.languages(),
            "speechEngine": self.synthesiser.name,
        }

    def require_pair(self, session: Session, language: str) -> None:
        """Raises `ServiceProblem` 400 if the session cannot be heard in this language."""
        if language != session.source_language and language not in self.translator.languages(session.source_language):
            raise errors.unsupported_language(language)


def require(connection: Connection, role: Role) -> None:
    """Raises `ServiceProblem` 403 for the other role."""
    if connection.role is not role:
        raise errors.unauthorized_action(f"Only a {role.value} may do this.")


OpenHandler = Callable[[Parts, Event], Awaitable[Message | None]]
"""Answers a client that need not be in a session yet; what it gives back is sent to the client."""

Handler = Callable[[Parts, Event, Connection], Awaitable[Message | None]]
"""Answers a client that is in a session; what it gives back is sent to the client."""
