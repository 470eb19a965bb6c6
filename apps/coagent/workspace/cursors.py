"""Signed places in what is merged of several queries, for which the library's own cursors cannot stand."""

from __future__ import annotations

import base64
import hmac
from typing import Any, Final

import msgspec

from dynalayer import InvalidValue

_VERSION: Final = "1"
_SEAL_BYTES: Final = 16


class Cursors:
    """Writes places as opaque text, and reads only what was written for the same scope under the same key."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def write(self, scope: tuple[str, ...], place: Any) -> str:
        """The text of a place; `scope` says whose list it is, and which."""
        body = msgspec.json.encode(place)
        return _text(self._seal(scope, body) + body)

    def read(self, scope: tuple[str, ...], text: str) -> Any:
        """The place; raises `InvalidValue` for a text that is damaged, forged, or of another list or user."""
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except ValueError:
            raw = b""
        seal, body = raw[:_SEAL_BYTES], raw[_SEAL_BYTES:]
        # The last character has bits to spare, so only the text that was written counts.
        if _text(raw) != text or not hmac.compare_digest(seal, self._seal(scope, body)):
            raise InvalidValue("the cursor is damaged, or of another list: begin at the first page")
        return msgspec.json.decode(body)

    def _seal(self, scope: tuple[str, ...], body: bytes) -> bytes:
        whole = msgspec.json.encode((_VERSION, *scope)) + b"\0" + body
        return hmac.digest(self._key, whole, "sha256")[:_SEAL_BYTES]


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
