"""Bringing a stored item to the newest version of its schema, unless someone else changes it meanwhile."""

from __future__ import annotations

from typing import Any, ClassVar

from dynalayer.protocol import Item
from dynalayer.schema import Definition
from dynalayer.statements.items.guards import Guards
from dynalayer.statements.rendering import Placeholders
from dynalayer.statements.statement import Statement

COMPARED = 100
"""How many attributes are held against what was read: their conditions must fit into 4 KB of expression."""


class Upgraded(Statement[None], frozen=True):
    """Put the newest form of an item that was read in place of it, if it is still what was read."""

    definition: Definition
    item: Item

    operation: ClassVar[str] = "PutItem"

    def request(self, now: float) -> dict[str, Any]:
        to = Placeholders()
        request: dict[str, Any] = {"TableName": self.definition.table.name, "Item": self._newest()}
        guards = Guards(to)
        for name in sorted(self.item)[:COMPARED]:
            guards.add(f"{to.name(name)} = {to.value(self.item[name])}")
        guards.add_to(request)
        to.add_to(request)
        return request

    def read(self, answer: bytes, now: float) -> None:
        return None

    def _newest(self) -> Item:
        newest = self.definition.encode(self.definition.decode(self.item))
        revision = self.definition.lifecycle.revision if self.definition.lifecycle else None
        if revision is not None and revision.wire_in(self.item) is None:
            # No write has counted it yet, and whoever read it before knows it as one without a revision.
            (newest[revision.inside]["M"] if revision.inside else newest).pop(revision.wire_name, None)
        return newest
