"""What is told of writes to both databases, and what of a write is kept for its repair; pure."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from dynalayer.migrate.items import key_from, key_text
from dynalayer.migrate.ports import Key
from dynalayer.protocol import DynalayerError, Item

from .entries import Entry, Traced, Why, entry_id

OnFailure = Literal["log-and-repair", "fail-and-compensate"]
Touched = dict[tuple[str, Key], Item | None]
"""Rows of entities by entity and key, each with what its item was told by before."""


class DualWriteFailed(DynalayerError):
    """DynamoDB did not take the write; SQL was brought back by the caller's `undo`."""


class RepairNotNoted(DynalayerError):
    """SQL is written, DynamoDB is not, and the key could not be noted either: verify and repair that table."""


class WriteTooLate(DynalayerError):
    """Writes were handed over to DynamoDB while one to SQL was under way; it is undone, and can be made again."""


class SqlIsOver(DynalayerError):
    """In phase 5 SQL is not written any more."""


class RowUnsettled(DynalayerError):
    """A row changed each time that its item was written; its key is noted for repair."""


class KeyHeld(DynalayerError):
    """Two rows have the same key in DynamoDB; the second one's item is not written."""


class Event(Struct, frozen=True):
    """What happened to one write: no values and no keys of rows; `error` is the type of what failed."""

    correlation: str
    table: str
    stage: Literal["sql", "dynamodb", "failed", "undone"]
    items: int = 0
    error: str = ""


class Repaired(Struct, frozen=True):
    """How many entries of the queue were done, and how many failed again and wait on."""

    done: int
    left: int


def entry_for(table: str, key: Key, rows: Touched, at: float, why: Why = "repair") -> Entry:
    """What is kept of a write, noted at a moment of the state's clock."""
    traced = tuple(Traced(name, key_text(each), mark) for (name, each), mark in rows.items())
    return Entry(table, key_text(key), traced, entry_id(at), why)


def touched_in(entry: Entry) -> Touched:
    """The rows that an entry is about."""
    return {(row.entity, key_from(row.key)): row.mark for row in entry.rows}


def not_noted(table: str, *, is_undone: bool) -> RepairNotNoted:
    """A write that could not be noted."""
    return RepairNotNoted(
        f"a row of {table!r} is {'undone' if is_undone else 'written'} in SQL, DynamoDB may differ, "
        "and could not be noted for repair: verify and repair"
    )
