"""What the speaker says."""

from __future__ import annotations

from live_translation.clock import milliseconds
from live_translation.handlers.events import Event
from live_translation.handlers.parts import Parts, require
from live_translation.ports import Message
from live_translation.sessions import validation
from live_translation.tables import Connection, Role


async def send_text(parts: Parts, event: Event, connection: Connection) -> Message | None:
    """Take a segment of speech as text to the listeners."""
    require(connection, Role.speaker)
    segment = validation.segment(event.fields)
    if segment.is_partial:
        # Captions of partial results are a later step; until then only their form is held to the contract.
        await parts.running(connection.session_id)
        return None
    report = await parts.pipeline.process(connection.session_id, segment.segment_id, segment.text)
    return report.to_message(milliseconds(parts.clock))
