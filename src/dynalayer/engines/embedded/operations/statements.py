"""ExecuteStatement, BatchExecuteStatement, ExecuteTransaction: PartiQL."""

from __future__ import annotations

import sqlite3
from typing import Any, Final

from dynalayer.engines.embedded.engine import Engine
from dynalayer.engines.embedded.items.capacity import Consumed
from dynalayer.engines.embedded.partiql import paging
from dynalayer.engines.embedded.partiql.parser import parse
from dynalayer.engines.embedded.partiql.requests import (
    BatchExecuteStatement,
    BatchStatement,
    ExecuteStatement,
    ExecuteTransaction,
    OneStatement,
)
from dynalayer.engines.embedded.partiql.selecting import Options, Page, added, select
from dynalayer.engines.embedded.partiql.syntax import Exists, Parsed, Select
from dynalayer.engines.embedded.partiql.transacting import Step, is_read, keyed_select, transact
from dynalayer.engines.embedded.partiql.writing import write
from dynalayer.engines.embedded.requests.decoding import decode, encode
from dynalayer.protocol import (
    ConditionFailed,
    SerializationError,
    ServiceError,
    ValidationError,
    check_value,
    messages,
)

_BATCH_CODES: Final = {"ValidationException": "ValidationError", "ThrottlingException": "ThrottlingError"}


def execute_statement(engine: Engine, body: bytes) -> bytes:
    """ExecuteStatement: a page of a SELECT, or one write (API reference, "ExecuteStatement")."""
    request = decode(ExecuteStatement, body)
    parsed = _parsed(request)
    capacity = request.return_consumed_capacity
    statement = parsed.statement
    if isinstance(statement, Select):
        return encode(_selected(request, select(engine, statement, parsed.values, _options(request))))
    if isinstance(statement, Exists):
        raise ValidationError(messages.STATEMENT_EXISTS_ALONE)
    on_failure = request.return_values_on_condition_check_failure
    item, consumed = write(engine, statement, parsed.values, on_failure, capacity)
    answer: dict[str, Any] = {"Items": [] if item is None else [item]}
    if consumed is not None:
        answer["ConsumedCapacity"] = consumed
    return encode(answer)


def _parsed(request: OneStatement) -> Parsed:
    parameters = request.parameters or []
    for parameter in parameters:
        check_value(parameter)
    return parse(request.statement, parameters)


def _options(request: ExecuteStatement) -> Options:
    position = paging.START
    if request.next_token is not None:
        position = paging.unseal(request.next_token, request.statement, request.parameters or [])
    return Options(
        consistent_read=request.consistent_read,
        limit=request.limit,
        return_consumed_capacity=request.return_consumed_capacity,
        position=position,
    )


def _selected(request: ExecuteStatement, page: Page) -> dict[str, Any]:
    answer: dict[str, Any] = {"Items": page.items}
    if page.position is not None:
        answer["NextToken"] = paging.seal(page.position, request.statement, request.parameters or [])
    if page.last is not None:
        answer["LastEvaluatedKey"] = page.last
    if page.consumed is not None:
        answer["ConsumedCapacity"] = page.consumed
    return answer


def batch_execute_statement(engine: Engine, body: bytes) -> bytes:
    """BatchExecuteStatement: up to 25 statements, all reads or all writes; each succeeds or fails by itself."""
    request = decode(BatchExecuteStatement, body)
    parsed = [_parsed_or_error(one) for one in request.statements]
    if len({is_read(one.statement) for one in parsed if isinstance(one, Parsed)}) > 1:
        raise ValidationError(messages.STATEMENTS_MIXED)
    responses: list[dict[str, Any]] = []
    consumed: dict[str, Consumed] = {}
    for one, statement in zip(request.statements, parsed, strict=True):
        response, units = _response(engine, one, statement, request.return_consumed_capacity)
        responses.append(response)
        if units is not None:
            table = units["TableName"]
            consumed[table] = added(consumed[table], units) if table in consumed else units
    answer: dict[str, Any] = {"Responses": responses}
    if request.return_consumed_capacity != "NONE":
        answer["ConsumedCapacity"] = list(consumed.values())
    return encode(answer)


def _parsed_or_error(one: BatchStatement) -> Parsed | ServiceError:
    try:
        return _parsed(one)
    except SerializationError:
        raise
    except ServiceError as error:
        return error


def _response(
    engine: Engine, one: BatchStatement, parsed: Parsed | ServiceError, capacity: str
) -> tuple[dict[str, Any], Consumed | None]:
    if isinstance(parsed, ServiceError):
        return {"Error": _error(parsed)}, None
    response: dict[str, Any] = {"TableName": parsed.statement.table}
    try:
        item, consumed = _fresh(engine, one, parsed, capacity)
    except ServiceError as error:
        return {"Error": _error(error), **response}, None
    if item is not None:
        response["Item"] = item
    return response, consumed


def _fresh(engine: Engine, one: BatchStatement, parsed: Parsed, capacity: str) -> tuple[Any, Consumed | None]:
    """Carry one statement out, again if its table has changed: the statements before it must not be run twice."""
    try:
        return _run(engine, one, parsed, capacity)
    except sqlite3.OperationalError as error:
        if not str(error).startswith("no such table"):
            raise
        engine.catalog.forget()
        return _run(engine, one, parsed, capacity)


def _run(engine: Engine, one: BatchStatement, parsed: Parsed, capacity: str) -> tuple[Any, Consumed | None]:
    statement = parsed.statement
    if isinstance(statement, Exists):
        raise ValidationError(messages.STATEMENT_EXISTS_ALONE)
    if not isinstance(statement, Select):
        return write(engine, statement, parsed.values, one.return_values_on_condition_check_failure, capacity)
    keyed_select(engine, parsed, messages.BATCH_SELECT_KEY)
    options = Options(consistent_read=one.consistent_read, return_consumed_capacity=capacity)
    page = select(engine, statement, parsed.values, options)
    return page.items[0] if page.items else None, page.consumed


def _error(error: ServiceError) -> dict[str, Any]:
    told: dict[str, Any] = {
        "Code": _BATCH_CODES.get(error.code, error.code.removesuffix("Exception")),
        "Message": error.message,
    }
    if isinstance(error, ConditionFailed) and error.item is not None:
        told["Item"] = error.item
    return told


def execute_transaction(engine: Engine, body: bytes) -> bytes:
    """ExecuteTransaction: up to 100 statements, all reads or all writes and EXISTS checks, carried out as one."""
    request = decode(ExecuteTransaction, body)
    steps = [Step(_parsed(one), one.return_values_on_condition_check_failure) for one in request.transact_statements]
    return encode(transact(engine, steps, request.client_request_token, request.return_consumed_capacity))
