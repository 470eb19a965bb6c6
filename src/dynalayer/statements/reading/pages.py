"""What queries, scans and collections have in common: they are read page by page, and a cursor leads on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Generic, Self, TypeVar

import msgspec
from msgspec.structs import replace

from dynalayer.protocol import InvalidValue, Item
from dynalayer.schema import AttributeDefinition, Condition, KeyPart
from dynalayer.statements.expiry import not_expired
from dynalayer.statements.rendering import Placeholders, render_condition, render_names
from dynalayer.statements.statement import Statement

from .bounds import is_key_kind
from .cursors import Cursors, identify

R = TypeVar("R")

UNSIGNED = Cursors()


class Page(msgspec.Struct, Generic[R], frozen=True):
    """Some items of a query or scan; `next` is the statement that goes on after them, None when there are no more."""

    items: list[R]
    next: PageOf[R] | None = None

    @property
    def cursor(self) -> str | None:
        """A text that continues after these items, also in another process; None when there are no more."""
        return None if self.next is None else self.next.cursor()


class PageOf(Statement[Page[R]], Generic[R], frozen=True, kw_only=True):
    """One page of a query, a scan or a collection.

    A page holds at most 1 MB read, before the filter (API reference, Query); `size` bounds the items read for it.
    `given` counts the items of the pages before, `at` is when the last of them was read.
    """

    after: Item | None = None
    size: int | None = None
    given: int = 0
    at: float = 0.0
    cursors: Cursors = UNSIGNED

    def base(self, to: Placeholders, now: float) -> dict[str, Any]:
        """The request without its bounds."""
        raise NotImplementedError

    def rows(self, answer: bytes, now: float) -> tuple[list[R], Item | None]:
        """What the answer gives, and the key that its last item has if there may be more."""
        raise NotImplementedError

    def bound_to(self) -> list[Any]:
        """What a cursor is bound to besides the request."""
        raise NotImplementedError

    def refuse_start(self, key: Item) -> None:
        """Raise `InvalidValue` for a key that no page of this could have ended with."""
        raise NotImplementedError

    @property
    def limit(self) -> int | None:
        """How many items are wanted in all."""
        raise NotImplementedError

    @property
    def drops(self) -> bool:
        """True if some of the items read may not be given back."""
        raise NotImplementedError

    def request(self, now: float) -> dict[str, Any]:
        to = Placeholders()
        request = self.base(to, now)
        if self.after is not None:
            request["ExclusiveStartKey"] = self.after
        left = None if self.drops else self._left()
        if left is not None or self.size is not None:
            request["Limit"] = min(size for size in (left, self.size) if size is not None)
        to.add_to(request)
        return request

    def read(self, answer: bytes, now: float) -> Page[R]:
        items, last_key = self.rows(answer, now)
        left = self._left()
        if left is not None and len(items) >= left:
            return Page(items[:left])
        if last_key is None:
            return Page(items)
        return Page(items, replace(self, after=last_key, given=self.given + len(items), at=now))

    def _left(self) -> int | None:
        return None if self.limit is None else self.limit - self.given

    def cursor(self) -> str | None:
        """The cursor that leads to this page; None for the first."""
        return None if self.after is None else self.cursors.write(self._identity(), self.after, self.given, self.at)

    def starting(self, size: int | None, cursor: str | None, cursors: Cursors, now: float) -> Self:
        """This page bounded to `size` items read, and starting where a cursor says.

        Raises `InvalidValue` for a cursor that is damaged, forged, too old or of another query.
        """
        if size is not None and size < 1:
            raise InvalidValue(f"a page size must be at least 1, got {size}")
        if cursor is None:
            return replace(self, size=size, cursors=cursors)
        given, key = cursors.read(self._identity(), cursor, now)
        self.refuse_start(key)
        return replace(self, size=size, cursors=cursors, after=key, given=given)

    def _identity(self) -> bytes:
        request = replace(self, after=None, size=None, given=0).request(0.0)
        for passing in ("Limit", "ConsistentRead", "Segment", "TotalSegments"):
            request.pop(passing, None)
        return identify(request, self.limit, *self.bound_to())


def filter_text(
    condition: Condition[Any] | None,
    ttl: AttributeDefinition | None,
    to: Placeholders,
    now: float,
    *others: str,
) -> str | None:
    """A filter of what the user asks for, what has not expired if `ttl` is given, and other conditions as text."""
    parts = list(others)
    if ttl is not None:
        parts.append(not_expired(ttl, to, now))
    if condition is not None:
        parts.append(render_condition(condition, to))
    return parts[0] if len(parts) == 1 else " AND ".join(f"({part})" for part in parts) or None


def project(ways: Iterable[tuple[str, ...]], to: Placeholders) -> str:
    """The text of a projection expression, of the ways to the attributes."""
    return ", ".join(render_names(names, to) for names in dict.fromkeys(ways))


def refuse_foreign_start(key: Item, parts: Mapping[str, KeyPart], where: str) -> None:
    """Raise `InvalidValue` unless a key has these parts and no others, with values of their types."""
    if key.keys() != parts.keys() or not all(is_key_kind(key[name], part) for name, part in parts.items()):
        raise InvalidValue(f"the cursor is not one of {where}: its key has other attributes or types")


class Counted(msgspec.Struct):
    """What an answer with Select=COUNT holds."""

    Count: int = 0
    LastEvaluatedKey: Item | None = None


class Listed(msgspec.Struct):
    """A page of items as they are."""

    Items: list[Item] = []
    LastEvaluatedKey: Item | None = None
