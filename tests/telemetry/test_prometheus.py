"""Metrics as Prometheus reads them."""

from __future__ import annotations

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from dynalayer.telemetry import Metrics, Prometheus

from .events import CLOSED, GET, OPEN, OTHER, PUT


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


def test_calls_are_counted_by_operation_table_entity_and_outcome(registry: CollectorRegistry) -> None:
    metrics = Metrics(Prometheus(registry))
    for event in (GET, GET, PUT, OTHER):
        metrics.ended(event)
    labels = {"operation": "GetItem", "table": "shop", "entity": "Order"}
    assert registry.get_sample_value("dynalayer_calls_total", {**labels, "outcome": "ok"}) == 2
    assert registry.get_sample_value("dynalayer_read_units_total", labels) == 1.0
    assert registry.get_sample_value("dynalayer_call_seconds_sum", labels) == pytest.approx(0.0246)
    labels = {"operation": "PutItem", "table": "shop", "entity": "Order"}
    assert registry.get_sample_value("dynalayer_calls_total", {**labels, "outcome": "throttled"}) == 1
    assert registry.get_sample_value("dynalayer_retries_total", labels) == 2
    assert registry.get_sample_value("dynalayer_throttles_total", labels) == 2
    assert registry.get_sample_value("dynalayer_write_units_total", labels) == 0


def test_a_scrape_shows_them(registry: CollectorRegistry) -> None:
    Metrics(Prometheus(registry, buckets=(0.01, 0.1))).ended(GET)
    text = generate_latest(registry).decode()
    bucket = 'dynalayer_call_seconds_bucket{entity="Order",le="0.1",operation="GetItem",table="shop"} 1.0'
    assert bucket in text


def test_a_breaker_is_a_gauge(registry: CollectorRegistry) -> None:
    metrics = Metrics(Prometheus(registry))
    name, labels = "dynalayer_breaker_open", {"table": "shop", "operations": "write"}
    metrics.breaker_changed(OPEN)
    assert registry.get_sample_value(name, labels) == 1
    metrics.breaker_changed(CLOSED)
    assert registry.get_sample_value(name, labels) == 0
