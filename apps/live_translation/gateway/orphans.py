"""Connections that the database knows and no process has a socket for: those of a process that has died."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from dynalayer import AsyncDatabase, scan
from live_translation.handlers.leaving import let_go
from live_translation.handlers.parts import Parts
from live_translation.tables import Connection

_AT_ONCE: Final = 20


class Orphans:
    """Lets go of connections without a socket like those whose socket broke: a speaker has the usual time to come back.

    All connections are read for it. They are those of one machine, and it is done when a process has died or begins,
    and now and then.
    """

    def __init__(
        self, database: AsyncDatabase, parts: Parts, absent: Callable[[Iterable[str]], Awaitable[set[str]]]
    ) -> None:
        self._database = database
        self._parts = parts
        self._absent = absent

    async def release(self) -> int:
        """Let go of all of them and give back how many there were."""
        # Read first and ask for the sockets after: a socket is there before its connection is written.
        found = [each.connection_id async for each in self._database.scan(scan(Connection).consistent().expired())]
        due = await self._absent(found)
        turn = asyncio.Semaphore(_AT_ONCE)

        async def release(connection_id: str) -> None:
            async with turn:
                await let_go(self._parts, connection_id, lost=True)

        await asyncio.gather(*(release(each) for each in due))
        return len(due)
