"""What the speaker switches, and how the listeners hear of it."""

from __future__ import annotations

import asyncio
from typing import Any

from live_translation.broadcasting.broadcast import Outcome
from live_translation.clock import milliseconds
from live_translation.errors import missing_parameter
from live_translation.handlers.events import Event
from live_translation.handlers.parts import Parts, require
from live_translation.metrics import catalog
from live_translation.ports import Message, to_text
from live_translation.sessions.controls import (
    MUTE,
    PAUSE,
    RESUME,
    UNMUTE,
    StateChange,
    pause_milliseconds,
    state_change,
    volume,
)
from live_translation.tables import Connection, Role, Session


async def pause(parts: Parts, event: Event, connection: Connection) -> Message:
    """Let nothing more be heard until the speaker goes on."""
    return await _switch(parts, connection, PAUSE, "broadcastPaused")


async def resume(parts: Parts, event: Event, connection: Connection) -> Message:
    """Go on after a pause, and say how long (ms) it was."""
    require(connection, Role.speaker)
    before = await parts.running(connection.session_id)
    paused = pause_milliseconds(before, milliseconds(parts.clock))
    answer = await _switch(parts, connection, RESUME, "broadcastResumed")
    return {**answer, "pauseDuration": paused}


async def mute(parts: Parts, event: Event, connection: Connection) -> Message:
    """Switch the speaker's microphone off."""
    return await _switch(parts, connection, MUTE, "broadcastMuted")


async def unmute(parts: Parts, event: Event, connection: Connection) -> Message:
    """Switch the speaker's microphone on."""
    return await _switch(parts, connection, UNMUTE, "broadcastUnmuted")


async def set_volume(parts: Parts, event: Event, connection: Connection) -> Message:
    """Let the speaker be heard louder or softer; 0 is as good as muted."""
    require(connection, Role.speaker)
    if "volumeLevel" not in event.fields:
        raise missing_parameter("volumeLevel")
    level = volume(event.fields["volumeLevel"])
    return await _switch(parts, connection, StateChange(volume=level), "volumeChanged", volumeLevel=float(level))


async def change_state(parts: Parts, event: Event, connection: Connection) -> Message:
    """Switch several things at once."""
    require(connection, Role.speaker)
    if "state" not in event.fields:
        raise missing_parameter("state")
    change = state_change(event.fields["state"])
    return await _switch(parts, connection, change, "speakerStateChanged", tells_state=True)


async def pause_playback(parts: Parts, event: Event, connection: Connection) -> Message:
    """Confirm to a listener that it has stopped listening for a while; nobody else is concerned."""
    require(connection, Role.listener)
    return parts.typed("playbackPaused", sessionId=connection.session_id)


async def _switch(
    parts: Parts, connection: Connection, change: StateChange, kind: str, *, tells_state: bool = False, **fields: Any
) -> Message:
    require(connection, Role.speaker)
    session = await parts.membership.controls.switch(connection.session_id, connection.connection_id, change)
    parts.processors.switched(session)
    state = session.broadcast_state.to_message()
    message = parts.typed(kind, sessionId=session.session_id, **fields)
    told = await _tell(parts, session, {**message, "broadcastState": state} if tells_state else message)
    return {**message, "broadcastState": state, "listenersNotified": told}


async def _tell(parts: Parts, session: Session, message: Message) -> int:
    """Tell all listeners, many at once; those who are gone are let go as any who leave. Gives how many heard it."""
    listeners = await parts.membership.connections.get_listener_connections(session.session_id)
    turns = asyncio.Semaphore(parts.settings.max_concurrent_broadcasts)
    ids = [each.connection_id for each in listeners]
    started = parts.clock()
    outcomes = await parts.broadcaster.send(turns, ids, to_text(message))
    parts.metrics.observe(catalog.LISTENER_NOTIFICATION_LATENCY, (parts.clock() - started) * 1000)
    parts.metrics.count(catalog.LISTENERS_NOTIFIED, outcomes[Outcome.delivered])
    parts.metrics.count(catalog.LISTENER_NOTIFICATION_FAILURES, outcomes[Outcome.failed])
    return outcomes[Outcome.delivered]
