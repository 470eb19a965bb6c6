"""Where a call comes from and what it is about, told without telling a value."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
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


def hashed(salt: bytes, table: str, parts: Iterable[Mapping[str, Wire]] | Mapping[str, Wire]) -> str:
    """A hash of a key: 16 digits of keyed BLAKE2b (RFC 7693) over the table's name and the key's values.

    A salt has at most 64 bytes.
    """
    text = table
    wires = parts.values() if isinstance(parts, Mapping) else parts
    for wire in wires:
        for kind, value in wire.items():
            text += f"\0{kind}{value}"
    # HMAC-SHA256 would do as well, and takes as long as the rest of what is done to observe a call.
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8, key=salt).hexdigest()
