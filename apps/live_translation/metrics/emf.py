"""Metrics as log lines that CloudWatch turns into metrics (CloudWatch guide, "Embedded metric format").

A line holds at most 100 metrics, and a metric at most 100 values; percentiles are CloudWatch's to make of the values.
Every metric is written without dimensions, which is what alarms watch, and those with words once more for each.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, Final

import msgspec

from live_translation.metrics import catalog
from live_translation.metrics.histogram import Histogram
from live_translation.metrics.kinds import Metric
from live_translation.metrics.tally import Tally, words_of

MOST_METRICS: Final = 100
MOST_VALUES: Final = 100

_Value = float | list[float]
_Told = tuple[Metric, tuple[str, ...], _Value]


class Emf:
    """Writes a tally as lines; `write` takes one at a time, by default they are printed."""

    def __init__(self, write: Callable[[str], object] | None = None) -> None:
        self._write = write

    def tell(self, at: float, tally: Tally) -> None:
        """Write what was counted, at a moment in seconds since 1970; nothing if that is nothing."""
        for line in lines(int(at * 1000), tally):
            (self._write or sys.stdout.write)(line + "\n")


def lines(at_ms: int, tally: Tally) -> Iterator[str]:
    """One line for each namespace and combination of words, and more for what does not go into one."""
    groups: dict[tuple[str, tuple[str, ...], tuple[str, ...], int], list[_Told]] = defaultdict(list)
    for metric, words, value in _told(tally):
        dimensions = metric.dimensions if words else ()
        for part, some in enumerate(_in_parts(value)):
            groups[metric.namespace, dimensions, words, part].append((metric, words, some))
    for (namespace, dimensions, words, _), told in groups.items():
        rest = iter(told)
        while few := list(islice(rest, MOST_METRICS)):
            yield _line(at_ms, namespace, dict(zip(dimensions, words, strict=False)), few)


def _in_parts(value: _Value) -> Iterator[_Value]:
    if not isinstance(value, list):
        yield value
        return
    for start in range(0, len(value), MOST_VALUES):
        yield value[start : start + MOST_VALUES]


def _told(tally: Tally) -> Iterator[_Told]:
    yield from _known({**tally.counts, **tally.gauges, **tally.shares}.items())
    yield from _known((key, _values(histogram)) for key, histogram in tally.timings.items())
    for ratio in catalog.RATIOS:
        if (value := tally.ratio(ratio)) is not None:
            yield ratio.metric, (), value


def _known(values: Iterable[tuple[str, Any]]) -> Iterator[_Told]:
    for key, value in values:
        name, words = words_of(key)
        if (metric := catalog.METRICS.get(name)) is not None:
            yield metric, words, value


def _values(histogram: Histogram) -> list[float]:
    return [round(value, 3) for value, count in histogram.values() for _ in range(count)]


def _line(at_ms: int, namespace: str, dimensions: dict[str, str], told: list[_Told]) -> str:
    about = {
        "Namespace": namespace,
        "Dimensions": [list(dimensions)],
        "Metrics": [{"Name": metric.name, "Unit": metric.unit.value} for metric, _, _ in told],
    }
    line: dict[str, Any] = {"_aws": {"Timestamp": at_ms, "CloudWatchMetrics": [about]}, **dimensions}
    line.update({metric.name: value for metric, _, value in told})
    return msgspec.json.encode(line).decode()
