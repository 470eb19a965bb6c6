"""Holding a declared table against the one that is there."""

from __future__ import annotations

from typing import Any

from dynalayer.protocol import DefinitionError
from dynalayer.schema import Table


def refuse_other_shape(table: Table, found: dict[str, Any]) -> None:
    """Raise `DefinitionError` if the table that exists has other keys, or lacks a declared index."""
    wanted = table.create_request()
    if _keys(wanted) != _keys(found):
        raise DefinitionError(
            f"table {table.name!r} exists with the keys {_keys(found)}, but is declared with {_keys(wanted)}"
        )
    indexes = {index["IndexName"]: _keys(index) for index in found.get("GlobalSecondaryIndexes", ())}
    for index in wanted.get("GlobalSecondaryIndexes", ()):
        name = index["IndexName"]
        if indexes.get(name) != _keys(index):
            there = f"has the keys {indexes[name]}" if name in indexes else "does not exist"
            raise DefinitionError(f"table {table.name!r} is declared with index {name!r} on {_keys(index)}; it {there}")


def _keys(holder: dict[str, Any]) -> list[str]:
    return [key["AttributeName"] for key in sorted(holder["KeySchema"], key=lambda key: key["KeyType"])]
