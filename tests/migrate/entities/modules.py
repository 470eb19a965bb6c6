"""Generated modules, imported."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any
from uuid import uuid4

from dynalayer.protocol import Item
from dynalayer.schema import Definition, Table, definition_of, entities_of, recognise


def imported(source: str) -> ModuleType:
    """A module of this source, under a name of its own."""
    module = ModuleType(f"generated_{uuid4().hex}")
    sys.modules[module.__name__] = module
    try:
        exec(compile(source, module.__name__, "exec"), module.__dict__)
    finally:
        del sys.modules[module.__name__]
    return module


def tables_of(module: ModuleType) -> dict[str, Table]:
    return {value.name: value for value in vars(module).values() if isinstance(value, Table)}


def entity_of(table: Table, item: Item) -> Definition:
    """The entity of an item, which must be recognised."""
    found = recognise(table, item) if len(entities_of(table)) > 1 else entities_of(table)[0]
    assert found is not None, item
    return found


def written_again(table: Table, item: Item) -> Item:
    """What the item is after it was read into its entity and written from it, with the key that the entity gives."""
    definition = entity_of(table, item)
    entity: Any = definition.decode(item)
    assert definition_of(type(entity)) is definition
    return {**definition.encode(entity), **entity.key.wire}
