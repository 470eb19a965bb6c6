"""Any call of the API as its own JSON, for tables that no entity describes."""

from __future__ import annotations

from typing import Any

import msgspec

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
