"""Query and Scan: one page at a time, in key order, at a cost that does not grow with the partition."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from dynalayer.engines.embedded import expressions
from dynalayer.engines.embedded.engine import Engine
from dynalayer.engines.embedded.evaluation.operands import Values
from dynalayer.engines.embedded.expressions import ConditionExpression, ProjectionExpression
from dynalayer.engines.embedded.items import access, capacity
from dynalayer.engines.embedded.items.access import Source
from dynalayer.engines.embedded.operations import asked
from dynalayer.engines.embedded.requests.decoding import decode, decode_item, encode
from dynalayer.engines.embedded.requests.structs import Page, Query, Scan
from dynalayer.protocol import Item, ValidationError, item_size, messages
from dynalayer.protocol.limits import PAGE_BYTES

_ALL = -1


@dataclass(slots=True)
class Plan:
    """How a page is read: the statement, and what is done with each item."""

    source: Source
    statement: str
    parameters: list[Any]
    limit: int
    filter: ConditionExpression | None
    projection: ProjectionExpression | None
    values: Values
    segment: tuple[int, int] | None = None
    fetches: bool = False
    """Whether whole items are fetched from the table for the entries of a local index."""


@dataclass(slots=True)
class Result:
    """A page: JSON of the items that passed the filter, how many were read, their size, and where to resume.

    `fetched` is the size of the items fetched from the table beside their entries in a local index, `units` what a
    consistent read of each of them takes.
    """

    items: list[bytes]
    scanned: int
    size: int
    last: bytes | None
    fetched: int = 0
    units: float = 0.0


def query(engine: Engine, body: bytes) -> bytes:
    """Query: the items of one partition in the order of the sort key."""
    request = decode(Query, body)
    condition, (found_filter, projection, values) = asked.of_query(request)
    source = _source(engine, request, projection)
    expressions.refuse_nested_keys(source.table, condition, found_filter, projection)
    if condition.fault is not None:
        raise ValidationError(condition.fault)
    partition, bounds = access.bounds_of(source, condition.tests, values)
    _refuse_filter_on_key(source, found_filter)
    _check_filter(source, found_filter)
    forward = request.scan_index_forward is not False
    start = request.exclusive_start_key
    place: tuple[bytes, ...] = ()
    if start is not None:
        place = _resume(source, start, partition, bounds)
        bounds = access.ahead(bounds, forward=forward)
    statement = source.query(tuple(operator for operator, _ in bounds), resume=start is not None, forward=forward)
    parameters = [partition, *(bound for _, bound in bounds), *place]
    limit = request.limit or _ALL
    plan = Plan(source, statement, parameters, limit, found_filter, projection, values)
    plan.fetches = _fetches(source, request, projection)
    return _answer(engine, request, plan)


def scan(engine: Engine, body: bytes) -> bytes:
    """Scan: all items of a table or index, or those of one segment."""
    request = decode(Scan, body)
    found_filter, projection, values = asked.of_scan(request)
    segment = _segment(request)
    source = _source(engine, request, projection)
    expressions.refuse_nested_keys(source.table, found_filter, projection)
    _check_filter(source, found_filter)
    parameters: list[Any] = []
    start = request.exclusive_start_key
    if start is not None:
        parameters += _start(source, start)
        if segment is not None and not _in_segment(parameters[0], segment):
            raise ValidationError(messages.START_KEY_SEGMENT.format(segment[1], segment[0]))
    statement = source.scan(resume=start is not None)
    limit = request.limit or _ALL
    plan = Plan(source, statement, parameters, limit, found_filter, projection, values, segment)
    plan.fetches = _fetches(source, request, projection)
    return _answer(engine, request, plan)


def _segment(request: Scan) -> tuple[int, int] | None:
    segment, total = request.segment, request.total_segments
    if segment is None and total is None:
        return None
    if total is None:
        raise ValidationError(messages.SEGMENT_WITHOUT_TOTAL)
    if segment is None:
        raise ValidationError(messages.TOTAL_WITHOUT_SEGMENT)
    if segment >= total:
        raise ValidationError(messages.SEGMENT_TOO_LARGE.format(segment, total))
    return segment, total


def _in_segment(partition: bytes, segment: tuple[int, int]) -> bool:
    return crc32(partition) % segment[1] == segment[0]


def _source(engine: Engine, request: Page, projection: ProjectionExpression | None) -> Source:
    """The table or index to read, once Select and the projection are known to go with it."""
    if projection is None and request.select == "SPECIFIC_ATTRIBUTES":
        raise ValidationError(messages.SELECT_SPECIFIC_MISSING)
    if projection is not None and request.select not in (None, "SPECIFIC_ATTRIBUTES"):
        refusal = messages.SELECT_COUNT if request.select == "COUNT" else messages.SELECT_PROJECTION
        raise ValidationError(refusal.format(projection.parameter, request.select))
    if request.index_name is None:
        table = engine.table(request.table_name)
        if request.select == "ALL_PROJECTED_ATTRIBUTES":
            raise ValidationError(messages.SELECT_PROJECTED_ON_TABLE)
        return access.source(table, None)
    table, index = engine.index(request.table_name, request.index_name)
    if request.consistent_read and not index.local:
        raise ValidationError(messages.CONSISTENT_ON_INDEX)
    if index.projection is not None and not index.local:
        if request.select == "ALL_ATTRIBUTES":
            raise ValidationError(messages.SELECT_ALL_ON_INDEX.format(index.name))
        if projection is not None and not projection.projection.names <= index.projection:
            missing = ", ".join(sorted(projection.projection.names - index.projection))
            raise ValidationError(messages.PROJECTION_ON_INDEX.format(index.name, f"[{missing}]"))
    return access.source(table, index)


def _fetches(source: Source, request: Page, projection: ProjectionExpression | None) -> bool:
    """Whether more is asked for than a local index projects (guide, "Local secondary indexes", "Fetches")."""
    index = source.index
    if index is None or not index.local or index.projection is None:
        return False
    if projection is not None:
        return not projection.projection.names <= index.projection
    return request.select == "ALL_ATTRIBUTES"


def _check_filter(source: Source, found: ConditionExpression | None) -> None:
    """Refuse a filter on attributes that the index does not project."""
    index = source.index
    if found is not None and index is not None and index.projection is not None:
        missing = ", ".join(sorted(found.attributes - index.projection))
        if missing:
            raise ValidationError(messages.FILTER_NOT_PROJECTED.format(index.name, missing))


def _refuse_filter_on_key(source: Source, found: ConditionExpression | None) -> None:
    """A Query's filter is for attributes that its key condition cannot name."""
    if found is not None:
        for part in source.own_parts():
            if part.name in found.attributes:
                is_legacy = found.parameter == "QueryFilter"
                refusal = messages.LEGACY_FILTER_ON_KEY if is_legacy else messages.FILTER_ON_KEY
                raise ValidationError(refusal.format(part.name))


