"""The items that are left over, kept in the table of the state until their rows are brought up to them."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from typing import Any, Final

import msgspec

from dynalayer import Database
from dynalayer.migrate.target import item_at
from dynalayer.protocol import Item
from dynalayer.statements import Raw

from .heartbeat import Leftover

_PK: Final = "SYNC#LEFT"


class Leftovers:
    """Keeps one entry for an item; rows that it was of are gathered."""

    def __init__(self, database: Database, table: str) -> None:
        self._database = database
        self._table = table

    def note(self, left: Leftover) -> None:
        """Keep an entry, with the rows that are kept of it already; the same one again writes nothing."""
        key = _key(left)
        before = item_at(self._database, self._table, key)
        if before is not None:
            known = _entry(before)
            left = msgspec.structs.replace(
                left, rows=tuple(dict.fromkeys((*known.rows, *left.rows))), since=known.since
            )
            if left == known:
                return
        self._run("PutItem", {"Item": {**key, "entry": {"S": msgspec.json.encode(left).decode()}}})

    def forget(self, left: Leftover) -> None:
        """Take an entry away."""
        self._run("DeleteItem", {"Key": _key(left)})

    def all(self) -> Iterator[Leftover]:
        """Every entry."""
        request: dict[str, Any] = {
            "KeyConditionExpression": "PK = :pk",
            "ExpressionAttributeValues": {":pk": {"S": _PK}},
            "ConsistentRead": True,
        }
        while True:
            answer = self._run("Query", request)
            for item in answer["Items"]:
                yield _entry(item)
            if "LastEvaluatedKey" not in answer:
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def _run(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        return self._database.run(Raw(operation, {"TableName": self._table, **request}, repeatable=True))


def _key(left: Leftover) -> Item:
    digest = blake2b(msgspec.json.encode([left.table, left.key]), digest_size=16).hexdigest()
    return {"PK": {"S": _PK}, "SK": {"S": digest}}


def _entry(item: Item) -> Leftover:
    return msgspec.json.decode(item["entry"]["S"], type=Leftover)
