"""Looking at the tables that are there, and making one change at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from dynalayer import Database
from dynalayer.schema import Table
from dynalayer.statements import (
    IndexProgress,
    Raw,
    bring_up,
    look_at,
    settle,
)

from .changes import Change, changes


def plan(database: Database, tables: Sequence[Table]) -> list[Change]:
    """All changes that would make the tables that are there the declared ones; nothing is changed."""
    return [change for table in tables for change in changes(table, database.run(look_at(table.name)))]


def make(
    database: Database,
    change: Change,
    progress: Callable[[IndexProgress], None] | None = None,
) -> None:
    """Make one change and wait until it is done; raises what the service says against it."""
    table = change.table
    match change.kind:
        case "create table":
            database.create_tables(table)
        case "replace table":
            database.delete_tables(table)
            database.create_tables(table)
        case "add index":
            database.add_index(table, change.subject, progress)
        case "set settings":
            database.run(bring_up(table))
        case _:
            database.run(Raw(*_request(change)))
    database.run(settle(table))


def _request(change: Change) -> tuple[str, dict[str, Any]]:
    name: dict[str, Any] = {"TableName": change.table.name}
    match change.kind:
        case "bill on demand":
            return "UpdateTable", name | {"BillingMode": "PAY_PER_REQUEST"}
        case "unset expiry":
            specification = {"Enabled": False, "AttributeName": change.subject}
            return "UpdateTimeToLive", name | {"TimeToLiveSpecification": specification}
        case "turn off stream":
            return "UpdateTable", name | {"StreamSpecification": {"StreamEnabled": False}}
        case "turn off recovery":
            specification = {"PointInTimeRecoveryEnabled": False}
            return "UpdateContinuousBackups", name | {"PointInTimeRecoverySpecification": specification}
        case "turn off protection":
            return "UpdateTable", name | {"DeletionProtectionEnabled": False}
        case _:
            return "UpdateTable", name | {"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": change.subject}}]}
