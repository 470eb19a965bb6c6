"""From a request to its answer: what the service looks at, in its order, before the operation itself."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Callable
from functools import lru_cache
from typing import Final

import msgspec

from dynalayer.engines.embedded import AsyncEmbeddedConnection
from dynalayer.protocol import (
    STREAM_OPERATIONS,
    SerializationError,
    ServiceError,
    ServiceUnavailable,
    UnknownOperation,
)
from dynalayer.server import answers
from dynalayer.server.answers import JSON, JSON_1_0, TEXT, Answers
from dynalayer.server.gates import Gate, Open
from dynalayer.server.limits import Limits
from dynalayer.server.origins import Origins, preflight
from dynalayer.server.requests import Request, TooLarge, unpacked

_log = logging.getLogger("dynalayer.server")

_TABLES: Final = b"DynamoDB_20120810."
_STREAMS: Final = b"DynamoDBStreams_20120810."
_KINDS: Final = {JSON_1_0: JSON_1_0, JSON: JSON}
_UNKNOWN_PAGE: Final = b"<UnknownOperationException/>\n"
_XML: Final = b"application/xml"
_FOREIGN_PAGE: Final = b"web pages of other machines may call only a server that has been given keys\n"

Outcome = bytes | asyncio.Future[bytes]
"""An answer to send, or the engine's answer to come, which `Service.finish` makes one of."""


class Service:
    """Answers requests by the engine; `label` names the database, `gate` checks signatures."""

    def __init__(
        self,
        engine: AsyncEmbeddedConnection,
        label: str,
        gate: Gate,
        clock: Callable[[], float],
        limits: Limits,
    ) -> None:
        self._engine = engine
        self._label = label
        self._gate = gate
        self._limits = limits
        self._origins = Origins(signed=not isinstance(gate, Open))
        self._answers = Answers(clock, limits.gzip_bytes)

    def answer(self, request: Request) -> Outcome:
        """Answer one request; raises nothing, whatever the request is."""
        kind = _KINDS.get(request.headers.get(b"content-type", b""))
        try:
            if self._origins.refuses(request):
                return self._answers.whole(request, b"403 Forbidden", TEXT, _FOREIGN_PAGE, b"Vary: Origin\r\n")
            if request.method != b"POST":
                return self._page(request)
            if kind is None:
                kind = _kind(request.headers.get(b"content-type", b""))
                if kind is None and request.body:
                    return self._not_the_api(request)
                kind = kind or JSON
            outcome = self._begin(request)
            return self._answers.result(request, kind, outcome) if isinstance(outcome, bytes) else outcome
        except Exception as error:
            return self._failed(request, kind or JSON, error)

    def finish(self, request: Request, outcome: asyncio.Future[bytes]) -> bytes:
        """The answer to a request whose outcome has come."""
        kind = _kind(request.headers.get(b"content-type", b"")) or JSON
        try:
            return self._answers.result(request, kind, outcome.result())
        except (Exception, asyncio.CancelledError) as error:
            return self._failed(request, kind, error)

    def _begin(self, request: Request) -> Outcome:
        operation = _operation(request.headers.get(b"x-amz-target", b""))
        if operation is None:
            raise UnknownOperation("") if answers.is_json(request.body or b"{}") else SerializationError("")
        self._gate.check(request)
        body = request.body
        coding = request.headers.get(b"content-encoding")
        if coding is not None:
            body = unpacked(body, coding, self._limits.body_bytes)
        return self._engine.begin(operation, body)

    def _failed(self, request: Request, kind: bytes, error: BaseException) -> bytes:
        if isinstance(error, TooLarge):
            return self._answers.whole(request, answers.BODY_TOO_LARGE, kind, b"")
        if not isinstance(error, ServiceError):
            _log_fault(request, error)
            error = ServiceUnavailable("Internal server error")
        return self._answers.error(request, kind, error)

    def _page(self, request: Request) -> bytes:
        if request.method == b"OPTIONS" and b"origin" in request.headers:
            return self._answers.whole(request, b"200 OK", TEXT, b"", preflight(request))
        path = request.path.partition(b"?")[0]
        if request.method in (b"GET", b"HEAD"):
            if path == b"/health":
                return self._health(request)
            if path == b"/":
                text = f"healthy: Dynalayer serves {self._label} by DynamoDB's API\n"
                return self._answers.result(request, TEXT, text.encode())
        return self._not_the_api(request)

    def _health(self, request: Request) -> bytes:
        try:
            self._engine.begin("ListTables", b'{"Limit":1}')
        except Exception as error:
            _log_fault(request, error)
            return self._answers.whole(request, b"503 Service Unavailable", JSON, b'{"status":"failing"}')
        state = {"status": "ok", "database": self._label}
        return self._answers.result(request, JSON, msgspec.json.encode(state))

    def _not_the_api(self, request: Request) -> bytes:
        return self._answers.whole(request, b"404 Not Found", _XML, _UNKNOWN_PAGE)


@lru_cache(256)
def _operation(target: bytes) -> str | None:
    """The operation that X-Amz-Target names; None for one of another API, or of the other half of this one."""
    for prefix, of_streams in ((_TABLES, False), (_STREAMS, True)):
        if target.startswith(prefix):
            name = target[len(prefix) :].decode("latin-1")
            return name if name.isalpha() and (name in STREAM_OPERATIONS) == of_streams else None
    return None


def _kind(content_type: bytes) -> bytes | None:
    return _KINDS.get(content_type.partition(b";")[0].strip().lower())


def _log_fault(request: Request, error: BaseException) -> None:
    """Say what failed and where; never the error's own text, which may hold parts of an item."""
    target = request.headers.get(b"x-amz-target", b"").decode("latin-1")
    where = "".join(traceback.format_tb(error.__traceback__))
    _log.error(
        "%s failed with %s\n%s", _operation(target.encode("latin-1")) or "a request", type(error).__name__, where
    )
