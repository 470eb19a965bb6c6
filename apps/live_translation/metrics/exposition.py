"""Metrics for Prometheus, by its own client library; a series for each process, where sums never fall."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric as Family

from live_translation.metrics import catalog
from live_translation.metrics.histogram import Histogram
from live_translation.metrics.kinds import Counter, Metric, Timing, Unit
from live_translation.metrics.tally import Tally, words_of

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
BOUNDS: Final = (1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000)
"""The buckets of durations, in milliseconds."""

_SUFFIXES: Final = {Unit.milliseconds: "_milliseconds", Unit.percent: "_percent", Unit.bytes: "_bytes"}


def exposition(since_start: Mapping[str, Tally]) -> bytes:
    """What each process has counted since it began, as Prometheus reads it."""
    registry = CollectorRegistry()
    registry.register(_Collected(lambda: since_start))
    return generate_latest(registry)


class _Collected:
    def __init__(self, read: Callable[[], Mapping[str, Tally]]) -> None:
        self._read = read

    def collect(self) -> Iterator[Family]:
        whole: dict[str, list[tuple[list[str], float | Histogram]]] = defaultdict(list)
        for process, tally in self._read().items():
            for key, value in _told(tally):
                name, words = words_of(key)
                metric = catalog.METRICS.get(name)
                # Of a metric with words only the parts are told: Prometheus adds them up itself.
                if metric is not None and len(words) == len(metric.dimensions):
                    whole[name].append(([process, *words], value))
        for name, samples in whole.items():
            yield _family(catalog.METRICS[name], samples)


def _told(tally: Tally) -> Iterator[tuple[str, float | Histogram]]:
    for values in (tally.counts, tally.gauges, tally.shares, tally.timings):
        yield from values.items()


def _family(metric: Metric, samples: list[tuple[list[str], float | Histogram]]) -> Family:
    labels = ["process", *(_snake(dimension) for dimension in metric.dimensions)]
    name, text = prometheus_name(metric), f"{metric.name} of {metric.namespace}."
    kind = CounterMetricFamily if isinstance(metric, Counter) else GaugeMetricFamily
    if isinstance(metric, Timing):
        family: Family = HistogramMetricFamily(name, text, labels=labels)
    else:
        family = kind(name, text, labels=labels)
    for values, value in samples:
        if isinstance(value, Histogram):
            family.add_metric(values, _buckets(value), value.total)  # type: ignore[attr-defined]
        else:
            family.add_metric(values, value)  # type: ignore[attr-defined]
    return family


def _buckets(histogram: Histogram) -> list[tuple[str, int]]:
    within = [(str(float(bound)), histogram.at_most(bound)) for bound in BOUNDS]
    return [*within, ("+Inf", histogram.count)]


def prometheus_name(metric: Metric) -> str:
    """`TranslationPipeline`, `ProcessingDuration` is `translation_pipeline_processing_duration_milliseconds`."""
    return _snake(metric.namespace) + "_" + _snake(metric.name) + _SUFFIXES.get(metric.unit, "")


def _snake(name: str) -> str:
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name.replace("/", "_"))
    return re.sub(r"_+", "_", apart).lower().replace("web_socket", "websocket").replace("dynamo_db", "dynamodb")
