"""Figures of calls for whatever collects them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, cast

from .events import BreakerChanged, Called, Counted
from .gathering import is_frozen_between_requests
from .observer import Observer


class MetricSink(Protocol):
    """Something that collects figures: Prometheus, CloudWatch, OpenTelemetry, or what you write for your own.

    A sink that has `calls(events)` besides is given the events of many calls at once. Where all sinks have
    `counted(calls)`, calls that succeeded at their first attempt may be given to that, not told apart (see `Counted`).
    """

    def call(self, event: Called) -> None:
        """Take the figures of a call that has ended."""
        ...

    def breaker(self, event: BreakerChanged) -> None:
        """Take the new state of a circuit breaker."""
        ...


class Metrics(Observer):
    """Gives the figures of every call to sinks: how many, how long, failures, retries, throttling, capacity units.

    Without `capacity` no call asks for what it consumes, and the units are not counted. Sinks are told a moment after
    calls have ended, by a thread of the library's; with `immediate`, as in a Lambda function, by the call itself.
    """

    def __init__(self, *sinks: MetricSink, capacity: bool = True, immediate: bool | None = None) -> None:
        self._sinks = sinks
        self.wants_capacity = "TOTAL" if capacity else None
        self.counts = all(hasattr(sink, "counted") for sink in sinks)
        self.immediate = is_frozen_between_requests() if immediate is None else immediate

    def ended(self, event: Called) -> None:
        self.gathered((event,))

    def gathered(self, events: Sequence[Called]) -> None:
        _give([way for sink in self._sinks for way in _ways(sink, events)])

    def counted(self, calls: Sequence[Counted]) -> None:
        _give([(cast("_Counting", sink).counted, calls) for sink in self._sinks])

    def breaker_changed(self, event: BreakerChanged) -> None:
        for sink in self._sinks:
            sink.breaker(event)


class _Counting(Protocol):
    def counted(self, calls: Sequence[Counted]) -> None: ...


def _give(ways: Iterable[tuple[Callable[[Any], object], Any]]) -> None:
    """Give each its own; what one sink makes of one call is nothing to the others."""
    failure: Exception | None = None
    for take, argument in ways:
        try:
            take(argument)
        except Exception as error:
            failure = error
    if failure is not None:
        raise failure


def _ways(sink: MetricSink, events: Sequence[Called]) -> Iterable[tuple[Callable[[Any], object], Any]]:
    calls = getattr(sink, "calls", None)
    return [(sink.call, event) for event in events] if calls is None else [(calls, events)]
