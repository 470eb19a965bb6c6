"""Where a call comes from and what it is about, told without telling a value."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from hashlib import blake2b
from types import FrameType
from typing import Final

from dynalayer.schema import Wire

_STARTERS: Final = frozenset({"asyncio", "concurrent", "threading"})
_OURS: Final = ("dynalayer.", "contextlib")


def call_site() -> str | None:
    """The module and line, outside of this library, that the present call comes from; None in a task of the library's.

    A task or thread that the library has started for its caller has no such line on its stack.
    """
    frame: FrameType | None = sys._getframe(1)  # pyright: ignore[reportPrivateUsage]
    while frame is not None:
        name: str = frame.f_globals.get("__name__", "")
        if not name.startswith(_OURS):
            return None if name.partition(".")[0] in _STARTERS else f"{name}:{frame.f_lineno}"
        frame = frame.f_back
    return None


def hashed(salt: bytes, table: str, parts: Mapping[str, Wire] | tuple[Wire, ...]) -> str:
    """A hash of a key: 16 digits of keyed BLAKE2b (RFC 7693) over the table's name and the key.

    A salt has at most 64 bytes.
    """
    # HMAC-SHA256 would do as well, and takes as long as the rest of what is done to observe a call.
    return blake2b(f"{table}\0{parts}".encode(), digest_size=8, key=salt).hexdigest()
