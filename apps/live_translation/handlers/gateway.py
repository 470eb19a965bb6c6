"""The handlers of the wire contract: connect, message, disconnect; they know ids and messages, and no web server."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, Final

from dynalayer import ItemNotFound
from live_translation import errors
from live_translation.broadcasting.pipeline import Pipeline
from live_translation.clock import Clock, milliseconds
from live_translation.errors import ServiceProblem, hashed
from live_translation.ports import NORMAL_CLOSURE, POLICY_VIOLATION, Gone, Message, Poster, to_text
from live_translation.sessions import validation
from live_translation.sessions.admission import Admission
from live_translation.sessions.membership import Membership
from live_translation.sessions.rate_limits import SERVICE_FAILURES
from live_translation.sessions.status import StatusReports
from live_translation.settings import Settings
from live_translation.tables import Connection, Role, Session
from live_translation.translation import Translator

_ACTIVITY_EVERY_MS: Final = 30_000
_SESSION_ENDED: Final = "The session has ended."

_log = logging.getLogger(__name__)


class Gateway:
    """Answers clients; what it says goes through `poster`, in order for each client."""

    def __init__(
        self,
        membership: Membership,
        admission: Admission,
        pipeline: Pipeline,
        status: StatusReports,
        translator: Translator,
        poster: Poster,
        settings: Settings,
        clock: Clock,
    ) -> None:
        self._membership = membership
        self._admission = admission
        self._pipeline = pipeline
        self._status = status
        self._translator = translator
        self._poster = poster
        self._settings = settings
        self._clock = clock
        self._leaving: set[asyncio.Task[None]] = set()
        self._actions: Mapping[str, Callable[[Connection, Message], Awaitable[None]]] = {
            "sendText": self._send_text,
            "getSessionStatus": self._get_session_status,
            "changeLanguage": self._change_language,
            "endSession": self._end_session,
        }

    async def connect(self, connection_id: str, source_ip: str, parameters: Mapping[str, str]) -> bool:
        """Let a client in, or tell it why not and close; gives back whether it is in."""
        problem = await _problem_of(self._connect(connection_id, source_ip, parameters))
        if problem is None:
            return True
        await self._welcome(connection_id, problem.to_message(milliseconds(self._clock)))
        await self._poster.close(connection_id, POLICY_VIOLATION)
        return False

    async def message(self, connection_id: str, body: str | bytes) -> None:
        """Answer a message; a refusal is told and the connection stays."""
        problem = await _problem_of(self._message(connection_id, body))
        if problem is not None:
            await self._say(connection_id, problem.to_message(milliseconds(self._clock)))

    async def disconnect(self, connection_id: str) -> None:
        """Let a client go, whoever closed; a second time, nothing happens.

        Once begun it is finished, even if the caller is cancelled: a leave cannot be repeated, so its listeners would
        never be told.
        """
        leaving = asyncio.create_task(self._leave(connection_id))
        self._leaving.add(leaving)
        leaving.add_done_callback(self._leaving.discard)
        await asyncio.shield(leaving)

    async def finish(self) -> None:
        """Wait for those who are being let go."""
        await asyncio.gather(*self._leaving, return_exceptions=True)

    async def _leave(self, connection_id: str) -> None:
        departure = await self._membership.leave(connection_id)
        if departure is None:
            return
        _log.info("connection %s left as %s", hashed(connection_id), departure.role.value)
        if departure.session_ended:
            await self._tell_listeners(departure.session_id)
        elif departure.role is Role.listener:
            self._status.changed(departure.session_id)

    async def end(self, connection_id: str) -> None:
        """Let a client go because its session is over: with a speaker, everybody."""
        connection = await self._membership.connections.get_connection(connection_id, expired=True)
        await self._over(connection_id, connection.session_id if connection else None)

    async def _connect(self, connection_id: str, source_ip: str, parameters: Mapping[str, str]) -> None:
        action = parameters.get("action", "")
        if not action:
            raise errors.missing_action()
        if action not in ("createSession", "joinSession"):
            raise errors.invalid_action()
        await self._admission.attempt(source_ip)
        if action == "createSession":
            await self._create(connection_id, source_ip, parameters)
        else:
            await self._join(connection_id, source_ip, parameters)

    async def _create(self, connection_id: str, source_ip: str, parameters: Mapping[str, str]) -> None:
        options = validation.session_options(parameters)
        languages = self._translator.languages(options.source_language)
        if not languages:
            raise errors.invalid_source_language(options.source_language)
        await self._admission.creation(source_ip)
        session = await self._membership.create(connection_id, source_ip, options)
        _log.info("session %s created by %s", hashed(session.session_id), hashed(connection_id))
        answer = {
            "sessionId": session.session_id,
            "sourceLanguage": session.source_language,
            "qualityTier": session.quality_tier.value,
            "connectionId": connection_id,
            "partialResultsEnabled": session.partial_results_enabled,
            "minStabilityThreshold": float(session.min_stability_threshold),
            "maxBufferTimeout": float(session.max_buffer_timeout),
            "expiresAt": session.expires_at,
            "languages": sorted({*languages, session.source_language}),
            "engine": self._translator.name,
        }
        await self._welcome(connection_id, self._typed("sessionCreated", answer))

    async def _join(self, connection_id: str, source_ip: str, parameters: Mapping[str, str]) -> None:
        session_id = validation.session_id(parameters)
        language = validation.target_language(parameters.get("targetLanguage"))
        await self._admission.join(source_ip)
        self._require_pair(await self._spoken_in(session_id), language)
        session = await self._membership.join(connection_id, source_ip, session_id, language)
        answer = {
            "sessionId": session_id,
            "targetLanguage": language,
            "sourceLanguage": session.source_language,
            "connectionId": connection_id,
            "listenerCount": session.listener_count,
            "qualityTier": session.quality_tier.value,
            "engine": self._translator.name,
        }
        await self._welcome(connection_id, self._typed("sessionJoined", answer))
        self._status.changed(session_id)

    async def _message(self, connection_id: str, body: str | bytes) -> None:
        message = validation.message(body, self._settings.max_message_bytes)
        if message["action"] == "heartbeat":
            await self._heartbeat(connection_id)
            return
        handle = self._actions.get(message["action"])
        if handle is None:
            raise errors.invalid_action()
        connection = await self._membership.connections.get_connection(connection_id)
        if connection is None:
            await self._over(connection_id)
            return
        await self._note_activity(connection)
        await handle(connection, message)

    async def _note_activity(self, connection: Connection) -> None:
        seen = connection.last_activity_time or connection.connected_at
        if milliseconds(self._clock) - seen >= _ACTIVITY_EVERY_MS:
            with suppress(ItemNotFound):
                await self._membership.connections.record_activity(connection.connection_id)

    async def _heartbeat(self, connection_id: str) -> None:
        await self._admission.heartbeat(connection_id)
        try:
            connection = await self._membership.connections.record_activity(connection_id)
        except ItemNotFound:
            await self._over(connection_id)
            return
        try:
            await (self._spoken_in if connection.role is Role.listener else self._running)(connection.session_id)
        except ServiceProblem:
            await self._over(connection_id, connection.session_id)
            return
        await self._say(connection_id, self._typed("heartbeatAck", {}))

    async def _send_text(self, connection: Connection, message: Message) -> None:
        _require(connection, Role.speaker)
        segment = validation.segment(message)
        if segment.is_partial:
            # Captions of partial results are a later step; until then only their form is held to the contract.
            await self._running(connection.session_id)
            return
        report = await self._pipeline.process(connection.session_id, segment.segment_id, segment.text)
        await self._say(connection.connection_id, report.to_message(milliseconds(self._clock)))

    async def _get_session_status(self, connection: Connection, message: Message) -> None:
        _require(connection, Role.speaker)
        status = await self._status.status(await self._running(connection.session_id), "requested")
        await self._say(connection.connection_id, status)

    async def _change_language(self, connection: Connection, message: Message) -> None:
        _require(connection, Role.listener)
        language = validation.target_language(message.get("targetLanguage"))
        session = await self._running(connection.session_id)
        self._require_pair(session, language)
        try:
            await self._membership.connections.change_language(connection.connection_id, language)
        except ItemNotFound:
            await self._over(connection.connection_id, session.session_id)
            return
        answer = {
            "sessionId": session.session_id,
            "targetLanguage": language,
            "sourceLanguage": session.source_language,
        }
        await self._say(connection.connection_id, self._typed("languageChanged", answer))
        self._status.changed(session.session_id)

    async def _end_session(self, connection: Connection, message: Message) -> None:
        _require(connection, Role.speaker)
        await self._over(connection.connection_id, connection.session_id)

    async def _over(self, connection_id: str, session_id: str | None = None) -> None:
        """Let a client go and tell it that its session has ended, once that is so."""
        await self.disconnect(connection_id)
        await self._tell_end(connection_id, session_id)

    async def _tell_listeners(self, session_id: str) -> None:
        self._pipeline.forget(session_id)
        told = await self._membership.sweep(session_id, lambda each: self._tell_end(each, session_id))
        _log.info("session %s ended, %d listeners told", hashed(session_id), told)

    async def _tell_end(self, connection_id: str, session_id: str | None) -> None:
        ended = {"sessionId": session_id, "message": _SESSION_ENDED}
        await self._say(connection_id, self._typed("sessionEnded", ended))
        await self._poster.close(connection_id, NORMAL_CLOSURE)

    async def _running(self, session_id: str) -> Session:
        session = await self._membership.sessions.active_session(session_id)
        if session is None:
            raise errors.session_not_found(session_id)
        return session

    async def _spoken_in(self, session_id: str) -> Session:
        """A session that is running and whose speaker is there; one that was abandoned is ended."""
        session = await self._running(session_id)
        if await self._membership.is_abandoned(session):
            await self._membership.end(session_id)
            await self._tell_listeners(session_id)
            raise errors.session_not_found(session_id)
        return session

    def _require_pair(self, session: Session, language: str) -> None:
        if language != session.source_language and language not in self._translator.languages(session.source_language):
            raise errors.unsupported_language(language)

    def _typed(self, kind: str, fields: Message) -> Message:
        return {"type": kind, "timestamp": milliseconds(self._clock), **fields}

    async def _welcome(self, connection_id: str, message: Message) -> None:
        with suppress(Gone):
            await self._poster.welcome(connection_id, to_text(message))

    async def _say(self, connection_id: str, message: Message) -> None:
        # A client that is gone is let go by its disconnect, which is certain to come.
        with suppress(Gone):
            await self._poster.post(connection_id, to_text(message))


def _require(connection: Connection, role: Role) -> None:
    if connection.role is not role:
        raise errors.unauthorized_action(f"Only a {role.value} may do this.")


async def _problem_of(work: Awaitable[Any]) -> ServiceProblem | None:
    """Do the work, and turn whatever goes wrong into what the client may know of it."""
    try:
        await work
    except ServiceProblem as problem:
        return problem
    except SERVICE_FAILURES as error:
        _log.warning("the database does not answer: %s", type(error).__name__)
        return errors.service_unavailable()
    except Exception as error:
        # The message of a foreign error may hold a text, a key or an address; where it happened does not.
        places = traceback.extract_tb(error.__traceback__)[-4:]
        where = " < ".join(f"{place.name}:{place.lineno}" for place in reversed(places))
        _log.error("unexpected %s in %s", type(error).__name__, where)
        return errors.internal_error()
    return None
