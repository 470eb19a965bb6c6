"""SELECT, carried out as GetItem, as a Query for each partition, or as a Scan."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import compress
from operator import not_
from typing import Any

import msgspec

from dynalayer.engines.embedded import expressions
from dynalayer.engines.embedded.engine import Engine
from dynalayer.engines.embedded.evaluation.operands import Values, look_up
from dynalayer.engines.embedded.grammar.scope import leaves_of_condition
from dynalayer.engines.embedded.grammar.syntax import Path
from dynalayer.engines.embedded.items import access
from dynalayer.engines.embedded.items.access import Source
from dynalayer.engines.embedded.items.capacity import Consumed
from dynalayer.engines.embedded.operations import items, queries
from dynalayer.engines.embedded.partiql import ordering, planning
from dynalayer.engines.embedded.partiql.merging import Merge
from dynalayer.engines.embedded.partiql.paging import START, Position
from dynalayer.engines.embedded.partiql.planning import Conditions, Keyed
from dynalayer.engines.embedded.partiql.rendering import Renderer
from dynalayer.engines.embedded.partiql.syntax import Select
from dynalayer.engines.embedded.requests.decoding import encode
from dynalayer.protocol import Item
from dynalayer.protocol.limits import PAGE_BYTES, READ_UNIT_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a call says beside its SELECT."""

    consistent_read: bool | None = None
    limit: int | None = None
    return_consumed_capacity: str = "NONE"
    position: Position = START


@dataclass(slots=True)
class Page:
    """The items of a page, the key of the last one read, where to go on, and what the page consumed."""

    items: list[Item] = field(default_factory=list[Item])
    last: Item | None = None
    position: Position | None = None
    consumed: Consumed | None = None


def select(engine: Engine, statement: Select, values: Values, options: Options) -> Page:
    """One page of a SELECT's items; raises `ValidationError` as the operations underneath do."""
    source = _source(engine, statement)
    found = None if source.index is not None else planning.keyed(source.table, statement.where, values)
    if found is not None:
        ordering.check(source, statement)
        return _got(engine, statement, values, found, options)
    return _Reading(engine, source, statement, values, options).page()


def _source(engine: Engine, statement: Select) -> Source:
    if statement.index is None:
        return access.source(engine.table(statement.table), None)
    return access.source(*engine.index(statement.table, statement.index))


def _got(engine: Engine, statement: Select, values: Values, found: Keyed, options: Options) -> Page:
    request = {
        "TableName": statement.table,
        "Key": found.key,
        "ConsistentRead": options.consistent_read,
        "ReturnConsumedCapacity": options.return_consumed_capacity,
    }
    answer = msgspec.json.decode(items.get_item(engine, encode(request)))
    kept = chosen([answer["Item"]] if "Item" in answer else [], statement, found.rest, values)
    return Page(kept, consumed=answer.get("ConsumedCapacity"))


def chosen(found: Iterable[Item], statement: Select, conditions: Conditions, values: Values) -> list[Item]:
    """The items that meet the conditions, as the SELECT shows them."""
    meets = _test(conditions, values)
    return [shown(item, statement.paths) for item in found if meets(item)]


def _test(conditions: Conditions, values: Values) -> Callable[[Item], bool]:
    if not conditions:
        return lambda item: True
    renderer = Renderer(values)
    text = renderer.condition(planning.joined(conditions))
    members = renderer.members()
    names = members.get("ExpressionAttributeNames")
    expression = expressions.filter_(text, names)
    bound = expressions.bind(names, members.get("ExpressionAttributeValues"), "", expression)
    return lambda item: expression is None or expression.test(item, bound)


def shown(item: Item, paths: tuple[Path, ...] | None) -> Item:
    """What a SELECT's list leaves of an item; a nested value is named by the last part of its path."""
    if paths is None:
        return item
    found = ((path, look_up(item, path.elements)) for path in paths)
    return {_column(path): value for path, value in found if value is not None}


def _column(path: Path) -> str:
    name = ""
    for element in path.elements:
        name = f"{name}[{element}]" if isinstance(element, int) else element
    return name


