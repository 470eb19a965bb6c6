"""Reading a query page by page."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import msgspec

from dynalayer.protocol import InvalidValue, Item
from dynalayer.schema import AccessPath, AttributeDefinition, Columns, Definition, KeyPart, Query, Selected
from dynalayer.statements.expiry import is_expired, item_expired
from dynalayer.statements.rendering import Placeholders, render_condition, render_keys

from .bounds import is_key, meets, start_parts
from .pages import Counted, Listed, PageOf, filter_text, project, refuse_foreign_start

R = TypeVar("R")

_items = msgspec.json.Decoder(Listed)
_count = msgspec.json.Decoder(Counted)


class QueryPage(PageOf[R], Generic[R], frozen=True):
    """One page of a query; rows of `columns` if these are given, or with `counts` as many empty rows as items."""

    query: Query[Any, Any]
    columns: Columns | None = None
    counts: bool = False

    operation = "Query"
    repeatable = True

    @property
    def limit(self) -> int | None:
        return self.query.limit_

    @property
    def drops(self) -> bool:
        return self.query.filter is not None or self._ttl is not None

    @property
    def _ttl(self) -> AttributeDefinition | None:
        return None if self.query.with_expired else self.query.definition.ttl

    def base(self, to: Placeholders, now: float) -> dict[str, Any]:
        query = self.query
        request: dict[str, Any] = {
            "TableName": query.definition.table.name,
            "KeyConditionExpression": render_keys(query, to),
        }
        if query.path.index is not None:
            request["IndexName"] = query.path.index
        if self.counts:
            request["Select"] = "COUNT"
            text = filter_text(query.filter, self._ttl, to, now)
            if text is not None:
                request["FilterExpression"] = text
        elif query.filter is not None:
            request["FilterExpression"] = render_condition(query.filter, to)
        if self.columns is not None and self.columns.upgraded is None:
            request["ProjectionExpression"] = project(self._ways(self.columns), to)
        elif query.path.lacking and not self.counts:
            request["Select"] = "ALL_ATTRIBUTES"
        if query.is_descending:
            request["ScanIndexForward"] = False
        if query.is_consistent:
            request["ConsistentRead"] = True
        return request

    def _ways(self, columns: Columns) -> list[tuple[str, ...]]:
        """What the rows are made of, and what tells whether an item is to be dropped."""
        others = [] if self._ttl is None else [self._ttl.names]
        if self._excluded is not None:
            others.append((self._ranged.attribute.name,))
        return [*columns.names, *others]

    @property
    def _excluded(self) -> str | None:
        return None if self.query.sort is None else self.query.sort.excluded

    def rows(self, answer: bytes, now: float) -> tuple[list[R], Item | None]:
        if self.counts:
            counted = _count.decode(answer)
            return [()] * counted.Count, counted.LastEvaluatedKey  # type: ignore[list-item] # pyright: ignore
        if self.columns is not None:
            return self._selected(self.columns, answer, now)
        found = self.query.definition.decode_page(answer)
        return self._kept(found.items, now), found.last_key

    def _selected(self, columns: Columns, answer: bytes, now: float) -> tuple[list[Any], Item | None]:
        found = _items.decode(answer)
        excluded = self._excluded
        name = None if excluded is None else self._ranged.attribute.name
        kept = [
            columns.row(item)
            for item in found.Items
            if not item_expired(item, self._ttl, now) and (name is None or item[name].get("S") != excluded)
        ]
        return kept, found.LastEvaluatedKey

    def _kept(self, items: list[R], now: float) -> list[R]:
        query = self.query
        excluded = self._excluded
        if excluded is not None:
            # The bound is the upper end of the range, so only the highest items of the page can be on it.
            highest = 0 if query.is_descending else -1
            while items and self._sort_text(items[highest]) == excluded:
                items.pop(highest)
        if self._ttl is None:
            return items
        return [item for item in items if not is_expired(item, query.definition, now)]

    @property
    def _ranged(self) -> KeyPart:
        """The part of the sort key that the range is on."""
        return self.query.path.sort[len(self.query.pinned)]

    def _sort_text(self, item: R) -> str | None:
        part = self._ranged
        return part.write({source.name: getattr(item, source.name) for source in part.sources}).get("S")

    def bound_to(self) -> list[Any]:
        query = self.query
        return ["query", query.definition.name, query.path.index, query.with_expired, self._excluded]

    def refuse_start(self, key: Item) -> None:
        query, path = self.query, self.query.path
        parts = start_parts(query.definition, path)
        refuse_foreign_start(key, parts, f"queries on {query.definition.table.name}")
        fixed = [*zip(path.partition, query.partition, strict=True), *zip(path.sort, query.pinned, strict=False)]
        inside = all(key[part.attribute.name] == wire for part, wire in fixed) and (
            query.sort is None or meets(query.sort, key[self._ranged.attribute.name])
        )
        if not inside or not all(is_key(key[part.attribute.name], part) for part in query.definition.primary.parts):
            raise InvalidValue("the cursor is not one of this query: its key is outside of the partition or the range")


def query_page(source: Query[Any, Any] | Selected[R, Query[Any, Any]]) -> QueryPage[R]:
    """The first page of a query; raises `InvalidValue` if its index lacks what the items or rows are made of."""
    query, columns = (source.source, source.columns) if isinstance(source, Selected) else (source, None)
    refuse_unprojected(query.definition, query.path, columns is None, query.with_expired)
    return QueryPage(query, columns)


def refuse_unprojected(definition: Definition, path: AccessPath, whole: bool, with_expired: bool) -> None:
    """Refuse to read by an index what its entries do not hold; a local index gets it from the table."""
    if not path.lacking or path.is_local:
        return
    where = f"{definition.name}: index {path.index!r} of {definition.table.name}"
    if whole:
        raise InvalidValue(
            f"{where} does not carry {', '.join(path.lacking)}, so it cannot give whole items: select(...) what it "
            "has, then read the items by their keys (batch_get), or project these attributes"
        )
    ttl = definition.ttl
    if ttl is not None and not with_expired and ttl.name in path.lacking:
        raise InvalidValue(
            f"{where} does not carry {ttl.name}, so expired items could not be hidden: project it, or ask for them "
            "with expired()"
        )
