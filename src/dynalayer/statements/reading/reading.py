"""Everything that is read page by page, by one name: where it starts, and where a cursor continues it."""

from __future__ import annotations

from typing import Any, TypeVar, cast

from dynalayer.schema import Query, Selected

from .collection import Collection, CollectionPage
from .cursors import Cursors
from .pages import UNSIGNED, PageOf
from .query import query_page
from .scan import Scan, scan_page

R = TypeVar("R")

Pages = Query[R, Any] | Scan[R] | Collection[R] | Selected[R, Query[Any, Any]] | Selected[R, Scan[Any]]
"""What is read page by page."""


def first_page(
    source: Pages[R],
    size: int | None = None,
    cursor: str | None = None,
    cursors: Cursors = UNSIGNED,
    now: float = 0.0,
) -> PageOf[R]:
    """The first page, of at most `size` items read, or the one that a cursor continues with.

    Raises `InvalidValue` for a cursor that is damaged, forged, too old or of another query, and for an index that lacks
    what the items are made of.
    """
    page = _page(source)
    plain = size is None and cursor is None and cursors is UNSIGNED
    return page if plain else page.starting(size, cursor, cursors, now)


def _page(source: Pages[R]) -> PageOf[R]:
    if isinstance(source, Query):
        return query_page(source)
    if isinstance(source, Collection):
        return CollectionPage(source)
    asked: Any = source.source if isinstance(source, Selected) else source
    made: PageOf[R] = scan_page(cast("Any", source)) if isinstance(asked, Scan) else query_page(cast("Any", source))
    return made
