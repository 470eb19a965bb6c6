"""What the handlers need of the world around them, so that they run behind Starlette and behind API Gateway alike."""

from __future__ import annotations

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

    async def close(self, connection_id: str, code: int) -> None:
        """Close the connection after the messages handed over before; does nothing if it is gone."""
        ...


def to_text(message: Message) -> str:
    """A message as it goes over the wire."""
    return msgspec.json.encode(message).decode()
