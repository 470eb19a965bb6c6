"""What waits for repair or to be settled, and what is asked of either database to keep it; pure."""

from __future__ import annotations

from typing import Any, Final, Literal
from uuid import uuid4

import msgspec
from msgspec import Struct

from dynalayer.migrate.source import Dialect
from dynalayer.protocol import Item
from dynalayer.statements import Raw

Why = Literal["repair", "settle"]
SQL_TABLE: Final = "dynalayer_repairs"


class Traced(Struct, frozen=True):
    """A row of an entity whose item is concerned, by its key's text, and what its item was told by before."""

    entity: str
    key: str
    mark: Item | None = None


class Entry(Struct, frozen=True):
    """A row of the source that was written, and the rows whose items were made of it before."""

    table: str
    key: str
    rows: tuple[Traced, ...]
    id: str
    why: Why = "repair"


def entry_id(at: float) -> str:
    """An id of an entry that is noted at a moment of the state's clock: ids are in the order of their moments."""
    return f"{moment_of(at)}-{uuid4().hex[:22]}"


def moment_of(at: float) -> str:
    """What the ids of all entries that were noted before a moment are below."""
    return f"{int(at * 1000):013d}"


class Asked(Struct, frozen=True):
    """A statement of SQL; its parameters stand in it as `:name`, each once and in this order."""

    sql: str
    given: dict[str, Any] = {}


def sql_table(dialect: Dialect) -> Asked:
    """What makes the table if it is not there."""
    text = "MEDIUMTEXT" if dialect == "mysql" else "TEXT"
    return Asked(
        f"CREATE TABLE IF NOT EXISTS {SQL_TABLE} "
        f"(id VARCHAR(36) PRIMARY KEY, why VARCHAR(8) NOT NULL, entry {text} NOT NULL)"
    )


def sql_note(entry: Entry) -> Asked:
    """What keeps an entry."""
    sql = f"INSERT INTO {SQL_TABLE} (id, why, entry) VALUES (:id, :why, :entry)"
    return Asked(sql, {"id": entry.id, "why": entry.why, "entry": text_of(entry)})


def sql_entries(why: Why, limit: int) -> Asked:
    """What gives some of the entries."""
    sql = f"SELECT entry FROM {SQL_TABLE} WHERE why = :why ORDER BY id LIMIT {int(limit)}"
    return Asked(sql, {"why": why})


def sql_done(entry: Entry) -> Asked:
    """What forgets an entry."""
    return Asked(f"DELETE FROM {SQL_TABLE} WHERE id = :id", {"id": entry.id})


def sql_count(why: Why, before: float) -> Asked:
    """What counts the entries that were noted before a moment."""
    sql = f"SELECT COUNT(*) FROM {SQL_TABLE} WHERE why = :why AND id < :before"
    return Asked(sql, {"why": why, "before": moment_of(before)})


def stored_note(table: str, entry: Entry) -> Raw:
    """What keeps an entry in a table of DynamoDB."""
    item = {"PK": {"S": _kind(entry.why)}, "SK": {"S": entry.id}, "entry": {"S": text_of(entry)}}
    return Raw("PutItem", {"TableName": table, "Item": item}, repeatable=True)


def stored_entries(table: str, why: Why, limit: int) -> Raw:
    """What gives some of the entries."""
    return Raw("Query", {"TableName": table, **_of(why), "Limit": limit}, repeatable=True)


def stored_done(table: str, entry: Entry) -> Raw:
    """What forgets an entry."""
    key = {"PK": {"S": _kind(entry.why)}, "SK": {"S": entry.id}}
    return Raw("DeleteItem", {"TableName": table, "Key": key}, repeatable=True)


def stored_count(table: str, why: Why, before: float, start: Item | None) -> Raw:
    """What counts a page of the entries that were noted before a moment."""
    request = {
        "TableName": table,
        **_of(why),
        "KeyConditionExpression": "PK = :pk AND SK < :before",
        "ExpressionAttributeValues": {":pk": {"S": _kind(why)}, ":before": {"S": moment_of(before)}},
        "Select": "COUNT",
    }
    return Raw("Query", request if start is None else {**request, "ExclusiveStartKey": start}, repeatable=True)


def text_of(entry: Entry) -> str:
    """An entry as it is kept."""
    return msgspec.json.encode(entry).decode()


def entry_of(text: str) -> Entry:
    """An entry that was kept."""
    return msgspec.json.decode(text, type=Entry)


def _kind(why: Why) -> str:
    return f"QUEUE#{why}"


def _of(why: Why) -> dict[str, Any]:
    values = {":pk": {"S": _kind(why)}}
    return {"KeyConditionExpression": "PK = :pk", "ExpressionAttributeValues": values, "ConsistentRead": True}
