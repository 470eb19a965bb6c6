"""The awaited twin of the connection over HTTP. A module of its own: a synchronous program need not load asyncio."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from typing import Self

from dynalayer.engines.remote.connection import signer_for
from dynalayer.engines.remote.endpoints import Endpoints, RemoteOptions
from dynalayer.engines.remote.identity.credentials import EXPIRED, Credentials, Provider
from dynalayer.engines.remote.identity.identity import endpoints_for, provider_for
from dynalayer.engines.remote.transport.answers import body_of
from dynalayer.engines.remote.transport.failures import CLOSED
from dynalayer.engines.remote.transport.pool import ConnectionLimits
from dynalayer.engines.remote.transport.reading import Answer
from dynalayer.engines.remote.transport.route import route_to
from dynalayer.engines.remote.transport.tasks import Lane
from dynalayer.protocol import STREAM_OPERATIONS, AccessDenied, ConnectionLost


class AsyncRemoteConnection:
    """The awaited twin of `RemoteConnection`, with the same arguments; it may be used in several event loops.

    The tasks of a loop have at most `limits.connections` connections; further calls wait for their turn, which counts
    for `timeout`. A task may be cancelled at any moment: whether its call takes effect is then not known.
    """

    def __init__(
        self,
        endpoint: str | Endpoints | None = None,
        region: str | None = None,
        credentials: Credentials | Provider | None = None,
        timeout: float = 10.0,
        *,
        limits: ConnectionLimits = ConnectionLimits(),  # noqa: B008 (immutable)
        gzip: bool = False,
        options: RemoteOptions = RemoteOptions(),  # noqa: B008 (immutable)
    ) -> None:
        endpoints = endpoints_for(endpoint, region, options)
        route = route_to(endpoints.url, os.environ)
        self._route = route
        self._timeout = timeout
        self._limits = limits
        self._provider = provider = provider_for(credentials, endpoints, options, os.environ)
        self._signer = signer_for(route, endpoints.region, gzip=gzip)
        self._lanes: dict[asyncio.AbstractEventLoop, Lane] = {}
        self._lane: Lane | None = None
        self._closed = False
        self.last_head: tuple[int, Mapping[bytes, bytes]] = (0, {})
        self._streams = (
            None
            if endpoints.streams is None
            else AsyncRemoteConnection(endpoints.for_streams(), None, provider, timeout, limits=limits, gzip=gzip)
        )

    async def call(self, operation: str, body: bytes, *, within: float | None = None) -> bytes:
        """Answer one API call; see `RemoteConnection.call`."""
        if self._streams is not None and operation in STREAM_OPERATIONS:
            told = await self._streams.call(operation, body, within=within)
            self.last_head = self._streams.last_head
            return told
        if self._closed:
            raise ConnectionLost(CLOSED, may_have_taken_effect=False)
        loop = asyncio.get_running_loop()
        lane = self._lane
        if lane is None or lane.loop is not loop:
            lane = self._enter(loop)
        seconds = self._timeout if within is None else min(within, self._timeout)
        until = loop.time() + seconds
        if (credentials := self._provider.ready()) is None:
            credentials = await self._provider.async_current(seconds)
            seconds = until - loop.time()
        request = self._signer.request(operation, body, credentials)
        try:
            return self._told(await lane.exchange(request, seconds))
        except AccessDenied as error:
            self._signer.set_clock(error.served_at)
            if error.code not in EXPIRED:
                raise
            if (renewed := await self._provider.async_renewed(credentials, seconds)) == credentials:
                raise
        request = self._signer.request(operation, body, renewed)
        return self._told(await lane.exchange(request, until - loop.time()))

    def _told(self, answer: Answer) -> bytes:
        told = body_of(answer, self._route.name, self._limits.answer_bytes)
        self.last_head = id(told), answer.headers
        return told

    def _enter(self, loop: asyncio.AbstractEventLoop) -> Lane:
        for other in [each for each in self._lanes if each.is_closed()]:
            del self._lanes[other]
        self._lane = self._lanes.setdefault(loop, Lane(self._route, self._limits, loop))
        return self._lane

    async def close(self) -> None:
        """Close all idle connections and wait for the calls under way; later calls fail."""
        self._closed = True
        if self._streams is not None:
            await self._streams.close()
        own = asyncio.get_running_loop()
        for loop, lane in tuple(self._lanes.items()):
            if loop is own:
                await lane.close()
            elif not loop.is_closed():
                loop.call_soon_threadsafe(lane.abandon)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()
