"""B1, B2 and B3: batches in the service's sizes, and every key and write accounted for."""

import json
import random
from typing import Any

import pytest
from coagent.datalayer import (
    BatchIncompleteError,
    DynamoDBItem,
    DynamoDBKey,
    Repository,
    RetryOptions,
    ThroughputExceededError,
    ValidationError,
    get_review_keys,
    policy_of,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from dynalayer import AccessDenied, Database
from dynalayer.testing import Faults
from tests.coagent.datalayer.population import TABLE, Bench, Full


class Leaving:
    """A connection whose service leaves undone what a random choice says, from none of a batch to all of it."""

    def __init__(self, bench: Bench, seed: int, stubborn: int) -> None:
        self._connection = bench.database.connection
        self._random = random.Random(seed)
        self._stubborn = stubborn
        self.calls: list[tuple[str, int]] = []

    def call(self, operation: str, body: bytes) -> bytes:
        if operation not in ("BatchGetItem", "BatchWriteItem"):
            return self._connection.call(operation, body)
        request = json.loads(body)
        asked = request["RequestItems"][TABLE]
        whole = asked["Keys"] if operation == "BatchGetItem" else asked
        self.calls.append((operation, len(whole)))
        most = len(whole) if self._stubborn else len(whole) - 1
        left = self._random.sample(whole, self._random.randint(0, max(most, 0)))
        done = [each for each in whole if each not in left]
        answer: dict[str, Any] = {}
        if done:
            part = {"Keys": done} if operation == "BatchGetItem" else done
            answer = json.loads(self._connection.call(operation, json.dumps({"RequestItems": {TABLE: part}}).encode()))
        rest = {TABLE: {"Keys": left} if operation == "BatchGetItem" else left} if left else {}
        answer["UnprocessedKeys" if operation == "BatchGetItem" else "UnprocessedItems"] = rest
        answer.setdefault("Responses", {TABLE: []})
        return json.dumps(answer).encode()

    def close(self) -> None: ...


def over(bench: Bench, connection: Any, options: RetryOptions | None = None) -> Repository:
    retry = policy_of(options or RetryOptions())
    return Repository(Database(connection, clock=bench.clock, sleep=bench.clock.sleep, retry=retry), TABLE)


def key(number: int) -> DynamoDBKey:
    return DynamoDBKey("T#1", f"S#{number:04d}")


def item(number: int, value: int = 0) -> DynamoDBItem:
    return DynamoDBItem("T#1", f"S#{number:04d}", "X", {"n": value or number})


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 130), max_size=320), st.integers(0, 130))
def test_reads_are_of_a_hundred_and_each_key_is_told_once(asked: list[int], there: int) -> None:
    with Bench() as bench:
        bench.repository.batch_write([item(number) for number in range(there)])
        faults = Faults(bench.database.connection)
        result = over(bench, faults).batch_get([key(number) for number in asked])
        distinct = list(dict.fromkeys(asked))
        sizes = [len(call.request["RequestItems"][TABLE]["Keys"]) for call in faults.calls]
        assert len(sizes) == -(-len(distinct) // 100)
        assert all(size <= 100 for size in sizes)
        assert list(result.found) == [key(number) for number in distinct if number < there]
        assert result.items == [{"n": number} for number in distinct if number < there]
        assert set(result.missing_keys) == {key(number) for number in distinct if number >= there}
        assert not result.unprocessed_keys


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 2**32), st.integers(0, 1))
def test_every_write_is_done_or_told_whatever_the_service_leaves(
    puts: int, deletes: int, seed: int, stubborn: int
) -> None:
    with Bench() as bench:
        bench.repository.batch_write([item(number, 7) for number in range(100, 100 + deletes)])
        leaving = Leaving(bench, seed, stubborn)
        repository = over(bench, leaving, RetryOptions(max_retries=seed % 4))
        wanted = [key(number) for number in [*range(puts), *range(100, 100 + deletes)]]
        result = repository.batch_write(
            [item(number) for number in range(puts)],
            [key(number) for number in range(100, 100 + deletes)],
            partial=True,
        )
        assert sorted([*result.done, *result.undone], key=lambda each: each.sk) == wanted
        assert all(size <= 25 for _, size in leaving.calls)
        assert all(isinstance(reason, ThroughputExceededError) for reason in result.undone.values())
        for each in wanted:
            was = 7 if int(each.sk[2:]) >= 100 else None
            now = None if was else int(each.sk[2:])
            value = (bench.repository.get(each.pk, each.sk) or {}).get("n")
            assert value == (was if each in result.undone else now)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 150), st.integers(0, 2**32), st.integers(0, 1))
