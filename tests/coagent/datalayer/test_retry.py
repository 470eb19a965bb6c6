"""R1: the figures of the first data layer, one owner of retries, and waits within their cap."""

import asyncio
import math
from typing import Any

import pytest
from coagent.datalayer import (
    DEFAULT_RETRY_OPTIONS,
    BatchIncompleteError,
    DynamoDBError,
    Repository,
    RetryOptions,
    ThroughputExceededError,
    ValidationError,
    async_with_batch_retry,
    async_with_retry,
    policy_of,
    with_batch_retry,
    with_retry,
)
from coagent.datalayer.envelope import bound
from hypothesis import given, settings
from hypothesis import strategies as st

from dynalayer import AsyncDatabase, Database, RetryBudget
from dynalayer.testing import AsyncFaults, Faults
from tests.coagent.datalayer.population import TABLE, Bench, Full

OPTIONS = st.builds(
    RetryOptions,
    st.integers(0, 12),
    st.floats(0, 10_000),
    st.floats(0, 10_000),
    st.floats(1, 10),
    st.booleans(),
)


def test_the_figures_are_those_of_before() -> None:
    assert RetryOptions(3, 100, 5000, 2, True) == DEFAULT_RETRY_OPTIONS
    policy = policy_of()
    assert (policy.attempts, policy.base, policy.cap) == (4, 0.1, 5.0)
    whole = policy_of(RetryOptions(jitter=False))
    assert [round(whole.wait(attempt), 3) for attempt in (1, 2, 3, 4, 7, 5000)] == [0.1, 0.2, 0.4, 0.8, 5.0, 5.0]


@settings(max_examples=300, deadline=None)
@given(OPTIONS, st.integers(1, 5000), st.floats(0, 1, exclude_max=True))
def test_no_wait_is_above_its_cap_with_the_random_part_in_it(
    options: RetryOptions, attempt: int, chance: float
) -> None:
    wait = policy_of(options, lambda: chance).wait(attempt)
    assert 0 <= wait <= options.max_delay_ms / 1000
    if attempt < 20:
        whole = min(options.max_delay_ms, options.initial_delay_ms * options.backoff_multiplier ** (attempt - 1)) / 1000
        assert wait == pytest.approx(chance * whole if options.jitter else whole)


@settings(max_examples=100, deadline=None)
@given(OPTIONS, st.integers(0, 15), st.sampled_from(["throttle", "refuse", "silence"]))
def test_attempts_are_never_more_than_one_and_the_retries(options: RetryOptions, failures: int, kind: str) -> None:
    with Bench() as bench:
        faults = Faults(bench.database.connection)
        if failures:
            plan: Any = {"throttle": faults.throttle, "refuse": faults.refuse_connections, "silence": faults.time_out}[
                kind
            ]
            plan(times=failures)
        clock = bench.clock
        database = Database(
            faults, clock=clock, sleep=clock.sleep, retry=policy_of(options), budget=RetryBudget(math.inf)
        )
        before = len(clock.slept)
        if failures > options.max_retries:
            with pytest.raises(DynamoDBError) as failed:
                Repository(database, TABLE).get("a", "b")
            assert failed.value.retryable
        else:
            assert Repository(database, TABLE).get("a", "b") is None
        assert len(faults.calls) == min(failures, options.max_retries) + 1
        assert all(wait <= options.max_delay_ms / 1000 for wait in clock.slept[before:])


def test_what_will_not_pass_is_tried_once() -> None:
    with Bench() as bench:
        faults = Faults(bench.database.connection)
        repository = Repository(Database(faults), TABLE)
        with pytest.raises(DynamoDBError):
            repository.update("a", "b", {"n": 1})
        assert [call.operation for call in faults.calls].count("UpdateItem") == 1


WRONG: list[dict[str, Any]] = [
    *({"max_retries": value} for value in (-1, math.nan, None, 1.5, True, "3")),
    *({"initial_delay_ms": value} for value in (-1, math.nan, math.inf, None, "1")),
    *({"max_delay_ms": value} for value in (-1, math.nan, math.inf, None)),
    *({"backoff_multiplier": value} for value in (0.5, math.nan, None)),
    {"jitter": None},
]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_options_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        RetryOptions(**wrong)


def test_an_operation_has_retries_of_its_own_and_is_made_once() -> None:
    with Bench() as bench:
        faults = Faults(bench.database.connection)
        faults.throttle(times=2)
        runs: list[int] = []

        def operation(database: Database) -> object:
            runs.append(1)
            return Repository(database, TABLE).get("a", "b")

        database = Database(faults, clock=bench.clock, sleep=bench.clock.sleep)
        with pytest.raises(ThroughputExceededError):
            with_retry(database, operation, RetryOptions(max_retries=0))
        assert with_retry(database, operation, RetryOptions(max_retries=1)) is None
        assert (len(runs), len(faults.calls)) == (2, 3)


def test_a_batch_has_them_too_and_tells_what_is_left() -> None:
    with Bench() as bench:
        full = Full(bench.database.connection)
        database = Database(full, clock=bench.clock, sleep=bench.clock.sleep)
        keys = [bound(TABLE).envelope.key("a", "b")]
        with pytest.raises(BatchIncompleteError) as left:
            with_batch_retry(database, lambda db: db.batch_read(keys, partial=True), RetryOptions(max_retries=2))
        assert full.calls == 3
        assert list(left.value.result.undone) == keys
        full.is_full = False
        assert with_batch_retry(database, lambda db: db.batch_read(keys, partial=True)).missing == tuple(keys)


def test_the_awaited_ones_do_the_same() -> None:
    async def main() -> int:
        async with AsyncDatabase("memory:") as plain:
            await plain.create_tables(bound(TABLE).table)
            faults = AsyncFaults(plain.connection)
            faults.throttle(times=1)
            async with AsyncDatabase(faults) as db:
                key = bound(TABLE).envelope.key("a", "b")
                quick = RetryOptions(initial_delay_ms=0)
                assert await async_with_retry(db, lambda each: each.get(key), quick) is None
                read = await async_with_batch_retry(db, lambda each: each.batch_read([key]), quick)
                assert read.missing == (key,)
            return len(faults.calls)

    assert asyncio.run(main()) == 3
