"""Metrics for Prometheus, by its own client library."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .emf import openness
from .events import BreakerChanged, Called

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Counter, Histogram

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_LABELS = ("operation", "table", "entity")


class Prometheus:
    """Counts calls in a registry of prometheus_client (`pip install dynalayer[prometheus]`); its default one if none.

    `dynalayer_calls_total` by operation, table, entity and outcome; `dynalayer_call_seconds` by operation, table and
    entity; and by these `dynalayer_retries_total`, `dynalayer_throttles_total`, `dynalayer_read_units_total` and
    `dynalayer_write_units_total`; `dynalayer_breaker_open` by table and operations. Make one of these for a registry.
    """

    def __init__(self, registry: CollectorRegistry | None = None, *, buckets: Sequence[float] = BUCKETS) -> None:
        from prometheus_client import REGISTRY, Counter, Gauge, Histogram

        into = registry or REGISTRY

        def counter(name: str, help: str, *more: str) -> Counter:
            return Counter(f"dynalayer_{name}", help, (*_LABELS, *more), registry=into)

        self._calls = counter("calls", "Calls that have ended.", "outcome")
        self._seconds = Histogram(
            "dynalayer_call_seconds", "How long calls took, retries included.", _LABELS, buckets=buckets, registry=into
        )
        self._retries = counter("retries", "Attempts after the first.")
        self._throttles = counter("throttles", "Attempts that the service refused as too many.")
        self._reads = counter("read_units", "Read capacity units that calls took.")
        self._writes = counter("write_units", "Write capacity units that calls took.")
        self._breakers = Gauge(
            "dynalayer_breaker_open",
            "1 while a circuit breaker is open, 0.5 half open, 0 closed.",
            ("table", "operations"),
            registry=into,
        )
        # Looking a labelled metric up costs more than counting in it.
        self._counts: dict[tuple[str, ...], Counter] = {}
        self._durations: dict[tuple[str, ...], Histogram] = {}

    def call(self, event: Called) -> None:
        """Count a call."""
        names = (event.operation, event.table or "", event.entity or "")
        counted = (*names, event.outcome)
        count = self._counts.get(counted)
        if count is None:
            count = self._counts[counted] = self._calls.labels(*counted)
        count.inc()
        duration = self._durations.get(names)
        if duration is None:
            duration = self._durations[names] = self._seconds.labels(*names)
        duration.observe(event.seconds)
        if event.waits:
            self._retries.labels(*names).inc(len(event.waits))
        if event.throttles:
            self._throttles.labels(*names).inc(event.throttles)
        if event.consumed:
            self._consumed(event, names)

    def breaker(self, event: BreakerChanged) -> None:
        """Keep the state of a breaker."""
        self._breakers.labels(event.table, event.operations).set(openness(event.new))

    def _consumed(self, event: Called, names: tuple[str, str, str]) -> None:
        for metric, units in ((self._reads, event.read_units), (self._writes, event.write_units)):
            if units:
                metric.labels(*names).inc(float(units))
