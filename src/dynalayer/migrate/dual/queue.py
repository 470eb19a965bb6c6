"""Keys that wait: for repair after a write that did not reach DynamoDB, or to be settled after the backfill."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import Any, Final, Literal, Protocol
from uuid import uuid4

import msgspec
from msgspec import Struct

from dynalayer.migrate.source import Dialect
from dynalayer.protocol import Item
from dynalayer.statements import Raw

from .state import State

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
    why: Why = "repair"
    id: str = msgspec.field(default_factory=lambda: str(uuid4()))


class Queue(Protocol):
    """Keeps entries until they are done; the same one may be done twice."""

    def note(self, entry: Entry, connection: Any = None) -> None:
        """Keep an entry; with a `connection` in its open transaction, which the caller commits."""

    def entries(self, why: Why, limit: int) -> list[Entry]:
        """Some of the entries."""
        ...

    def done(self, entry: Entry) -> None:
        """Forget an entry."""

    def count(self, why: Why) -> int:
        """How many there are."""
        ...


class SqlQueue:
    """The queue in the SQL database itself, so that an entry is committed with the write that it is of.

    `connect` gives connections that may write to the table `dynalayer_repairs`, which `create` makes.
    """

    def __init__(self, connect: Callable[[], Any], dialect: Dialect) -> None:
        self._connect = connect
        self._dialect: Dialect = dialect
        self._mark = "?" if dialect == "sqlite" else "%s"

    def create(self) -> None:
        """Make the table if it is not there."""
        text = "MEDIUMTEXT" if self._dialect == "mysql" else "TEXT"
        self._change(
            f"CREATE TABLE IF NOT EXISTS {SQL_TABLE} "
            f"(id VARCHAR(36) PRIMARY KEY, why VARCHAR(8) NOT NULL, entry {text} NOT NULL)"
        )

    def note(self, entry: Entry, connection: Any = None) -> None:
        sql = f"INSERT INTO {SQL_TABLE} (id, why, entry) VALUES ({', '.join([self._mark] * 3)})"
        given = (entry.id, entry.why, msgspec.json.encode(entry).decode())
        if connection is None:
            self._change(sql, given)
            return
        with closing(connection.cursor()) as cursor:
            cursor.execute(sql, given)

    def entries(self, why: Why, limit: int) -> list[Entry]:
        sql = f"SELECT entry FROM {SQL_TABLE} WHERE why = {self._mark} ORDER BY id LIMIT {int(limit)}"
        return [msgspec.json.decode(text, type=Entry) for (text,) in self._read(sql, (why,))]

    def done(self, entry: Entry) -> None:
        self._change(f"DELETE FROM {SQL_TABLE} WHERE id = {self._mark}", (entry.id,))

    def count(self, why: Why) -> int:
        return int(self._read(f"SELECT COUNT(*) FROM {SQL_TABLE} WHERE why = {self._mark}", (why,))[0][0])

    def _read(self, sql: str, given: tuple[Any, ...]) -> list[Any]:
        with closing(self._connect()) as connection, closing(connection.cursor()) as cursor:
            cursor.execute(sql, given)
            return list(cursor.fetchall())

    def _change(self, sql: str, given: tuple[Any, ...] = ()) -> None:
        with closing(self._connect()) as connection:
            with closing(connection.cursor()) as cursor:
                cursor.execute(sql, given)
            connection.commit()


class StoredQueue:
    """The queue in the table of the state: for applications that cannot have a table of their own in SQL.

    It is not there when DynamoDB is not, and does not see a process that is killed between the two writes.
    """

    def __init__(self, state: State) -> None:
        self._state = state

    def note(self, entry: Entry, connection: Any = None) -> None:
        item = {"PK": {"S": _kind(entry.why)}, "SK": {"S": entry.id}, "entry": {"S": _text(entry)}}
        self._run("PutItem", {"Item": item})

    def entries(self, why: Why, limit: int) -> list[Entry]:
        found = self._run("Query", {**_of(why), "Limit": limit})["Items"]
        return [msgspec.json.decode(item["entry"]["S"], type=Entry) for item in found]

    def done(self, entry: Entry) -> None:
        self._run("DeleteItem", {"Key": {"PK": {"S": _kind(entry.why)}, "SK": {"S": entry.id}}})

    def count(self, why: Why) -> int:
        request, counted = {**_of(why), "Select": "COUNT"}, 0
        while True:
            answer = self._run("Query", request)
            counted += int(answer["Count"])
            if "LastEvaluatedKey" not in answer:
                return counted
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def _run(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        return self._state.database.run(Raw(operation, {"TableName": self._state.table, **request}, repeatable=True))


def _kind(why: Why) -> str:
    return f"QUEUE#{why}"


def _text(entry: Entry) -> str:
    return msgspec.json.encode(entry).decode()


def _of(why: Why) -> dict[str, Any]:
    values = {":pk": {"S": _kind(why)}}
    return {"KeyConditionExpression": "PK = :pk", "ExpressionAttributeValues": values, "ConsistentRead": True}
