"""Coming in: a session created or joined, by the address of a connection or by a message over it."""

from __future__ import annotations

import logging

from live_translation import errors
from live_translation.errors import hashed
from live_translation.handlers.events import Event
from live_translation.handlers.leaving import spoken_in
from live_translation.handlers.parts import Parts
from live_translation.identity.authorizer import refusal_of
from live_translation.metrics import catalog
from live_translation.ports import Message
from live_translation.sessions import validation
from live_translation.tables import Role

_log = logging.getLogger(__name__)


async def create(parts: Parts, event: Event) -> Message:
    """Start a session that this client speaks in."""
    require_user(event)
    options = validation.session_options(event.parameters)
    languages = parts.translator.languages(options.source_language)
    if not languages:
        raise errors.invalid_source_language(options.source_language)
    await _require_free(parts, event, Role.speaker)
    await parts.admission.creation(event.user_id or None, event.source_ip)
    session = await parts.membership.create(event.connection_id, event.source_ip, options, event.user_id or None)
    parts.metrics.count(catalog.SESSION_CREATION_COUNT, 1, session.source_language)
    _log.info("session %s created by %s", hashed(session.session_id), hashed(event.connection_id))
    return parts.typed(
        "sessionCreated",
        sessionId=session.session_id,
        sourceLanguage=session.source_language,
        qualityTier=session.quality_tier.value,
        connectionId=event.connection_id,
        partialResultsEnabled=session.partial_results_enabled,
        minStabilityThreshold=float(session.min_stability_threshold),
        maxBufferTimeout=float(session.max_buffer_timeout),
        expiresAt=session.expires_at,
        languages=sorted({*languages, session.source_language}),
        engine=parts.translator.name,
    )


async def join(parts: Parts, event: Event) -> Message:
    """Let this client listen."""
    session_id = validation.session_id(event.parameters)
    language = validation.target_language(event.fields.get("targetLanguage"))
    audio = validation.wants_audio(event.fields)
    await parts.admission.join(event.source_ip)
    await _require_free(parts, event, Role.listener, session_id)
    parts.require_pair(await spoken_in(parts, session_id), language)
    session = await parts.membership.join(event.connection_id, event.source_ip, session_id, language, audio=audio)
    parts.status.changed(session_id)
    parts.pipeline.expect(session.source_language, language)
    return parts.typed(
        "sessionJoined",
        sessionId=session_id,
        targetLanguage=language,
        sourceLanguage=session.source_language,
        connectionId=event.connection_id,
        listenerCount=session.listener_count,
        qualityTier=session.quality_tier.value,
        broadcastState=session.broadcast_state.to_message(),
        engine=parts.translator.name,
        **parts.sound_of(language, wanted=audio),
    )


def require_user(event: Event) -> None:
    """Raises `ServiceProblem` 401 for who has shown no token, 503 if the issuer's keys cannot be had.

    Listeners need no token, so they are let in while the keys cannot be had.
    """
    if event.doubt:
        raise refusal_of(event.doubt)
    if event.user_id == "":
        raise errors.unauthorized("A speaker needs a token.", "missing")


async def _require_free(parts: Parts, event: Event, role: Role, session_id: str | None = None) -> None:
    """One socket has one place: the same message again is answered again, another is refused."""
    if event.kind == "CONNECT":
        return
    known = await parts.membership.connections.get_connection(event.connection_id)
    if known is None:
        return
    if known.role is not role or session_id not in (None, known.session_id):
        raise errors.unauthorized_action("This connection is in a session already; open another one.")
