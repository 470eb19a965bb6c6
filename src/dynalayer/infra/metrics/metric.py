"""A metric with the statistic of it that is looked at."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Final, Literal, get_args

from dynalayer.protocol import DefinitionError
from dynalayer.schema import Table

Unit = Literal[
    "Seconds",
    "Microseconds",
    "Milliseconds",
    "Bytes",
    "Kilobytes",
    "Megabytes",
    "Percent",
    "Count",
    "Bytes/Second",
    "Count/Second",
    "None",
]
"""The units of `MetricDatum` (API reference of CloudWatch) that a program of this kind needs."""

STATISTICS: Final = ("Average", "Sum", "Minimum", "Maximum", "SampleCount")
DIMENSIONS: Final = 30
"""The most dimensions of one metric (API reference of CloudWatch, MetricDatum)."""

_PERCENTILE: Final = re.compile(r"p(100(\.0{1,10})?|\d{1,2}(\.\d{1,10})?)")

Place = str | Table
"""The value of a dimension: text, in which {env} is the environment, or a table for its name there."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One statistic of one metric, such as the sum of `FailedLanguagesCount` over each five minutes.

    `statistic` is Average, Sum, Minimum, Maximum, SampleCount or a percentile from p0 to p100; `period` is in
    seconds: 10, 20, 30 or a multiple of 60. With a `unit` only values sent in that unit count, with None those of
    any. A metric with `dimensions` is another metric than the same name without them or with others (CloudWatch
    guide, "Dimensions"), so what is alarmed on must be sent with exactly these. Raises `DefinitionError` for what
    CloudWatch would refuse.
    """

    namespace: str
    name: str
    statistic: str
    _: KW_ONLY
    unit: Unit | None
    period: int = 300
    dimensions: Mapping[str, Place] = field(default_factory=dict[str, Place])

    def __post_init__(self) -> None:
        where = f"metric {self.namespace}/{self.name}"
        for what, text in (("namespace", self.namespace), ("name", self.name)):
            if not 1 <= len(text) <= 255:
                raise DefinitionError(f"{where}: the {what} must have 1 to 255 characters")
        if self.statistic not in STATISTICS and not _PERCENTILE.fullmatch(self.statistic):
            raise DefinitionError(
                f"{where}: the statistic is one of {', '.join(STATISTICS)} or a percentile such as p95, "
                f"not {self.statistic!r}"
            )
        if self.unit is not None and self.unit not in get_args(Unit):
            raise DefinitionError(f"{where}: the unit is one of {', '.join(get_args(Unit))}, not {self.unit!r}")
        if self.period not in (10, 20, 30) and (self.period < 60 or self.period % 60):
            raise DefinitionError(f"{where}: a period has 10, 20, 30 or a multiple of 60 seconds, not {self.period}")
        if len(self.dimensions) > DIMENSIONS:
            raise DefinitionError(f"{where} has {len(self.dimensions)} dimensions, at most {DIMENSIONS} are possible")

    @property
    def is_percentile(self) -> bool:
        """True for p0 to p100."""
        return self.statistic not in STATISTICS
