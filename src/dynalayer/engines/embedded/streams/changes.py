"""A table's stream as it is written: one record for each change of an item, in the transaction of the change itself."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from dynalayer.engines.embedded.evaluation.comparison import equal
from dynalayer.engines.embedded.requests.decoding import encode
from dynalayer.engines.embedded.tables.shape import Table
from dynalayer.protocol import Item, item_size


class Image(NamedTuple):
    """An item before or after a change: itself, its JSON as it is stored, and its size in bytes."""

    item: Item
    stored: bytes
    size: int

    @classmethod
    def of(cls, item: Item | None, stored: bytes | None, size: int) -> Image | None:
        """The image of an item that may not be there."""
        return None if item is None or stored is None else cls(item, stored, size)


def note(
    connection: sqlite3.Connection, table: Table, old: Image | None, new: Image | None, *, expired: bool = False
) -> None:
    """Add a change to the table's stream, if it has one; a write that changes nothing leaves no record.

    `expired` marks a deletion by time to live (guide, "DynamoDB Streams and Time to Live").
    """
    stream = table.stream
    image = new or old
    if stream is None or image is None or (old is not None and new is not None and _same(old.item, new.item)):
        return
    event = "MODIFY" if old and new else "INSERT" if new else "REMOVE"
    keys = {part.name: image.item[part.name] for part in table.key_parts()}
    images = (new if stream.shows_new else None, old if stream.shows_old else None)
    size = item_size(keys) + sum(shown.size for shown in images if shown)
    stored = [shown and shown.stored for shown in images]
    connection.execute(stream.insert, (stream.clock(), event, expired, size, encode(keys), *stored))


def _same(old: Item, new: Item) -> bool:
    """Whether two items are equal; sets are in whatever order."""
    return old == new or (old.keys() == new.keys() and all(equal(value, new[name]) for name, value in old.items()))
