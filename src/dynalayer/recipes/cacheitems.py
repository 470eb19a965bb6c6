"""The items of a cache."""

from __future__ import annotations

from typing import Any, cast

from dynalayer import Attr, DefinitionError, Query, Table, attr, index, primary

from .binding import Kept, bind


class CacheEntry(Kept):
    """A cached value as text, None for one that is known not to exist.

    `used` is when it was used last, in microseconds since 1970; `until` (ms since 1970) it may be used.
    """

    cache: Attr[str] = attr()
    name: Attr[str] = attr()
    value: Attr[str | None] = attr(default=None)
    used: Attr[int] = attr()
    until: Attr[int | None] = attr(default=None)
    key = primary((cache, name), pk="CACHE#{cache}#{name}")


def entries_on(table: Table, order: str | None) -> type[CacheEntry]:
    """The entries on a table; with `order` also in the index of that name, in the order of their last use."""
    if order is None:
        return bind(CacheEntry, table)
    if order not in table.indexes:
        raise DefinitionError(f"a cache with a bound needs an index of {table!r} for the order of use, not {order!r}")
    attributes = vars(CacheEntry)
    by_use = index(order, attributes["cache"], attributes["used"], pk="CACHE#{cache}", sk="USED#{used}")
    return bind(CacheEntry, table, order, by_use=by_use)


def by_use(entries: type[CacheEntry], cache: str) -> Query[CacheEntry, Any]:
    """All entries of a cache in the order of their last use; for `entries_on` with an order."""
    entry: Any = entries
    return cast("Query[CacheEntry, Any]", entry.by_use(cache))