class _Reading:
    """Reads a page by Query, partition after partition, or by Scan."""

    def __init__(self, engine: Engine, source: Source, statement: Select, values: Values, options: Options) -> None:
        self._engine = engine
        self._source = source
        self._statement = statement
        self._values = values
        self._options = options
        self._page = Page()
        self._found = planning.partitions(source, statement.where, values)
        ordering.check(source, statement, has_partition=self._found is not None)
        self._forward = self._found is None or ordering.is_forward(statement, self._found)
        self._rest = planning.conjuncts(statement.where) if self._found is None else self._found.rest
        own = frozenset(part.name for part in source.own_parts())
        # A Query refuses to filter by the attributes of its key, a SELECT does not: these are looked at here.
        is_late = [self._found is not None and bool(attributes_of((c,)) & own) for c in self._rest]
        self._late = tuple(compress(self._rest, is_late))
        self._early = tuple(compress(self._rest, map(not_, is_late)))

    def page(self) -> Page:
        """The page."""
        if self._found is None:
            answer = self._answered(queries.scan, (), self._options.position.key, self._options.limit)
            self._take(answer)
            last = answer.get("LastEvaluatedKey")
            self._page.position = None if last is None else Position(0, last)
            return self._page
        keys = ordering.arranged(self._statement, self._found, self._values)
        conditions = [self._found.conditions(key) for key in keys]
        if ordering.is_across(self._source, self._statement) and len(keys) > 1:
            self._merge_partitions(conditions)
        else:
            self._read_partitions(conditions)
        return self._page

    def _read_partitions(self, conditions: list[Conditions]) -> None:
        at, start = self._options.position.partition, self._options.position.key
        read, left = 0.0, self._options.limit
        while at < len(conditions):
            answer = self._answered(queries.query, conditions[at], start, left)
            self._take(answer)
            start = answer.get("LastEvaluatedKey")
            if start is not None:
                break
            at += 1
            left = None if left is None else left - answer["ScannedCount"]
            read += answer["ConsumedCapacity"]["CapacityUnits"]
            if read * READ_UNIT_BYTES * (1 if self._options.consistent_read else 2) >= PAGE_BYTES:
                break
        self._page.position = Position(at, start) if at < len(conditions) else None

    def _merge_partitions(self, conditions: list[Conditions]) -> None:
        """One order across the partitions: what is read of each beyond the page is read again for the next page."""
        merge = Merge(self._source, self._forward)
        starts = self._options.position.merged or (None,) * len(conditions)
        for number, (start, partition) in enumerate(zip(starts, conditions, strict=False)):
            answer: dict[str, Any] = {"Items": []}
            if not isinstance(start, bool):
                answer = self._answered(queries.query, partition, start, self._options.limit, whole=True)
                self._count(answer)
            merge.add(number, answer["Items"], more="LastEvaluatedKey" in answer, start=start)
        taken = merge.page(self._options.limit)
        self._page.items = chosen(taken, self._statement, self._rest, self._values)
        self._page.last = self._source.key_item(taken[-1]) if taken and not merge.is_done() else None
        self._page.position = None if merge.is_done() else Position(merged=merge.starts())

    def _answered(
        self,
        operation: Callable[[Engine, bytes], bytes],
        key_conditions: Conditions,
        start: Item | None,
        limit: int | None,
        *,
        whole: bool = False,
    ) -> dict[str, Any]:
        capacity = self._options.return_consumed_capacity
        request: dict[str, Any] = {
            "TableName": self._statement.table,
            "IndexName": self._statement.index,
            "ConsistentRead": self._options.consistent_read,
            "ExclusiveStartKey": start,
            "Limit": limit,
            "ReturnConsumedCapacity": "TOTAL" if capacity == "NONE" else capacity,
        }
        if key_conditions:
            request["ScanIndexForward"] = self._forward
        request |= self._expressions(key_conditions, whole=whole)
        answer: dict[str, Any] = msgspec.json.decode(operation(self._engine, encode(request)))
        return answer

    def _expressions(self, key_conditions: Conditions, *, whole: bool) -> dict[str, Any]:
        """The expressions of a request; `whole` reads also what the filter drops, and all keys."""
        late = self._rest if whole else self._late
        renderer = Renderer(self._values)
        members: dict[str, Any] = {}
        if key_conditions:
            members["KeyConditionExpression"] = renderer.condition(planning.joined(key_conditions))
        if self._early and not whole:
            members["FilterExpression"] = renderer.condition(planning.joined(self._early))
        if self._statement.paths is not None:
            wanted = {str(path.elements[0]): None for path in self._statement.paths}
            wanted |= dict.fromkeys(sorted(attributes_of(late)))
            wanted |= dict.fromkeys([part.name for part in self._source.parts] if whole else [])
            members["ProjectionExpression"] = ", ".join(map(renderer.name, wanted))
        return members | renderer.members()

    def _take(self, answer: dict[str, Any]) -> None:
        page = self._page
        page.items += chosen(answer["Items"], self._statement, self._late, self._values)
        page.last = answer.get("LastEvaluatedKey")
        self._count(answer)

    def _count(self, answer: dict[str, Any]) -> None:
        page = self._page
        if self._options.return_consumed_capacity != "NONE":
            consumed = answer["ConsumedCapacity"]
            page.consumed = consumed if page.consumed is None else added(page.consumed, consumed)


def attributes_of(conditions: Conditions) -> frozenset[str]:
    """The top-level attributes that conditions look at."""
    leaves = (leaf for condition in conditions for leaf in leaves_of_condition(condition))
    return frozenset(str(leaf.elements[0]) for leaf in leaves if isinstance(leaf, Path))


def added(left: Any, right: Any) -> Any:
    """The sum of two ConsumedCapacity of one table, member by member."""
    if isinstance(left, dict):
        both = {name: added(value, right[name]) for name, value in left.items() if name in right}
        return {**left, **right, **both}
    return left if isinstance(left, str) else left + right
