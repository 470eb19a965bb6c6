"""Item collections: several entities that share a partition, read by one query in the order of their sort keys."""

from __future__ import annotations

from typing import Any, Generic, TypeVar, cast, overload

import msgspec
from msgspec.structs import replace

from dynalayer.protocol import InvalidValue, Item
from dynalayer.schema import Membership, Query, SortCondition, recognise
from dynalayer.statements.expiry import is_expired, item_expired
from dynalayer.statements.rendering import Placeholders, render_keys

from .bounds import bounds_of, meets, order_of, parts_of, start_parts
from .membership import UnknownItem, is_one_of
from .pages import Listed, PageOf, project, refuse_foreign_start
from .query import refuse_unprojected

R = TypeVar("R")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
F = TypeVar("F")

_items = msgspec.json.Decoder(Listed)


class Collection(msgspec.Struct, Generic[R], frozen=True):
    """Items of several entities in one partition, in sort-key order; an immutable value: each method gives a new one.

    It is one query over the range that holds all of them. Items in between that are of none of its entities are read,
    paid for and skipped, unless `unknown` asks for them.
    """

    members: tuple[Query[Any, Any], ...]
    limit_: int | None = None
    is_descending: bool = False
    is_consistent: bool = False
    with_expired: bool = False
    with_unknown: bool = False

    def limit(self, count: int) -> Collection[R]:
        """At most `count` items."""
        if count < 1:
            raise InvalidValue(f"a limit must be at least 1, got {count}")
        return replace(self, limit_=count)

    def descending(self) -> Collection[R]:
        """Highest sort key first."""
        return replace(self, is_descending=True)

    def consistent(self) -> Collection[R]:
        """Read what the last acknowledged write left; costs twice as much and is not possible on a global index."""
        self.members[0].consistent()
        return replace(self, is_consistent=True)

    def expired(self) -> Collection[R]:
        """Also items whose time to live has passed and that the service has not deleted yet."""
        return replace(self, with_expired=True)

    def unknown(self) -> Collection[R | UnknownItem]:
        """Also items in the range that are of none of the entities, as they are stored."""
        asked: Any = replace(self, with_unknown=True)
        return cast("Collection[R | UnknownItem]", asked)

    @property
    def query(self) -> Query[Any, Any]:
        """The one query that reads all of it: the partition, and the range of sort keys that holds every entity's."""
        return replace(self.members[0], pinned=(), named=(), sort=self._span(), filter=None)

    def _span(self) -> SortCondition | None:
        if not self.members[0].path.sort:
            return None
        ranges = [bounds_of(member.pinned[0] if member.pinned else member.sort) for member in self.members]
        lows, highs = [low for low, _ in ranges if low], [high for _, high in ranges if high]
        low = min(lows, key=order_of) if len(lows) == len(ranges) else None
        high = max(highs, key=order_of) if len(highs) == len(ranges) else None
        if low is not None and high is not None:
            return SortCondition("=", (low,)) if low == high else SortCondition("BETWEEN", (low, high))
        if low is not None:
            return SortCondition(">=", (low,))
        return None if high is None else SortCondition("<=", (high,))


@overload
def collection(a: Query[A, Any], b: Query[B, Any], /) -> Collection[A | B]: ...
@overload
def collection(a: Query[A, Any], b: Query[B, Any], c: Query[C, Any], /) -> Collection[A | B | C]: ...
@overload
def collection(
    a: Query[A, Any], b: Query[B, Any], c: Query[C, Any], d: Query[D, Any], /
) -> Collection[A | B | C | D]: ...
@overload
def collection(
    a: Query[A, Any], b: Query[B, Any], c: Query[C, Any], d: Query[D, Any], e: Query[F, Any], /
) -> Collection[A | B | C | D | F]: ...
def collection(*queries: Query[Any, Any]) -> Collection[Any]:
    """Several entities of one partition in one query: `collection(Customer.key.partition(c), Order.key.partition(c))`.

    Each query may have a range of its own; limit, order and the like are said of the collection. Raises `InvalidValue`
    for queries of different tables, indexes or partitions, and for filters: a filter cannot tell entities apart.
    """
    first = queries[0]
    for query in queries:
        name = query.definition.name
        if query.definition.table is not first.definition.table or query.path.index != first.path.index:
            raise InvalidValue(f"{name} and {first.definition.name} are not read by one table and index")
        if query.partition != first.partition:
            raise InvalidValue(
                f"{name} and {first.definition.name} are asked for in different partitions: one query reads one"
            )
        if query.filter is not None and not _is_of_kind(query):
            raise InvalidValue(f"{name} has a filter, which would drop the others as well: sort the items out after")
        if query != replace(query, limit_=None, is_descending=False, is_consistent=False, with_expired=False):
            raise InvalidValue(
                f"{name}: say limit, descending, consistent and expired of the collection, not of a part"
            )
        refuse_unprojected(query.definition, query.path, whole=True, with_expired=True)
    return Collection(queries)