def test_every_key_is_found_missing_or_told(count: int, seed: int, stubborn: int) -> None:
    with Bench() as bench:
        bench.repository.batch_write([item(number) for number in range(0, count, 2)])
        leaving = Leaving(bench, seed, stubborn)
        asked = [key(number) for number in range(count)]
        result = over(bench, leaving, RetryOptions(max_retries=seed % 4)).batch_get(asked, partial=True)
        told = [*result.found, *result.missing_keys, *result.unprocessed_keys]
        assert sorted(told, key=lambda each: each.sk) == asked
        assert all(int(each.sk[2:]) % 2 == 0 for each in result.found)
        assert all(int(each.sk[2:]) % 2 for each in result.missing_keys)


def test_what_is_left_is_an_error_that_holds_it_and_can_be_made_again() -> None:
    with Bench() as bench:
        full = Full(bench.database.connection)
        repository = over(bench, full, RetryOptions(max_retries=1))
        with pytest.raises(BatchIncompleteError, match="30 writes were not made") as left:
            repository.batch_write([item(number) for number in range(30)])
        assert full.calls == 4
        assert left.value.retryable
        assert list(left.value.result.undone) == [key(number) for number in range(30)]
        with pytest.raises(BatchIncompleteError, match="could not be read"):
            repository.batch_get([key(1)])
        full.is_full = False
        repository.batch_write([item(int(each.sk[2:])) for each in left.value.result.undone])
        assert bench.repository.query("T#1").count == 30


def test_a_chunk_that_fails_does_not_hide_those_that_did_not() -> None:
    with Bench() as bench:
        faults = Faults(bench.database.connection)
        faults.throttle(operation="BatchWriteItem", times=4)
        result = over(bench, faults).batch_write([item(number) for number in range(30)], partial=True)
        assert len(result.done) == 5
        assert {reason.code for reason in result.undone.values()} == {"ThrottlingException"}
        assert bench.repository.query("T#1").count == 5


@pytest.mark.parametrize(("puts", "deletes"), [([item(1), item(1)], []), ([item(1)], [key(1)]), ([], [key(1), key(1)])])
def test_two_writes_of_one_item_are_refused_before_anything_is_written(puts: Any, deletes: Any) -> None:
    with Bench() as bench:
        with pytest.raises(ValidationError):
            bench.repository.batch_write([item(number) for number in range(5, 60)] + puts, deletes)
        assert bench.repository.query("T#1").count == 0


def test_a_batch_that_is_not_allowed_is_not_called_one_to_try_again() -> None:
    with Bench() as bench:
        faults = Faults(bench.database.connection)
        faults.fail(AccessDenied("no"), times=None)
        with pytest.raises(BatchIncompleteError) as refused:
            over(bench, faults).batch_get([key(1)])
        assert not refused.value.retryable
        assert [reason.status_code for reason in refused.value.result.unprocessed_keys.values()] == [403]


def test_nothing_takes_no_call() -> None:
    with Bench() as bench:
        faults = Faults(bench.database.connection)
        repository = over(bench, faults)
        assert repository.batch_get([]).items == []
        assert repository.batch_write().done == []
        assert not faults.calls


def test_the_key_of_a_review_with_its_index_key_is_taken_and_given_back() -> None:
    with Bench() as bench:
        review = get_review_keys("ada", "r")
        assert bench.repository.batch_get([review]).missing_keys == [review]


def test_large_writes_are_cut_to_16_mb_a_call() -> None:
    with Bench() as bench:
        faults = Faults(bench.database.connection)
        large = [DynamoDBItem("T#1", f"S#{number}", "X", {"a": "é" * 190_000}) for number in range(25)]
        assert len(over(bench, faults).batch_write(large).done) == 25
        assert all(len(call.body) <= 16 * 1024 * 1024 for call in faults.calls)


def test_batches_keep_what_an_item_says_of_its_creation() -> None:
    with Bench() as bench:
        bench.repository.batch_write(
            [DynamoDBItem("T#1", "a", "X", {}, created_at=5), DynamoDBItem("T#1", "b", "X", {})]
        )
        now = int(bench.clock.now * 1000)
        moments = [(each.created_at, each.updated_at) for each in bench.repository.query_items("T#1").items]
        assert moments == [(5, now), (now, now)]
