"""Spans and metrics as an OpenTelemetry program gets them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from dynalayer.telemetry import Metrics, OpenTelemetry, Spans

from .events import CLOSED, GET, OPEN, OTHER, PUT


@pytest.fixture
def exported() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def tracers(exported: InMemorySpanExporter) -> Iterator[TracerProvider]:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exported))
    yield provider
    provider.shutdown()


def attributes_of(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def test_a_call_is_a_span_by_the_conventions(tracers: TracerProvider, exported: InMemorySpanExporter) -> None:
    Spans(tracers).ended(GET)
    [span] = exported.get_finished_spans()
    assert (span.name, span.kind, span.status.status_code) == ("GetItem shop", SpanKind.CLIENT, StatusCode.UNSET)
    assert (span.start_time, span.end_time) == (1_000_000_000_250_000_000, 1_000_000_000_262_300_000)
    assert attributes_of(span) == {
        "db.system.name": "aws.dynamodb",
        "db.operation.name": "GetItem",
        "db.collection.name": "shop",
        "aws.dynamodb.table_names": ("shop",),
        "aws.request_id": "ABC",
        "aws.dynamodb.consumed_capacity": ('{"table":"shop","read":0.5}',),
        "code.location": "shop.orders:12",
        "dynalayer.entity": "Order",
        "dynalayer.correlation": "r-1",
        "dynalayer.attempts": 1,
    }


def test_a_failure_is_an_error_and_a_condition_that_did_not_hold_is_none(
    tracers: TracerProvider, exported: InMemorySpanExporter
) -> None:
    for event in (PUT, OTHER):
        Spans(tracers).ended(event)
    failed, refused = exported.get_finished_spans()
    assert (failed.status.status_code, refused.status.status_code) == (StatusCode.ERROR, StatusCode.UNSET)
    told = attributes_of(failed)
    assert (told["error.type"], told["db.response.status_code"]) == ("Throttled", "ThrottlingException")
    assert (told["dynalayer.attempts"], told["dynalayer.waited"]) == (3, pytest.approx(0.3))
    assert attributes_of(refused)["dynalayer.outcome"] == "condition failed"


def test_a_span_is_a_child_of_the_one_it_is_made_in(tracers: TracerProvider, exported: InMemorySpanExporter) -> None:
    with tracers.get_tracer("shop").start_as_current_span("checkout") as outer:
        Spans(tracers).ended(GET)
    inner = exported.get_finished_spans()[0]
    assert inner.parent is not None
    assert inner.parent.span_id == outer.get_span_context().span_id


def test_metrics_are_those_of_the_conventions() -> None:
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader])
    metrics = Metrics(OpenTelemetry(provider))
    for event in (GET, PUT):
        metrics.ended(event)
    for change in (OPEN, CLOSED, OPEN):
        metrics.breaker_changed(change)
    data = reader.get_metrics_data()
    assert data is not None
    found = {each.name: each for each in data.resource_metrics[0].scope_metrics[0].metrics}
    points: list[Any] = list(found["db.client.operation.duration"].data.data_points)
    assert [(dict(p.attributes)["db.operation.name"], p.sum) for p in points] == [("GetItem", 0.0123), ("PutItem", 1.5)]
    assert points[0].explicit_bounds[:2] == (0.001, 0.005)
    values = {name: [p.value for p in found[name].data.data_points] for name in found if "duration" not in name}  # type: ignore[union-attr]
    assert values == {
        "dynalayer.retries": [2],
        "dynalayer.throttles": [2],
        "dynalayer.read_units": [0.5],
        "dynalayer.breaker.open": [1],
    }
    provider.shutdown()
