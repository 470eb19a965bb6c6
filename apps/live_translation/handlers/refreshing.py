"""Going on over another connection: the new one is told what the old one knew."""

from __future__ import annotations

import logging

from live_translation import errors
from live_translation.errors import hashed
from live_translation.handlers.events import Event
from live_translation.handlers.leaving import spoken_in
from live_translation.handlers.parts import Parts
from live_translation.identity.authorizer import refusal_of
from live_translation.ports import Message
from live_translation.sessions import validation
from live_translation.tables import Role, Session

_log = logging.getLogger(__name__)


async def refresh(parts: Parts, event: Event) -> Message | None:
    """Put this connection in the place of an older one of the same client."""
    if event.kind != "CONNECT":
        # Who connects has been counted; the ids of sessions are not to be guessed over one connection either.
        await parts.admission.attempt(event.source_ip)
    session_id = validation.session_id(event.parameters)
    if validation.role(event.fields) is Role.speaker:
        session = await _speaker(parts, event, session_id)
        done = _complete(parts, event, session, Role.speaker)
    else:
        session = await _listener(parts, event, session_id)
        done = _complete(parts, event, session, Role.listener)
        language = event.fields["targetLanguage"]
        done |= {"targetLanguage": language, "sourceLanguage": session.source_language}
        done |= parts.sound_of(language, wanted=validation.wants_audio(event.fields))
    _log.info("session %s goes on over %s", hashed(session_id), hashed(event.connection_id))
    return await _answer(parts, event, done, _restored(parts, session))


async def _speaker(parts: Parts, event: Event, session_id: str) -> Session:
    if event.doubt:
        raise refusal_of(event.doubt)
    if not event.user_id:
        raise errors.unauthorized("A speaker needs a token.", "missing")
    return await parts.membership.refreshing.speaker(event.connection_id, event.source_ip, session_id, event.user_id)


async def _listener(parts: Parts, event: Event, session_id: str) -> Session:
    if "targetLanguage" not in event.fields:
        raise errors.missing_parameter("targetLanguage")
    language = validation.target_language(event.fields["targetLanguage"])
    previous = validation.previous_connection(event.fields)
    parts.require_pair(await spoken_in(parts, session_id), language)
    session = await parts.membership.refreshing.listener(
        event.connection_id, event.source_ip, session_id, language, previous, audio=validation.wants_audio(event.fields)
    )
    parts.status.changed(session_id)
    parts.pipeline.expect(session.source_language, language)
    return session


def _complete(parts: Parts, event: Event, session: Session, role: Role) -> Message:
    return parts.typed(
        "connectionRefreshComplete",
        sessionId=session.session_id,
        role=role.value,
        connectionId=event.connection_id,
        expiresAt=session.expires_at,
    )


def _restored(parts: Parts, session: Session) -> Message:
    state = session.broadcast_state.to_message()
    return parts.typed(
        "stateRestored",
        sessionId=session.session_id,
        isPaused=state["isPaused"],
        isMuted=state["isMuted"],
        volume=state["volume"],
        broadcastState=state,
    )


async def _answer(parts: Parts, event: Event, first: Message, second: Message) -> Message:
    """Say both in order; who is just connecting hears what is posted after its welcome."""
    if event.kind == "CONNECT":
        await parts.say(event.connection_id, second)
        return first
    await parts.say(event.connection_id, first)
    return second
