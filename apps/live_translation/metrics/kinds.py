"""What a metric is: its place in CloudWatch's names, its unit, and the few words that it may be split by."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class Unit(Enum):
    """The units of CloudWatch that the service uses."""

    count = "Count"
    milliseconds = "Milliseconds"
    percent = "Percent"
    none = "None"
    bytes = "Bytes"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric; `dimensions` name what it is also split by: words of our own, never an id, a text or an address."""

    namespace: str
    name: str
    unit: Unit = Unit.count
    dimensions: tuple[str, ...] = ()
    id: str = field(init=False, compare=False)
    """What it is kept under."""

    def __post_init__(self) -> None:
        # Kept, not made: it is asked for with every event.
        object.__setattr__(self, "id", f"{self.namespace}:{self.name}")


class Counter(Metric):
    """Events, added up."""

    __slots__ = ()


class Timing(Metric):
    """Durations in milliseconds, of which percentiles are wanted."""

    __slots__ = ()


class Gauge(Metric):
    """What is so at the moment; of several processes the greatest, for each of them measures the same thing."""

    __slots__ = ()


class Share(Gauge):
    """What is so in this process at the moment; of several processes the sum."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Ratio:
    """A part of a whole, as `percent` of 100 or a plain number: told only where the whole is more than nothing."""

    metric: Metric
    part: Counter
    whole: tuple[Counter, ...]
    scale: float = 100.0
