"""Partial answers of a Lambda function that is fed by a stream: what failed, and nothing after it as done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Generator
from inspect import isawaitable
from typing import Any, TypedDict, TypeVar, overload

from dynalayer.protocol import InvalidValue
from dynalayer.schema import Entity, Table

from .decoding import Decoder, Event, Source, records_of
from .records import StreamRecord

A = TypeVar("A", bound=Entity)
B = TypeVar("B", bound=Entity)
C = TypeVar("C", bound=Entity)
D = TypeVar("D", bound=Entity)

OnPoison = Callable[[Any, Exception], Any]
"""Takes a record that could not be handled and its last error, and puts it where somebody will look."""


class Failure(TypedDict):
    """The record that the next attempt begins with."""

    itemIdentifier: str


class Failures(TypedDict):
    """A function's answer; an empty list says that the whole batch is done."""

    batchItemFailures: list[Failure]


_Steps = Generator[Callable[[], Any], None, Failures]


@overload
def handle_batch(
    event: Event,
    a: Table,
    /,
    *more: Table,
    handler: Callable[[StreamRecord[Entity]], None],
    tries: int = 1,
    on_poison: OnPoison | None = None,
) -> Failures: ...
@overload
def handle_batch(
    event: Event,
    a: type[A],
    /,
    *,
    handler: Callable[[StreamRecord[A]], None],
    tries: int = 1,
    on_poison: OnPoison | None = None,
) -> Failures: ...
@overload
def handle_batch(
    event: Event,
    a: type[A],
    b: type[B],
    /,
    *,
    handler: Callable[[StreamRecord[A | B]], None],
    tries: int = 1,
    on_poison: OnPoison | None = None,
) -> Failures: ...
@overload
def handle_batch(
    event: Event,
    a: type[A],
    b: type[B],
    c: type[C],
    /,
    *,
    handler: Callable[[StreamRecord[A | B | C]], None],
    tries: int = 1,
    on_poison: OnPoison | None = None,
) -> Failures: ...
@overload
def handle_batch(
    event: Event,
    a: type[A],
    b: type[B],
    c: type[C],
    d: type[D],
    /,
    *,
    handler: Callable[[StreamRecord[A | B | C | D]], None],
    tries: int = 1,
    on_poison: OnPoison | None = None,
) -> Failures: ...
def handle_batch(
    event: Event,
    /,
    *sources: Source,
    handler: Callable[[Any], None],
    tries: int = 1,
    on_poison: OnPoison | None = None,
) -> Failures:
    """Call `handler` with each change of a Lambda event, in order, and give the answer that Lambda wants.

    At the first record that `handler` fails for, `tries` times in a row, it stops: Lambda is told of that record and
    sends it and all after it again, so the order of each shard is kept. With `on_poison` such a record is handed over
    instead, and the batch goes on; a failure of `on_poison` stops it. Errors are logged under `dynalayer.streams`.

    The event source mapping must have `ReportBatchItemFailures`: without it Lambda takes every answer for a success
    (Lambda guide, "Configuring partial batch response with DynamoDB and Lambda"). Raises `InvalidValue` for an event
    that is of no stream.
    """
    steps = _steps(event, handler, sources, tries, on_poison)
    try:
        call = next(steps)
        while True:
            try:
                result = call()
            except Exception as error:
                call = steps.throw(error)
            else:
                _refuse_awaitable(result)
                call = steps.send(None)
    except StopIteration as end:
        answer: Failures = end.value
        return answer


@overload
async def handle_batch_async(
    event: Event,
    a: Table,
    /,
    *more: Table,
    handler: Callable[[StreamRecord[Entity]], Awaitable[None]],
    tries: int = 1,
    on_poison: OnPoison | None = None,
) -> Failures: ...
@overload
async def handle_batch_async(
    event: Event,
    a: type[A],
    /,
    *,
    handler: Callable[[StreamRecord[A]], Awaitable[None]],
    tries: int = 1,
    on_poison: OnPoison | None = None,
) -> Failures: ...
@overload
async def handle_batch_async(
    event: Event,
    a: type[A],
    b: type[B],
    /,
    *,
    handler: Callable[[StreamRecord[A | B]], Awaitable[None]],
    tries: int = 1,
    on_poison: OnPoison | None = None,
) -> Failures: ...
@overload
async def handle_batch_async(
    event: Event,
    a: type[A],
    b: type[B],
    c: type[C],
    /,
    *,
    handler: Callable[[StreamRecord[A | B | C]], Awaitable[None]],
    tries: int = 1,
    on_poison: OnPoison | None = None,
) -> Failures: ...
@overload
async def handle_batch_async(
    event: Event,
    a: type[A],
    b: type[B],
    c: type[C],
    d: type[D],
    /,
    *,
    handler: Callable[[StreamRecord[A | B | C | D]], Awaitable[None]],
    tries: int = 1,
    on_poison: OnPoison | None = None,
) -> Failures: ...
async def handle_batch_async(
    event: Event,
    /,
    *sources: Source,
    handler: Callable[[Any], Awaitable[None]],
    tries: int = 1,
    on_poison: OnPoison | None = None,
) -> Failures:
    """Await `handler` for each change of a Lambda event, one after the other; otherwise as `handle_batch`."""
    steps = _steps(event, handler, sources, tries, on_poison)
    try:
        call = next(steps)
        while True:
            try:
                result = call()
                if isawaitable(result):
                    await result
            except Exception as error:
                call = steps.throw(error)
            else:
                call = steps.send(None)
    except StopIteration as end:
        answer: Failures = end.value
        return answer


def _steps(
    event: Event, handler: Callable[[Any], Any], sources: tuple[Source, ...], tries: int, on_poison: OnPoison | None
) -> _Steps:
    """What to call next; it is thrown the error of a call that failed."""
    if tries < 1:
        raise InvalidValue(f"a record is tried at least once, got tries={tries}")
    decoder = Decoder(sources)
    for record in [decoder.decode(raw) for raw in records_of(event)]:
        error = yield from _attempts(record, handler, tries)
        if error is not None and on_poison is not None:
            error = yield from _handed_over(record, error, on_poison)
        if error is not None:
            return {"batchItemFailures": [{"itemIdentifier": record.sequence_number}]}
    return {"batchItemFailures": []}


def _attempts(
    record: StreamRecord[Any], handler: Callable[[Any], Any], tries: int
) -> Generator[Callable[[], Any], None, Exception | None]:
    last: Exception | None = None
    for attempt in range(1, tries + 1):
        try:
            yield lambda: handler(record)
        except Exception as error:
            _log(record, error, f"attempt {attempt} of {tries} failed")
            last = error
        else:
            return None
    return last


def _handed_over(
    record: StreamRecord[Any], error: Exception, on_poison: OnPoison
) -> Generator[Callable[[], Any], None, Exception | None]:
    try:
        yield lambda: on_poison(record, error)
    except Exception as failure:
        _log(record, failure, "on_poison failed")
        return failure
    return None


def _refuse_awaitable(result: Any) -> None:
    if isawaitable(result):
        if isinstance(result, Coroutine):
            result.close()
        raise TypeError("the handler is asynchronous: nothing was done; use handle_batch_async")


def _log(record: StreamRecord[Any], error: Exception, what: str) -> None:
    import logging  # a function that never fails does not pay for it

    logging.getLogger("dynalayer.streams").error(
        "%s for record %s: %s", what, record.sequence_number, type(error).__name__, exc_info=error
    )
