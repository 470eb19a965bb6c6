"""The seam of the whole library: one DynamoDB API call, request and response as its JSON."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Final, Protocol

STREAM_OPERATIONS: Final = frozenset({"ListStreams", "DescribeStream", "GetShardIterator", "GetRecords"})
"""The operations of the DynamoDB Streams API, which has a target prefix and, with the service, a host of its own."""


REQUEST_IDS: Final[ContextVar[list[str] | None]] = ContextVar("dynalayer_request_ids", default=None)
"""Where a connection notes what the service calls the request that it has answered, if anybody wants to know."""


class Connection(Protocol):
    """Something that answers DynamoDB API calls: an embedded engine, a remote service, a fault injector."""

    def call(self, operation: str, body: bytes) -> bytes:
        """Answer one API call.

        `operation` is the API's name ("GetItem"), `body` its JSON request; the result is its JSON response.
        Raises a `ServiceError` for every error the API answers with, and `ConnectionLost` when no answer came.
        """
        ...

    def close(self) -> None:
        """Release files and sockets; later calls fail."""
        ...


def takes_within(connection: object) -> bool:
    """True if a connection's `call` takes `within`, the seconds that one call may last, besides."""
    from inspect import signature  # for databases with a deadline alone

    return "within" in signature(getattr(connection, "call", takes_within)).parameters


class AsyncConnection(Protocol):
    """The awaited twin of `Connection`."""

    async def call(self, operation: str, body: bytes) -> bytes:
        """Answer one API call; see `Connection.call`."""
        ...

    async def close(self) -> None:
        """Release files and sockets; later calls fail."""
        ...
