"""Lines that CloudWatch makes metrics of."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dynalayer.protocol import InvalidValue
from dynalayer.telemetry import Emf, Metrics

from .events import CLOSED, GET, OPEN, OTHER, PUT


def lines_of(*events: Any, **options: Any) -> list[dict[str, Any]]:
    lines: list[str] = []
    metrics = Metrics(Emf(write=lines.append, **options))
    for event in events:
        (metrics.breaker_changed if event in (OPEN, CLOSED) else metrics.ended)(event)
    assert all(line.endswith("\n") and line.count("\n") == 1 for line in lines)
    return [json.loads(line) for line in lines]


def follows_the_format(line: dict[str, Any]) -> bool:
    """The rules of the embedded metric format: members that are named are there, and of the right kinds."""
    about = line["_aws"]
    assert isinstance(about["Timestamp"], int)
    for directive in about["CloudWatchMetrics"]:
        assert directive["Namespace"]
        for names in directive["Dimensions"]:
            assert len(names) <= 30
            assert all(isinstance(line[name], str) and line[name] for name in names)
        for metric in directive["Metrics"]:
            assert isinstance(line[metric["Name"]], (int, float))
            assert metric["Unit"] in ("Count", "Milliseconds")
    return True


def test_every_line_follows_the_format() -> None:
    assert all(follows_the_format(line) for line in lines_of(GET, PUT, OTHER, OPEN, CLOSED))


def test_a_call_gives_its_figures() -> None:
    [line] = lines_of(PUT)
    assert line["_aws"]["Timestamp"] == 1_000_000_001_000
    figures = {name: line[name] for name in ("Calls", "Failures", "Retries", "Throttles", "Duration")}
    assert figures == {"Calls": 1, "Failures": 1, "Retries": 2, "Throttles": 2, "Duration": 1500.0}
    [line] = lines_of(GET)
    assert (line["ReadUnits"], line["WriteUnits"], line["Failures"], line["correlation"]) == (0.5, 0, 0, "r-1")


def test_a_condition_that_did_not_hold_is_no_failure() -> None:
    [line] = lines_of(OTHER)
    assert (line["Failures"], line["outcome"]) == (0, "condition failed")


def test_metrics_are_kept_by_the_dimensions_that_are_given() -> None:
    [line] = lines_of(GET, dimensions=[["table"], ["table", "entity"]], namespace="Shop")
    [directive] = line["_aws"]["CloudWatchMetrics"]
    assert (directive["Namespace"], directive["Dimensions"]) == ("Shop", [["table"], ["table", "entity"]])


def test_a_dimension_that_there_is_not_is_refused() -> None:
    with pytest.raises(InvalidValue, match="tabel: a dimension is one of operation, table"):
        Emf(dimensions=[["tabel"]])


def test_lines_are_printed_where_nothing_else_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    Metrics(Emf()).ended(GET)
    assert json.loads(capsys.readouterr().out)["operation"] == "GetItem"


def test_a_breaker_is_a_number() -> None:
    assert [line["BreakerOpen"] for line in lines_of(OPEN, CLOSED)] == [1, 0]
