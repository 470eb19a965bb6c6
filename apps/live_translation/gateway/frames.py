"""A text message as it goes over a WebSocket from a server (RFC 6455, section 5.2): not masked, so the same for all."""

from __future__ import annotations

from functools import lru_cache
from struct import pack
from typing import Final

_WHOLE_TEXT: Final = 0x81
_TWO_BYTES, _EIGHT_BYTES = 126, 127


@lru_cache(maxsize=32)
def text_frame(text: str) -> bytes:
    """The frame of one whole message."""
    payload = text.encode()
    length = len(payload)
    if length < _TWO_BYTES:
        head = pack("!BB", _WHOLE_TEXT, length)
    elif length < 1 << 16:
        head = pack("!BBH", _WHOLE_TEXT, _TWO_BYTES, length)
    else:
        head = pack("!BBQ", _WHOLE_TEXT, _EIGHT_BYTES, length)
    return head + payload
