"""DynamoDB, or whatever speaks its API, over HTTP: signed calls on connections that are kept open."""

from __future__ import annotations

import os
from collections.abc import Mapping
from time import monotonic
from typing import Final, Self
from weakref import WeakSet

from dynalayer.engines.remote.endpoints import Endpoints, RemoteOptions
from dynalayer.engines.remote.identity.credentials import EXPIRED, Credentials, Provider
from dynalayer.engines.remote.identity.identity import endpoints_for, provider_for
from dynalayer.engines.remote.signing import Signer
from dynalayer.engines.remote.transport.answers import body_of
from dynalayer.engines.remote.transport.failures import CLOSED
from dynalayer.engines.remote.transport.pool import ConnectionLimits, Pool
from dynalayer.engines.remote.transport.route import Route, route_to
from dynalayer.engines.remote.transport.threads import Link, connect
from dynalayer.protocol import STREAM_OPERATIONS, AccessDenied, ConnectionLost

GZIP: Final = "Accept-Encoding: gzip"


def signer_for(route: Route, region: str, *, gzip: bool) -> Signer:
    """The signer of the requests that go that way."""
    lines = ("User-Agent: dynalayer", *route.lines, *((GZIP,) if gzip else ()))
    return Signer(route.authority, region, line=route.line, lines=lines)


class RemoteConnection:
    """Answers DynamoDB API calls by sending them to a service; safe to share among threads.

    `endpoint` is a URL; without one, DynamoDB's own in `region` is meant, or else in the environment's. Without
    `credentials` they are looked for along AWS's chain, and renewed before they expire; a call that the service refuses
    because they have expired is made once more with others. When it refuses a signature because of its moment, requests
    are signed by its clock from then on (the executors make such a call once more). `options` choose among AWS's
    endpoints.

    `timeout` is how many seconds a call may take from its start to its whole answer, a new connection included; only
    the look-up of a host's name cannot be cut off. With `gzip` the service may pack its answers: less to transfer, and
    more to compute. `limits` bound connections.

    Certificates are always verified, against AWS_CA_BUNDLE, REQUESTS_CA_BUNDLE or SSL_CERT_FILE where the environment
    names one; proxies are those of HTTPS_PROXY, HTTP_PROXY and NO_PROXY. Errors of the API are raised as
    `ServiceError`; `ConnectionLost`, which tells whether the call may have taken effect, when no answer came.
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
        self._pool: Pool[Link] = Pool(limits)
        self._closed = False
        self.last_head: tuple[int, Mapping[bytes, bytes]] = (0, {})
        self._streams = (
            None
            if endpoints.streams is None
            else RemoteConnection(endpoints.for_streams(), None, provider, timeout, limits=limits, gzip=gzip)
        )
        _pools.add(self)

    def call(self, operation: str, body: bytes, *, within: float | None = None) -> bytes:
        """Answer one API call; raises a `ServiceError` for every error that the API answers with.

        `within` bounds this call's seconds further than the connection's `timeout` does.
        """
        if self._streams is not None and operation in STREAM_OPERATIONS:
            told = self._streams.call(operation, body, within=within)
            self.last_head = self._streams.last_head
            return told
        seconds = self._timeout if within is None else min(within, self._timeout)
        until = monotonic() + seconds
        credentials = self._provider.ready() or self._provider.current(seconds)
        try:
            return self._answer(operation, body, credentials, seconds, until)
        except AccessDenied as error:
            self._signer.set_clock(error.served_at)
            if error.code not in EXPIRED or (renewed := self._provider.renewed(credentials, seconds)) == credentials:
                raise
        return self._answer(operation, body, renewed, seconds, until)

    def _answer(self, operation: str, body: bytes, credentials: Credentials, seconds: float, until: float) -> bytes:
        request = self._signer.request(operation, body, credentials)
        link = self._link(monotonic(), until)
        try:
            answer = link.exchange(request, seconds, until)
        except BaseException:
            link.close()
            raise
        if link.reusable:
            self._pool.give(link, monotonic())
        else:
            link.close()
        told = body_of(answer, self._route.name, self._limits.answer_bytes)
        self.last_head = id(told), answer.headers
        return told

    def _link(self, now: float, until: float) -> Link:
        if self._closed:
            raise ConnectionLost(CLOSED, may_have_taken_effect=False)
        while (link := self._pool.take(now)) is not None:
            if not link.stale():
                return link
            link.close()
        return connect(self._route, self._limits, until)

    def forked(self) -> None:
        """Let go of the idle connections in a child process: the parent goes on using them."""
        self._pool.clear()

    def close(self) -> None:
        """Close all idle connections; calls under way close theirs when they end, later calls fail."""
        self._closed = True
        if self._streams is not None:
            self._streams.close()
        self._pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


_pools: WeakSet[RemoteConnection] = WeakSet()


def _forked() -> None:
    for connection in tuple(_pools):
        connection.forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
