"""DynamoDB, or whatever speaks its API, over HTTP: signed calls on connections that are kept open."""

from __future__ import annotations

import asyncio
import http.client
import select
import ssl
import zlib
from collections import deque
from typing import Final, Self
from urllib.parse import urlsplit

from dynalayer.engines.remote.credentials import Credentials, find
from dynalayer.engines.remote.signing import Signer
from dynalayer.protocol import STREAM_OPERATIONS, ConnectionLost, from_wire

_SILENCE: Final = (OSError, http.client.HTTPException)


class RemoteConnection:
    """Answers DynamoDB API calls by sending them to a service; safe to share among threads.

    `endpoint` is a URL; without one, DynamoDB's own in `region` is meant. `timeout` is in seconds, for each wait on
    the network. Errors of the API are raised as `ServiceError`; `ConnectionLost` when no answer came.
    """

    def __init__(
        self,
        endpoint: str | None = None,
        region: str = "us-east-1",
        credentials: Credentials | None = None,
        timeout: float = 10.0,
    ) -> None:
        url = urlsplit(endpoint or f"https://dynamodb.{region}.amazonaws.com")
        if url.scheme not in ("http", "https") or not url.hostname:
            raise ValueError(f"{endpoint} is not the URL of a DynamoDB endpoint")
        self._host = url.hostname
        self._port = url.port
        self._timeout = timeout
        self._tls = ssl.create_default_context() if url.scheme == "https" else None
        self._idle: deque[http.client.HTTPConnection] = deque()
        self._closed = False
        self._signer = Signer(url.netloc.rpartition("@")[2], region, credentials or find(url.hostname))
        # The service answers for streams on a host of their own; all others that speak its API on one (AWS reference,
        # "DynamoDB endpoints and quotas").
        own = url.hostname.startswith("dynamodb.") and ".amazonaws.com" in url.hostname
        streams = f"https://streams.{url.hostname}"
        self._streams = RemoteConnection(streams, region, credentials, timeout) if own else None

    def call(self, operation: str, body: bytes) -> bytes:
        """Answer one API call; raises a `ServiceError` for every error that the API answers with."""
        if self._streams is not None and operation in STREAM_OPERATIONS:
            return self._streams.call(operation, body)
        status, answer = self._exchange(body, self._signer.headers(operation, body))
        if status != 200:
            raise from_wire(status, answer)
        return answer

    def _exchange(self, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        connection = self._connection()
        try:
            connection.request("POST", "/", body, headers)
            response = connection.getresponse()
            answer = response.read()
            checksum = response.getheader("x-amz-crc32")
            if checksum is not None and int(checksum) != zlib.crc32(answer):
                raise http.client.HTTPException("the answer does not match its checksum")
        except _SILENCE as error:
            connection.close()
            raise ConnectionLost(f"no answer from {self._host}: {error or type(error).__name__}") from error
        except BaseException:
            connection.close()
            raise
        self._give_back(connection)
        return response.status, answer

    def _connection(self) -> http.client.HTTPConnection:
        if self._closed:
            raise ConnectionLost("the connection has been closed")
        while self._idle:
            try:
                connection = self._idle.pop()
            except IndexError:
                break
            if connection.sock is not None and not _stale(connection):
                return connection
            connection.close()
        if self._tls is None:
            return http.client.HTTPConnection(self._host, self._port, timeout=self._timeout)
        return http.client.HTTPSConnection(self._host, self._port, timeout=self._timeout, context=self._tls)

    def _give_back(self, connection: http.client.HTTPConnection) -> None:
        if self._closed:
            connection.close()
        else:
            self._idle.append(connection)

    def close(self) -> None:
        """Close all idle connections; later calls fail."""
        self._closed = True
        if self._streams is not None:
            self._streams.close()
        while self._idle:
            self._idle.pop().close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _stale(connection: http.client.HTTPConnection) -> bool:
    """Whether the other side has closed: an idle connection has nothing to read but its end."""
    readable, _, _ = select.select([connection.sock], [], [], 0)
    return bool(readable)


class AsyncRemoteConnection:
    """The awaited twin of `RemoteConnection`; its calls wait in threads."""

    def __init__(
        self,
        endpoint: str | None = None,
        region: str = "us-east-1",
        credentials: Credentials | None = None,
        timeout: float = 10.0,
    ) -> None:
        self._connection = RemoteConnection(endpoint, region, credentials, timeout)

    async def call(self, operation: str, body: bytes) -> bytes:
        """Answer one API call; see `RemoteConnection.call`."""
        return await asyncio.to_thread(self._connection.call, operation, body)

    async def close(self) -> None:
        """Close all idle connections; later calls fail."""
        self._connection.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()
