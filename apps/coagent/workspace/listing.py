"""A list of one kind in the order of an index: all of it, its beginning, or page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Generic, TypeVar

from dynalayer import AsyncDatabase, Entity, Page, Query

E = TypeVar("E", bound=Entity)


class Listing(Generic[E]):
    """What a query finds, all of it however many pages that takes: `async for`, `all()`, `first(n)`, `page()`."""

    def __init__(self, database: AsyncDatabase, query: Query[E, Any]) -> None:
        self._database = database
        self.query = query

    def __aiter__(self) -> AsyncIterator[E]:
        return self._database.query(self.query)

    async def all(self) -> list[E]:
        """Everything, in memory."""
        return [item async for item in self]

    async def first(self, count: int) -> list[E]:
        """The first so many, and no more is read; raises `InvalidValue` for a count below 1."""
        return [item async for item in self._database.query(self.query.limit(count))]

    async def page(self, size: int = 25, after: str | None = None) -> Page[E]:
        """One page; its `cursor` goes on. Raises `InvalidValue` for a cursor of another list, user or key."""
        return await self._database.page(self.query, size=size, after=after)
