"""Statements of a transaction, carried out as one TransactGetItems or one TransactWriteItems."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from dynalayer.engines.embedded.engine import Engine
from dynalayer.engines.embedded.operations import transactions
from dynalayer.engines.embedded.partiql import planning
from dynalayer.engines.embedded.partiql.planning import Keyed
from dynalayer.engines.embedded.partiql.selecting import chosen
from dynalayer.engines.embedded.partiql.syntax import Delete, Insert, Parsed, Select, Statement, Update
from dynalayer.engines.embedded.partiql.writing import request_of
from dynalayer.engines.embedded.requests.decoding import encode
from dynalayer.protocol import CancellationReason, TransactionCanceled, ValidationError, messages


@dataclass(frozen=True, slots=True)
class Step:
    """A statement of a transaction, and what to show when its condition fails."""

    parsed: Parsed
    on_failure: str


def is_read(statement: Statement) -> bool:
    """Whether a statement only reads; EXISTS goes with the writes, whose conditions it adds to."""
    return isinstance(statement, Select)


def keyed_select(engine: Engine, parsed: Parsed, refusal: str) -> tuple[Select, Keyed]:
    """A SELECT of one item by its full key; raises `ValidationError` with the refusal for any other."""
    select = parsed.statement
    assert isinstance(select, Select)
    table = engine.table(select.table)
    found = None if select.index is not None else planning.keyed(table, select.where, parsed.values)
    if found is None:
        raise ValidationError(refusal)
    return select, found


def transact(engine: Engine, steps: Sequence[Step], token: str | None, capacity: str) -> dict[str, Any]:
    """The answer of ExecuteTransaction; raises `ValidationError` when reads and writes are mixed."""
    reads = {is_read(step.parsed.statement) for step in steps}
    if len(reads) > 1:
        raise ValidationError(messages.STATEMENTS_MIXED)
    return _read(engine, steps, capacity) if reads.pop() else _write(engine, steps, token, capacity)


def _read(engine: Engine, steps: Sequence[Step], capacity: str) -> dict[str, Any]:
    wanted = [keyed_select(engine, step.parsed, messages.TRANSACTION_SELECT_KEY) for step in steps]
    gets = [{"Get": {"TableName": select.table, "Key": found.key}} for select, found in wanted]
    request = {"TransactItems": gets, "ReturnConsumedCapacity": capacity}
    answer = msgspec.json.decode(transactions.transact_get_items(engine, encode(request)))
    responses: list[dict[str, Any]] = []
    for step, (select, found), response in zip(steps, wanted, answer["Responses"], strict=True):
        items = [response["Item"]] if "Item" in response else []
        kept = chosen(items, select, found.rest, step.parsed.values)
        responses.append({"Item": kept[0]} if kept else {})
    return {**answer, "Responses": responses}


def _write(engine: Engine, steps: Sequence[Step], token: str | None, capacity: str) -> dict[str, Any]:
    request = {
        "TransactItems": [_action(engine, step) for step in steps],
        "ClientRequestToken": token,
        "ReturnConsumedCapacity": capacity,
    }
    try:
        answer = msgspec.json.decode(transactions.transact_write_items(engine, encode(request)))
    except TransactionCanceled as error:
        reasons = zip(steps, error.reasons, strict=True)
        raise TransactionCanceled(reasons=[_reason(step, reason) for step, reason in reasons]) from None
    return {"Responses": [{} for _ in steps], **answer}


def _action(engine: Engine, step: Step) -> dict[str, Any]:
    statement = step.parsed.statement
    assert not isinstance(statement, Select)
    if isinstance(statement, Update | Delete) and statement.returning != "NONE":
        raise ValidationError(messages.STATEMENT_RETURNING_TRANSACTION)
    kind, request = request_of(engine, statement, step.parsed.values, step.on_failure)
    return {kind: request}


def _reason(step: Step, reason: CancellationReason) -> CancellationReason:
    if isinstance(step.parsed.statement, Insert) and reason.code == "ConditionalCheckFailed":
        return CancellationReason("DuplicateItem", messages.DUPLICATE_ITEM)
    return reason
