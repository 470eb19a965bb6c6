"""Any call of the API as its own JSON, for tables that no entity describes."""

from __future__ import annotations

from typing import Any

import msgspec

from dynalayer.protocol import Item
from dynalayer.schema import Table, Wire

from .plan import Steps, ask
from .statement import Statement


class Raw(Statement[dict[str, Any]], frozen=True):
    """A call by its name, with request and answer as the API's JSON; tried again only if `repeatable` is set."""

    operation: str  # type: ignore[misc] # of the instance here, of the class elsewhere
    given: dict[str, Any]
    repeatable: bool = False  # type: ignore[misc]

    def request(self, now: float) -> dict[str, Any]:
        return self.given

    def read(self, answer: bytes, now: float) -> dict[str, Any]:
        return msgspec.json.decode(answer, type=dict[str, Any])


def stored_item(table: Table, key: dict[str, Wire]) -> Steps[Item | None]:
    """The item that is stored under a key now, as the API's JSON; None if there is none."""
    request = {"TableName": table.name, "Key": key, "ConsistentRead": True}
    answer = yield from ask(Raw("GetItem", request, repeatable=True))
    found: Item | None = answer.get("Item")
    return found
