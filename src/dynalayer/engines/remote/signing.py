"""Signature Version 4 for DynamoDB's one kind of request, a POST of JSON to "/" (IAM guide, "Signing API requests")."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Sequence
from typing import Final

from dynalayer.engines.remote.credentials import Credentials
from dynalayer.protocol import STREAM_OPERATIONS

_TARGET: Final = "DynamoDB_20120810."
_STREAMS_TARGET: Final = "DynamoDBStreams_20120810."


def canonical_request(path: str, query: str, headers: Sequence[tuple[str, str]], digest: str) -> str:
    """The text of a POST that is signed; `headers` are those signed, in lower case, `digest` the body's SHA-256."""
    lines = "".join([f"{name}:{value}\n" for name, value in headers])
    return f"POST\n{path}\n{query}\n{lines}\n{';'.join([name for name, _ in headers])}\n{digest}"


def signing_key(secret: str, day: str, region: str) -> bytes:
    """The key that a secret gives for one day and region."""
    key = f"AWS4{secret}".encode()
    for part in (day, region, "dynamodb", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def signature(key: bytes, stamp: str, scope: str, request: str) -> str:
    """The signature of a canonical request, made at `stamp` for that scope."""
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    return hmac.digest(key, text.encode(), "sha256").hex()


class Signer:
    """Signs requests for one host and region; the day's key is derived once a day."""

    def __init__(self, host: str, region: str, credentials: Credentials) -> None:
        self._host = host
        self._region = region
        self._credentials = credentials
        self._day = ""
        self._key = b""
        token = "" if credentials.token is None else ";x-amz-security-token"
        self._signed = f"content-type;host;x-amz-date{token};x-amz-target"

    def headers(self, operation: str, body: bytes, now: float | None = None) -> dict[str, str]:
        """The headers of a call, with its signature; `now` is in seconds since 1970."""
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
        headers = {
            "Content-Type": "application/x-amz-json-1.0",
            "Host": self._host,
            "X-Amz-Date": stamp,
            "X-Amz-Target": (_STREAMS_TARGET if operation in STREAM_OPERATIONS else _TARGET) + operation,
        }
        if self._credentials.token is not None:
            headers["X-Amz-Security-Token"] = self._credentials.token
        headers["Authorization"] = self._authorization(stamp, headers, body)
        return headers

    def _authorization(self, stamp: str, headers: dict[str, str], body: bytes) -> str:
        signed = sorted([(name.lower(), value) for name, value in headers.items()])
        request = canonical_request("/", "", signed, hashlib.sha256(body).hexdigest())
        scope = f"{stamp[:8]}/{self._region}/dynamodb/aws4_request"
        return (
            f"AWS4-HMAC-SHA256 Credential={self._credentials.key_id}/{scope}, "
            f"SignedHeaders={self._signed}, Signature={signature(self._key_of(stamp[:8]), stamp, scope, request)}"
        )

    def _key_of(self, day: str) -> bytes:
        if day != self._day:
            # The key first: a thread that sees the new day must not find the old key.
            self._key = signing_key(self._credentials.secret, day, self._region)
            self._day = day
        return self._key
