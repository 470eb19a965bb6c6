"""Answers as bytes: the head with checksum and request id, and the body, packed where that was asked for."""

from __future__ import annotations

import itertools
import os
import time
import zlib
from base64 import b32encode
from collections.abc import Callable
from typing import Final

import msgspec

from dynalayer.protocol import ServiceError
from dynalayer.server.origins import ALLOWED
from dynalayer.server.requests import Request

JSON_1_0: Final = b"application/x-amz-json-1.0"
JSON: Final = b"application/json"
TEXT: Final = b"text/plain; charset=utf-8"

CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
BAD_REQUEST: Final = b"400 Bad Request"
TOO_SLOW: Final = b"408 Request Timeout"
BODY_TOO_LARGE: Final = b"413 Request Entity Too Large"
HEAD_TOO_LARGE: Final = b"431 Request Header Fields Too Large"
_STATUS: Final = {400: BAD_REQUEST, 500: b"500 Internal Server Error", 503: b"503 Service Unavailable"}

_OK: Final = (
    b"HTTP/1.1 200 OK\r\nServer: Dynalayer\r\nDate: %b\r\nContent-Type: %b\r\nContent-Length: %d\r\n"
    b"x-amz-crc32: %d\r\nx-amzn-RequestId: %b\r\n\r\n"
)
_ANY: Final = (
    b"HTTP/1.1 %b\r\nServer: Dynalayer\r\nDate: %b\r\nContent-Type: %b\r\nContent-Length: %d\r\n"
    b"x-amz-crc32: %d\r\nx-amzn-RequestId: %b\r\n%b\r\n"
)
_REFUSAL: Final = b"HTTP/1.1 %b\r\nServer: Dynalayer\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Answers:
    """Makes answers; `clock` gives seconds since 1970, `packed_from` the least size that is worth packing."""

    def __init__(self, clock: Callable[[], float], packed_from: int) -> None:
        self._clock = clock
        self._packed_from = packed_from
        self._second = -1
        self._date = b""
        # Ids have the service's 52 letters and digits: 32 that tell processes apart, and a count.
        self._prefix = b32encode(os.urandom(20))
        self._count = itertools.count()

    def result(self, request: Request, kind: bytes, body: bytes) -> bytes:
        """The answer 200 with a body of that content type."""
        headers = request.headers
        if not request.keep_alive or request.is_old or b"accept-encoding" in headers or b"origin" in headers:
            return self.whole(request, b"200 OK", kind, body)
        return _OK % (self._today(), kind, len(body), zlib.crc32(body), self._id()) + body

    def error(self, request: Request, kind: bytes, error: ServiceError) -> bytes:
        """An error in the API's own form; the service leaves the message out where it has none."""
        wire = error.to_wire()
        if not error.message:
            wire = {name: value for name, value in wire.items() if name.lower() != "message"}
        return self.whole(request, _STATUS.get(error.status, BAD_REQUEST), kind, msgspec.json.encode(wire))

    def whole(self, request: Request, status: bytes, kind: bytes, body: bytes, more: bytes = b"") -> bytes:
        """Any answer to a request that could be read; `more` are lines of its head."""
        if not more and b"origin" in request.headers:
            more = ALLOWED
        if len(body) >= self._packed_from and request.accepts_gzip():
            # The service's checksum is of the bytes that are sent.
            body = _packed(body)
            more += b"Content-Encoding: gzip\r\n"
        if not request.keep_alive:
            more += b"Connection: close\r\n"
        elif request.is_old:
            more += b"Connection: keep-alive\r\n"
        head = _ANY % (status, self._today(), kind, len(body), zlib.crc32(body), self._id(), more)
        return head if request.method == b"HEAD" else head + body

    def _today(self) -> bytes:
        second = int(self._clock())
        if second != self._second:
            self._second = second
            self._date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(second)).encode()
        return self._date

    def _id(self) -> bytes:
        return b"%b%020d" % (self._prefix, next(self._count))


def refusal(status: bytes) -> bytes:
    """The last answer on a connection, to what could not be read as a request."""
    return _REFUSAL % status


def is_json(body: bytes) -> bool:
    """Whether a body is JSON at all; the service looks at that before it looks at the operation."""
    try:
        msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


def _packed(body: bytes) -> bytes:
    stream = zlib.compressobj(1, zlib.DEFLATED, 31)
    return stream.compress(body) + stream.flush()
