"""From an operation's name to the function that answers it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from typing import Final

from dynalayer.engines.embedded.engine import Engine
from dynalayer.engines.embedded.items import expiry
from dynalayer.engines.embedded.operations import (
    account,
    batches,
    items,
    queries,
    settings,
    statements,
    streams,
    tables,
    tags,
    transactions,
    updates,
)
from dynalayer.engines.embedded.storage.failures import failure
from dynalayer.protocol import UnknownOperation, messages

Operation = Callable[[Engine, bytes], bytes]

OPERATIONS: Final[Mapping[str, Operation]] = {
    "CreateTable": tables.create_table,
    "DescribeTable": tables.describe_table,
    "ListTables": tables.list_tables,
    "DeleteTable": tables.delete_table,
    "UpdateTable": updates.update_table,
    "GetItem": items.get_item,
    "PutItem": items.put_item,
    "UpdateItem": items.update_item,
    "DeleteItem": items.delete_item,
    "Query": queries.query,
    "Scan": queries.scan,
    "BatchGetItem": batches.batch_get_item,
    "BatchWriteItem": batches.batch_write_item,
    "TransactGetItems": transactions.transact_get_items,
    "TransactWriteItems": transactions.transact_write_items,
    "ExecuteStatement": statements.execute_statement,
    "BatchExecuteStatement": statements.batch_execute_statement,
    "ExecuteTransaction": statements.execute_transaction,
    "UpdateTimeToLive": settings.update_time_to_live,
    "DescribeTimeToLive": settings.describe_time_to_live,
    "ListStreams": streams.list_streams,
    "DescribeStream": streams.describe_stream,
    "GetShardIterator": streams.get_shard_iterator,
    "GetRecords": streams.get_records,
    "UpdateContinuousBackups": settings.update_continuous_backups,
    "DescribeContinuousBackups": settings.describe_continuous_backups,
    "TagResource": tags.tag_resource,
    "UntagResource": tags.untag_resource,
    "ListTagsOfResource": tags.list_tags_of_resource,
    "DescribeLimits": account.describe_limits,
    "DescribeEndpoints": account.describe_endpoints,
}

READS: Final = frozenset(
    {
        "DescribeTable",
        "ListTables",
        "DescribeTimeToLive",
        "DescribeContinuousBackups",
        "ListTagsOfResource",
        "DescribeLimits",
        "DescribeEndpoints",
        "ListStreams",
        "DescribeStream",
        "GetShardIterator",
        "GetRecords",
        "GetItem",
        "BatchGetItem",
        "TransactGetItems",
        "Query",
        "Scan",
    }
)
"""Operations that never wait for a lock or for the disk to take a write."""

LONG: Final = frozenset({"UpdateTable"})
"""Operations that write in many transactions, and may take as long as reading a whole table."""

_LOOKS: Final = 10
"""How often a table may have changed in the moment between looking it up and using it."""


def answer(engine: Engine, operation: str, body: bytes) -> bytes:
    """Answer one call of the API."""
    run = OPERATIONS.get(operation)
    if run is None:
        raise UnknownOperation(messages.OPERATION_UNSUPPORTED.format(operation))
    response = _answer(engine, run, body)
    if operation not in READS:
        expiry.now_and_then(engine)
    return response


def _answer(engine: Engine, run: Operation, body: bytes) -> bytes:
    for _ in range(_LOOKS):
        try:
            return run(engine, body)
        except sqlite3.Error as error:
            if not str(error).startswith("no such table"):
                raise failure(error) from error
            # Another thread or process has changed the table since it was last looked at; nothing has been written.
            engine.catalog.forget()
    return run(engine, body)
