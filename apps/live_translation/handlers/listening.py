"""What listeners choose for themselves."""

from __future__ import annotations

from dynalayer import ItemNotFound
from live_translation.errors import invalid_parameter
from live_translation.handlers.events import Event
from live_translation.handlers.leaving import over
from live_translation.handlers.parts import Parts, require
from live_translation.ports import Message
from live_translation.tables import Connection, Role


async def set_audio(parts: Parts, event: Event, connection: Connection) -> Message | None:
    """Let a listener have the sound of the translations, or their text alone."""
    require(connection, Role.listener)
    enabled = event.fields.get("enabled")
    if not isinstance(enabled, bool):
        raise invalid_parameter("enabled", "must be true or false")
    session = await parts.running(connection.session_id)
    try:
        changed = await parts.membership.connections.set_audio(connection.connection_id, enabled)
    except ItemNotFound:
        await over(parts, connection.connection_id, session.session_id)
        return None
    sound = parts.sound_of(changed.target_language or session.source_language, wanted=enabled)
    return parts.typed("audioChanged", sessionId=session.session_id, enabled=enabled, **sound)
