"""What the handlers need of the world around them, so that they run behind Starlette and behind API Gateway alike."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import msgspec

Message = dict[str, Any]
"""One message of the wire contract, before it is text."""


NORMAL_CLOSURE: Final = 1000
"""The session is over for this client."""

GOING_AWAY: Final = 1001
"""The connection is over, not the session: the client was silent, or the server stops."""

POLICY_VIOLATION: Final = 1008
"""The client was refused."""


class Gone(Exception):
    """The client is not there any more, and will not come back under this id."""


class Busy(Exception):
    """The message could not be taken just now; a little later it may."""


@dataclass(frozen=True, slots=True)
class SoundChunk:
    """What is told of a message that carries sound: whose it is, and how many bytes of PCM."""

    session_id: str
    size: int


class Poster(Protocol):
    """Sends to clients by the id of their connection."""

    async def welcome(self, connection_id: str, text: str, close: int | None = None) -> None:
        """Send a client its first message, and close with the code `close` if it was refused.

        On API Gateway this happens after connect has returned, since nothing can be posted before. What was posted
        meanwhile follows. Raises `Gone` or `Busy`.
        """
        ...

    async def post(self, connection_id: str, text: str) -> None:
        """Hand one message over; raises `Gone` or `Busy`, and must not wait for a slow client."""
        ...

    async def post_many(
        self, connection_ids: Sequence[str], text: str, turns: asyncio.Semaphore, *, sound: SoundChunk | None = None
    ) -> dict[str, Exception]:
        """Hand one message to many; gives those that did not take it, with the error that `post` raises.

        What has to wait for another machine holds one of `turns` while it is under way. A message with
        `sound` may be dropped for a client that has too much sound waiting, the oldest first.
        """
        ...

    async def close(self, connection_id: str, code: int) -> None:
        """Close the connection after the messages handed over before; does nothing if it is gone."""
        ...


def to_text(message: Message) -> str:
    """A message as it goes over the wire."""
    return msgspec.json.encode(message).decode()


async def post_each(
    post: Callable[[str], Awaitable[object]], connection_ids: Sequence[str], turns: asyncio.Semaphore
) -> dict[str, Exception]:
    """`post_many` for a poster that waits for each client: as many at once as `turns` allow."""
    refusals: dict[str, Exception] = {}

    async def one(connection_id: str) -> None:
        async with turns:
            try:
                await post(connection_id)
            except Exception as error:
                refusals[connection_id] = error

    await asyncio.gather(*(one(each) for each in connection_ids))
    return refusals
