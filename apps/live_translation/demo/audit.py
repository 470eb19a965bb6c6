"""Compares the listener count in the table with the sockets that are open, through a connection of this process.

The service and the demo share nothing but the file: what is read here is what any other program would read.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from websockets.protocol import State

from dynalayer import AsyncDatabase
from live_translation.demo.room import Room
from live_translation.tables import Connection, Role, Session

AGREE_WITHIN = 5.0
"""Seconds for the service to notice those who have just gone."""

_LOOK_EVERY = 0.02


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison: open sockets, the session's count (None after its end), its listeners' items, seconds waited."""

    moment: str
    sockets: int
    counted: int | None
    items: int
    waited: float

    @property
    def agrees(self) -> bool:
        """True if all three are the same number."""
        return self.sockets == self.items and self.counted in (None, self.sockets)

    def __str__(self) -> str:
        counted = "" if self.counted is None else f"listenerCount {self.counted}, "
        return f"{self.moment}: {self.sockets} sockets open, {counted}{self.items} connections in the table"


class Audit:
    """Makes the checks and keeps them."""

    def __init__(self, database: AsyncDatabase, room: Room) -> None:
        self.checks: list[Check] = []
        self._database = database
        self._room = room

    async def during(self, moment: str) -> None:
        """Compare while nobody comes or goes; the talk goes on."""
        async with self._room.gate.still():
            await self._agree(moment, ended=False)

    async def after_the_end(self) -> None:
        """The session is over: it takes no count any more, and no connection of it may be left."""
        await self._agree("after the end", ended=True)

    async def _agree(self, moment: str, *, ended: bool) -> None:
        began = time.monotonic()
        while True:
            check = await self._look(moment, began, ended=ended)
            if check.agrees or check.waited > AGREE_WITHIN:
                self.checks.append(check)
                return
            await asyncio.sleep(_LOOK_EVERY)

    async def _look(self, moment: str, began: float, *, ended: bool) -> Check:
        session = await self._database.get(Session.key(self._room.session_id), consistent=True)
        query = Connection.by_language(self._room.session_id)
        items = [item async for item in self._database.query(query) if item.role is Role.listener]
        counted = session.listener_count if session is not None else -1
        return Check(moment, self._open(), None if ended else counted, len(items), time.monotonic() - began)

    def _open(self) -> int:
        return sum(socket.state is State.OPEN for socket in self._room.sockets)
