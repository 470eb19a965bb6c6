"""How many sessions are running and how many listen to them, counted in the table."""

from __future__ import annotations

from dynalayer import AsyncDatabase, scan
from live_translation.clock import Clock
from live_translation.sessions.session_items import SessionsRepository
from live_translation.tables import Session


async def census(database: AsyncDatabase, clock: Clock) -> tuple[int, int]:
    """The sessions that are running and their listeners; reads every session that is still kept."""
    repository = SessionsRepository(database, clock)
    sessions, listeners = 0, 0
    async for session in database.scan(scan(Session).where(repository.running())):
        sessions += 1
        listeners += session.listener_count
    return sessions, listeners
