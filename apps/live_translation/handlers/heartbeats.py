"""Signs of life."""

from __future__ import annotations

from dynalayer import ItemNotFound
from live_translation.errors import ServiceProblem
from live_translation.handlers.events import Event
from live_translation.handlers.leaving import over, refuse_unplaced, spoken_in
from live_translation.handlers.parts import Parts
from live_translation.metrics import catalog
from live_translation.ports import Message
from live_translation.tables import Connection, Role, Session


async def heartbeat(parts: Parts, event: Event) -> Message | None:
    """Note that a client is there, and tell it if its session is not."""
    await parts.admission.heartbeat(event.connection_id)
    try:
        connection = await parts.membership.connections.record_activity(event.connection_id)
    except ItemNotFound:
        await refuse_unplaced(parts, event.connection_id)
        return None
    session = await _session_of(parts, connection)
    if session is None:
        await over(parts, event.connection_id, connection.session_id)
        return None
    for message in await parts.notices.due(connection):
        await parts.say(event.connection_id, message)
    acknowledged = parts.typed("heartbeatAck")
    if connection.role is Role.listener:
        return acknowledged
    await parts.say(event.connection_id, acknowledged)
    status = await parts.status.periodic(session, connection)
    if status is not None:
        parts.metrics.count(catalog.PERIODIC_STATUS_UPDATES_SENT)
    return status


async def _session_of(parts: Parts, connection: Connection) -> Session | None:
    """The session of a connection, None if it is over; a listener's signs of life find out that it was abandoned."""
    try:
        if connection.role is Role.listener:
            return await spoken_in(parts, connection.session_id)
        return await parts.running(connection.session_id)
    except ServiceProblem as problem:
        if problem.code != "SESSION_NOT_FOUND":
            raise
        return None
