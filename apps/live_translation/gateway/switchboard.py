"""Posting to a client wherever its socket is: in this process, or in another of this machine."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from contextlib import suppress

from live_translation.gateway.neighbours import SEPARATOR, Neighbours, process_of
from live_translation.gateway.registry import SocketRegistry
from live_translation.ports import Gone


class Switchboard:
    """Finds the process in the connection's id; without `neighbours` there is only this one."""

    def __init__(self, name: str, sockets: SocketRegistry, neighbours: Neighbours | None = None) -> None:
        self.name = name
        self._sockets = sockets
        self._neighbours = neighbours

    def new_connection_id(self) -> str:
        """An id that nobody can guess and that tells where the socket is."""
        return f"{self.name}{SEPARATOR}{secrets.token_urlsafe(16)}"

    async def welcome(self, connection_id: str, text: str, close: int | None = None) -> None:
        """Send a client of this process its first message."""
        await self._sockets.welcome(connection_id, text, close)

    async def post(self, connection_id: str, text: str) -> None:
        """Hand one message over; raises `Gone` or `Busy`."""
        process = process_of(connection_id)
        if self._neighbours is None or process == self.name:
            await self._sockets.post(connection_id, text)
        elif await self._neighbours.post(process, (connection_id,), text):
            raise Gone

    async def close(self, connection_id: str, code: int) -> None:
        """Close a connection after the messages before."""
        process = process_of(connection_id)
        if self._neighbours is None or process == self.name:
            await self._sockets.close(connection_id, code)
        else:
            await self._neighbours.end(process, connection_id, code)

    async def absent(self, connection_ids: Iterable[str]) -> set[str]:
        """Those of the connections that have no socket in any process; one that has stopped still has its own."""
        found: set[str] = set()
        for process, ids in _by_process(connection_ids).items():
            if process == self.name:
                found.update(each for each in ids if each not in self._sockets)
            elif self._neighbours is None:
                found.update(ids)
            else:
                with suppress(TimeoutError):
                    found |= await self._neighbours.absent(process, ids)
        return found


def _by_process(connection_ids: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in connection_ids:
        found.setdefault(process_of(each), []).append(each)
    return found
