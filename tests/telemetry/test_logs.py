"""One record for each call."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from io import StringIO

import msgspec
import pytest
from msgspec import structs

from dynalayer.protocol import InvalidValue
from dynalayer.telemetry import Emf, JsonFormatter, JsonLog, Metrics, correlation

from .events import GET, OPEN, OTHER, PUT


class Lines(logging.StreamHandler[StringIO]):
    """Keeps what it writes."""

    def __init__(self) -> None:
        super().__init__(StringIO())
        self.setFormatter(JsonFormatter())

    def __iter__(self) -> Iterator[dict[str, object]]:
        return iter([json.loads(line) for line in self.stream.getvalue().splitlines()])


@pytest.fixture
def lines() -> Lines:
    return Lines()


@pytest.fixture
def logger(lines: Lines) -> logging.Logger:
    made = logging.Logger("calls", logging.INFO)
    made.addHandler(lines)
    return made


def test_a_call_is_one_line_of_json(logger: logging.Logger, lines: Lines) -> None:
    JsonLog(logger).ended(GET)
    [line] = lines
    assert str(line.pop("time")).endswith("Z")
    assert line == {
        "level": "INFO",
        "logger": "calls",
        "operation": "GetItem",
        "kind": "Get",
        "table": "shop",
        "entity": "Order",
        "site": "shop.orders:12",
        "key": "0123456789abcdef",
        "correlation": "r-1",
        "at": 1000000000.25,
        "seconds": 0.0123,
        "attempts": 1,
        "outcome": "ok",
        "consumed": [{"table": "shop", "read": 0.5}],
        "request_id": "ABC",
    }


def test_what_failed_or_was_tried_again_is_a_warning(logger: logging.Logger, lines: Lines) -> None:
    for event in (GET, OTHER, PUT):
        JsonLog(logger).ended(event)
    assert [line["level"] for line in lines] == ["INFO", "INFO", "WARNING"]


def test_a_slow_call_is_a_warning(logger: logging.Logger, lines: Lines) -> None:
    JsonLog(logger, slow=0.01).ended(GET)
    JsonLog(logger, slow=0.02).ended(GET)
    assert [line["level"] for line in lines] == ["WARNING", "INFO"]


def test_a_breaker_that_changes_is_a_warning(logger: logging.Logger, lines: Lines) -> None:
    JsonLog(logger).breaker_changed(OPEN)
    [line] = lines
    assert (line["level"], line["table"], line["old"], line["new"]) == ("WARNING", "shop", "closed", "open")


def test_of_calls_that_are_well_a_sample_is_logged_and_of_the_others_all(logger: logging.Logger, lines: Lines) -> None:
    draws = iter([0.05, 0.5, 0.09])
    log = JsonLog(logger, sample=0.1, random=lambda: next(draws))
    for event in (GET, GET, PUT, GET):
        log.ended(event)
    assert [line["level"] for line in lines] == ["INFO", "WARNING", "INFO"]


@pytest.mark.parametrize("sample", [-0.1, 1.1])
def test_a_sample_is_a_share(sample: float) -> None:
    with pytest.raises(InvalidValue, match="share from 0 to 1"):
        JsonLog(sample=sample)


def test_a_level_that_is_off_costs_no_record(logger: logging.Logger, lines: Lines) -> None:
    logger.setLevel(logging.WARNING)
    JsonLog(logger).ended(GET)
    assert list(lines) == []


def test_the_message_is_json_with_any_formatter(logger: logging.Logger, lines: Lines) -> None:
    lines.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    JsonLog(logger).ended(GET)
    level, _, message = lines.stream.getvalue().partition(" ")
    assert (level, json.loads(message)["operation"]) == ("INFO", "GetItem")


def test_records_of_others_are_json_too_and_carry_the_correlation_id(logger: logging.Logger, lines: Lines) -> None:
    with correlation("r-7"):
        logger.info('%s said "hello"', "Ada")
    try:
        raise KeyError("lost")
    except KeyError:
        logger.error("it went wrong", exc_info=sys.exc_info())
    first, second = lines
    assert (first["message"], first["correlation"]) == ('Ada said "hello"', "r-7")
    assert "KeyError" in str(second["exception"])
    assert "correlation" not in second


def test_without_a_logger_lines_are_written_together(capsys: pytest.CaptureFixture[str]) -> None:
    JsonLog().gathered([GET, OTHER, PUT])
    first, second, third = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert first == {
        "time": "2001-09-09T01:46:40.262Z",
        "level": "INFO",
        **json.loads(msgspec.json.Encoder(decimal_format="number").encode(GET)),
    }
    assert (second["level"], third["level"], third["time"]) == ("INFO", "WARNING", "2001-09-09T01:46:42.500Z")


def test_lines_go_where_they_are_to_go_and_so_do_those_of_breakers() -> None:
    written: list[str] = []
    log = JsonLog(write=written.append, sample=0.5, slow=1.0, random=iter([0.6, 0.4]).__next__)
    log.gathered([GET, OTHER, PUT])
    log.breaker_changed(OPEN)
    calls, breaker = written
    assert [json.loads(line)["outcome"] for line in calls.splitlines()] == ["condition failed", "throttled"]
    assert (json.loads(breaker)["level"], json.loads(breaker)["new"]) == ("WARNING", "open")


def test_a_text_with_line_ends_of_unicode_stays_one_line() -> None:
    written: list[str] = []
    JsonLog(write=written.append).gathered([structs.replace(GET, correlation="a\u2028b\x85c\nd")] * 2)
    assert [json.loads(line)["correlation"] for line in written[0].removesuffix("\n").split("\n")] == [
        "a\u2028b\x85c\nd",
        "a\u2028b\x85c\nd",
    ]


def test_a_log_goes_to_one_place(logger: logging.Logger) -> None:
    with pytest.raises(InvalidValue, match="leave one of them out"):
        JsonLog(logger, write=print)


def test_in_a_lambda_function_each_call_writes_its_own_line(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not JsonLog().immediate
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "checkout")
    assert JsonLog().immediate
    assert Metrics(Emf()).immediate
    assert not JsonLog(immediate=False).immediate
