"""What every room tells of itself, and who keeps it."""

from __future__ import annotations

import re
from collections import Counter as Times
from typing import Final, Protocol

from live_translation.clock import Clock
from live_translation.metrics.histogram import Histogram
from live_translation.metrics.kinds import Counter, Gauge, Share, Timing
from live_translation.metrics.tally import Tally, keyed

BUCKET_SECONDS: Final = 5
"""The length of the spans that figures are kept for."""

MOST_WORDS: Final = 64
"""So many combinations of words a metric may have; the others are counted as `other`."""

_WORD: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")
OTHER: Final = "other"


class Metrics(Protocol):
    """Told by the rooms what happened. `words` fill a metric's dimensions, in order: never an id, text or address."""

    def count(self, metric: Counter, amount: float = 1, *words: str) -> None:
        """Something happened, or so many times."""
        ...

    def observe(self, metric: Timing, milliseconds: float, *words: str) -> None:
        """Something took so long."""
        ...

    def level(self, metric: Gauge, value: float) -> None:
        """Something is so now."""
        ...


class Nothing:
    """Keeps nothing."""

    def count(self, metric: Counter, amount: float = 1, *words: str) -> None:
        """Nothing."""

    def observe(self, metric: Timing, milliseconds: float, *words: str) -> None:
        """Nothing."""

    def level(self, metric: Gauge, value: float) -> None:
        """Nothing."""


NOTHING: Final[Metrics] = Nothing()


class Recorder:
    """Keeps what it is told in spans of `BUCKET_SECONDS`, and all of it since it began; not for several threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: dict[str, str] = {}
        self._combinations: Times[str] = Times()
        self.since_start = Tally()
        self.start = span(clock())
        self._tally = Tally()

    def count(self, metric: Counter, amount: float = 1, *words: str) -> None:
        """Add to the sum of a metric, and to that of its words."""
        counts = self._tally.counts
        counts[metric.id] = counts.get(metric.id, 0) + amount
        if metric.dimensions:
            key = self._key(metric, words)
            counts[key] = counts.get(key, 0) + amount

    def observe(self, metric: Timing, milliseconds: float, *words: str) -> None:
        """Take a duration into the histogram of a metric, and into that of its words."""
        self._histogram(metric.id).add(milliseconds)
        if metric.dimensions:
            self._histogram(self._key(metric, words)).add(milliseconds)

    def level(self, metric: Gauge, value: float) -> None:
        """Note what is so; the last one of a span is kept."""
        (self._tally.shares if isinstance(metric, Share) else self._tally.gauges)[metric.id] = value

    def roll(self) -> tuple[int, Tally]:
        """Close the span: when it began, in seconds, and what was told in it; a new one begins now."""
        closed, self._tally = self._tally, Tally()
        start, self.start = self.start, span(self._clock())
        self.since_start.gauges.clear()
        self.since_start.shares.clear()
        self.since_start.merge(closed)
        return start, closed

    def _histogram(self, key: str) -> Histogram:
        found = self._tally.timings.get(key)
        if found is None:
            found = self._tally.timings[key] = Histogram()
        return found

    def _key(self, metric: Counter | Timing, words: tuple[str, ...]) -> str:
        key = keyed(metric, words)
        known = self._known.get(key)
        if known is None:
            known = self._known_as(metric, key, words)
        return known

    def _known_as(self, metric: Counter | Timing, key: str, words: tuple[str, ...]) -> str:
        told = all(_WORD.fullmatch(word) for word in words) and len(words) == len(metric.dimensions)
        if not told or self._combinations[metric.id] >= MOST_WORDS:
            return keyed(metric, (OTHER,) * len(metric.dimensions))
        self._combinations[metric.id] += 1
        self._known[key] = key
        return key


def span(now: float) -> int:
    """When the span of a moment began: the same for all processes of a machine."""
    return int(now // BUCKET_SECONDS) * BUCKET_SECONDS
