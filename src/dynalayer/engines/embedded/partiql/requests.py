"""The requests of the three PartiQL operations (API reference, "ExecuteStatement" and its siblings)."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from dynalayer.engines.embedded.requests.structs import Capacity, OnFailure, Positive, Request
from dynalayer.protocol import Value
from dynalayer.protocol.limits import BATCH_STATEMENTS, STATEMENT_LENGTH, TRANSACTION_ACTIONS

Text = Annotated[str, Meta(min_length=1, max_length=STATEMENT_LENGTH)]
Parameters = Annotated[list[Value], Meta(min_length=1)]


class OneStatement(Request, kw_only=True):
    """A statement, the values for its question marks, and what to show when its condition fails."""

    statement: Text
    parameters: Parameters | None = None
    return_values_on_condition_check_failure: OnFailure = "NONE"


class ExecuteStatement(OneStatement, kw_only=True):
    """ExecuteStatement."""

    consistent_read: bool | None = None
    next_token: Annotated[str, Meta(min_length=1, max_length=32768)] | None = None
    return_consumed_capacity: Capacity = "NONE"
    limit: Positive | None = None


class BatchStatement(OneStatement, kw_only=True):
    """One statement of a batch."""

    consistent_read: bool | None = None


class BatchExecuteStatement(Request, kw_only=True):
    """BatchExecuteStatement."""

    statements: Annotated[list[BatchStatement], Meta(min_length=1, max_length=BATCH_STATEMENTS)]
    return_consumed_capacity: Capacity = "NONE"


class ExecuteTransaction(Request, kw_only=True):
    """ExecuteTransaction."""

    transact_statements: Annotated[list[OneStatement], Meta(min_length=1, max_length=TRANSACTION_ACTIONS)]
    client_request_token: Annotated[str, Meta(min_length=1, max_length=36)] | None = None
    return_consumed_capacity: Capacity = "NONE"
