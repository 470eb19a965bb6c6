"""Which handler answers what: one table for those who come in, one for those who are in a session."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from dynalayer import ItemNotFound
from live_translation import errors
from live_translation.clock import milliseconds
from live_translation.errors import ServiceProblem
from live_translation.handlers import connecting, controls, heartbeats, listening, refreshing, speaking, switching
from live_translation.handlers.events import Event, Response, read
from live_translation.handlers.leaving import let_go, refuse_unplaced
from live_translation.handlers.measuring import measured, refused
from live_translation.handlers.parts import Handler, OpenHandler, Parts
from live_translation.handlers.problems import problem_of
from live_translation.identity.authorizer import UNAVAILABLE, refusal_of
from live_translation.logs import belonging_to, refusal
from live_translation.ports import POLICY_VIOLATION, Gone, Message, to_text
from live_translation.sessions import validation
from live_translation.tables import Connection

CONNECTING: Final[Mapping[str, OpenHandler]] = {
    "createSession": connecting.create,
    "joinSession": connecting.join,
    "refreshConnection": refreshing.refresh,
}
"""By the address of a connection; the same by message."""

OPEN: Final[Mapping[str, OpenHandler]] = {**CONNECTING, "heartbeat": heartbeats.heartbeat}
"""By message, from clients who may be in no session."""

IN_SESSION: Final[Mapping[str, Handler]] = {
    "sendText": speaking.send_text,
    "startAudio": speaking.start_audio,
    "sendAudio": speaking.send_audio,
    "audioChunk": speaking.send_audio,
    "getSessionStatus": controls.get_session_status,
    "changeLanguage": controls.change_language,
    "setAudio": listening.set_audio,
    "endSession": controls.end_session,
    "pauseBroadcast": switching.pause,
    "resumeBroadcast": switching.resume,
    "muteBroadcast": switching.mute,
    "unmuteBroadcast": switching.unmute,
    "setVolume": switching.set_volume,
    "speakerStateChange": switching.change_state,
    "pausePlayback": switching.pause_playback,
}
"""By message, from clients who are in a session."""

LARGE: Final = frozenset({"sendText", "sendAudio", "audioChunk"})
"""What carries more than a few fields."""

MAX_CONTROL_BYTES: Final = 4_096

_log = logging.getLogger(__name__)

_ACTIVITY_EVERY_MS: Final = 30_000
_DONE: Final[Response] = {"statusCode": 200}


async def handle(parts: Parts, event: Mapping[str, Any]) -> Response:
    """Answer one event of an API Gateway WebSocket, whichever its kind."""
    found = read(event)
    with belonging_to(found.connection_id):
        if found.kind == "CONNECT":
            return await connect(parts, found)
        if found.kind == "DISCONNECT":
            return await disconnect(parts, found)
        return await message(parts, found)


async def connect(parts: Parts, event: Event) -> Response:
    """Let a client in, or tell it why not and close.

    A refused client is accepted all the same: a browser can read an error that comes as its first message, and never
    the answer to a connection that was refused.
    """
    try:
        answer = await _connect(parts, event)
    except Exception as error:
        problem = problem_of(error)
        refused(parts, "connect", error, problem)
        _log.info("a connection was refused", extra=refusal("connect", problem, event.user_id, event.source_ip))
        answer = problem.to_message(milliseconds(parts.clock))
        await _welcome(parts, event, answer, POLICY_VIOLATION)
        return _DONE
    if answer is not None:
        await _welcome(parts, event, answer, None)
    return _DONE


async def message(parts: Parts, event: Event) -> Response:
    """Answer a message; a refusal is told and the connection stays."""
    try:
        answer = await _message(parts, event)
        if answer is not None:
            await parts.say(event.connection_id, answer)
    except Exception as error:
        problem = problem_of(error)
        refused(parts, "message", error, problem)
        _log.info("a message was refused", extra=refusal("message", problem, event.user_id, event.source_ip))
        await parts.say(event.connection_id, problem.to_message(milliseconds(parts.clock)))
        return _refused(problem)
    return _DONE


async def disconnect(parts: Parts, event: Event) -> Response:
    """Let a client go; what could not be done is not taken as done, so that it is tried again."""
    try:
        await let_go(parts, event.connection_id, lost=event.is_lost)
    except Exception as error:
        problem = problem_of(error)
        refused(parts, "disconnect", error, problem)
        return _refused(problem)
    return _DONE


async def _connect(parts: Parts, event: Event) -> Message | None:
    action = event.fields.get("action")
    if action == "":
        raise errors.missing_action()
    if action is not None and action not in CONNECTING:
        raise errors.invalid_action()
    await parts.admission.attempt(event.source_ip)
    if event.doubt and event.doubt != UNAVAILABLE:
        raise refusal_of(event.doubt)
    if action is None:
        # Who names no action in the address says with the first message what it wants.
        return None
    return await measured(parts, action, CONNECTING[action](parts, event))


async def _message(parts: Parts, event: Event) -> Message | None:
    if event.is_binary:
        raise errors.invalid_message("A message must be text.")
    event = event.with_fields(validation.message(event.body, parts.settings.max_message_bytes))
    action = event.fields["action"]
    if action not in LARGE and len(event.body) > MAX_CONTROL_BYTES:
        raise errors.control_message_too_large(MAX_CONTROL_BYTES)
    if (open_handler := OPEN.get(action)) is not None:
        return await measured(parts, action, open_handler(parts, event))
    if (handler := IN_SESSION.get(action)) is None:
        raise errors.invalid_action()
    connection = await parts.membership.connections.get_connection(event.connection_id)
    if connection is None:
        await refuse_unplaced(parts, event.connection_id)
        return None
    await _note_activity(parts, connection)
    return await measured(parts, action, handler(parts, event, connection))


async def _note_activity(parts: Parts, connection: Connection) -> None:
    seen = connection.last_activity_time or connection.connected_at
    if milliseconds(parts.clock) - seen >= _ACTIVITY_EVERY_MS:
        with suppress(ItemNotFound):
            await parts.membership.connections.record_activity(connection.connection_id)


async def _welcome(parts: Parts, event: Event, answer: Message, close: int | None) -> None:
    with suppress(Gone):
        await parts.poster.welcome(event.connection_id, to_text(answer), close)


def _refused(problem: ServiceProblem) -> Response:
    return {"statusCode": problem.status, "body": problem.code}
