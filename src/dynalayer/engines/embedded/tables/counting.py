"""How many items a table and its indexes hold, and how large they are, as DescribeTable tells it.

Counters would make every write dearer for an answer that is seldom asked for, so items are counted when it is. The
service's figures are some hours old; ours are of the moment while counting takes no more than some milliseconds. What
took longer is kept for a hundred times as long, so that counting never takes more than a hundredth of the time.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from dynalayer.engines.embedded.requests.decoding import decode_item
from dynalayer.engines.embedded.tables import catalog
from dynalayer.engines.embedded.tables.catalog import Record
from dynalayer.engines.embedded.tables.shape import Index, Table
from dynalayer.protocol import item_size

SAMPLE: Final = 1000
"""Entries of an index that are measured; the size of a larger one is told from their average."""
_CHEAP_SECONDS: Final = 0.02
_KEPT_TIMES: Final = 100

Figures = tuple[int, int]
"""Items, and bytes."""


class _Kept(NamedTuple):
    until: float
    figures: list[Figures]


class Counts:
    """Figures of the tables of one database, with those kept that took long to count; `timer` tells seconds."""

    def __init__(self, timer: Callable[[], float] = time.perf_counter) -> None:
        self._timer = timer
        self._kept: dict[str, _Kept] = {}

    def describe(self, connection: sqlite3.Connection, found: Record) -> dict[str, Any]:
        """The description of a table with its figures and those of its indexes."""
        description = found.definition.description
        own, *of_indexes = self._figures(connection, found)
        description["ItemCount"], description["TableSizeBytes"] = own
        for index, figures in zip(found.indexes(), of_indexes, strict=True):
            index.described["ItemCount"], index.described["IndexSizeBytes"] = figures
        return description

    def _figures(self, connection: sqlite3.Connection, found: Record) -> list[Figures]:
        began = self._timer()
        kept = self._kept.get(found.rows)
        if kept is not None and began < kept.until:
            return kept.figures
        table = catalog.table_of(found)
        own = connection.execute(f"SELECT count(*), ifnull(sum(size), 0) FROM {table.rows}").fetchone()
        figures = [own, *(_of_index(connection, table, index) for index in table.indexes)]
        ended = self._timer()
        self._kept.pop(found.rows, None)
        if ended - began > _CHEAP_SECONDS:
            self._kept[found.rows] = _Kept(ended + _KEPT_TIMES * (ended - began), figures)
        return figures


def _of_index(connection: sqlite3.Connection, table: Table, index: Index) -> Figures:
    (count,) = connection.execute(f"SELECT count(*) FROM {index.rows}").fetchone()
    sample = connection.execute(
        f"SELECT t.item, t.size FROM (SELECT pk, sk FROM {index.rows} LIMIT {SAMPLE}) i"
        f" CROSS JOIN {table.rows} t ON t.pk = i.pk AND t.sk = i.sk"
    ).fetchall()
    if index.projection is None:
        size = sum(size for _, size in sample)
    else:
        size = sum(item_size(index.projected(decode_item(item))) for item, _ in sample)
    return count, size if count <= SAMPLE else size * count // len(sample)
