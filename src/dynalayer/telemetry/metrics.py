"""Figures of calls for whatever collects them."""

from __future__ import annotations

from typing import Protocol

from .events import BreakerChanged, Called
from .observer import Observer


class MetricSink(Protocol):
    """Something that collects figures: Prometheus, CloudWatch, OpenTelemetry, or what you write for your own."""

    def call(self, event: Called) -> None:
        """Take the figures of a call that has ended."""
        ...

    def breaker(self, event: BreakerChanged) -> None:
        """Take the new state of a circuit breaker."""
        ...


class Metrics(Observer):
    """Gives the figures of every call to sinks: how many, how long, failures, retries, throttling, capacity units.

    Without `capacity` no call asks for what it consumes, and the units are not counted.
    """

    def __init__(self, *sinks: MetricSink, capacity: bool = True) -> None:
        self._sinks = sinks
        self.wants_capacity = "TOTAL" if capacity else None

    def ended(self, event: Called) -> None:
        for sink in self._sinks:
            sink.call(event)

    def breaker_changed(self, event: BreakerChanged) -> None:
        for sink in self._sinks:
            sink.breaker(event)
