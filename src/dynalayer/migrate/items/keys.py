"""Keys of the source as texts that can be kept, and read back as the values they were."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from hashlib import blake2b
from typing import Any, Final
from uuid import UUID

import msgspec

from dynalayer.migrate.contract import TableSpec
from dynalayer.protocol import Item

_WRITE: Final[dict[type, tuple[str, Callable[[Any], Any]]]] = {
    str: ("s", str),
    int: ("i", str),
    Decimal: ("d", str),
    float: ("f", repr),
    bool: ("b", bool),
    bytes: ("x", lambda value: base64.b64encode(value).decode("ascii")),
    datetime: ("t", datetime.isoformat),
    date: ("a", date.isoformat),
    time: ("h", time.isoformat),
    timedelta: ("l", lambda value: [value.days, value.seconds, value.microseconds]),
    UUID: ("u", str),
}
_READ: Final[dict[str, Callable[[Any], Any]]] = {
    "s": str,
    "i": int,
    "d": Decimal,
    "f": float,
    "b": bool,
    "x": base64.b64decode,
    "t": datetime.fromisoformat,
    "a": date.fromisoformat,
    "h": time.fromisoformat,
    "l": lambda parts: timedelta(*parts),
    "u": UUID,
}


def key_text(key: Sequence[Any]) -> str:
    """A key of the source as text; raises `TypeError` for a value that no key column has."""
    parts: list[list[Any]] = []
    for value in key:
        value = bytes(value) if isinstance(value, (bytearray, memoryview)) else value
        if type(value) not in _WRITE:
            raise TypeError(f"{type(value).__name__} is no value of a key")
        tag, write = _WRITE[type(value)]
        parts.append([tag, write(value)])
    return msgspec.json.encode(parts).decode()


def key_from(text: str) -> tuple[Any, ...]:
    """The key that a text was made of."""
    return tuple(_READ[tag](value) for tag, value in msgspec.json.decode(text))


def shown_key(key: Sequence[Any]) -> str:
    """A key of the source for people."""
    return ", ".join(str(value) for value in key)


def digest_of(table: TableSpec, item: Item) -> bytes:
    """Sixteen bytes that tell the item's key from all others of all tables."""
    parts = [table.name, *(item[name] for name in table.key_names)]
    return blake2b(msgspec.json.encode(parts), digest_size=16).digest()
