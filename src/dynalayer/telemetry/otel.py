"""Spans and metrics for OpenTelemetry, named as its conventions for databases name them (semantic conventions 1.33)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from .events import OK, BreakerChanged, Called
from .observer import Observer

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import TracerProvider

SYSTEM: Final = "aws.dynamodb"
BUCKETS: Final = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0)
"""The bounds that the conventions advise for `db.client.operation.duration`."""
_SCOPE = "dynalayer"
_Attributes = dict[str, str | int | float | tuple[str, ...]]

_encode = msgspec.json.Encoder(decimal_format="number").encode


def _named(event: Called) -> _Attributes:
    attributes: _Attributes = {"db.system.name": SYSTEM, "db.operation.name": event.operation}
    if event.table is not None:
        attributes["db.collection.name"] = event.table
    if event.error is not None:
        attributes["error.type"] = event.error
    return attributes


class Spans(Observer):
    """Makes one span for each call, a child of the span that is current where it is made.

    `pip install dynalayer[otel]`. The span is made when the call ends, from then back to when it began, with its
    attempts and waits as attributes; a condition that did not hold leaves its status unset. Without a provider the
    program's own is taken.
    """

    def __init__(self, provider: TracerProvider | None = None, *, capacity: bool = True, sites: bool = False) -> None:
        from opentelemetry import trace

        self._given = provider
        self._program = trace.get_tracer_provider
        self._nobody = (trace.ProxyTracerProvider, trace.NoOpTracerProvider)
        self._tracer = trace.get_tracer(_SCOPE, tracer_provider=provider)
        self._kind = trace.SpanKind.CLIENT
        self._failed = trace.StatusCode.ERROR
        self.wants_capacity = "INDEXES" if capacity else None
        self.wants_sites = sites

    def is_idle(self) -> bool:
        """True while no provider is set up: what the package alone makes of a span is nothing."""
        return isinstance(self._given or self._program(), self._nobody)

    def ended(self, event: Called) -> None:
        start = int(event.at * 1e9)
        name = event.operation if event.table is None else f"{event.operation} {event.table}"
        span = self._tracer.start_span(name, kind=self._kind, attributes=_described(event), start_time=start)
        if event.failed:
            span.set_status(self._failed)
        span.end(start + int(event.seconds * 1e9))


def _described(event: Called) -> _Attributes:
    attributes = _named(event)
    if event.table is not None:
        attributes["aws.dynamodb.table_names"] = tuple(event.table.split(" + "))
    others = {
        "aws.dynamodb.index_name": event.index,
        "aws.request_id": event.request_id,
        "db.response.status_code": event.code,
        "code.location": event.site,
        "dynalayer.entity": event.entity,
        "dynalayer.correlation": event.correlation,
    }
    attributes |= {name: value for name, value in others.items() if value is not None}
    attributes["dynalayer.attempts"] = event.attempts
    if event.waits:
        attributes["dynalayer.waited"] = sum(event.waits)
    if event.consumed:
        attributes["aws.dynamodb.consumed_capacity"] = tuple([_encode(part).decode() for part in event.consumed])
    if event.outcome not in (OK, event.error):
        attributes["dynalayer.outcome"] = event.outcome
    return attributes


class OpenTelemetry:
    """A sink of metrics for OpenTelemetry (`pip install dynalayer[otel]`): `Metrics(OpenTelemetry())`.

    `db.client.operation.duration` as the conventions have it, and `dynalayer.retries`, `dynalayer.throttles`,
    `dynalayer.read_units`, `dynalayer.write_units` and `dynalayer.breaker.open`.
    """

    def __init__(self, provider: MeterProvider | None = None) -> None:
        from opentelemetry import metrics

        meter = metrics.get_meter(_SCOPE, meter_provider=provider)
        self._seconds = meter.create_histogram(
            "db.client.operation.duration",
            unit="s",
            description="Duration of database client operations.",
            explicit_bucket_boundaries_advisory=BUCKETS,
        )
        self._retries = meter.create_counter("dynalayer.retries", unit="{retry}")
        self._throttles = meter.create_counter("dynalayer.throttles", unit="{attempt}")
        self._reads = meter.create_counter("dynalayer.read_units", unit="{unit}")
        self._writes = meter.create_counter("dynalayer.write_units", unit="{unit}")
        self._breakers = meter.create_up_down_counter("dynalayer.breaker.open", unit="{breaker}")

    def call(self, event: Called) -> None:
        """Record the figures of a call."""
        attributes = _named(event)
        self._seconds.record(event.seconds, attributes)
        if event.waits:
            self._retries.add(len(event.waits), attributes)
        if event.throttles:
            self._throttles.add(event.throttles, attributes)
        if event.consumed:
            read, write = float(event.read_units), float(event.write_units)
            if read:
                self._reads.add(read, attributes)
            if write:
                self._writes.add(write, attributes)

    def breaker(self, event: BreakerChanged) -> None:
        """Count a breaker that does not let all calls through."""
        change = (event.new != "closed") - (event.old != "closed")
        if change:
            names = {"db.system.name": SYSTEM, "db.collection.name": event.table, "operations": event.operations}
            self._breakers.add(change, names)
