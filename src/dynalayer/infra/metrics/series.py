"""Values that were sent to a metric, and their statistics over a stretch of time."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import Final

from dynalayer.schema import Table

from .expressions import Value, evaluated, parse
from .mathematics import Math
from .metric import Metric, Place, Unit


@dataclass(frozen=True, slots=True)
class Sample:
    """One value as a program sends it: `at` is in seconds since 1970."""

    namespace: str
    name: str
    at: float
    value: float
    _: KW_ONLY
    unit: Unit = "None"
    dimensions: Mapping[str, Place] = field(default_factory=dict[str, Place])


def sample(of: Metric, at: float, value: float) -> Sample:
    """A value of a metric as its alarm expects it: in its unit, with its dimensions."""
    return Sample(of.namespace, of.name, at, value, unit=of.unit or "None", dimensions=of.dimensions)


def value_of(of: Metric | Math, samples: Iterable[Sample], since: float, until: float) -> Value:
    """The statistic or expression of what was sent from `since` up to, but not at, `until`; None without data."""
    within = [each for each in samples if since <= each.at < until]
    if isinstance(of, Metric):
        return _statistic(of, within)
    return evaluated(parse(of.expression), {name: _statistic(metric, within) for name, metric in of.metrics.items()})


def _statistic(metric: Metric, samples: Iterable[Sample]) -> Value:
    values = sorted(each.value for each in samples if _is_of(metric, each))
    if not values:
        return None
    return _percentile(metric.statistic, values) if metric.is_percentile else _STATISTICS[metric.statistic](values)


def _is_of(metric: Metric, sample: Sample) -> bool:
    return (
        (sample.namespace, sample.name) == (metric.namespace, metric.name)
        and metric.unit in (None, sample.unit)
        and _named(sample.dimensions) == _named(metric.dimensions)
    )


def _named(dimensions: Mapping[str, Place]) -> dict[str, str]:
    return {name: place.name if isinstance(place, Table) else place for name, place in dimensions.items()}


def _percentile(statistic: str, values: Sequence[float]) -> float:
    """The least of the values that this share of them does not pass; CloudWatch does not say how it interpolates."""
    rank = math.ceil(float(statistic[1:]) / 100 * len(values))
    return values[max(rank, 1) - 1]


_STATISTICS: Final[dict[str, Callable[[Sequence[float]], float]]] = {
    "Average": lambda values: math.fsum(values) / len(values),
    "Sum": math.fsum,
    "Minimum": min,
    "Maximum": max,
    "SampleCount": len,
}
