"""GetItem, PutItem, UpdateItem, DeleteItem."""

from __future__ import annotations

from typing import Any

import msgspec

from dynalayer.engines.embedded.engine import Engine
from dynalayer.engines.embedded.expressions import projected, refuse_nested_keys
from dynalayer.engines.embedded.items import capacity, itemcollections, writes
from dynalayer.engines.embedded.items.writes import Outcome, Write
from dynalayer.engines.embedded.legacy import exclusion
from dynalayer.engines.embedded.legacy.updates import attributes_to_get
from dynalayer.engines.embedded.requests.decoding import decode, decode_item, encode
from dynalayer.engines.embedded.requests.structs import DeleteItem, GetItem, PutItem, UpdateItem
from dynalayer.protocol import ValidationError, check_item, messages


def get_item(engine: Engine, body: bytes) -> bytes:
    """GetItem: the item as it is stored, or what the projection leaves of it."""
    request = decode(GetItem, body)
    exclusion.GET.check(request)
    check_item(request.key)
    names, text = request.expression_attribute_names, request.projection_expression
    projection = projected(text, names)
    if request.attributes_to_get is not None:
        projection = attributes_to_get(request.attributes_to_get)
    table = engine.table(request.table_name)
    refuse_nested_keys(table, projection)
    key = table.locate(request.key)
    with engine.storage.reading() as connection:
        row: tuple[bytes, int] | None = connection.execute(table.select, key).fetchone()
    if request.return_consumed_capacity == "NONE" and projection is None:
        return b"{}" if row is None else b'{"Item":' + row[0] + b"}"
    answer: dict[str, Any] = {}
    if row is not None:
        answer["Item"] = msgspec.Raw(row[0])
        if projection is not None:
            answer["Item"] = projection.projection.of(decode_item(row[0]))
    meter = capacity.Meter(request.return_consumed_capacity)
    if meter.on:
        size = 0 if row is None else row[1]
        meter.add(table.name, capacity.read_units(size, consistent=request.consistent_read))
        answer["ConsumedCapacity"] = meter.consumed()[0]
    return encode(answer)


def put_item(engine: Engine, body: bytes) -> bytes:
    """PutItem: create or replace an item."""
    request = decode(PutItem, body)
    exclusion.PUT.check(request)
    if request.return_values not in ("NONE", "ALL_OLD"):
        raise ValidationError(messages.RETURN_VALUES)
    write = writes.put(engine, request, request.item)
    table = write.table
    if (
        write.condition is None
        and not table.indexes
        and table.stream is None
        and request.return_values == "NONE"
        and request.return_consumed_capacity == "NONE"
    ):
        # Nothing depends on the old item: one statement, which is a transaction of its own, is enough.
        engine.storage.write(
            table.upsert, (*write.key, write.new_size, table.expiry_of(request.item), encode(request.item))
        )
        return b"{}"
    return _written(engine, request, write)


def delete_item(engine: Engine, body: bytes) -> bytes:
    """DeleteItem: remove an item; one that is not there is no error."""
    request = decode(DeleteItem, body)
    exclusion.DELETE.check(request)
    if request.return_values not in ("NONE", "ALL_OLD"):
        raise ValidationError(messages.RETURN_VALUES)
    return _written(engine, request, writes.delete(engine, request, request.key))


def update_item(engine: Engine, body: bytes) -> bytes:
    """UpdateItem: change some attributes of an item, which is made if it is not there."""
    request = decode(UpdateItem, body)
    exclusion.UPDATE.check(request)
    return _written(engine, request, writes.update(engine, request, request.update_expression, request.key))


def _written(engine: Engine, request: PutItem | UpdateItem | DeleteItem, write: Write) -> bytes:
    with engine.storage.writing as connection:
        outcome = writes.run(connection, write)
        collection = None
        if request.return_item_collection_metrics == "SIZE":
            collection = itemcollections.metrics(connection, write.table, write.key, outcome.new or outcome.old)
    answer: dict[str, Any] = {}
    if request.return_values != "NONE":
        attributes = _returned(request.return_values, write, outcome)
        if attributes is not None:
            answer["Attributes"] = attributes
    meter = capacity.Meter(request.return_consumed_capacity)
    if meter.on:
        meter.add(write.table.name, capacity.write_units(outcome.size), outcome.index_units)
        answer["ConsumedCapacity"] = meter.consumed()[0]
    if collection is not None:
        answer["ItemCollectionMetrics"] = collection
    return encode(answer) if answer else b"{}"


def _returned(kind: str, write: Write, outcome: Outcome) -> Any:
    """The attributes that ReturnValues asks for; None when the answer has no such member."""
    if kind == "ALL_OLD":
        return None if outcome.stored is None else msgspec.Raw(outcome.stored)
    if kind == "ALL_NEW":
        return outcome.new
    item = outcome.old if kind == "UPDATED_OLD" else outcome.new
    if item is None or write.update is None:
        return None
    return write.update.touched.of(item) or None
