"""Reading a query page by page."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Generic, TypeVar

import msgspec

from dynalayer.protocol import InvalidValue, Item
from dynalayer.schema import Entity, Query

from .expiry import is_expired
from .rendering import Placeholders, render_condition, render_keys
from .statement import Statement

E = TypeVar("E", bound=Entity)


@dataclass(frozen=True, slots=True)
class Page(Generic[E]):
    """Some items of a query; `cursor` continues after them, None when there are no more."""

    items: list[E]
    cursor: str | None
    next: QueryPage[E] | None


@dataclass(frozen=True, slots=True)
class QueryPage(Statement[Page[E]], Generic[E]):
    """One page of a query.

    A page holds at most 1 MB read, before the filter (API reference, Query); `size` bounds the items read for it.
    """

    query: Query[E, Any]
    after: Item | None = None
    size: int | None = None
    given: int = 0

    operation: ClassVar[str] = "Query"
    repeatable: ClassVar[bool] = True

    def request(self, now: float) -> dict[str, Any]:
        to = Placeholders()
        query = self.query
        refuse_uncarried(query)
        request: dict[str, Any] = {
            "TableName": query.definition.table.name,
            "KeyConditionExpression": render_keys(query, to),
        }
        if query.path.index is not None:
            request["IndexName"] = query.path.index
        if query.filter is not None:
            request["FilterExpression"] = render_condition(query.filter, to)
        if query.is_descending:
            request["ScanIndexForward"] = False
        if query.is_consistent:
            request["ConsistentRead"] = True
        if self.after is not None:
            request["ExclusiveStartKey"] = self.after
        self._bound(request)
        to.add_to(request)
        return request

    def _bound(self, request: dict[str, Any]) -> None:
        """Ask for no more items than are wanted, unless a filter or the expiry drops some of those read."""
        query = self.query
        hides = query.definition.ttl is not None and not query.with_expired
        drops = query.filter is not None or hides
        left = self._left()
        sizes = [size for size in (self.size, None if drops else left) if size is not None]
        if sizes:
            request["Limit"] = min(sizes)

    def _left(self) -> int | None:
        return None if self.query.limit_ is None else self.query.limit_ - self.given

    def read(self, answer: bytes, now: float) -> Page[E]:
        found = self.query.definition.decode_page(answer)
        items: list[E] = self._kept(found.items, now)
        last_key, left = found.last_key, self._left()
        if left is not None and len(items) >= left:
            items, last_key = items[:left], None
        if last_key is None:
            return Page(items, None, None)
        following = replace(self, after=last_key, given=self.given + len(items))
        return Page(items, write_cursor(self.query, last_key), following)

    def _kept(self, items: list[E], now: float) -> list[E]:
        query = self.query
        excluded = query.sort.excluded if query.sort else None
        if excluded is not None:
            # The bound is the upper end of the range, so only the highest items of the page can be on it.
            highest = 0 if query.is_descending else -1
            while items and self._sort_text(items[highest]) == excluded:
                items.pop(highest)
        if query.definition.ttl is None or query.with_expired:
            return items
        return [item for item in items if not is_expired(item, query.definition, now)]

    def _sort_text(self, item: E) -> str | None:
        part = self.query.path.sort[len(self.query.pinned)]
        return part.write({source.name: getattr(item, source.name) for source in part.sources}).get("S")


def refuse_uncarried(query: Query[Any, Any]) -> None:
    """Refuse to read whole entities from an index that does not carry all of them: what lacks would look empty."""
    lacking = query.path.lacking
    if lacking:
        raise InvalidValue(
            f"{query.definition.name}: index {query.path.index!r} does not carry {', '.join(lacking)}, so it cannot "
            "give whole items: project these attributes, or ask only for those that it carries"
        )


def first_page(query: Query[E, Any], size: int | None = None, cursor: str | None = None) -> QueryPage[E]:
    """The page that a cursor continues with, or the first; raises `InvalidValue` for a cursor of another query."""
    if size is not None and size < 1:
        raise InvalidValue(f"a page size must be at least 1, got {size}")
    return QueryPage(query, None if cursor is None else read_cursor(query, cursor), size)


class _Cursor(msgspec.Struct, array_like=True):
    query: str
    key: Item


def _fingerprint(query: Query[Any, Any]) -> str:
    keys = (query.partition, query.pinned, query.sort)
    parts = [query.definition.name, query.path.index, keys, query.is_descending]
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def write_cursor(query: Query[Any, Any], key: Item) -> str:
    """An opaque text that continues this query after an item."""
    return base64.urlsafe_b64encode(msgspec.json.encode(_Cursor(_fingerprint(query), key))).decode().rstrip("=")


def read_cursor(query: Query[Any, Any], cursor: str) -> Item:
    """The key in a cursor; raises `InvalidValue` if it is damaged or of another query."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        found = msgspec.json.decode(base64.urlsafe_b64decode(padded), type=_Cursor)
    except (binascii.Error, ValueError):
        raise InvalidValue("the cursor is damaged: pass on what the earlier page gave, unchanged") from None
    if found.query != _fingerprint(query):
        raise InvalidValue("the cursor is of another query: continue with the query that the earlier page came from")
    return found.key
