"""What is told of rows that the two databases do not have alike: attribute names, never values."""

from __future__ import annotations

from collections.abc import Callable, Collection
from hashlib import blake2b
from typing import IO, Final, Literal

import msgspec
from msgspec import Struct

from dynalayer.migrate.items import Rejected, key_text
from dynalayer.migrate.ports import Key
from dynalayer.migrate.queries import EntityPlan
from dynalayer.migrate.target import key_of
from dynalayer.migrate.verify import differing
from dynalayer.protocol import Item

from .owning import is_of

Hint = Literal["the item's key differs", "the form of moments differs", "bring the item up anew", ""]
Kind = Literal["missing", "orphan", "different", "rejected"]
_MANY: Final = 3


class Discrepancy(Struct, frozen=True):
    """A row that differs although it was looked at twice; `row` is a hash of its key, `at` seconds of the epoch.

    `attributes` are names; those of the redaction list are only counted in `redacted`.
    """

    entity: str
    row: str
    kind: Kind
    attributes: tuple[str, ...]
    redacted: int
    hint: Hint
    correlation: str
    at: float


Told = Callable[[Discrepancy], None]


class Unequal(Struct, frozen=True):
    """How a row and its item differ: the attributes that do, also those that are not to be named."""

    kind: Kind
    names: tuple[str, ...] = ()


def compared(plan: EntityPlan, key: Key, expected: Item | Rejected | None, stored: Item | None) -> Unequal | None:
    """How the item that a row makes differs from the one that is stored; None if it does not.

    What is stored under the key of a row that is gone may be another row's by now.
    """
    if isinstance(expected, Rejected):
        return Unequal("rejected", (expected.attribute,) if expected.attribute else ())
    if expected is None or stored is None:
        if expected is None and (stored is None or not is_of(plan, key, stored)):
            return None
        return Unequal("missing" if stored is None else "orphan")
    if key_of(plan.table, expected) != key_of(plan.table, stored):
        return Unequal("different", tuple(plan.table.key_names))
    names = differing(expected, stored, [each.name for each in plan.entity.attributes])
    return Unequal("different", tuple(names)) if names else None


def discrepancy(
    plan: EntityPlan, key: Key, found: Unequal, redacted: Collection[str], correlation: str, now: float
) -> Discrepancy:
    """What is told of a difference."""
    shown = tuple(name for name in found.names if name not in redacted)
    hint = hint_of(found.names, plan.table.key_names)
    hidden = len(found.names) - len(shown)
    return Discrepancy(plan.name, hashed(key_text(key)), found.kind, shown, hidden, hint, correlation, now)


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
