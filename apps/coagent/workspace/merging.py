"""Several queries, each newest first, as one list newest first, page by page.

The place in the list is that of the last item given: its moment, its id, and which of the sources it is from. Each
source goes on behind that place, so nothing is given twice or left out, whatever the size of the pages.
"""

from __future__ import annotations

import heapq
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from dynalayer import AsyncDatabase, InvalidValue, Query, Then

M = TypeVar("M", datetime, int)
R = TypeVar("R")


@dataclass(frozen=True)
class Source(Generic[R, M]):
    """One query of those that are merged: all of it, and where in it an item is."""

    query: Query[R, Then[M, str]]
    place: Callable[[R], tuple[M, str]]


@dataclass(frozen=True)
class Place(Generic[M]):
    """Where a page ended."""

    moment: M
    id: str
    source: int


@dataclass(frozen=True)
class MergedPage(Generic[R]):
    """Some items of a merged list; the cursor goes on behind them, None at the end."""

    items: list[R]
    cursor: str | None


async def merged(
    database: AsyncDatabase, sources: Sequence[Source[Any, M]], size: int, after: Place[M] | None
) -> tuple[list[Any], Place[M] | None]:
    """At most `size` items behind a place, and the place where they end; None if there are no more.

    Of each source no more is read than about a fair share beyond what is given. Raises `InvalidValue` for a size
    below 1.
    """
    if size < 1:
        raise InvalidValue(f"a page has at least one item, got a size of {size}")
    share = size // len(sources) + 1
    found = [_following(database, source, number, after, share) for number, source in enumerate(sources)]
    heap: list[_Head] = []
    try:
        for number in range(len(sources)):
            await _advance(heap, found, sources, number)
        items: list[Any] = []
        place: Place[M] | None = None
        while heap and len(items) < size:
            head = heapq.heappop(heap)
            items.append(head.item)
            place = Place(*sources[head.source].place(head.item), head.source)
            await _advance(heap, found, sources, head.source)
        return items, place if heap else None
    finally:
        for each in found:
            await each.aclose()


@dataclass(frozen=True)
class _Head:
    moment: Any
    id: str
    source: int
    item: Any

    def __lt__(self, other: _Head) -> bool:
        """Newer first, then the higher id, then the earlier source."""
        return (self.moment, self.id, -self.source) > (other.moment, other.id, -other.source)


async def _advance(
    heap: list[_Head], found: Sequence[AsyncGenerator[Any]], sources: Sequence[Source[Any, Any]], number: int
) -> None:
    item = await anext(found[number], None)
    if item is not None:
        heapq.heappush(heap, _Head(*sources[number].place(item), number, item))


async def _following(
    database: AsyncDatabase, source: Source[R, M], number: int, after: Place[M] | None, share: int
) -> AsyncGenerator[R]:
    for query in _parts(source.query, number, after):
        cursor: str | None = None
        while True:
            page = await database.page(query.descending(), size=share, after=cursor)
            for item in page.items:
                yield item
            cursor = page.cursor
            if cursor is None:
                break


def _parts(query: Query[R, Then[M, str]], number: int, after: Place[M] | None) -> list[Query[R, Any]]:
    """What is behind a place: the rest of its moment, and all moments before it."""
    if after is None:
        return [query]
    same: Any = query.equals(after.moment)
    rest = same.at_most(after.id) if number > after.source else same.before(after.id)
    return [rest, query.before(after.moment)]
