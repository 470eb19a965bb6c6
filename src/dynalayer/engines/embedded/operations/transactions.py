"""TransactWriteItems and TransactGetItems: up to 100 items, all or nothing."""

from __future__ import annotations

import hashlib
import sqlite3
from typing import Any

import msgspec

from dynalayer.engines.embedded import expressions
from dynalayer.engines.embedded.engine import Engine
from dynalayer.engines.embedded.expressions import ProjectionExpression
from dynalayer.engines.embedded.items import capacity, itemcollections, writes
from dynalayer.engines.embedded.items.capacity import Meter
from dynalayer.engines.embedded.items.writes import Outcome, Write
from dynalayer.engines.embedded.operations.batches import shown
from dynalayer.engines.embedded.requests.decoding import decode, encode, encode_sorted
from dynalayer.engines.embedded.requests.structs import (
    Conditional,
    TransactGet,
    TransactGetItems,
    TransactWrite,
    TransactWriteItems,
)
from dynalayer.engines.embedded.tables.shape import Key, Table
from dynalayer.protocol import (
    CancellationReason,
    ConditionFailed,
    IdempotentParameterMismatch,
    Item,
    ItemCollectionTooLarge,
    TransactionCanceled,
    ValidationError,
    check_item,
    messages,
)
from dynalayer.protocol.limits import TOKEN_SECONDS, TRANSACTION_BYTES

_NOT_AT_FAULT = CancellationReason("None")


def transact_write_items(engine: Engine, body: bytes) -> bytes:
    """TransactWriteItems: every condition is checked, then all changes are made, or none."""
    request = decode(TransactWriteItems, body)
    for one in request.transact_items:
        _check_kind(one)
    prepared = [_prepared(engine, one) for one in request.transact_items]
    if len({(write.table.name, write.key) for write in prepared}) < len(prepared):
        raise ValidationError(messages.TRANSACTION_DUPLICATES)
    if sum(write.new_size or 0 for write in prepared) > TRANSACTION_BYTES:
        raise ValidationError(messages.TRANSACTION_TOO_LARGE)
    with engine.storage.writing as connection:
        token = request.client_request_token
        if token is not None and _seen(connection, token, _digest(request), engine.clock()):
            return _repeated(connection, request, prepared)
        done = list(zip(prepared, _run(connection, prepared), strict=True))
        collections: dict[str, list[itemcollections.Metrics]] = {}
        if request.return_item_collection_metrics == "SIZE":
            changed = ((write.table, write.key, outcome.new or outcome.old) for write, outcome in done if write.change)
            collections = itemcollections.by_table(connection, changed)
    return _answer(request, done, collections)


def _check_kind(one: TransactWrite) -> None:
    given = [one.condition_check, one.put, one.delete, one.update]
    if sum(action is not None for action in given) != 1:
        raise ValidationError(messages.TRANSACTION_ONE_KIND)


def _prepared(engine: Engine, one: TransactWrite) -> Write:
    action: Conditional
    if one.put is not None:
        action = one.put
        return writes.put(engine, action, one.put.item)
    if one.update is not None:
        action = one.update
        return writes.update(engine, action, one.update.update_expression, one.update.key)
    if one.delete is not None:
        return writes.delete(engine, one.delete, one.delete.key)
    assert one.condition_check is not None
    return writes.check(engine, one.condition_check, one.condition_check.key)


def _run(connection: sqlite3.Connection, prepared: list[Write]) -> list[Outcome]:
    """Run all writes; raises `TransactionCanceled` with all reasons if any fails, which undoes the others."""
    outcomes: list[Outcome] = []
    reasons: list[CancellationReason] = []
    for write in prepared:
        try:
            outcomes.append(writes.run(connection, write))
            reasons.append(_NOT_AT_FAULT)
        except ConditionFailed as error:
            reasons.append(CancellationReason("ConditionalCheckFailed", error.message, error.item))
        except ValidationError as error:
            reasons.append(CancellationReason("ValidationError", error.message))
        except ItemCollectionTooLarge as error:
            reasons.append(CancellationReason("ItemCollectionSizeLimitExceeded", error.message))
    if len(outcomes) < len(prepared):
        raise TransactionCanceled(reasons=reasons)
    return outcomes


def _digest(request: TransactWriteItems) -> bytes:
    parameters = msgspec.json.encode(request.transact_items, order="deterministic")
    return hashlib.sha256(parameters).digest()


