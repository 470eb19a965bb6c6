"""What a pattern may come down to: its calls, their shapes, and the entities they are about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from dynalayer.schema import Definition, Key, Selected, Table, entities_of
from dynalayer.statements import GetRow, Statement, first_page, plan_of

from .patterns import AccessPattern
from .shapes import Shape, shapes
from .subjects import Asked
from .takings import Amount, Sizes
from .uses import uses


def shapes_of(pattern: AccessPattern) -> frozenset[Shape]:
    """The reads and writes that a pattern may come down to, those of a plan's several calls included."""
    return frozenset(shape for made in allowed_by(pattern, tables_of(pattern)) for shape in made)


def definitions_of(pattern: AccessPattern) -> list[Definition]:
    """The entities of the tables that a pattern reaches."""
    return [entity for table in tables_of(pattern) for entity in entities_of(table)]


def tables_of(pattern: AccessPattern) -> list[Table]:
    """The tables that a pattern reaches."""
    taken = uses(pattern.asked, Amount(pattern.items, pattern.keeps), Sizes(pattern.item_bytes))
    return list({use.definition.table: None for use in taken})


def first_statement(pattern: AccessPattern) -> Statement[Any]:
    """The first call of a pattern; that of its first page if it is read in pages."""
    asked: Asked = pattern.asked
    if isinstance(asked, Selected) and isinstance(asked.source, Key):
        return GetRow(asked)
    return asked if isinstance(asked, Statement) else first_page(asked)


_IN_TRANSACTION = {"PutItem": "Put", "UpdateItem": "Update", "DeleteItem": "Delete"}


def allowed_by(pattern: AccessPattern, tables: Sequence[Table]) -> Iterator[frozenset[Shape]]:
    """The calls of a pattern; a write that may take more than one call has those as well (see `statements.plan_of`)."""
    first = first_statement(pattern)
    made = shapes(first.operation, first.request(0), tables)
    yield made
    if plan_of(first) is None:
        return
    for shape in made:
        yield frozenset({Shape("GetItem", shape.table, entities=shape.entities, consistent=True)})
        if shape.operation in _IN_TRANSACTION:
            action = f"TransactWriteItems {_IN_TRANSACTION[shape.operation]}"
            yield frozenset({replace(shape, operation=action)})
