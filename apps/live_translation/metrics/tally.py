"""What was counted in a span of time, by one process or by many."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from live_translation.metrics.histogram import Histogram
from live_translation.metrics.kinds import Counter, Gauge, Metric, Ratio, Timing

SEPARATOR = "="


class Tally(msgspec.Struct, array_like=True):
    """Sums, histograms and last values, each under a metric's id, or `id=word` for one word of its dimensions."""

    counts: dict[str, float] = msgspec.field(default_factory=dict[str, float])
    timings: dict[str, Histogram] = msgspec.field(default_factory=dict[str, Histogram])
    gauges: dict[str, float] = msgspec.field(default_factory=dict[str, float])
    shares: dict[str, float] = msgspec.field(default_factory=dict[str, float])

    def merge(self, other: Tally) -> None:
        """Take in what another process counted in the same span, or this one in the span before."""
        for key, count in other.counts.items():
            self.counts[key] = self.counts.get(key, 0) + count
        for key, histogram in other.timings.items():
            self.timings.setdefault(key, Histogram()).merge(histogram)
        for key, value in other.gauges.items():
            self.gauges[key] = max(value, self.gauges.get(key, value))
        for key, value in other.shares.items():
            self.shares[key] = self.shares.get(key, 0) + value

    def sum(self, metric: Counter) -> float:
        """How much was counted."""
        return self.counts.get(metric.id, 0)

    def histogram(self, metric: Timing) -> Histogram:
        """The durations that were measured."""
        return self.timings.get(metric.id) or Histogram()

    def level(self, metric: Gauge) -> float | None:
        """What was so; None if nobody has looked."""
        return self.gauges.get(metric.id, self.shares.get(metric.id))

    def ratio(self, ratio: Ratio) -> float | None:
        """The part of the whole; None if there was no whole to be a part of."""
        whole = sum(map(self.sum, ratio.whole))
        return ratio.scale * self.sum(ratio.part) / whole if whole > 0 else None


def together(tallies: Iterable[Tally]) -> Tally:
    """All of them as one."""
    whole = Tally()
    for tally in tallies:
        whole.merge(tally)
    return whole


def keyed(metric: Metric, words: tuple[str, ...]) -> str:
    """What one combination of words is kept under."""
    return f"{metric.id}{SEPARATOR}{','.join(words)}"


def words_of(key: str) -> tuple[str, tuple[str, ...]]:
    """The metric's id and the words of a key; no words for the metric as a whole."""
    name, separator, words = key.partition(SEPARATOR)
    return name, tuple(words.split(",")) if separator else ()
