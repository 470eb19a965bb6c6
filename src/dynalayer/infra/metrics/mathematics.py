"""Expressions over several metrics, as they are declared."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from dynalayer.protocol import DefinitionError

from .expressions import names_of, parse
from .metric import Metric

MOST_METRICS: Final = 10
"""The most metrics of an alarm's expression (API reference of CloudWatch, PutMetricAlarm)."""

_ID: Final = re.compile(r"[a-z][a-zA-Z0-9_]{0,254}")


@dataclass(frozen=True, slots=True)
class Math:
    """An expression over metrics of one period, such as `IF(all > 0, 100 * failed / all)`.

    `metrics` gives each name of the expression its metric; names begin with a small letter. Where the expression has no
    value, as `IF` without a third part where its condition is false, there is no data point. Raises `DefinitionError`
    for an expression that cannot be read, for names without a metric and metrics without a use.
    """

    expression: str
    metrics: Mapping[str, Metric]
    label: str = ""

    def __post_init__(self) -> None:
        where = f"the metric expression {self.expression!r}"
        named = names_of(parse(self.expression))
        for name in sorted(named ^ set(self.metrics)):
            lacks = "has no metric" if name in named else "is not in the expression"
            raise DefinitionError(f"{where}: {name!r} {lacks}")
        for name in self.metrics:
            if not _ID.fullmatch(name):
                raise DefinitionError(
                    f"{where}: {name!r} must begin with a small letter and hold letters, digits and _"
                )
        if not 1 <= len(self.metrics) <= MOST_METRICS:
            raise DefinitionError(f"{where} names {len(self.metrics)} metrics, 1 to {MOST_METRICS} are possible")
        if len({metric.period for metric in self.metrics.values()}) > 1:
            raise DefinitionError(f"{where}: its metrics have different periods")

    @property
    def period(self) -> int:
        """The period of its metrics, in seconds."""
        return next(iter(self.metrics.values())).period


def percentage(part: Metric, whole: Metric, *, label: str = "") -> Math:
    """What share of `whole` is `part`, in percent; no data point, so neither good nor bad, where there is no `whole`.

    A `part` that was not sent counts as none: programs count failures when there are some.
    """
    return Math("IF(whole > 0, 100 * FILL(part, 0) / whole)", {"part": part, "whole": whole}, label)
