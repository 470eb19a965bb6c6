"""What speakers and listeners steer while a session runs."""

from __future__ import annotations

from dynalayer import ItemNotFound
from live_translation.handlers.events import Event
from live_translation.handlers.leaving import over
from live_translation.handlers.parts import Parts, require
from live_translation.ports import Message
from live_translation.sessions import validation
from live_translation.tables import Connection, Role


async def get_session_status(parts: Parts, event: Event, connection: Connection) -> Message:
    """Tell the speaker who listens."""
    require(connection, Role.speaker)
    return await parts.status.requested(await parts.running(connection.session_id), connection)


async def change_language(parts: Parts, event: Event, connection: Connection) -> Message | None:
    """Let a listener hear another language from now on."""
    require(connection, Role.listener)
    language = validation.target_language(event.fields.get("targetLanguage"))
    session = await parts.running(connection.session_id)
    parts.require_pair(session, language)
    try:
        changed = await parts.membership.connections.change_language(connection.connection_id, language)
    except ItemNotFound:
        await over(parts, connection.connection_id, session.session_id)
        return None
    parts.status.changed(session.session_id)
    parts.pipeline.expect(session.source_language, language)
    return parts.typed(
        "languageChanged",
        sessionId=session.session_id,
        targetLanguage=language,
        sourceLanguage=session.source_language,
        **parts.sound_of(language, wanted=changed.audio),
    )


async def end_session(parts: Parts, event: Event, connection: Connection) -> None:
    """End the session for everybody, once the last words have been heard."""
    require(connection, Role.speaker)
    await parts.hearings.finish(connection.session_id)
    await over(parts, connection.connection_id, connection.session_id)
