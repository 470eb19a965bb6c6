"""Contracts that say what they hardly mean."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from dynalayer.migrate.contract import Contract, Finding
from dynalayer.migrate.contract.values import Conditional, JsonConstruction

_IS_NULL: Final = re.compile(r"\s*(?:[`\"\w]+\.)?[`\"]?(\w+)[`\"]?\s+IS\s+NULL\s*", re.IGNORECASE)


def check_meaning(contract: Contract) -> Iterator[Finding]:
    """What is written the wrong way round, or without an end."""
    for _, entity in contract.entities():
        for attribute in entity.attributes:
            value = attribute.value
            if isinstance(value, Conditional):
                yield from _conditional(value, attribute.pointer)
            if isinstance(value, JsonConstruction) and value.kind == "array" and value.limit is None:
                reason = f"{attribute.name!r} holds every row of {value.target_table!r} that belongs to its row"
                hint = "give it a 'limit', or items of their own; an item holds 400 KB"
                yield Finding("warning", attribute.pointer, reason, hint)


def _conditional(value: Conditional, pointer: str) -> Iterator[Finding]:
    """A condition that a column is null, with a value that is looked up by that very column, has its arms swapped."""
    found = _IS_NULL.fullmatch(value.condition)
    if found is None:
        return
    column = found.group(1)
    joins_by_it = re.search(rf"\b{re.escape(column)}\b", value.join_condition) is not None
    selects_row = not value.select_column.strip().startswith(("'", '"'))
    if joins_by_it and selects_row:
        reason = f"where {column!r} is null no row is joined by it, but {value.select_column!r} is taken from that row"
        yield Finding("error", pointer, reason, "are 'select_column' and 'else_value' the wrong way round?")
