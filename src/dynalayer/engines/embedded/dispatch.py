"""From an operation's name to the function that answers it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from typing import Final

from dynalayer.engines.embedded.engine import Engine
from dynalayer.engines.embedded.operations import items, tables
from dynalayer.protocol import UnknownOperation, messages

Operation = Callable[[Engine, bytes], bytes]

OPERATIONS: Final[Mapping[str, Operation]] = {
    "CreateTable": tables.create_table,
    "DescribeTable": tables.describe_table,
    "ListTables": tables.list_tables,
    "DeleteTable": tables.delete_table,
    "GetItem": items.get_item,
    "PutItem": items.put_item,
    "UpdateItem": items.update_item,
    "DeleteItem": items.delete_item,
}

READS: Final = frozenset(
    {
        "DescribeTable",
        "ListTables",
        "GetItem",
    }
)
"""Operations that never wait for a lock or for the disk to take a write."""


def answer(engine: Engine, operation: str, body: bytes) -> bytes:
    """Answer one call of the API."""
    run = OPERATIONS.get(operation)
    if run is None:
        raise UnknownOperation(messages.OPERATION_UNSUPPORTED.format(operation))
    try:
        return run(engine, body)
    except sqlite3.OperationalError as error:
        if not str(error).startswith("no such table"):
            raise
    # Another thread or process has changed the table since it was last looked at; nothing has been written.
    engine.catalog.forget()
    return run(engine, body)
