"""Who may pass: the form of a signature is looked at here, what it proves in `authentication`."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from typing import Final, Protocol

from dynalayer.protocol import AccessDenied, messages
from dynalayer.server.requests import Request

_PARTS: Final = ("Credential", "Signature", "SignedHeaders")
_MARKS: Final = (b"Credential=", b"Signature=", b"SignedHeaders=")


class Gate(Protocol):
    """Decides whether a request may pass."""

    def check(self, request: Request) -> None:
        """Raise `AccessDenied` with the service's code for a request that may not."""
        ...


class Open:
    """Lets everybody pass, as DynamoDB Local does; a header that begins as a signature must be whole."""

    def check(self, request: Request) -> None:
        header = request.headers.get(b"authorization")
        if b"?" in request.path:
            refuse_both(request, header)
        if header is not None and header.startswith(b"AWS4-") and not all(part in header for part in _MARKS):
            text = header.decode("latin-1")
            check_complete(text, parts_of(text), request.headers)


def denied(code: str, message: str) -> AccessDenied:
    """The refusal with one of the service's codes."""
    return AccessDenied(message, code=code)


def parts_of(header: str) -> dict[str, str]:
    """The named parts of an Authorization header."""
    fields = header.partition(" ")[2].replace(" ", ",").split(",")
    return {name: value for name, _, value in (field.strip().partition("=") for field in fields) if name}


def check_complete(
    header: str, parts: Mapping[str, str], headers: Mapping[bytes, bytes], *, dated: bool = False
) -> None:
    """Refuse a signature that lacks a part; with `dated` also one without a date."""
    faults = [messages.SIGNATURE_PART.format(name) for name in _PARTS if not parts.get(name)]
    if (faults or dated) and b"x-amz-date" not in headers and b"date" not in headers:
        faults.append(messages.SIGNATURE_DATE)
    if faults:
        digest = b64encode(hashlib.sha256(header.encode()).digest()).decode()
        raise denied("IncompleteSignatureException", "".join(faults) + messages.SIGNATURE_HASHED.format(digest))


def refuse_both(request: Request, header: bytes | None) -> None:
    """Refuse a request that is signed in its header and in its address."""
    if header is not None and b"X-Amz-Algorithm=" in request.path:
        raise denied("InvalidSignatureException", messages.SIGNED_TWICE)
