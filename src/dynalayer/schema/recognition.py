"""Which entity an item of a table is."""

from __future__ import annotations

from dynalayer.protocol import InvalidValue, Item

from .definition import Definition, entities_of
from .markers import is_marker
from .paths import KeyPart
from .table import Table


def recognise(table: Table, item: Item) -> Definition | None:
    """The entity that an item is: by the table's discriminator, else by its key; None if it is of no declared one."""
    entities = entities_of(table)
    if is_marker(table, item) and any(entity.uniques for entity in entities):
        return None
    if table.discriminator is not None and table.discriminator in item:
        name = item[table.discriminator].get("S")
        return next((entity for entity in entities if entity.name == name), None)
    return next((entity for entity in entities if _has_key_of(entity, item)), None)


def _has_key_of(entity: Definition, item: Item) -> bool:
    return all(_fits(part, item) for part in entity.primary.parts)


def _fits(part: KeyPart, item: Item) -> bool:
    wire = item.get(part.attribute.name, {})
    if part.template is None:
        return part.attribute.kind in wire
    if "S" not in wire or not wire["S"].startswith(part.template.prefix):
        return False
    try:
        part.template.parse(wire["S"])
    except InvalidValue:
        return False
    return True
