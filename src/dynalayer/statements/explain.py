"""What a statement will do and cost, told before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dynalayer.schema import Key, Query

_RANGE_WORDS = {"begins_with": "a prefix of the sort key", "BETWEEN": "a range of sort keys"}


@dataclass(frozen=True, slots=True)
class Explanation:
    """The path of a read and what it costs in read units (4 KB each, half when eventually consistent)."""

    operation: str
    table: str
    index: str | None
    path: str
    units: str
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        where = self.table if self.index is None else f"{self.table} by index {self.index}"
        return "; ".join([f"{self.operation} on {where}, {self.path}, {self.units}, no scan", *self.notes])


def explain(subject: Query[Any, Any] | Key[Any]) -> Explanation:
    """Tell path and cost of a query, or of reading a key (developer guide, "Read consumption")."""
    if isinstance(subject, Key):
        table = subject.definition.table.name
        return Explanation("GetItem", table, None, "one item by its key", "0.5 RCU for each 4 KB of it")
    return _explain_query(subject)


def _explain_query(query: Query[Any, Any]) -> Explanation:
    each = "1" if query.is_consistent else "0.5"
    notes = ["the filter drops items after they are read and paid for"] if query.filter is not None else []
    if query.definition.ttl is not None and not query.with_expired:
        notes.append("expired items are read, paid for and hidden")
    return Explanation(
        "Query",
        query.definition.table.name,
        query.path.index,
        f"one partition, {_range(query)}",
        f"~{each} RCU a page of 4 KB, at most {256 * float(each):g} RCU a page of 1 MB",
        tuple(notes),
    )


def _range(query: Query[Any, Any]) -> str:
    if query.sort is not None:
        return _RANGE_WORDS.get(query.sort.operator, "an open range of sort keys")
    if not query.pinned:
        return "all of it"
    return "one sort key" if len(query.pinned) == len(query.path.sort) else "a prefix of the sort key"
