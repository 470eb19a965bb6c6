import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from live_translation.errors import hashed, unauthorized
from live_translation.logs import belonging_to, refusal, write_to


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    logger = logging.getLogger("live_translation")
    before = logger.level, logger.propagate
    handler = write_to(stream, "INFO")
    yield stream
    logger.removeHandler(handler)
    logger.level, logger.propagate = before


def read(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_record_is_one_object_with_its_time_level_component_and_message(lines: io.StringIO) -> None:
    logging.getLogger("live_translation.sessions").info("session %s ended", "x")
    logging.getLogger("live_translation.sessions").debug("not from this level on")
    (entry,) = read(lines)
    assert (entry["level"], entry["component"], entry["message"]) == (
        "INFO",
        "live_translation.sessions",
        "session x ended",
    )
    assert entry["timestamp"].endswith("+00:00")
    assert "correlationId" not in entry


def test_what_belongs_to_a_connection_bears_its_hash(lines: io.StringIO) -> None:
    log = logging.getLogger("live_translation.handlers")
    with belonging_to("connection-1"):
        log.info("within")
    log.info("without")
    within, without = read(lines)
    assert within["correlationId"] == hashed("connection-1")
    assert "correlationId" not in without


def test_a_refusal_tells_what_and_why_and_not_who_or_where(lines: io.StringIO) -> None:
    problem = unauthorized("Token expired.", "expired")
    extra = refusal("connect", problem, "ada", "203.0.113.7")
    logging.getLogger("live_translation.handlers").info("refused", extra=extra)
    (entry,) = read(lines)
    assert (entry["operation"], entry["errorCode"], entry["reason"]) == ("connect", "UNAUTHORIZED", "expired")
    assert entry["userContext"] == {"ipAddressHash": hashed("203.0.113.7"), "userIdHash": hashed("ada")}
    assert "203.0.113.7" not in lines.getvalue()
    assert "ada" not in json.dumps(entry["userContext"])


def test_the_words_of_an_exception_are_not_written(lines: io.StringIO) -> None:
    try:
        raise ValueError("Buenas noches")
    except ValueError:
        logging.getLogger("live_translation.handlers").exception("unexpected")
    (entry,) = read(lines)
    assert entry["exception"] == "ValueError"
    assert "Buenas" not in lines.getvalue()
