"""What the speaker says."""

from __future__ import annotations

from live_translation import errors
from live_translation.broadcasting.report import Report
from live_translation.clock import milliseconds
from live_translation.handlers.events import Event
from live_translation.handlers.leaving import over
from live_translation.handlers.parts import Parts, require
from live_translation.hearing.chunks import FORMAT, chunk, declares_format
from live_translation.hearing.hearing import Hearing
from live_translation.hearing.rate import Verdict
from live_translation.metrics import catalog
from live_translation.partials import Final, Partial
from live_translation.ports import Message
from live_translation.sessions import validation
from live_translation.tables import Connection, Role, Session


async def send_text(parts: Parts, event: Event, connection: Connection) -> Message | None:
    """Take what was said as text; a final is answered once its words are on their way."""
    require(connection, Role.speaker)
    segment = validation.segment(event.fields)
    processor = parts.processors.of(await parts.running(connection.session_id), connection.connection_id)
    if segment.is_partial:
        processor.take(Partial(segment.segment_id, segment.text, segment.stability))
        return None
    report = await processor.complete(Final(segment.segment_id, segment.text))
    if report is None:
        return {**_message(parts, Report(segment.segment_id, 0)), "held": True}
    return _message(parts, report)


async def start_audio(parts: Parts, event: Event, connection: Connection) -> Message:
    """Take the speaker's word for the format of the sound that comes next, and tell who will hear it."""
    require(connection, Role.speaker)
    session = await parts.running(connection.session_id)
    if not declares_format(event.fields):
        raise errors.invalid_audio_format("say format or encoding, and sampleRate")
    _hearing(parts, session).declare(connection.connection_id)
    settings = parts.settings
    return parts.typed(
        "audioStarted",
        sessionId=session.session_id,
        engine=parts.hearings.recogniser.name,
        language=session.source_language,
        **FORMAT,
        minChunkBytes=settings.audio_chunk_min_bytes,
        maxChunkBytes=settings.audio_chunk_max_bytes,
        chunksPerSecond=settings.audio_rate_limit,
    )


async def send_audio(parts: Parts, event: Event, connection: Connection) -> Message | None:
    """Take a chunk of sound; what is heard comes as `transcript`."""
    require(connection, Role.speaker)
    settings = parts.settings
    found = chunk(event.fields, settings.audio_chunk_min_bytes, settings.audio_chunk_max_bytes)
    is_declared = declares_format(event.fields)
    session = await parts.running(connection.session_id)
    hearing = _hearing(parts, session)
    if not hearing.is_declared_by(connection.connection_id):
        if not is_declared:
            raise errors.invalid_audio_format("its format has to be declared first, with startAudio or in the chunk")
        hearing.declare(connection.connection_id)
    # The processor hears of a pause or a mute here at the latest.
    parts.processors.of(session, connection.connection_id)
    state = session.broadcast_state
    verdict = hearing.take(found.number, found.pcm, float(state.volume), is_held=not state.is_broadcasting)
    if event.happened_at:
        taken = milliseconds(parts.clock) - event.happened_at
        parts.metrics.observe(catalog.AUDIO_PROCESSING_LATENCY, max(0, taken))
    if verdict is Verdict.warned:
        message = f"More than {settings.audio_rate_limit} chunks a second are sent: the others are dropped."
        return parts.typed("rateLimitWarning", sessionId=session.session_id, message=message)
    if verdict is Verdict.closed:
        await parts.say(connection.connection_id, errors.rate_limited(1).to_message(milliseconds(parts.clock)))
        await over(parts, connection.connection_id, session.session_id)
    return None


def _hearing(parts: Parts, session: Session) -> Hearing:
    recogniser = parts.hearings.recogniser
    if session.source_language not in recogniser.languages:
        raise errors.not_recognised(session.source_language, recogniser.name, recogniser.languages)
    return parts.hearings.of(session)


def _message(parts: Parts, report: Report) -> Message:
    return report.to_message(milliseconds(parts.clock))
