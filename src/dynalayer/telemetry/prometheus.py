"""Metrics for Prometheus, by its own client library."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from itertools import accumulate, repeat
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from dynalayer.protocol import Consumed

from .emf import openness
from .events import OK, BreakerChanged, Call, Called, Counted, alike
from .gathering import gatherer

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.metrics_core import Metric

BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_LABELS: Final = ("operation", "table", "entity")

_names_of: Final[Callable[[Call], tuple[str | None, ...]]] = attrgetter(*_LABELS)
_outcome_of: Final[Callable[[Called], str]] = attrgetter("outcome")


class _Sums:
    """The sums of the calls of one kind."""

    __slots__ = ("buckets", "outcomes", "reads", "retries", "seconds", "throttles", "writes")

    def __init__(self, buckets: int) -> None:
        self.outcomes: Counter[str] = Counter()
        self.buckets = [0] * buckets
        self.seconds = 0.0
        self.retries = 0
        self.throttles = 0
        self.reads = Decimal(0)
        self.writes = Decimal(0)


class Prometheus:
    """Sums calls up for a registry of prometheus_client (`pip install dynalayer[prometheus]`); its default one if none.

    `dynalayer_calls_total` by operation, table, entity and outcome; `dynalayer_call_seconds` by operation, table and
    entity; and by these `dynalayer_retries_total`, `dynalayer_throttles_total`, `dynalayer_read_units_total` and
    `dynalayer_write_units_total`; `dynalayer_breaker_open` by table and operations. A registry takes one of these.
    """

    def __init__(self, registry: CollectorRegistry | None = None, *, buckets: Sequence[float] = BUCKETS) -> None:
        from prometheus_client import REGISTRY

        self._bounds = tuple(sorted(buckets))
        self._lock = threading.Lock()
        self._sums: dict[tuple[str | None, ...], _Sums] = {}
        self._breakers: dict[tuple[str, str], float] = {}
        # Summed up here and told when asked: a counter of the library's takes several times as long to count.
        (registry or REGISTRY).register(self)

    def call(self, event: Called) -> None:
        """Count a call."""
        self.calls((event,))

    def calls(self, events: Sequence[Called]) -> None:
        """Count calls."""
        kinds: defaultdict[tuple[str | None, ...], list[Called]] = defaultdict(list)
        for event in events:
            kinds[_names_of(event)].append(event)
        with self._lock:
            for names, events in kinds.items():
                self._count(self._of(names), events)

    def counted(self, calls: Sequence[Counted]) -> None:
        """Count calls that are not told apart."""
        with self._lock:
            for kind in calls:
                sums = self._of(_names_of(kind))
                sums.outcomes[OK] += len(kind.seconds)
                self._add(sums, kind.seconds, kind.alike)

    def _of(self, names: tuple[str | None, ...]) -> _Sums:
        sums = self._sums.get(names)
        if sums is None:
            sums = self._sums[names] = _Sums(len(self._bounds) + 1)
        return sums

    def _add(self, sums: _Sums, times: list[float], taken: list[tuple[tuple[Consumed, ...], int]]) -> None:
        sums.seconds += sum(times)
        for bucket, count in Counter(map(bisect_left, repeat(self._bounds), times)).items():
            sums.buckets[bucket] += count
        for consumed, count in taken:
            for part in consumed:
                sums.reads += part.read * count
                sums.writes += part.write * count

    def _count(self, sums: _Sums, events: list[Called]) -> None:
        sums.outcomes.update(map(_outcome_of, events))
        self._add(sums, [event.seconds for event in events], alike([event.consumed for event in events]))
        for event in events:
            if event.waits or event.throttles:
                sums.retries += len(event.waits)
                sums.throttles += event.throttles

    def breaker(self, event: BreakerChanged) -> None:
        """Keep the state of a breaker."""
        self._breakers[event.table, event.operations] = openness(event.new)

    def collect(self) -> Iterator[Metric]:
        """The metrics, as a registry asks for them: of all calls that have ended."""
        gatherer.drain()
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

        calls = CounterMetricFamily("dynalayer_calls", "Calls that have ended.", labels=(*_LABELS, "outcome"))
        seconds = HistogramMetricFamily(
            "dynalayer_call_seconds", "How long calls took, retries included.", labels=_LABELS
        )
        about = {
            "retries": "Attempts after the first.",
            "throttles": "Attempts that the service refused as too many.",
            "read_units": "Read capacity units that calls took.",
            "write_units": "Write capacity units that calls took.",
        }
        others = {name: CounterMetricFamily(f"dynalayer_{name}", text, labels=_LABELS) for name, text in about.items()}
        open_ = GaugeMetricFamily(
            "dynalayer_breaker_open",
            "1 while a circuit breaker is open, 0.5 half open, 0 closed.",
            labels=("table", "operations"),
        )
        with self._lock:
            for names, sums in self._sums.items():
                labels = [name or "" for name in names]
                for outcome, count in sums.outcomes.items():
                    calls.add_metric([*labels, outcome], count)
                seconds.add_metric(labels, self._buckets(sums), sums.seconds)
                values: tuple[Any, ...] = (sums.retries, sums.throttles, sums.reads, sums.writes)
                for family, value in zip(others.values(), values, strict=True):
                    family.add_metric(labels, float(value))
            for place, state in self._breakers.items():
                open_.add_metric(place, state)
        yield from (calls, seconds, *others.values(), open_)

    def _buckets(self, sums: _Sums) -> list[tuple[str, float]]:
        """How many calls took up to each bound, all before it included."""
        bounds = [*map(str, self._bounds), "+Inf"]
        return list(zip(bounds, accumulate(sums.buckets), strict=True))
