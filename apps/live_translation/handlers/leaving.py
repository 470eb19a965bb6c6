"""Going out: a client that is lost or let go, and a session that is over for everybody."""

from __future__ import annotations

import asyncio
import logging

from live_translation import errors
from live_translation.clock import milliseconds
from live_translation.errors import hashed
from live_translation.handlers.parts import Parts
from live_translation.hearing.hearings import FINISH_SECONDS
from live_translation.metrics import catalog
from live_translation.ports import GOING_AWAY, NORMAL_CLOSURE
from live_translation.tables import Role, Session

_SESSION_ENDED = "The session has ended."

_log = logging.getLogger(__name__)


async def let_go(parts: Parts, connection_id: str, *, lost: bool = False) -> None:
    """Let a client go, whoever closed; a second time, nothing happens. A speaker that is `lost` may come back.

    Once begun it is finished, even if the caller is cancelled: a leave cannot be repeated, so its listeners would
    never be told.
    """
    leaving = asyncio.create_task(_leave(parts, connection_id, lost=lost))
    parts.leaving.add(leaving)
    leaving.add_done_callback(parts.leaving.discard)
    await asyncio.shield(leaving)


async def over(parts: Parts, connection_id: str, session_id: str | None = None) -> None:
    """Let a client go and tell it that its session has ended, once that is so."""
    await let_go(parts, connection_id)
    await _tell_end(parts, connection_id, session_id)


async def refuse_unplaced(parts: Parts, connection_id: str) -> None:
    """Tell a client that its connection is in no session, and close it.

    It was let go, or another connection has its place; whether the session goes on it learns where it tries to come in.
    """
    await parts.say(connection_id, errors.connection_not_found().to_message(milliseconds(parts.clock)))
    await parts.poster.close(connection_id, GOING_AWAY)


async def grow_too_old(parts: Parts, connection_id: str) -> None:
    """Close a connection that has been open for as long as one may be and was not exchanged for another.

    With the connection that speaks the session ends. A listener may come back to a session that goes on.
    """
    connection = await parts.membership.connections.get_connection(connection_id, expired=True)
    if connection is not None:
        goes_on = await parts.membership.sessions.is_session_active(connection.session_id)
        if connection.role is Role.speaker or not goes_on:
            await over(parts, connection_id, connection.session_id)
            return
        await let_go(parts, connection_id)
    await parts.poster.close(connection_id, GOING_AWAY)


async def end_spoken(parts: Parts, connection_id: str) -> None:
    """End the session that this connection speaks in, if it does."""
    connection = await parts.membership.connections.get_connection(connection_id, expired=True)
    if connection is not None and connection.role is Role.speaker:
        await over(parts, connection_id, connection.session_id)


async def spoken_in(parts: Parts, session_id: str) -> Session:
    """A session that is running and whose speaker is there; one that was abandoned is ended."""
    session = await parts.running(session_id)
    if await parts.membership.end_if_abandoned(session):
        parts.metrics.count(catalog.SESSION_DELETION_COUNT)
        await tell_listeners(parts, session_id)
        raise errors.session_not_found(session_id)
    return session


async def tell_listeners(parts: Parts, session_id: str) -> int:
    """Tell everybody that a session has ended, let them go, and give their number."""
    parts.hearings.forget(session_id)
    parts.processors.forget(session_id)
    parts.pipeline.forget(session_id)
    told = await parts.membership.sweep(session_id, lambda each: _tell_end(parts, each, session_id))
    parts.metrics.count(catalog.SESSION_CONNECTIONS_DISCONNECTED, told)
    _log.info("session %s ended, %d listeners told", hashed(session_id), told)
    return told


async def finish(parts: Parts) -> None:
    """Wait for those who are being let go, and for what is still being posted."""
    await asyncio.gather(*parts.leaving, return_exceptions=True)
    await parts.pipeline.finish()


async def _leave(parts: Parts, connection_id: str, *, lost: bool) -> None:
    departure = await parts.membership.leave(connection_id, lost=lost)
    if departure is None:
        return
    _log.info("connection %s left as %s", hashed(connection_id), departure.role.value)
    if departure.session_ended:
        parts.metrics.count(catalog.SESSION_DELETION_COUNT)
        await tell_listeners(parts, departure.session_id)
    elif departure.role is Role.listener:
        parts.status.changed(departure.session_id)
    else:
        await _speaks_elsewhere(parts, departure.session_id, connection_id)


async def _speaks_elsewhere(parts: Parts, session_id: str, connection_id: str) -> None:
    """Let the last words of a connection be heard; its session goes on over another one, here or in another process."""
    hearing = parts.hearings.release(session_id, connection_id)
    processor = parts.processors.release(session_id, connection_id)
    if hearing is not None:
        await hearing.finish(FINISH_SECONDS)
        hearing.close()
    if processor is not None:
        processor.close()


async def _tell_end(parts: Parts, connection_id: str, session_id: str | None) -> None:
    await parts.say(connection_id, parts.typed("sessionEnded", sessionId=session_id, message=_SESSION_ENDED))
    await parts.poster.close(connection_id, NORMAL_CLOSURE)