def _start(source: Source, start: Item) -> tuple[bytes, ...]:
    access.check_start(source, start)
    return source.position(start)


def _resume(source: Source, start: Item, partition: bytes, bounds: list[access.Bound]) -> tuple[bytes, ...]:
    place = _start(source, start)
    if place[0] != partition:
        raise ValidationError(messages.START_KEY_OUTSIDE)
    if not access.within(place[1], bounds):
        raise ValidationError(messages.START_KEY_RANGE)
    return source.resumption(place, tuple(operator for operator, _ in bounds))


def _answer(engine: Engine, request: Page, plan: Plan) -> bytes:
    with engine.storage.reading() as connection:
        result = _read(connection, plan)
    parts = [b'{"Count":%d,"ScannedCount":%d' % (len(result.items), result.scanned)]
    if request.select != "COUNT":
        parts += [b',"Items":[', b",".join(result.items), b"]"]
    if result.last is not None:
        parts += [b',"LastEvaluatedKey":', encode(plan.source.key_item(decode_item(result.last)))]
    if request.return_consumed_capacity != "NONE":
        parts += [b',"ConsumedCapacity":', encode(_consumed(request, plan, result))]
    return b"".join((*parts, b"}"))


def _consumed(request: Page, plan: Plan, result: Result) -> capacity.Consumed:
    meter = capacity.Meter(request.return_consumed_capacity)
    consistent, name = request.consistent_read, plan.source.table.name
    units = capacity.read_units(result.size, consistent=consistent)
    if plan.source.index is None:
        meter.add(name, units)
    else:
        meter.add(name, result.units if consistent else result.units / 2, {plan.source.index: units})
    return meter.consumed()[0]


def _read(connection: sqlite3.Connection, plan: Plan) -> Result:
    """Read rows until the limit or 1 MB is reached; what the filter drops counts as read."""
    result = Result([], 0, 0, None)
    # Rows of other segments are skipped here, so only this loop knows when a segment's limit is reached.
    sql_limit = plan.limit if plan.segment is None else _ALL
    cursor = connection.execute(plan.statement, (*plan.parameters, sql_limit))
    try:
        for stored, size, partition in cursor:
            if plan.segment is not None and not _in_segment(partition, plan.segment):
                continue
            _take(plan, result, stored, size)
            if result.scanned == plan.limit or result.size + result.fetched >= PAGE_BYTES:
                result.last = stored
                break
    finally:
        cursor.close()
    return result


def _take(plan: Plan, result: Result, stored: bytes, size: int) -> None:
    result.scanned += 1
    index = plan.source.index
    if plan.filter is None and plan.projection is None and (index is None or index.projection is None):
        result.size += size
        result.items.append(stored)
        return
    item = decode_item(stored)
    if index is not None and index.projection is not None:
        entry = index.projected(item)
        if plan.fetches:
            result.fetched += size
            result.units += capacity.read_units(size, consistent=True)
        else:
            item = entry
        size = item_size(entry)
    result.size += size
    if plan.filter is not None and not plan.filter.test(item, plan.values):
        return
    if plan.projection is not None:
        item = plan.projection.projection.of(item)
    result.items.append(encode(item))
