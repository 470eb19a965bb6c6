"""Signs of life."""

from __future__ import annotations

from dynalayer import ItemNotFound
from live_translation.errors import ServiceProblem
from live_translation.handlers.events import Event
from live_translation.handlers.leaving import over, refuse_unplaced, spoken_in
from live_translation.handlers.parts import Parts
from live_translation.ports import Message
from live_translation.tables import Role


async def heartbeat(parts: Parts, event: Event) -> Message | None:
    """Note that a client is there, and tell it if its session is not."""
    await parts.admission.heartbeat(event.connection_id)
    try:
        connection = await parts.membership.connections.record_activity(event.connection_id)
    except ItemNotFound:
        await refuse_unplaced(parts, event.connection_id)
        return None
    try:
        if connection.role is Role.listener:
            await spoken_in(parts, connection.session_id)
        else:
            await parts.running(connection.session_id)
    except ServiceProblem:
        await over(parts, event.connection_id, connection.session_id)
        return None
    for message in await parts.notices.due(connection):
        await parts.say(event.connection_id, message)
    return parts.typed("heartbeatAck")
