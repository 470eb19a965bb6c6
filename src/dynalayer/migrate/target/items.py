"""What the target holds under a key."""

from __future__ import annotations

from typing import Any

from dynalayer import Database
from dynalayer.protocol import Item
from dynalayer.statements import Raw


def read_item(table: str, key: dict[str, Any]) -> Raw:
    """What asks for the item under a key, both as DynamoDB's JSON, as it is after all writes until now."""
    return Raw("GetItem", {"TableName": table, "Key": key, "ConsistentRead": True}, repeatable=True)


def item_in(answer: dict[str, Any]) -> Item | None:
    """The item that was answered; None if there is none."""
    found: Item | None = answer.get("Item")
    return found


def item_at(database: Database, table: str, key: dict[str, Any]) -> Item | None:
    """The item under a key as it is after all writes until now; None if there is none."""
    return item_in(database.run(read_item(table, key)))
