"""Posting to a client wherever its socket is: in this process, or in another of this machine."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Iterable, Sequence
from contextlib import suppress

from live_translation.gateway.neighbours import SEPARATOR, Neighbours, process_of
from live_translation.gateway.registry import SocketRegistry
from live_translation.ports import Busy, Gone, SoundChunk


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

    async def post_many(
        self, connection_ids: Sequence[str], text: str, turns: asyncio.Semaphore, *, sound: SoundChunk | None = None
    ) -> dict[str, Exception]:
        """Hand one message to many, in one go for each process; gives those that did not take it, and why.

        Nothing here waits for another machine, so `turns` are left alone.
        """
        if self._neighbours is None:
            return await self._sockets.post_many(connection_ids, text, turns, sound=sound)
        refusals: dict[str, Exception] = {}
        elsewhere: list[Awaitable[dict[str, Exception]]] = []
        for process, ids in _by_process(connection_ids).items():
            if process == self.name:
                refusals = await self._sockets.post_many(ids, text, turns, sound=sound)
            else:
                elsewhere.append(_post(self._neighbours, process, ids, text, sound))
        for found in await asyncio.gather(*elsewhere):
            refusals.update(found)
        return refusals

    async def close(self, connection_id: str, code: int) -> None:
        """Close a connection after the messages before."""
        process = process_of(connection_id)
        if self._neighbours is None or process == self.name:
            await self._sockets.close(connection_id, code)
        else:
            # The clients of a process that has stopped cannot be closed; they learn of the end when it goes on.
            with suppress(TimeoutError, Busy):
                await self._neighbours.end(process, connection_id, code)

    async def absent(self, connection_ids: Iterable[str]) -> set[str]:
        """Those of the connections that have no socket in any process; one that has stopped still has its own.

        Nothing is said of ids that no process of a gateway has made: those of API Gateway's sockets are none of ours.
        """
        found: set[str] = set()
        for process, ids in _by_process(each for each in connection_ids if SEPARATOR in each).items():
            if process == self.name:
                found.update(each for each in ids if each not in self._sockets)
            elif self._neighbours is None:
                found.update(ids)
            else:
                with suppress(TimeoutError, Busy):
                    found |= await self._neighbours.absent(process, ids)
        return found


async def _post(
    neighbours: Neighbours, process: str, ids: Sequence[str], text: str, sound: SoundChunk | None
) -> dict[str, Exception]:
    try:
        gone = await neighbours.post(process, ids, text, sound=sound)
    except Exception as error:
        # Busy may pass; after anything else nobody knows who has it, and nobody is to get it twice.
        return dict.fromkeys(ids, error)
    return {each: Gone() for each in gone}


def _by_process(connection_ids: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in connection_ids:
        found.setdefault(process_of(each), []).append(each)
    return found
