"""BatchGetItem and BatchWriteItem: many items in one call, each for itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

import msgspec

from dynalayer.engines.embedded import expressions
from dynalayer.engines.embedded.engine import Engine
from dynalayer.engines.embedded.expressions import ProjectionExpression
from dynalayer.engines.embedded.items import capacity, itemcollections, writes
from dynalayer.engines.embedded.items.capacity import Meter
from dynalayer.engines.embedded.items.writes import Outcome, Write
from dynalayer.engines.embedded.legacy import exclusion
from dynalayer.engines.embedded.legacy.updates import attributes_to_get
from dynalayer.engines.embedded.requests.decoding import decode, decode_item, encode, encode_sorted
from dynalayer.engines.embedded.requests.structs import (
    BatchGetItem,
    BatchWriteItem,
    Conditional,
    KeysOfTable,
    WriteRequest,
)
from dynalayer.engines.embedded.tables.shape import Key, Table
from dynalayer.protocol import ValidationError, check_item, messages
from dynalayer.protocol.limits import BATCH_BYTES, BATCH_GET_KEYS, BATCH_WRITES


class _Wanted(msgspec.Struct):
    """The keys wanted of one table, checked."""

    request: KeysOfTable
    table: Table
    keys: list[Key]
    projection: ProjectionExpression | None


def batch_get_item(engine: Engine, body: bytes) -> bytes:
    """BatchGetItem: up to 100 items of any tables; what passes 16 MB comes back as UnprocessedKeys."""
    request = decode(BatchGetItem, body)
    if sum(len(wanted.keys) for wanted in request.request_items.values()) > BATCH_GET_KEYS:
        raise ValidationError(messages.BATCH_GET_TOO_MANY)
    plans = [_wanted(engine, name, wanted) for name, wanted in request.request_items.items()]
    meter = Meter(request.return_consumed_capacity)
    responses: dict[str, Any] = {}
    unprocessed: dict[str, Any] = {}
    room = BATCH_BYTES
    with engine.storage.reading() as connection:
        for name, plan in zip(request.request_items, plans, strict=True):
            found, room, left = _found(connection, plan, meter, room)
            responses[name] = found
            if left:
                unprocessed[name] = msgspec.structs.replace(plan.request, keys=left)
    answer: dict[str, Any] = {"Responses": responses, "UnprocessedKeys": unprocessed}
    if meter.on:
        answer["ConsumedCapacity"] = meter.consumed()
    return encode(answer)


def _wanted(engine: Engine, name: str, wanted: KeysOfTable) -> _Wanted:
    exclusion.GET.check(wanted)
    for key in wanted.keys:
        check_item(key)
    names = wanted.expression_attribute_names
    projection = expressions.projected(wanted.projection_expression, names)
    if wanted.attributes_to_get is not None:
        projection = attributes_to_get(wanted.attributes_to_get)
    if len({encode_sorted(key) for key in wanted.keys}) < len(wanted.keys):
        raise ValidationError(messages.BATCH_DUPLICATES)
    table = engine.table(name)
    expressions.refuse_nested_keys(table, projection)
    keys = [table.locate(key) for key in wanted.keys]
    return _Wanted(wanted, table, keys, projection)


def _found(connection: sqlite3.Connection, plan: _Wanted, meter: Meter, room: int) -> tuple[list[Any], int, list[Any]]:
    """The items found, the bytes still free in the answer, and the keys that found no room in it."""
    found: list[Any] = []
    for position, key in enumerate(plan.keys):
        row: tuple[bytes, int] | None = connection.execute(plan.table.select, key).fetchone()
        size = 0 if row is None else row[1]
        if size > room:
            return found, 0, plan.request.keys[position:]
        room -= size
        if meter.on:
            consistent = plan.request.consistent_read
            meter.add(plan.table.name, capacity.read_units(size, consistent=consistent))
        if row is not None:
            found.append(shown(row[0], plan.projection))
    return found, room, []


def shown(stored: bytes, projection: ProjectionExpression | None) -> Any:
    """An item as it is stored, or what a projection leaves of it."""
    return msgspec.Raw(stored) if projection is None else projection.projection.of(decode_item(stored))


def batch_write_item(engine: Engine, body: bytes) -> bytes:
    """BatchWriteItem: up to 25 puts and deletions; here all of them are made, in one transaction on the disk."""
    request = decode(BatchWriteItem, body)
    if sum(map(len, request.request_items.values())) > BATCH_WRITES:
        raise ValidationError(messages.BATCH_WRITE_TOO_MANY)
    prepared = list(_prepared(engine, request))
    if len({(write.table.name, write.key) for write in prepared}) < len(prepared):
        raise ValidationError(messages.BATCH_DUPLICATES)
    meter = Meter(request.return_consumed_capacity)
    with engine.storage.writing as connection:
        outcomes = [writes.run(connection, write) for write in prepared]
        collections = _collections(connection, request, prepared, outcomes)
    if meter.on:
        for write, outcome in zip(prepared, outcomes, strict=True):
            meter.add(write.table.name, capacity.write_units(outcome.size), outcome.index_units)
    answer: dict[str, Any] = {"UnprocessedItems": {}}
    if collections:
        answer["ItemCollectionMetrics"] = collections
    if meter.on:
        answer["ConsumedCapacity"] = meter.consumed()
    return encode(answer)


def _collections(
    connection: sqlite3.Connection, request: BatchWriteItem, prepared: list[Write], outcomes: list[Outcome]
) -> dict[str, list[itemcollections.Metrics]]:
    if request.return_item_collection_metrics == "NONE":
        return {}
    written = zip(prepared, outcomes, strict=True)
    return itemcollections.by_table(connection, ((w.table, w.key, o.new or o.old) for w, o in written))


def _prepared(engine: Engine, request: BatchWriteItem) -> Iterator[Write]:
    for name, requests in request.request_items.items():
        for one in requests:
            _check_kind(one)
        bare = Conditional(table_name=name)
        for one in requests:
            if one.put_request is not None:
                yield writes.put(engine, bare, one.put_request.item)
            elif one.delete_request is not None:
                yield writes.delete(engine, bare, one.delete_request.key)


def _check_kind(one: WriteRequest) -> None:
    if (one.put_request is None) == (one.delete_request is None):
        raise ValidationError(messages.VALUE_SEVERAL if one.put_request else messages.VALUE_EMPTY)
