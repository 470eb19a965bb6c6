"""Capacity units as the service counts them (guide, "Read and write capacity"): 4 KB a read, 1 KB a write unit."""

from __future__ import annotations

from typing import Any

from dynalayer.engines.embedded.tables.shape import Index
from dynalayer.protocol.limits import READ_UNIT_BYTES, WRITE_UNIT_BYTES

Consumed = dict[str, Any]


def read_units(size: int, *, consistent: bool | None, transactional: bool = False) -> float:
    """Units of a read of that many bytes: halved when eventually consistent, doubled in a transaction."""
    units = max(1, -(-size // READ_UNIT_BYTES))
    if transactional:
        return 2.0 * units
    return float(units) if consistent else units / 2


def write_units(size: int, *, transactional: bool = False) -> float:
    """Units of a write whose larger image, old or new, has that many bytes."""
    return float(max(1, -(-size // WRITE_UNIT_BYTES)) * (2 if transactional else 1))


class Meter:
    """Adds up what an operation consumed of each table and its indexes."""

    def __init__(self, wanted: str, *, kind: str | None = None) -> None:
        """`wanted` is ReturnConsumedCapacity; `kind` is "Read" or "Write" where the answer tells them apart."""
        self.on = wanted != "NONE"
        self._detailed = wanted == "INDEXES"
        self._kind = kind
        self._tables: dict[str, float] = {}
        self._indexes: dict[str, dict[tuple[str, str], float]] = {}

    def add(self, table: str, units: float, indexes: dict[Index, float] | None = None) -> None:
        """Note units of a table, and of its indexes."""
        self._tables[table] = self._tables.get(table, 0.0) + units
        consumed = self._indexes.setdefault(table, {})
        for index, index_units in (indexes or {}).items():
            kind = "LocalSecondaryIndexes" if index.local else "GlobalSecondaryIndexes"
            consumed[kind, index.name] = consumed.get((kind, index.name), 0.0) + index_units

    def consumed(self) -> list[Consumed]:
        """One ConsumedCapacity for each table."""
        return [self._of(table) for table in self._tables]

    def _of(self, table: str) -> Consumed:
        units, indexes = self._tables[table], self._indexes[table]
        answer: Consumed = {"TableName": table, **self._units(units + sum(indexes.values()))}
        if self._detailed:
            answer["Table"] = self._units(units)
            for (kind, name), index_units in indexes.items():
                answer.setdefault(kind, {})[name] = self._units(index_units)
        return answer

    def _units(self, units: float) -> Consumed:
        answer: Consumed = {"CapacityUnits": units}
        if self._kind is not None:
            answer[f"{self._kind}CapacityUnits"] = units
        return answer
