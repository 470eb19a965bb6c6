"""One order across several partitions, page by page."""

from __future__ import annotations

from collections.abc import Sequence

from dynalayer.engines.embedded.items.access import Source
from dynalayer.protocol import Item, item_size
from dynalayer.protocol.limits import PAGE_BYTES

Start = Item | bool | None
"""Where a partition goes on: after a key, at its begin (None), or nowhere (True)."""


class Merge:
    """Merges what was read of each partition by the sort key, as far as no partition may have more before it."""

    def __init__(self, source: Source, forward: bool) -> None:
        self._source = source
        self._forward = forward
        self._read: list[tuple[bytes, int, Item]] = []
        self._ends: list[bytes] = []
        self._starts: list[Start] = []
        self._left: list[int] = []

    def add(self, number: int, items: Sequence[Item], *, more: bool, start: Start) -> None:
        """Note the next items of a partition, and whether there are more behind them."""
        placed = [(self._source.ranges.at(item), number, item) for item in items]
        self._read += placed
        if more:
            self._ends.append(placed[-1][0])
        self._starts.append(start)
        self._left.append(len(items) + more)

    def page(self, limit: int | None) -> list[Item]:
        """The items of a page: up to the limit, or about 1 MB."""
        self._read.sort(key=lambda placed: placed[0], reverse=not self._forward)
        taken: list[Item] = []
        size = 0
        for place, number, item in self._read:
            if len(taken) == limit or size >= PAGE_BYTES or self._is_beyond(place):
                break
            taken.append(item)
            size += item_size(item)
            self._starts[number] = self._source.key_item(item)
            self._left[number] -= 1
        return taken

    def _is_beyond(self, place: bytes) -> bool:
        if not self._ends:
            return False
        return place > min(self._ends) if self._forward else place < max(self._ends)

    def starts(self) -> tuple[Start, ...]:
        """Where each partition goes on."""
        return tuple(start if left else True for start, left in zip(self._starts, self._left, strict=True))

    def is_done(self) -> bool:
        """Whether all partitions have been read to their ends."""
        return not any(self._left)
