"""Reading an entity's rows page by page from one snapshot of the source, each with what belongs to it."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

from msgspec.structs import replace

from .items import Fetched, Maker, Policies
from .ports import PAGE_ROWS, Key, Left, Page
from .queries import Bounds, EntityPlan, Query
from .source import Source


class Reader:
    """Reads on one connection, its own if none is given; within `snapshot` everything is of one moment."""

    def __init__(self, source: Source, connection: Any = None) -> None:
        self.source = source
        self._connection: Any = source.connect() if connection is None else connection

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()

    @contextmanager
    def snapshot(self) -> Generator[None]:
        """One moment of the source for all that is read within; what others write meanwhile is not seen."""
        begin = {
            "mysql": ("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", "START TRANSACTION WITH CONSISTENT SNAPSHOT"),
            "postgresql": ("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",),
            "sqlite": ("BEGIN",),
        }
        for statement in begin[self.source.dialect]:
            self._run(Query(statement))
        try:
            yield
        finally:
            self._run(Query("ROLLBACK"))

    def maker(self, plan: EntityPlan, policies: Policies) -> Maker:
        """What makes the items of an entity's rows."""
        return Maker(plan, policies)

    def left(self, plans: Sequence[EntityPlan]) -> Iterable[Left]:
        """Nothing: tables that nothing is made of are told of when the contract is checked."""
        return ()

    def pages(self, plan: EntityPlan, after: Key | None = None, rows: int = PAGE_ROWS) -> Iterator[Page]:
        """The rows after the one with this key, `rows` at a time, in the order of their keys."""
        bounds = Bounds(after=after)
        while page := self.page(plan, bounds, rows):
            yield page
            if len(page.rows) < rows:
                return
            bounds = replace(bounds, after=page.last)

    def page(self, plan: EntityPlan, bounds: Bounds, rows: int) -> Page | None:
        """The first rows within the bounds; None if there are none."""
        found = self.fetch(plan.page(bounds, rows))
        if not found:
            return None
        width = len(plan.key)
        last = tuple(found[-1][:width])
        belonging = [_by_key(self.fetch(query), width) for query in plan.children(replace(bounds, upto=last))]
        return Page([_fetched(cells, belonging, width) for cells in found], last)

    def row(self, plan: EntityPlan, key: Sequence[Any]) -> Fetched | None:
        """The row with this key."""
        found = self.fetch(plan.one(key))
        if not found:
            return None
        width = len(plan.key)
        return _fetched(found[0], [_by_key(self.fetch(query), width) for query in plan.children_of(key)], width)

    def count(self, plan: EntityPlan) -> int:
        """How many rows there are."""
        return int(self.fetch(plan.count())[0][0])

    def fetch(self, query: Query) -> Sequence[Sequence[Any]]:
        """All rows that a query gives."""
        return self._run(query)

    def _run(self, query: Query) -> Sequence[Sequence[Any]]:
        with closing(self._connection.cursor()) as cursor:
            cursor.execute(query.sql, query.parameters) if query.parameters else cursor.execute(query.sql)
            return () if cursor.description is None else cursor.fetchall()


def _by_key(rows: Sequence[Sequence[Any]], width: int) -> dict[tuple[Any, ...], list[Sequence[Any]]]:
    found: dict[tuple[Any, ...], list[Sequence[Any]]] = {}
    for row in rows:
        found.setdefault(tuple(row[:width]), []).append(row[width:])
    return found


def _fetched(cells: Sequence[Any], belonging: list[dict[tuple[Any, ...], list[Sequence[Any]]]], width: int) -> Fetched:
    key = tuple(cells[:width])
    return Fetched(cells, [each.get(key, []) for each in belonging])
