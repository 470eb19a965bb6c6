"""Where a call comes from and what it is about, told without telling a value."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b
from types import CodeType, FrameType
from typing import Final

import msgspec

from dynalayer.schema import Wire

_STARTERS: Final = frozenset({"asyncio", "concurrent", "threading"})
_OURS: Final = ("dynalayer.", "contextlib")
_MOST_KNOWN: Final = 4096
Caller = tuple[CodeType, int, str]
"""A place in a program as it is found quickest: code, instruction and the module's name; `site_of` makes it text."""

_ours: Final[set[int]] = set()
"""The namespaces of modules that are this library's, by their addresses."""
_sites: Final[dict[tuple[int, int], tuple[CodeType, str]]] = {}

_encode = msgspec.json.Encoder().encode


def caller(depth: int = 1) -> Caller | None:
    """Who, outside of this library, makes the present call; the first `depth` frames are not looked at."""
    frame: FrameType | None = sys._getframe(depth)  # pyright: ignore[reportPrivateUsage]
    while frame is not None:
        names = frame.f_globals
        if id(names) not in _ours:
            name: str = names.get("__name__", "")
            if not name.startswith(_OURS):
                return frame.f_code, frame.f_lasti, name
            if getattr(sys.modules.get(name), "__dict__", None) is names:
                # A module's own namespace stays where it is; another one's address may be given to somebody else.
                _ours.add(id(names))
        frame = frame.f_back
    return None


def site_of(caller: Caller | None) -> str | None:
    """The module and line of a place; None for one of those that start tasks and threads."""
    if caller is None:
        return None
    code, instruction, name = caller
    # By address, as comparing code compares all of it; it is kept, so that the address stays its own.
    known = _sites.get((id(code), instruction))
    if known is not None:
        return known[1] or None
    site = "" if name.partition(".")[0] in _STARTERS else f"{name}:{_line(code, instruction)}"
    if len(_sites) >= _MOST_KNOWN:
        _sites.clear()
    _sites[id(code), instruction] = (code, site)
    return site or None


def _line(code: CodeType, instruction: int) -> int | None:
    return next((line for start, end, line in code.co_lines() if start <= instruction < end), None)


def call_site() -> str | None:
    """The module and line, outside of this library, that the present call comes from; None in a task of the library's.

    A task or thread that the library has started for its caller has no such line on its stack.
    """
    return site_of(caller(2))


def hashed(salt: bytes, table: str, parts: Mapping[str, Wire] | msgspec.Struct | tuple[Wire, ...]) -> str:
    """A hash of a key: 16 digits of BLAKE2b (RFC 7693) over the salt, the table's name and the key.

    Salts have one length: what is behind a salt must not be taken for a part of it.
    """
    # HMAC-SHA256 would do as well, and takes twice as long; with its key before the text BLAKE2 needs no HMAC.
    begun = _hasher(salt, table).copy()
    begun.update(_encode(parts))
    return begun.hexdigest()


@lru_cache(maxsize=1024)
def _hasher(salt: bytes, table: str) -> blake2b:
    return blake2b(salt + f"{table}\0".encode(), digest_size=8)
