"""Durations as a histogram whose percentiles are right to one per cent, and that can be added to another.

The cells grow by a factor, so that a second is kept in about as much room as a millisecond and the error is relative:
the idea of DDSketch (Masson, Rim and Lee, VLDB 2019).
"""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, inf, log
from typing import Final

import msgspec

RELATIVE_ERROR: Final = 0.01
"""How far a percentile may be from the value that it stands for."""

_GROWTH: Final = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)
_LOG_GROWTH: Final = log(_GROWTH)
SMALLEST: Final = 0.001
"""Everything below is kept as this: a microsecond."""


class Histogram(msgspec.Struct, array_like=True):
    """How many values there were in each cell, and the outer bounds as they were seen."""

    count: int = 0
    total: float = 0.0
    low: float = inf
    high: float = 0.0
    cells: dict[int, int] = msgspec.field(default_factory=dict[int, int])

    def add(self, value: float) -> None:
        """Take a value in; one below `SMALLEST` is taken for it."""
        value = max(value, SMALLEST)
        cell = ceil(log(value) / _LOG_GROWTH)
        self.cells[cell] = self.cells.get(cell, 0) + 1
        self.count += 1
        self.total += value
        self.low = min(self.low, value)
        self.high = max(self.high, value)

    def merge(self, other: Histogram) -> None:
        """Take in all that another has; the result is as if it had been given every value itself."""
        for cell, count in other.cells.items():
            self.cells[cell] = self.cells.get(cell, 0) + count
        self.count += other.count
        self.total += other.total
        self.low = min(self.low, other.low)
        self.high = max(self.high, other.high)

    def percentile(self, percent: float) -> float | None:
        """The value that `percent` of all are not above, to `RELATIVE_ERROR`; None if there are none."""
        if not self.count:
            return None
        rank = max(1, ceil(self.count * percent / 100))
        seen = 0
        for value, count in self.values():
            seen += count
            if seen >= rank:
                return value
        return self.high

    def values(self) -> Iterator[tuple[float, int]]:
        """A value for each cell, from the least to the greatest, and how often it was met."""
        for cell in sorted(self.cells):
            yield min(max(_middle(cell), self.low), self.high), self.cells[cell]

    def at_most(self, bound: float) -> int:
        """How many values are not above `bound`, as far as cells can tell."""
        if bound >= self.high:
            return self.count
        return sum(count for cell, count in self.cells.items() if _middle(cell) <= bound)


def _middle(cell: int) -> float:
    """The value of a cell that is equally far, in proportion, from both of its ends."""
    middle: float = 2 * _GROWTH**cell / (_GROWTH + 1)
    return middle
