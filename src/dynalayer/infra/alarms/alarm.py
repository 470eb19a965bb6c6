"""An alarm as it is declared."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Final, Literal, get_args

from dynalayer.infra.metrics.mathematics import Math
from dynalayer.infra.metrics.metric import Metric
from dynalayer.infra.settings import Setting
from dynalayer.protocol import DefinitionError

Comparison = Literal["<", "<=", ">", ">="]
Missing = Literal["breaching", "notBreaching", "ignore", "missing"]

DAY: Final = 86_400
"""The longest time that an alarm may look at, in seconds, with periods under an hour; seven days with longer ones."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """Tells when a metric is on the wrong side of a threshold in `datapoints` of the last `periods` periods.

    In `name` {env} stands for the environment. `datapoints` are as many as `periods` unless given. `missing` says what
    a period without data is taken for: `breaching`, `notBreaching`, `ignore` (the state stays), `missing` (without any
    data the state is unknown). `threshold` may be a `Setting`. With `notify` its topic is told when it goes off and
    when it is over. Raises `DefinitionError` for what CloudWatch would refuse (API reference, PutMetricAlarm).
    """

    name: str
    of: Metric | Math
    comparison: Comparison
    threshold: float | Setting
    _: KW_ONLY
    periods: int
    missing: Missing
    description: str
    datapoints: int | None = None
    notify: bool = True

    def __post_init__(self) -> None:
        where = f"alarm {self.name!r}"
        if not 1 <= len(self.name) <= 255:
            raise DefinitionError(f"{where}: a name has 1 to 255 characters")
        if self.comparison not in get_args(Comparison):
            raise DefinitionError(
                f"{where}: a comparison is one of {', '.join(get_args(Comparison))}, not {self.comparison!r}"
            )
        if self.missing not in get_args(Missing):
            raise DefinitionError(f"{where}: missing is one of {', '.join(get_args(Missing))}, not {self.missing!r}")
        if not 1 <= self.needed <= self.periods:
            raise DefinitionError(f"{where}: of {self.periods} periods, {self.needed} can never be breaching")
        longest = DAY if self.of.period < 3600 else 7 * DAY
        if self.periods * self.of.period > longest:
            raise DefinitionError(
                f"{where} looks at {self.periods} x {self.of.period} seconds, at most {longest} are possible"
            )
        if len(self.description) > 1024:
            raise DefinitionError(f"{where}: a description has at most 1024 characters")

    @property
    def needed(self) -> int:
        """How many of the periods must be breaching."""
        return self.periods if self.datapoints is None else self.datapoints
