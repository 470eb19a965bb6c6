"""What writing an item takes: a unit for each KiB begun, of the table and of every index that the item is in."""

from __future__ import annotations

from dynalayer.migrate.contract import IndexSpec, TableSpec
from dynalayer.protocol import Item, item_size, limits


def write_units(table: TableSpec, item: Item, size: int | None = None) -> int:
    """The write units of putting a new item (guide, "Write request unit", "Provisioned throughput for indexes")."""
    size = item_size(item) if size is None else size
    return _units(size) + sum(_units(_carried(table, index, item, size)) for index in indexes_of(table, item))


def indexes_of(table: TableSpec, item: Item) -> list[IndexSpec]:
    """The indexes that the item is in: those whose key attributes it has."""
    return [index for index in table.indexes if all(name in item for name in index.key_names)]


def _carried(table: TableSpec, index: IndexSpec, item: Item, size: int) -> int:
    if index.projection == "ALL":
        return size
    names = {*table.key_names, *index.key_names, *index.projected_attributes}
    return item_size({name: value for name, value in item.items() if name in names})


def _units(size: int) -> int:
    return max(1, -(-size // limits.WRITE_UNIT_BYTES))
