"""The answers of a function that Lambda feeds with a stream."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from dynalayer import Inserted, InvalidValue, StreamRecord, handle_batch, handle_batch_async

from .shop import Json, Order, order_item, record, shop

EVENT: Json = {"Records": [record("INSERT", order_item(id=str(n)), number=n) for n in range(1, 6)]}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Handler:
    """Keeps what it was called with, and fails for some ids so many times."""

    def __init__(self, **failing: int) -> None:
        self.failing = {name.removeprefix("id"): times for name, times in failing.items()}
        self.seen: list[str] = []

    def __call__(self, change: StreamRecord[Order]) -> None:
        assert isinstance(change, Inserted)
        self.seen.append(change.new.id)
        if self.failing.get(change.new.id, 0) > 0:
            self.failing[change.new.id] -= 1
            raise ValueError("cannot")


def failed(number: int) -> Json:
    return {"batchItemFailures": [{"itemIdentifier": f"{number:024d}"}]}


def test_a_batch_that_is_done_has_no_failures() -> None:
    handler = Handler()
    answer = handle_batch(EVENT, Order, handler=handler)
    assert json.dumps(answer) == '{"batchItemFailures": []}'
    assert handler.seen == ["1", "2", "3", "4", "5"]


def test_the_first_failure_is_reported_and_nothing_after_it_is_done() -> None:
    handler = Handler(id3=1, id5=1)
    assert handle_batch(EVENT, Order, handler=handler) == failed(3)
    assert handler.seen == ["1", "2", "3"]


def test_a_record_is_tried_again_before_it_counts_as_failed() -> None:
    handler = Handler(id2=2)
    assert handle_batch(EVENT, Order, handler=handler, tries=3) == {"batchItemFailures": []}
    assert handler.seen == ["1", "2", "2", "2", "3", "4", "5"]


def test_a_poison_record_is_handed_over_and_the_batch_goes_on() -> None:
    handler, poison = Handler(id2=9), []
    answer = handle_batch(EVENT, Order, handler=handler, tries=2, on_poison=lambda *given: poison.append(given))
    assert answer == {"batchItemFailures": []}
    assert handler.seen == ["1", "2", "2", "3", "4", "5"]
    ((change, error),) = poison
    assert (change.new.id, str(error)) == ("2", "cannot")


def test_a_failure_of_the_poison_handler_stops_the_batch() -> None:
    handler = Handler(id2=9)

    def refuse(change: Any, error: Exception) -> None:
        raise OSError("no queue")

    assert handle_batch(EVENT, Order, handler=handler, on_poison=refuse) == failed(2)
    assert handler.seen == ["1", "2"]


def test_an_image_that_cannot_be_read_is_a_failure_of_its_record() -> None:
    event = {"Records": [EVENT["Records"][0], record("INSERT", order_item(lines={"S": "x"}), number=2)]}
    assert handle_batch(event, Order, handler=Handler()) == failed(2)


def test_every_failure_is_logged_without_the_items_values(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "dynalayer.streams"):
        handle_batch(EVENT, Order, handler=Handler(id1=2), tries=2)
    assert [line.getMessage() for line in caplog.records] == [
        f"attempt {attempt} of 2 failed for record {1:024d}: ValueError" for attempt in (1, 2)
    ]


def test_an_event_of_something_else_is_refused_as_a_whole() -> None:
    handler = Handler()
    with pytest.raises(InvalidValue):
        handle_batch({"Records": [*EVENT["Records"], {"eventSource": "aws:sqs"}]}, Order, handler=handler)
    assert handler.seen == []
    with pytest.raises(InvalidValue, match="tries=0"):
        handle_batch(EVENT, Order, handler=handler, tries=0)


def test_an_asynchronous_handler_is_refused_by_the_synchronous_function() -> None:
    async def handler(change: StreamRecord[Order]) -> None:
        raise AssertionError

    with pytest.raises(TypeError, match="use handle_batch_async"):
        handle_batch(EVENT, Order, handler=handler, tries=3, on_poison=lambda *given: None)  # type: ignore[call-overload]


@pytest.mark.anyio
async def test_asynchronous_handlers_are_awaited_one_after_the_other() -> None:
    inner, poison = Handler(id2=9, id4=9), []

    async def handler(change: StreamRecord[Order]) -> None:
        inner(change)

    async def on_poison(change: StreamRecord[Order], error: Exception) -> None:
        poison.append(str(error))
        if len(poison) > 1:
            raise OSError("no queue")

    assert await handle_batch_async(EVENT, Order, handler=handler) == failed(2)
    assert await handle_batch_async(EVENT, Order, handler=handler, on_poison=on_poison) == failed(4)
    assert inner.seen == ["1", "2", "1", "2", "3", "4"]
    assert poison == ["cannot", "cannot"]


def test_a_table_stands_for_all_its_entities() -> None:
    seen: list[str] = []
    handle_batch(EVENT, shop, handler=lambda change: seen.append(change.sequence_number))
    assert len(seen) == 5
