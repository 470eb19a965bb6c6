"""Signature Version 4 for DynamoDB's one kind of request, a POST of JSON to "/" (IAM guide, "Signing API requests")."""

from __future__ import annotations

import hashlib
import hmac
import time
from typing import Final

from dynalayer.engines.remote.credentials import Credentials

_TARGET: Final = "DynamoDB_20120810."


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
            "X-Amz-Target": _TARGET + operation,
        }
        if self._credentials.token is not None:
            headers["X-Amz-Security-Token"] = self._credentials.token
        headers["Authorization"] = self._authorization(stamp, headers, body)
        return headers

    def _authorization(self, stamp: str, headers: dict[str, str], body: bytes) -> str:
        lines = "".join(sorted(f"{name.lower()}:{value}\n" for name, value in headers.items()))
        request = f"POST\n/\n\n{lines}\n{self._signed}\n{hashlib.sha256(body).hexdigest()}"
        scope = f"{stamp[:8]}/{self._region}/dynamodb/aws4_request"
        digest = hashlib.sha256(request.encode()).hexdigest()
        text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{digest}"
        signature = hmac.digest(self._key_of(stamp[:8]), text.encode(), "sha256").hex()
        return (
            f"AWS4-HMAC-SHA256 Credential={self._credentials.key_id}/{scope}, "
            f"SignedHeaders={self._signed}, Signature={signature}"
        )

    def _key_of(self, day: str) -> bytes:
        if day != self._day:
            key = f"AWS4{self._credentials.secret}".encode()
            for part in (day, self._region, "dynamodb", "aws4_request"):
                key = hmac.digest(key, part.encode(), "sha256")
            # The key first: a thread that sees the new day must not find the old key.
            self._key = key
            self._day = day
        return self._key
