"""Signatures of version 4 held against one access key."""

from __future__ import annotations

import calendar
import hashlib
import hmac
import time
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import parse_qsl, quote

from dynalayer.engines.remote import Credentials, canonical_request, signature, signing_key
from dynalayer.protocol import messages
from dynalayer.server.gates import check_complete, denied, parts_of, refuse_both
from dynalayer.server.requests import Request

SKEW_SECONDS: Final = 15 * 60
_ALGORITHM: Final = "AWS4-HMAC-SHA256"
_SERVICE: Final = "dynamodb"
_TERMINATOR: Final = "aws4_request"


class Signed:
    """Lets those pass who sign with one access key, within fifteen minutes of `clock` (seconds since 1970).

    See the IAM guide, "Signature Version 4 for API requests". Presigned URLs are not taken.
    """

    def __init__(self, credentials: Credentials, clock: Callable[[], float]) -> None:
        self._credentials = credentials
        self._clock = clock
        self._keys: dict[tuple[str, str], bytes] = {}

    def check(self, request: Request) -> None:
        header = request.headers.get(b"authorization", b"")
        refuse_both(request, header or None)
        if not header.startswith(b"AWS4-"):
            raise denied("MissingAuthenticationTokenException", messages.TOKEN_MISSING)
        text = header.decode("latin-1")
        parts = parts_of(text)
        check_complete(text, parts, request.headers, dated=True)
        stamp = self._stamp(request.headers)
        names = parts["SignedHeaders"].split(";")
        _check_names(names)
        if text.partition(" ")[0] != _ALGORITHM:
            raise denied("IncompleteSignatureException", messages.ALGORITHM.format(text.partition(" ")[0]))
        key_id, day, region = _scope(parts["Credential"], stamp)
        if not hmac.compare_digest(key_id.encode(), self._credentials.key_id.encode()):
            raise denied("UnrecognizedClientException", messages.TOKEN_INVALID)
        expected = self._signature(request, names, stamp, day, region)
        if not hmac.compare_digest(expected.encode(), parts["Signature"].encode()):
            raise denied("InvalidSignatureException", messages.SIGNATURE_WRONG)
        if request.headers.get(b"x-amz-security-token", b"") != (self._credentials.token or "").encode():
            raise denied("UnrecognizedClientException", messages.TOKEN_INVALID)

    def _stamp(self, headers: Mapping[bytes, bytes]) -> str:
        stamp = headers.get(b"x-amz-date", headers.get(b"date", b"")).decode("latin-1")
        try:
            moment = calendar.timegm(time.strptime(stamp, "%Y%m%dT%H%M%SZ"))
        except ValueError:
            raise denied("IncompleteSignatureException", messages.DATE_FORM.format(stamp)) from None
        now = self._clock()
        if abs(now - moment) > SKEW_SECONDS:
            text = messages.SIGNATURE_EXPIRED if moment < now else messages.SIGNATURE_EARLY
            edge = now - SKEW_SECONDS if moment < now else now + SKEW_SECONDS
            raise denied("InvalidSignatureException", text.format(stamp, _basic(edge), _basic(now)))
        return stamp

    def _signature(self, request: Request, names: list[str], stamp: str, day: str, region: str) -> str:
        path, _, query = request.path.decode("latin-1").partition("?")
        headers = [(name, request.headers.get(name.encode("latin-1"), b"").decode("latin-1")) for name in names]
        text = canonical_request(
            _canonical_path(path), _canonical_query(query), headers, hashlib.sha256(request.body).hexdigest()
        )
        key = self._keys.get((day, region))
        if key is None:
            if len(self._keys) > 8:
                self._keys.clear()
            key = self._keys[day, region] = signing_key(self._credentials.secret, day, region)
        return signature(key, stamp, f"{day}/{region}/{_SERVICE}/{_TERMINATOR}", text)


def _check_names(names: list[str]) -> None:
    """Refuse a signature that leaves out where the request goes or what it asks for."""
    for wanted in ("Host", "X-Amz-Target"):
        if wanted.lower() not in names:
            raise denied("InvalidSignatureException", messages.HEADER_UNSIGNED.format(wanted))


def _scope(credential: str, stamp: str) -> tuple[str, str, str]:
    fields = credential.rstrip("/").split("/")
    if len(fields) != 5:
        raise denied("IncompleteSignatureException", messages.CREDENTIAL_FORM.format(credential))
    key_id, day, region, service, terminator = fields
    faults = ""
    if service != _SERVICE:
        faults += messages.SCOPE_SERVICE.format(_SERVICE)
    if terminator != _TERMINATOR:
        faults += messages.SCOPE_TERMINATOR.format(_TERMINATOR, terminator)
    if day != stamp[:8]:
        faults += messages.SCOPE_DATE.format(day, stamp[:8], stamp)
    if faults:
        raise denied("InvalidSignatureException", faults)
    return key_id, day, region


def _basic(moment: float) -> str:
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(moment))


def _canonical_path(path: str) -> str:
    return path or "/"


def _canonical_query(query: str) -> str:
    if not query:
        return ""
    pairs = sorted(
        (quote(name, safe="-_.~"), quote(value, safe="-_.~"))
        for name, value in parse_qsl(query, keep_blank_values=True)
    )
    return "&".join(f"{name}={value}" for name, value in pairs)