def _is_of_kind(query: Query[Any, Any]) -> bool:
    """True if the filter is the one that every query of a derived entity has: each item is recognised here anyway."""
    discriminator = query.definition.table.discriminator
    return isinstance(query.filter, Membership) and query.filter.path.attribute.wire_name == discriminator


class CollectionPage(PageOf[R], Generic[R], frozen=True):
    """One page of an item collection; with `counts` as many empty rows as items."""

    collection: Collection[Any]
    counts: bool = False

    operation = "Query"
    repeatable = True

    @property
    def limit(self) -> int | None:
        return self.collection.limit_

    @property
    def drops(self) -> bool:
        return True

    def base(self, to: Placeholders, now: float) -> dict[str, Any]:
        asked, query = self.collection, self.collection.query
        table = query.definition.table
        request: dict[str, Any] = {"TableName": table.name, "KeyConditionExpression": render_keys(query, to)}
        if query.path.index is not None:
            request["IndexName"] = query.path.index
        if self.counts:
            mark = [table.discriminator] if table.discriminator else []
            expiries = [member.definition.ttl.wire_name for member in asked.members if member.definition.ttl]
            keys = start_parts(query.definition, query.path)
            request["ProjectionExpression"] = project([(name,) for name in (*keys, *mark, *expiries)], to)
        elif any(member.path.lacking for member in asked.members):
            request["Select"] = "ALL_ATTRIBUTES"
        if asked.is_descending:
            request["ScanIndexForward"] = False
        if asked.is_consistent:
            request["ConsistentRead"] = True
        return request

    def rows(self, answer: bytes, now: float) -> tuple[list[R], Item | None]:
        found = _items.decode(answer)
        rows = [row for item in found.Items for row in self._row(item, now)]
        return rows, found.LastEvaluatedKey

    def _row(self, item: Item, now: float) -> tuple[Any, ...]:
        asked = self.collection
        table = asked.members[0].definition.table
        definition = recognise(table, item)
        member = next((m for m in asked.members if definition and is_one_of(definition, [m.definition])), None)
        if definition is None or member is None:
            return (UnknownItem(table.name, item),) if asked.with_unknown else ()
        if not _is_in(member, item):
            return ()
        if self.counts:
            return () if not asked.with_expired and item_expired(item, definition.ttl, now) else ((),)
        entity = definition.decode(item)
        return () if not asked.with_expired and is_expired(entity, definition, now) else (entity,)

    def bound_to(self) -> list[Any]:
        asked = self.collection
        members = [
            [m.definition.name, list(m.pinned), m.sort and [m.sort.operator, *m.sort.operands]] for m in asked.members
        ]
        return ["collection", members, asked.with_expired, asked.with_unknown]

    def refuse_start(self, key: Item) -> None:
        query = self.collection.query
        path = query.path
        paths = [each for member in self.collection.members for each in (member.path, member.definition.primary)]
        refuse_foreign_start(key, parts_of(*paths), f"collections in {query.definition.table.name}")
        fixed = all(
            key[part.attribute.name] == wire for part, wire in zip(path.partition, query.partition, strict=True)
        )
        if not fixed or (query.sort is not None and not meets(query.sort, key[path.sort[0].attribute.name])):
            raise InvalidValue("the cursor is not one of this collection: its key is outside of the partition or range")


def _is_in(member: Query[Any, Any], item: Item) -> bool:
    """True if an item of the member's entity is in the range that is asked for of it."""
    parts = member.path.sort
    if not all(item[p.attribute.name] == wire for p, wire in zip(parts, member.pinned, strict=False)):
        return False
    if member.sort is None:
        return True
    wire = item[parts[len(member.pinned)].attribute.name]
    return meets(member.sort, wire) and (member.sort.excluded is None or wire.get("S") != member.sort.excluded)
