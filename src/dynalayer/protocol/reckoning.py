"""What reading one item takes, reckoned from its answer as the service counts it: nobody has to ask."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec

from dynalayer.protocol.capacity import Consumed
from dynalayer.protocol.limits import READ_UNIT_BYTES
from dynalayer.protocol.sizes import item_size


class _Answer(msgspec.Struct):
    Item: dict[str, Any] | None = None


_decode = msgspec.json.Decoder(_Answer).decode


def reckoned(table: str, consistent: bool, answer: bytes) -> tuple[Consumed, ...]:
    """What a GetItem took of its table, by its answer with the whole item; nothing if the answer cannot be read.

    A consistent read takes one unit for each 4 KB of the item that are begun, and one where there is no item; another
    takes half of that (guide, "DynamoDB read and write operations"). An item's JSON is never shorter than what is
    counted of it, so that only answers of more than 4 KB have to be read.
    """
    if len(answer) <= READ_UNIT_BYTES:
        return taken_of(table, consistent, 1)
    try:
        item = _decode(answer).Item
    except msgspec.DecodeError:
        return ()
    return taken_of(table, consistent, 1 if item is None else -(-item_size(item) // READ_UNIT_BYTES))


@lru_cache(maxsize=4096)
def taken_of(table: str, consistent: bool, blocks: int) -> tuple[Consumed, ...]:
    """What reading that many blocks of 4 KB takes: one object for all that take the same, so that it can be counted."""
    return (Consumed(table, read=Decimal(blocks) if consistent else Decimal(blocks) / 2),)
