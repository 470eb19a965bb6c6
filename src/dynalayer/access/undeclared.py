"""Which calls that a program made are none of its declared access patterns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any, Protocol

from dynalayer.schema import Table
from dynalayer.statements import Statement, first_page, plan_of

from .loading import declared_by
from .patterns import AccessPattern
from .shapes import OPERATIONS, Shape, shapes
from .subjects import Asked
from .takings import Amount, Sizes
from .uses import uses


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
    tables = list({use.definition.table: None for pattern in patterns for use in _uses(pattern)})
    allowed = [each for pattern in patterns for each in _allowed(_first(pattern), tables)]
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


def _uses(pattern: AccessPattern) -> Any:
    return uses(pattern.asked, Amount(pattern.items, pattern.keeps), Sizes(pattern.item_bytes))


def _first(pattern: AccessPattern) -> Statement[Any]:
    asked: Asked = pattern.asked
    return asked if isinstance(asked, Statement) else first_page(asked)


_IN_TRANSACTION = {"PutItem": "Put", "UpdateItem": "Update", "DeleteItem": "Delete"}


def _allowed(first: Statement[Any], tables: Sequence[Table]) -> Iterator[frozenset[Shape]]:
    """The calls of a pattern; a write that may take more than one call has those as well (see `statements.plan_of`)."""
    made = shapes(first.operation, first.request(0), tables)
    yield made
    if plan_of(first) is None:
        return
    for shape in made:
        yield frozenset({Shape("GetItem", shape.table, entities=shape.entities, consistent=True)})
        if shape.operation in _IN_TRANSACTION:
            action = f"TransactWriteItems {_IN_TRANSACTION[shape.operation]}"
            yield frozenset({replace(shape, operation=action)})


def _uncovered(call: Recorded, allowed: Iterable[frozenset[Shape]], tables: Iterable[Table]) -> list[str]:
    if call.operation not in OPERATIONS:
        return [f"{call.operation}, which no pattern can be of"]
    made = shapes(call.operation, call.request, tables)
    # All reads and writes of a transaction belong to one pattern; so do those of a batch.
    if any(all(any(shape.covers(each) for shape in of_one) for each in made) for of_one in allowed):
        return []
    return ["; ".join(sorted(map(str, made)))]
