"""Item collections: what tables with local indexes hold under one partition key, and how large it is.

The size of each collection is kept beside the items, so that neither the answer to ReturnItemCollectionMetrics nor the
limit of 10 GB takes longer as a collection grows (guide, "Item collections in local secondary indexes").
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any, Final

from dynalayer.engines.embedded.tables.shape import Key, Table
from dynalayer.protocol import Item, ItemCollectionTooLarge, item_size, messages
from dynalayer.protocol.limits import COLLECTION_BYTES

_GIGABYTE: Final = 1024**3

Metrics = dict[str, Any]


def adjust(connection: sqlite3.Connection, table: Table, key: Key, old: Item | None, new: Item | None) -> None:
    """Note that an item has replaced another; raises `ItemCollectionTooLarge` if its collection passes 10 GB."""
    growth = _footprint(table, new) - _footprint(table, old)
    if growth == 0:
        return
    ((size,),) = connection.execute(
        f"INSERT INTO {table.collections} VALUES (?, ?) ON CONFLICT (pk) DO UPDATE SET size = size + excluded.size"
        " RETURNING size",
        (key[0], growth),
    ).fetchall()
    if size > COLLECTION_BYTES and growth > 0:
        raise ItemCollectionTooLarge(messages.COLLECTION_TOO_LARGE)
    if size <= 0:
        connection.execute(f"DELETE FROM {table.collections} WHERE pk = ?", (key[0],))


def _footprint(table: Table, item: Item | None) -> int:
    """The size of an item and of its entries in the local indexes."""
    if item is None:
        return 0
    entries = [index.projected(item) for index in table.local if index.place(item) is not None]
    return item_size(item) + sum(map(item_size, entries))


def metrics(connection: sqlite3.Connection, table: Table, key: Key, item: Item | None) -> Metrics | None:
    """ItemCollectionMetrics of the collection that an item is in: its key, and its size as a range of 1 GB.

    None for a table without local indexes, and for a write that has not found or left an item.
    """
    if table.collections is None or item is None:
        return None
    row = connection.execute(f"SELECT size FROM {table.collections} WHERE pk = ?", (key[0],)).fetchone()
    lower = float(0 if row is None else row[0] // _GIGABYTE)
    return {"ItemCollectionKey": {table.hash.name: item[table.hash.name]}, "SizeEstimateRangeGB": [lower, lower + 1]}


def by_table(
    connection: sqlite3.Connection, written: Iterable[tuple[Table, Key, Item | None]]
) -> dict[str, list[Metrics]]:
    """The metrics of all collections that several writes were about, each once, by table."""
    seen: set[tuple[str, bytes]] = set()
    found: dict[str, list[Metrics]] = {}
    for table, key, item in written:
        if (table.name, key[0]) not in seen:
            one = metrics(connection, table, key, item)
            if one is not None:
                seen.add((table.name, key[0]))
                found.setdefault(table.name, []).append(one)
    return found
