"""Which calls that a program made are none of its declared access patterns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Protocol

from dynalayer.schema import Table

from .loading import declared_by
from .patterns import AccessPattern
from .reached import allowed_by, tables_of
from .shapes import OPERATIONS, Shape, shapes


class Recorded(Protocol):
    """A call as `Faults` and `AsyncFaults` keep it."""

    @property
    def operation(self) -> str: ...
    @property
    def request(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Undeclared:
    """Calls of one shape that no pattern covers."""

    what: str
    count: int

    def __str__(self) -> str:
        return f"{self.what} ({self.count} call{'' if self.count == 1 else 's'})"


def undeclared(calls: Iterable[Recorded], declared: Iterable[AccessPattern | ModuleType | str]) -> list[Undeclared]:
    """The calls that no pattern covers, each shape once, in the order in which they came.

    `declared` are patterns, or modules that declare them. A pattern covers calls of its operation on its table or
    index, by the same kind of condition on the sort key, of its entity, consistent if the call is; and an update
    that changes no attribute but those of the pattern.
    """
    patterns = list(_patterns(declared))
    tables = list(dict.fromkeys(table for pattern in patterns for table in tables_of(pattern)))
    allowed = [each for pattern in patterns for each in allowed_by(pattern, tables)]
    counts: dict[str, int] = {}
    for call in calls:
        if call.operation not in OPERATIONS and "Statement" not in call.operation:
            continue
        for what in _uncovered(call, allowed, tables):
            counts[what] = counts.get(what, 0) + 1
    return [Undeclared(what, count) for what, count in counts.items()]


def _patterns(declared: Iterable[AccessPattern | ModuleType | str]) -> Iterator[AccessPattern]:
    for each in declared:
        if isinstance(each, AccessPattern):
            yield each
        else:
            yield from declared_by([each]).patterns


def _uncovered(call: Recorded, allowed: Iterable[frozenset[Shape]], tables: Iterable[Table]) -> list[str]:
    if call.operation not in OPERATIONS:
        return [f"{call.operation}, which no pattern can be of"]
    made = shapes(call.operation, call.request, tables)
    # All reads and writes of a transaction belong to one pattern; so do those of a batch.
    if any(all(any(shape.covers(each) for shape in of_one) for each in made) for of_one in allowed):
        return []
    return ["; ".join(sorted(map(str, made)))]
