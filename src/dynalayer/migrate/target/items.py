"""What the target holds under a key."""

from __future__ import annotations

from typing import Any

from dynalayer import Database
from dynalayer.protocol import Item
from dynalayer.statements import Raw


def item_at(database: Database, table: str, key: dict[str, Any]) -> Item | None:
    """The item under a key, both as DynamoDB's JSON, as it is after all writes until now; None if there is none."""
    request = {"TableName": table, "Key": key, "ConsistentRead": True}
    found: Item | None = database.run(Raw("GetItem", request, repeatable=True)).get("Item")
    return found
