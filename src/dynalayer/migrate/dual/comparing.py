"""What is told of rows that the two databases do not have alike: attribute names, never values."""

from __future__ import annotations

from collections.abc import Callable, Collection
from hashlib import blake2b
from typing import IO, Final, Literal

import msgspec
from msgspec import Struct

from dynalayer.protocol import Item

Hint = Literal["the item's key differs", "the form of moments differs", "bring the item up anew", ""]
_MANY: Final = 3


class Discrepancy(Struct, frozen=True):
    """A row that differs although it was looked at twice; `row` is a hash of its key, `at` seconds of the epoch.

    `attributes` are names; those of the redaction list are only counted in `redacted`.
    """

    entity: str
    row: str
    kind: Literal["missing", "orphan", "different", "rejected"]
    attributes: tuple[str, ...]
    redacted: int
    hint: Hint
    correlation: str
    at: float


Told = Callable[[Discrepancy], None]


def kind_of(expected: Item | None, stored: Item | None) -> Literal["missing", "orphan", "different"]:
    """How two items differ, of which at most one is not there."""
    if stored is None:
        return "missing"
    return "orphan" if expected is None else "different"


def hint_of(names: Collection[str], keys: Collection[str]) -> Hint:
    """What may be the matter, by the names of the attributes that differ."""
    if any(name in keys for name in names):
        return "the item's key differs"
    if len(names) > _MANY:
        return "bring the item up anew"
    if names and all(name.endswith(("_at", "At")) for name in names):
        return "the form of moments differs"
    return ""


def hashed(key: str) -> str:
    """A key that can be told from others and not read."""
    return blake2b(key.encode(), digest_size=8).hexdigest()


def as_lines(file: IO[str]) -> Told:
    """Writes each discrepancy as a line of JSON."""

    def told(found: Discrepancy) -> None:
        file.write(msgspec.json.encode(found).decode() + "\n")
        file.flush()

    return told
