"""The seam of the whole library: one DynamoDB API call, request and response as its JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol, runtime_checkable

STREAM_OPERATIONS: Final = frozenset({"ListStreams", "DescribeStream", "GetShardIterator", "GetRecords"})
"""The operations of the DynamoDB Streams API, which has a target prefix and, with the service, a host of its own."""


@runtime_checkable
class NamesRequests(Protocol):
    """A connection to a service that names the requests which it answers."""

    last_head: tuple[int, Mapping[bytes, bytes]]
    """The identity of the answer that came last, as `id()` tells it, and the head that came with it: read at once, and
    compared with the answer that came, as other threads share the connection."""


REQUEST_ID: Final = b"x-amzn-RequestId"
"""The header with the service's name for a request (developer guide, "HTTP headers")."""


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
