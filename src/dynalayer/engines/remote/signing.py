"""Signature Version 4 for DynamoDB's one kind of request, a POST of JSON to "/" (IAM guide, "Signing API requests")."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from hashlib import sha256
from hmac import digest as hmac_digest
from typing import Final

from dynalayer.engines.remote.identity.credentials import Credentials
from dynalayer.protocol import STREAM_OPERATIONS

_TARGET: Final = "DynamoDB_20120810."
_STREAMS_TARGET: Final = "DynamoDBStreams_20120810."
_JSON: Final = "application/x-amz-json-1.0"
_TEMPLATES: Final = 128
"""More operations than the API has: a caller who makes up names must not fill the memory."""


def canonical_request(path: str, query: str, headers: Sequence[tuple[str, str]], digest: str) -> str:
    """The text of a POST that is signed; `headers` are those signed, in lower case, `digest` the body's SHA-256."""
    lines = "".join([f"{name}:{value}\n" for name, value in headers])
    return f"POST\n{path}\n{query}\n{lines}\n{';'.join([name for name, _ in headers])}\n{digest}"


def signing_key(secret: str, day: str, region: str) -> bytes:
    """The key that a secret gives for one day and region."""
    key = f"AWS4{secret}".encode()
    for part in (day, region, "dynamodb", "aws4_request"):
        key = hmac_digest(key, part.encode(), "sha256")
    return key


def signature(key: bytes, stamp: str, scope: str, request: str) -> str:
    """The signature of a canonical request, made at `stamp` for that scope."""
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{sha256(request.encode()).hexdigest()}"
    return hmac_digest(key, text.encode(), "sha256").hex()


class _Second:
    """What all requests that one signer signs within a second have in common; immutable but for its templates."""

    __slots__ = ("credentials", "key", "number", "prefix", "region", "scope", "stamp", "templates")

    def __init__(self, number: int, region: str, credentials: Credentials, before: _Second | None) -> None:
        self.number = number
        self.region = region
        self.credentials = credentials
        self.stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(number))
        self.scope = f"{self.stamp[:8]}/{region}/dynamodb/aws4_request"
        known = before is not None and before.credentials is credentials and before.scope == self.scope
        self.key: bytes = before.key if before and known else signing_key(credentials.secret, self.stamp[:8], region)
        self.prefix = f"AWS4-HMAC-SHA256\n{self.stamp}\n{self.scope}\n"
        self.templates: dict[str, tuple[str, str]] = {}


class Signer:
    """Makes the requests for one host and region, signed; safe to share among threads.

    `line` is the request's target: "/", or the whole URL where a proxy forwards it. `lines` are further lines of the
    head, unsigned. `clock` gives seconds since 1970; the service takes signatures that are at most 15 minutes off
    (IAM guide, "Signing API requests"). A day's key is derived once, a second's texts are made once. `skew` is how many
    seconds the service's clock is ahead.
    """

    def __init__(
        self,
        host: str,
        region: str,
        *,
        line: str = "/",
        lines: Sequence[str] = (),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._host = host
        self._region = region
        self._clock = clock
        self._line = line
        self._lines = "".join([f"{line}\r\n" for line in lines])
        self._second: _Second | None = None
        self.skew = 0.0

    def set_clock(self, served_at: float | None) -> None:
        """Sign from now on by the service's clock, which showed this moment just now; None is no news."""
        if served_at is not None:
            self.skew = served_at - self._clock()

    def request(self, operation: str, body: bytes, credentials: Credentials | None) -> bytes:
        """A whole request as it goes over the wire; without credentials it is not signed."""
        if credentials is None:
            return f"{self._head(operation)}Content-Length: {len(body)}\r\n\r\n".encode() + body
        number = int(self._clock() + self.skew)
        second = self._second
        if second is None or second.number != number or second.credentials is not credentials:
            # Replaced as a whole: a thread sees one second's texts or the other's, never a mixture.
            second = self._second = _Second(number, self._region, credentials, second)
        head, canonical = second.templates.get(operation) or self._template(second, operation)
        request = (canonical + sha256(body).hexdigest()).encode()
        signed = hmac_digest(second.key, (second.prefix + sha256(request).hexdigest()).encode(), "sha256").hex()
        return f"{head}{signed}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body

    def _head(self, operation: str) -> str:
        return (
            f"POST {self._line} HTTP/1.1\r\nHost: {self._host}\r\nContent-Type: {_JSON}\r\n"
            f"X-Amz-Target: {_target(operation)}\r\n{self._lines}"
        )

    def _template(self, second: _Second, operation: str) -> tuple[str, str]:
        token = second.credentials.token
        signed = [("content-type", _JSON), ("host", self._host), ("x-amz-date", second.stamp)]
        if token is not None:
            signed.append(("x-amz-security-token", token))
        signed.append(("x-amz-target", _target(operation)))
        head = (
            f"{self._head(operation)}X-Amz-Date: {second.stamp}\r\n"
            f"{'' if token is None else f'X-Amz-Security-Token: {token}{_END}'}"
            f"Authorization: AWS4-HMAC-SHA256 Credential={second.credentials.key_id}/{second.scope}, "
            f"SignedHeaders={';'.join([name for name, _ in signed])}, Signature="
        )
        template = head, canonical_request("/", "", signed, "")
        if len(second.templates) < _TEMPLATES:
            second.templates[operation] = template
        return template


_END: Final = "\r\n"


def _target(operation: str) -> str:
    return (_STREAMS_TARGET if operation in STREAM_OPERATIONS else _TARGET) + operation