def _seen(connection: sqlite3.Connection, token: str, digest: bytes, now: float) -> bool:
    """Whether this very request has been carried out in the last ten minutes (API reference, ClientRequestToken)."""
    connection.execute("DELETE FROM tokens WHERE at < ?", (now - TOKEN_SECONDS,))
    row = connection.execute("SELECT digest FROM tokens WHERE token = ?", (token,)).fetchone()
    if row is None:
        connection.execute("INSERT INTO tokens VALUES (?, ?, ?)", (token, digest, now))
        return False
    if row[0] != digest:
        raise IdempotentParameterMismatch(messages.IDEMPOTENT_MISMATCH)
    return True


def _repeated(connection: sqlite3.Connection, request: TransactWriteItems, prepared: list[Write]) -> bytes:
    """The answer to a request carried out before: this time it has only read (API reference, ClientRequestToken)."""
    meter = Meter(request.return_consumed_capacity, kind="Read")
    if not meter.on:
        return b"{}"
    for write in prepared:
        row = connection.execute(write.table.select, write.key).fetchone()
        size = 0 if row is None else row[1]
        meter.add(write.table.name, capacity.read_units(size, consistent=True, transactional=True))
    return encode({"ConsumedCapacity": meter.consumed()})


def _answer(
    request: TransactWriteItems,
    done: list[tuple[Write, Outcome]],
    collections: dict[str, list[itemcollections.Metrics]],
) -> bytes:
    answer: dict[str, Any] = {"ItemCollectionMetrics": collections} if collections else {}
    meter = Meter(request.return_consumed_capacity, kind="Write")
    for write, outcome in done:
        units = {name: 2 * each for name, each in outcome.index_units.items()}
        meter.add(write.table.name, capacity.write_units(outcome.size, transactional=True), units)
    if meter.on:
        answer["ConsumedCapacity"] = meter.consumed()
    return encode(answer)


def transact_get_items(engine: Engine, body: bytes) -> bytes:
    """TransactGetItems: up to 100 items as they were at one moment."""
    request = decode(TransactGetItems, body)
    asked = [_wanted(engine, one.get) for one in request.transact_items]
    if len({(table.name, encode_sorted(key)) for table, key, _ in asked}) < len(asked):
        raise ValidationError(messages.TRANSACTION_DUPLICATES)
    wanted = _located(asked)
    meter = Meter(request.return_consumed_capacity, kind="Read")
    with engine.storage.reading() as connection:
        rows = _snapshot(connection, [(table, key) for table, key, _ in wanted])
    if sum(0 if row is None else row[1] for row in rows) > TRANSACTION_BYTES:
        raise ValidationError(messages.TRANSACTION_TOO_LARGE)
    responses: list[dict[str, Any]] = []
    for (table, _, projection), row in zip(wanted, rows, strict=True):
        responses.append({} if row is None else {"Item": shown(row[0], projection)})
        size = 0 if row is None else row[1]
        meter.add(table.name, capacity.read_units(size, consistent=True, transactional=True))
    answer: dict[str, Any] = {"Responses": responses}
    if meter.on:
        answer["ConsumedCapacity"] = meter.consumed()
    return encode(answer)


def _wanted(engine: Engine, get: TransactGet) -> tuple[Table, Item, ProjectionExpression | None]:
    names = get.expression_attribute_names
    check_item(get.key)
    projection = expressions.projected(get.projection_expression, names)
    table = engine.table(get.table_name)
    expressions.refuse_nested_keys(table, projection)
    return table, get.key, projection


def _located(
    wanted: list[tuple[Table, Item, ProjectionExpression | None]],
) -> list[tuple[Table, Key, ProjectionExpression | None]]:
    """The items' places; a key that does not fit its table cancels the transaction, as DynamoDB Local shows."""
    located: list[tuple[Table, Key, ProjectionExpression | None]] = []
    reasons: list[CancellationReason] = []
    for table, key, projection in wanted:
        try:
            located.append((table, table.locate(key), projection))
            reasons.append(_NOT_AT_FAULT)
        except ValidationError as error:
            if error.message != messages.KEY_SCHEMA:
                raise
            reasons.append(CancellationReason("ValidationError", error.message))
    if len(located) < len(wanted):
        raise TransactionCanceled(reasons=reasons)
    return located


def _snapshot(connection: sqlite3.Connection, wanted: list[tuple[Table, Key]]) -> list[tuple[bytes, int] | None]:
    """All rows as of one moment: reads within one transaction of SQLite's see no later commit."""
    connection.execute("BEGIN")
    try:
        return [connection.execute(table.select, key).fetchone() for table, key in wanted]
    finally:
        connection.execute("COMMIT")
