"""What a pattern may ask for, and what of it matters here, whichever form it was given in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dynalayer.schema import Key, Query, Selected
from dynalayer.statements import Collection, CollectionPage, Get, GetRow, QueryPage, Scan, ScanPage, Statement

Asked = Statement[Any] | Query[Any, Any] | Scan[Any] | Collection[Any] | Selected[Any, Any]
"""A statement, or a query, scan or item collection before it is cut into pages."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A query, a scan or another statement; `whole` if whole items are read, `size` if a page is bounded."""

    asked: Any
    whole: bool = True
    size: int | None = None


def subject_of(asked: Asked) -> Subject:
    """What a pattern asks for."""
    match asked:
        case Selected():
            source = asked.source
            return Subject(Get(source) if isinstance(source, Key) else source, whole=False)
        case GetRow():
            return Subject(Get(asked.selected.source, asked.consistent), whole=False)
        case QueryPage():
            return Subject(asked.query, asked.columns is None and not asked.counts, asked.size)
        case ScanPage():
            return Subject(asked.scan, asked.columns is None and not asked.counts, asked.size)
        case CollectionPage():
            return Subject(asked.collection, not asked.counts, asked.size)
        case _:
            return Subject(asked)
