"""Cutting a page of items into batches that the service takes."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from dynalayer.protocol import Item, limits


class Write(Struct, frozen=True):
    """An item to write, its size in bytes and the units that writing it takes."""

    item: Item
    size: int
    units: int


def batches(writes: Iterable[Write], chance: random.Random) -> Iterator[Sequence[Write]]:
    """Batches of at most 25 writes and 16 MB (API reference, BatchWriteItem), shuffled.

    Rows come in the order of their keys; written so, they would fall on one partition after another.
    """
    shuffled = list(writes)
    chance.shuffle(shuffled)
    batch: list[Write] = []
    size = 0
    for write in shuffled:
        # The service counts the request's text: a number or a base64 text may be longer there than its size.
        if batch and (len(batch) == limits.BATCH_WRITES or size + 2 * write.size > limits.BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(write)
        size += 2 * write.size
    if batch:
        yield batch
