"""A copy of everything that is a user's, item by item, for whoever wants to take it along."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any, Final

from coagent.entities.stored import Stored
from coagent.workspace.context import Context
from coagent.workspace.leaving import partitions
from dynalayer import unknown_attributes

_SECRET: Final = frozenset({"accessToken", "refreshToken"})
"""What is of use only to whoever acts in the user's name elsewhere."""


async def export(context: Context) -> AsyncGenerator[tuple[str, dict[str, Any]]]:
    """The kind and the fields of each item, by the names of the wire; of tokens all but the tokens.

    All of the user's partitions is read, and what only an index shows to be the user's; so nothing is left out that is
    of a kind that was added later, of one that only others know, or in a shape of before: it comes as it is stored.
    """
    found = partitions(context.user_id)
    for partition in found.values():
        async for item in context.database.query(Stored.key.partition(partition)):
            yield item.kind or "", _fields(item)
    async for item in context.database.query(Stored.by_owner(found["user"])):
        if item.pk not in found.values():
            yield item.kind or "", _fields(item)


def _fields(item: Stored) -> dict[str, Any]:
    """What an item keeps in its map; all beside its keys if it has none."""
    fields: dict[str, Any] = _without_secrets(unknown_attributes(item) if item.data is None else item.data)
    return fields


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_secrets(member) for name, member in value.items() if name not in _SECRET}
    return [_without_secrets(member) for member in value] if isinstance(value, list) else value
