"""Capacity units and money: what reads and writes of given sizes cost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

import msgspec

from dynalayer.protocol import item_size
from dynalayer.protocol.limits import PAGE_BYTES, READ_UNIT_BYTES, WRITE_UNIT_BYTES
from dynalayer.schema import AccessPath, Definition, Entity

MILLION = 1_000_000


class Prices(msgspec.Struct, frozen=True):
    """What a million request units cost on demand in a region, as of a day.

    Prices change and differ by region and contract: take yours from the service's price list. Without a region they
    are told as those of the caller.
    """

    region: str
    read: Decimal
    write: Decimal
    as_of: date | None = None
    currency: str = "USD"

    def million(self, read_units: Decimal | float, write_units: Decimal | float) -> Decimal:
        """What it costs to do a million times what takes these units."""
        return self.read * Decimal(str(read_units)) + self.write * Decimal(str(write_units))

    def cost(self, read_units: Decimal | float, write_units: Decimal | float) -> Decimal:
        """What these units cost."""
        return self.million(read_units, write_units) / MILLION

    def __str__(self) -> str:
        where = f"on demand in {self.region}" if self.region else "as given"
        return where if self.as_of is None else f"{where}, prices of {self.as_of.isoformat()}"


ON_DEMAND: Final = Prices("us-east-1", Decimal("0.125"), Decimal("0.625"), date(2024, 11, 1))
"""The list price of the service's largest region; give your own region's or contract's where it differs."""


class Assumed(msgspec.Struct, frozen=True):
    """What the caller knows of the data: bytes of an item (of all entities, or of each), items that a read meets."""

    item_bytes: int | Mapping[type[Entity], int] | None = None
    items: int | None = None

    def bytes_of(self, definition: Definition) -> int | None:
        """The size of an item of an entity, if it is known."""
        if isinstance(self.item_bytes, Mapping):
            return self.item_bytes.get(definition.cls)
        return self.item_bytes

    def largest_of(self, definitions: list[Definition]) -> int | None:
        """The size of the largest of items of several entities, if all are known."""
        sizes = [self.bytes_of(definition) for definition in definitions]
        known = [size for size in sizes if size is not None]
        return max(known) if known and len(known) == len(sizes) else None


def read_units(size: int, each: float) -> float:
    """Units of one item read by its key (guide, "Read consumption"): 4 KB each, and one at least."""
    return max(1, -(-size // READ_UNIT_BYTES)) * each


def page_units(items: int, size: int, each: float) -> tuple[float, int]:
    """Units and pages of items that are read in a row: sizes are summed up, then rounded for each page of 1 MB."""
    pages = max(1, -(-items * size // PAGE_BYTES))
    return max(1, -(-items * size // READ_UNIT_BYTES)) * each, pages


def write_units(size: int) -> int:
    """Units of one item written (guide, "Write consumption"): 1 KB each, and one at least."""
    return max(1, -(-size // WRITE_UNIT_BYTES))


class WriteCost(msgspec.Struct, frozen=True):
    """Units of a write: for the item, for the indexes that hold it; `is_known` if its size is."""

    item: int
    entries: int
    indexes: int
    size: int | None

    @property
    def units(self) -> int:
        """All of them; an index whose key changes takes its part twice."""
        return self.item + self.entries

    def __str__(self) -> str:
        size = "1 WCU for each KB of it" if self.size is None else f"{self.item} WCU for {self.size:,} bytes"
        if not self.indexes:
            return size
        names = "1 index" if self.indexes == 1 else f"{self.indexes} indexes"
        return (
            f"{size} and {self.entries}{' or more' if self.size is None else ''} for {names} (twice if a key changes)"
        )


def cost_of_put(entity: Entity) -> WriteCost:
    """What it costs to write this entity: its size is known, and which indexes hold it."""
    definition = entity.__definition__
    item = definition.item(entity, 0.0)
    held = [path for path in definition.paths.values() if _holds(path, entity)]
    entries = 0
    for path in held:
        carried = definition.table.carried_by(definition.table.indexes[path.index or ""])
        entry = item if carried is None else {name: value for name, value in item.items() if name in carried}
        entries += write_units(item_size(entry))
    size = item_size(item)
    return WriteCost(write_units(size), entries, len(held), size)


def _holds(path: AccessPath, entity: Any) -> bool:
    return all(source.role is not None or getattr(entity, source.name, None) is not None for source in path.sources)


def cost_of_change(definition: Definition, changed: set[str] | None, size: int | None) -> WriteCost:
    """What it costs to change these attributes of an item, or to delete it where None, in at most so many indexes."""
    touched = [path for path in definition.paths.values() if changed is None or _touches(path, changed)]
    units = 1 if size is None else write_units(size)
    return WriteCost(units, units * len(touched), len(touched), size)


def _touches(path: AccessPath, changed: set[str]) -> bool:
    sources = {source.name for source in path.sources}
    return bool(sources & changed) or bool(changed - set(path.lacking))
