"""What the speaker says."""

from __future__ import annotations

from live_translation.broadcasting.report import Report
from live_translation.clock import milliseconds
from live_translation.handlers.events import Event
from live_translation.handlers.parts import Parts, require
from live_translation.partials import Final, Partial
from live_translation.ports import Message
from live_translation.sessions import validation
from live_translation.tables import Connection, Role


async def send_text(parts: Parts, event: Event, connection: Connection) -> Message | None:
    """Take what was said as text; a final is answered once its words are on their way."""
    require(connection, Role.speaker)
    segment = validation.segment(event.fields)
    processor = parts.processors.of(await parts.running(connection.session_id))
    if segment.is_partial:
        processor.take(Partial(segment.segment_id, segment.text, segment.stability))
        return None
    report = await processor.complete(Final(segment.segment_id, segment.text))
    if report is None:
        return {**_message(parts, Report(segment.segment_id, 0)), "held": True}
    return _message(parts, report)


def _message(parts: Parts, report: Report) -> Message:
    return report.to_message(milliseconds(parts.clock))
