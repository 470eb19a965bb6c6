"""How many items a query or a scan has, without reading them over the wire where the service can count."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from dynalayer.schema import Columns, Query, Selected
from dynalayer.statements.plan import Clock, Plan, Steps, ask

from .bounds import start_parts
from .collection import Collection, CollectionPage
from .pages import PageOf
from .query import QueryPage, refuse_unprojected
from .reading import Pages
from .scan import Scan, ScanPage

_NOTHING = Columns(())


def counting_page(source: Pages[Any]) -> PageOf[Any]:
    """The first page of a count.

    Where only the client can tell which items count (they end on a bound that the service includes, or share their
    table with others), keys are read instead: it costs the same, the answer is larger.
    """
    asked = source.source if isinstance(source, Selected) else source
    if isinstance(asked, Collection):
        return CollectionPage(asked, counts=True)
    return _query(asked) if isinstance(asked, Query) else _scan(asked)


def _query(query: Query[Any, Any]) -> QueryPage[Any]:
    definition = query.definition
    refuse_unprojected(definition, query.path, False, query.with_expired)
    excluded = None if query.sort is None else query.sort.excluded
    # A filter must not name an attribute of the key (API reference, Query).
    keyed = definition.ttl is not None and definition.ttl.wire_name in start_parts(definition, query.path)
    if excluded is not None or (keyed and not query.with_expired):
        return QueryPage(query, _NOTHING)
    return QueryPage(query, counts=True)


def _scan(asked: Scan[Any]) -> ScanPage[Any]:
    for entity, path in asked.paths:
        refuse_unprojected(entity, path, False, asked.with_expired)
    page: ScanPage[Any] = ScanPage(asked, _NOTHING)
    return replace(page, columns=None, counts=True) if page.owns_table else page


def counted(source: Pages[Any]) -> Plan[int]:
    """The number of items of a query or a scan, page after page."""
    first = counting_page(source)

    def begin(clock: Clock) -> Steps[int]:
        page: PageOf[Any] | None = first
        total = 0
        while page is not None:
            found = yield from ask(page)
            total += len(found.items)
            page = found.next
        return total

    return Plan("count", begin, first)
