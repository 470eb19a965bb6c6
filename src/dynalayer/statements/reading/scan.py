"""Scans: every item of a table or an index, for one entity, several, or all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, TypeVar, cast, overload

import msgspec
from msgspec.structs import replace

from dynalayer.protocol import InvalidValue, Item
from dynalayer.protocol.limits import SCAN_SEGMENTS
from dynalayer.schema import (
    AccessPath,
    AttributeDefinition,
    BoundIndex,
    Columns,
    Condition,
    Definition,
    Entity,
    LocalIndex,
    Selectable,
    Selected,
    Table,
    definition_of,
    entities_of,
    recognise,
)
from dynalayer.statements.expiry import is_expired, item_expired
from dynalayer.statements.rendering import Placeholders

from .bounds import parts_of
from .membership import UnknownItem, has_own_table, is_one_of, member_text
from .pages import Counted, Listed, PageOf, filter_text, project, refuse_foreign_start
from .query import refuse_unprojected

E = TypeVar("E")
R = TypeVar("R")
A = TypeVar("A", bound=Entity)
B = TypeVar("B", bound=Entity)
C = TypeVar("C", bound=Entity)
D = TypeVar("D", bound=Entity)

_items = msgspec.json.Decoder(Listed)
_count = msgspec.json.Decoder(Counted)


class Scan(msgspec.Struct, Selectable[E], Generic[E], frozen=True):
    """All items of some entities of a table, in no order; an immutable value: each method gives a new one.

    It reads, and costs, the whole table or index, whatever is left out. `limit` bounds the items given back.
    """

    table: Table
    index: str | None
    entities: tuple[Definition, ...]
    filter: Condition[E] | None = None
    limit_: int | None = None
    is_consistent: bool = False
    with_expired: bool = False
    with_unknown: bool = False

    def where(self, condition: Condition[E]) -> Scan[E]:
        """Only items that meet this condition; they are filtered after reading, so the others cost as well."""
        return replace(self, filter=condition if self.filter is None else self.filter & condition)

    def limit(self, count: int) -> Scan[E]:
        """At most `count` items."""
        if count < 1:
            raise InvalidValue(f"a limit must be at least 1, got {count}")
        return replace(self, limit_=count)

    def consistent(self) -> Scan[E]:
        """Read what the last acknowledged writes left; costs twice as much and is not possible on a global index."""
        if self.index is not None and not isinstance(self.table.indexes[self.index], LocalIndex):
            raise InvalidValue(f"index {self.index!r} cannot be read consistently (API reference, Scan)")
        return replace(self, is_consistent=True)

    def expired(self) -> Scan[E]:
        """Also items whose time to live has passed and that the service has not deleted yet."""
        return replace(self, with_expired=True)

    def unknown(self) -> Scan[E | UnknownItem]:
        """Also items that are of none of the entities, as they are stored; the scan of a table then gives them all."""
        asked: Any = replace(self, with_unknown=True)
        return cast("Scan[E | UnknownItem]", asked)

    @property
    def definition(self) -> Definition:
        """The one entity that is scanned; raises `InvalidValue` for several."""
        if len(self.entities) != 1:
            raise InvalidValue(f"attributes are selected of one entity, but this scan of {self.table.name} has several")
        return self.entities[0]

    @property
    def selected_index(self) -> str | None:
        """The index that it reads; None for the table."""
        return self.index

    @property
    def members(self) -> Sequence[Definition]:
        """The entities that it gives: those it names, or all of the table."""
        return self.entities or entities_of(self.table)

    @property
    def paths(self) -> list[tuple[Definition, AccessPath]]:
        """The entities, each with the path that it is read by; without those that are not in the index."""
        pairs = [(entity, path) for entity in self.members for path in (entity.primary, *entity.paths.values())]
        return [(entity, path) for entity, path in pairs if path.index == self.index]


@overload
def scan(source: Table, /, *, index: str | None = None) -> Scan[Entity]: ...
@overload
def scan(source: type[A] | BoundIndex[A, ..., Any], /) -> Scan[A]: ...
@overload
def scan(a: type[A], b: type[B], /) -> Scan[A | B]: ...
@overload
def scan(a: type[A], b: type[B], c: type[C], /) -> Scan[A | B | C]: ...
@overload
def scan(a: type[A], b: type[B], c: type[C], d: type[D], /) -> Scan[A | B | C | D]: ...
def scan(*sources: Any, index: str | None = None) -> Scan[Any]:
    """All items of an entity: `scan(Order)`, of one by an index: `scan(Order.by_state)`, of several, or of a table.

    This is the only way to read a whole table. Items of other entities in it are read, paid for and left out. Raises
    `InvalidValue` for entities of different tables and for indexes that are not there or project too little.
    """
    first = sources[0]
    if isinstance(first, Table):
        if index is not None and index not in first.indexes:
            raise InvalidValue(f"{first!r} has no index {index!r}")
        return Scan(first, index, ())
    if isinstance(first, BoundIndex):
        return Scan(first.definition.table, first.path.index, (first.definition,))
    entities = tuple(definition_of(source) for source in sources)
    if any(entity.table is not entities[0].table for entity in entities):
        names = ", ".join(f"{entity.name} in {entity.table.name}" for entity in entities)
        raise InvalidValue(f"one scan reads one table, but these are in several: {names}")
    return Scan(entities[0].table, None, entities)


class ScanPage(PageOf[R], Generic[R], frozen=True):
    """One page of a scan, or of one of its `total` segments; see `QueryPage` for `columns` and `counts`."""

    scan: Scan[Any]
    columns: Columns | None = None
    counts: bool = False
    segment: int = 0
    total: int = 1

    operation = "Scan"
    repeatable = True

    @property
    def limit(self) -> int | None:
        return self.scan.limit_

    @property
    def drops(self) -> bool:
        return self.scan.filter is not None or not self.owns_table or bool(self._expiries)

    @property
    def owns_table(self) -> bool:
        """True if every item of the table is one that is asked for."""
        return not self.scan.with_unknown and len(self.scan.members) == 1 and has_own_table(self.scan.members[0])

    @property
    def _expiries(self) -> list[AttributeDefinition]:
        if self.scan.with_expired:
            return []
        return [entity.ttl for entity in self.scan.members if entity.ttl is not None]

    def base(self, to: Placeholders, now: float) -> dict[str, Any]:
        asked = self.scan
        request: dict[str, Any] = {"TableName": asked.table.name}
        if asked.index is not None:
            request["IndexName"] = asked.index
        members = None if not asked.entities or asked.with_unknown else member_text(asked.entities, to)
        ttl = self._expiries[0] if self.counts and self._expiries else None
        text = filter_text(asked.filter, ttl, to, now, *([members] if members else []))
        if text is not None:
            request["FilterExpression"] = text
        if self.counts:
            request["Select"] = "COUNT"
        elif self.columns is not None and self.columns.upgraded is None:
            request["ProjectionExpression"] = project(self._ways(self.columns), to)
        elif any(path.lacking for _, path in asked.paths):
            request["Select"] = "ALL_ATTRIBUTES"
        if asked.is_consistent:
            request["ConsistentRead"] = True
        if self.total > 1:
            request |= {"Segment": self.segment, "TotalSegments": self.total}
        return request

    def _ways(self, columns: Columns) -> list[tuple[str, ...]]:
        """What the rows are made of, and what tells which entity an item is and whether it has expired."""
        table = self.scan.table
        telling = [*table.key_names, *([table.discriminator] if table.discriminator else [])]
        expiries = [ttl.names for ttl in self._expiries]
        return [*columns.names, *((name,) for name in telling), *expiries]

    def rows(self, answer: bytes, now: float) -> tuple[list[R], Item | None]:
        if self.counts:
            counted = _count.decode(answer)
            return [()] * counted.Count, counted.LastEvaluatedKey  # type: ignore[list-item] # pyright: ignore
        if self.owns_table and self.columns is None:
            definition = self.scan.members[0]
            page = definition.decode_page(answer)
            return [item for item in page.items if not self._hides(item, definition, now)], page.last_key
        found = _items.decode(answer)
        rows = [row for item in found.Items for row in self._row(item, now)]
        return rows, found.LastEvaluatedKey

    def _row(self, item: Item, now: float) -> tuple[Any, ...]:
        definition = recognise(self.scan.table, item)
        if definition is None or not is_one_of(definition, self.scan.members):
            return (UnknownItem(self.scan.table.name, item),) if self.scan.with_unknown else ()
        if self.columns is None:
            entity = definition.decode(item)
            return () if self._hides(entity, definition, now) else (entity,)
        hidden = not self.scan.with_expired and item_expired(item, definition.ttl, now)
        return () if hidden else (self.columns.row(item),)

    def _hides(self, entity: Any, definition: Definition, now: float) -> bool:
        return not self.scan.with_expired and is_expired(entity, definition, now)

    def bound_to(self) -> list[Any]:
        asked = self.scan
        return ["scan", [entity.name for entity in asked.members], asked.index, asked.with_expired, asked.with_unknown]

    def refuse_start(self, key: Item) -> None:
        paths = [each for entity, path in self.scan.paths for each in (path, entity.primary)]
        refuse_foreign_start(key, parts_of(*paths), f"scans of {self.scan.table.name}")


def scan_page(source: Scan[Any] | Selected[R, Scan[Any]]) -> ScanPage[R]:
    """The first page of a scan; raises `InvalidValue` if its index lacks what the items or rows are made of."""
    asked, columns = (source.source, source.columns) if isinstance(source, Selected) else (source, None)
    for entity, path in asked.paths:
        refuse_unprojected(entity, path, columns is None, asked.with_expired)
    return ScanPage(asked, columns)


def segments(page: ScanPage[R], total: int) -> list[ScanPage[R]]:
    """The first pages of a scan cut into segments that can be read at the same time.

    Raises `InvalidValue` for fewer than 1 or more than a million (API reference, Scan).
    """
    if not 1 <= total <= SCAN_SEGMENTS:
        raise InvalidValue(f"a scan is cut into 1 to {SCAN_SEGMENTS:,} segments, got {total}")
    return [replace(page, segment=number, total=total) for number in range(total)]
