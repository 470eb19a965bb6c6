"""Holds every index of a database file against its table, and every row against its own columns."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import msgspec

from dynalayer.engines.embedded.tables import catalog
from dynalayer.engines.embedded.tables.shape import Table
from dynalayer.protocol import item_size


def faults(path: Path) -> list[str]:
    """What does not fit together in the file: entries without items, items without entries, wrong sizes or keys."""
    connection = sqlite3.connect(path)
    try:
        found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check")]
        tables = [catalog.table_of(record) for record in catalog.records(connection)]
        return [fault for fault in found if fault != "ok"] + [
            fault for table in tables for fault in _faults(connection, table)
        ]
    finally:
        connection.close()


def _faults(connection: sqlite3.Connection, table: Table) -> list[str]:
    found: list[str] = []
    items = {}
    for pk, sk, size, item in connection.execute(f"SELECT pk, sk, size, item FROM {table.rows}"):
        items[pk, sk] = decoded = msgspec.json.decode(item)
        if table.key_of(decoded) != (pk, sk) or item_size(decoded) != size:
            found.append(f"{table.name}: the row of {decoded} has another key or size")
    for index in table.indexes:
        entries = set(connection.execute(f"SELECT hk, rk, pk, sk FROM {index.rows}"))
        expected = {(*place, *key) for key, item in items.items() if (place := index.place(item)) is not None}
        found += [f"{index.name}: an entry without its item: {entry}" for entry in entries - expected]
        found += [f"{index.name}: an item without its entry: {entry}" for entry in expected - entries]
    return found + _wrong_collections(connection, table, items)


def _wrong_collections(
    connection: sqlite3.Connection, table: Table, items: dict[tuple[bytes, bytes], dict[str, Any]]
) -> list[str]:
    if table.collections is None:
        return []
    expected: dict[bytes, int] = {}
    for (pk, _), item in items.items():
        entries = [index.projected(item) for index in table.local if index.place(item) is not None]
        expected[pk] = expected.get(pk, 0) + sum(map(item_size, [item, *entries]))
    kept = dict(connection.execute(f"SELECT pk, size FROM {table.collections}"))
    return [] if kept == expected else [f"{table.name}: item collections have sizes {kept}, not {expected}"]
