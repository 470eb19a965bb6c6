"""P7: a change is told within the interval and the time of a read, once, and the last of several."""

import asyncio
from contextlib import suppress
from typing import Any

import pytest
from coagent.datalayer import AsyncRepository, DynamoDBItem, QueryOptions, Repository, ValidationError, field
from coagent.datalayer.envelope import bound
from hypothesis import given, settings
from hypothesis import strategies as st

from dynalayer import AsyncDatabase
from dynalayer.testing import FrozenClock
from tests.coagent.datalayer.population import TABLE, Bench

KEY = ("T#1", "S#1")
PLANS = st.lists(st.tuples(st.floats(0, 20), st.none() | st.integers(0, 3)), max_size=10)


class Schedule:
    """A sleep that lets writes happen at their moments while somebody waits."""

    def __init__(self, bench: Bench, plan: list[tuple[float, int | None]]) -> None:
        self.bench = bench
        moment = bench.clock.now
        self.writes: list[tuple[float, int | None]] = []
        for wait, value in plan:
            moment += wait
            self.writes.append((moment, value))
        self.left = list(self.writes)

    def sleep(self, seconds: float) -> None:
        until = self.bench.clock.now + seconds
        while self.left and self.left[0][0] <= until:
            moment, value = self.left.pop(0)
            self.bench.clock.now = moment
            if value is None:
                self.bench.repository.delete(*KEY)
            else:
                self.bench.repository.put(DynamoDBItem(*KEY, "X", {"n": value}))
        self.bench.clock.now = until


@settings(max_examples=100, deadline=None)
@given(PLANS, st.floats(0.5, 10))
def test_each_state_that_lasts_is_told_within_the_interval(plan: list[tuple[float, int | None]], every: float) -> None:
    with Bench() as bench:
        schedule = Schedule(bench, plan)
        repository = Repository(bench.database, TABLE, sleep=schedule.sleep)
        end = (schedule.writes[-1][0] if schedule.writes else bench.clock.now) + 2 * every
        told: list[tuple[float, Any]] = []
        watching = repository.watch(*KEY, every=every)

        class Ended(Exception):
            pass

        def sleep(seconds: float) -> None:
            if bench.clock.now > end:
                raise Ended
            schedule.sleep(seconds)

        repository._sleep = sleep  # pyright: ignore[reportPrivateUsage]
        with suppress(Ended):
            for item in watching:
                told.append((bench.clock.now, None if item is None else item.data["n"]))  # noqa: PERF401
        ends = [moment for moment, _ in schedule.writes[1:]] + [end]
        for (moment, value), until in zip(schedule.writes, ends, strict=bool(schedule.writes)):
            if until - moment > every + 1e-6:
                assert [seen for at, seen in told if at <= moment + every + 1e-6][-1] == value
        assert told[-1][1] == (schedule.writes[-1][1] if schedule.writes else None)


def test_what_has_not_changed_is_not_told_again() -> None:
    with Bench() as bench:
        bench.repository.create(*KEY, "X", {"n": 1})
        looks = 0

        def sleep(_: float) -> None:
            nonlocal looks
            looks += 1
            if looks == 5:
                bench.repository.update(*KEY, {"n": 2})

        watching = Repository(bench.database, TABLE, sleep=sleep).watch(*KEY)
        first, second = next(watching), next(watching)
        assert first is not None
        assert second is not None
        assert (first.data, second.data, looks) == ({"n": 1}, {"n": 2}, 5)


def test_a_caller_who_changes_what_he_was_given_is_not_told_of_it() -> None:
    with Bench() as bench:
        bench.repository.create(*KEY, "X", {"n": 1})
        looks: list[float] = []

        def sleep(seconds: float) -> None:
            looks.append(seconds)
            if len(looks) == 3:
                bench.repository.delete(*KEY)

        watching = Repository(bench.database, TABLE, sleep=sleep).watch(*KEY)
        first = next(watching)
        assert first is not None
        first.data["n"] = 2
        assert (next(watching), len(looks)) == (None, 3)


def test_the_items_of_a_query_keep_their_own_keys_and_change_together() -> None:
    with Bench() as bench:
        for number in range(3):
            bench.repository.create("T#1", f"S#{number}", "X", {"n": number})
        steps = iter(
            [
                lambda: bench.repository.delete("T#1", "S#0"),
                lambda: bench.repository.update("T#1", "S#2", {"n": 9}),
                lambda: bench.repository.create("T#1", "S#3", "X", {"n": -1}),
                lambda: bench.repository.create("T#1", "S#4", "X", {"n": 5}),
            ]
        )
        repository = Repository(bench.database, TABLE, sleep=lambda _: next(steps)() and None)
        watching = repository.watch_query("T#1", "S#", QueryOptions(filter=field("n") >= 0))
        seen = [[(item.sk, item.data["n"]) for item in next(watching)] for _ in range(4)]
        assert seen == [
            [("S#0", 0), ("S#1", 1), ("S#2", 2)],
            [("S#1", 1), ("S#2", 2)],
            [("S#1", 1), ("S#2", 9)],
            [("S#1", 1), ("S#2", 9), ("S#4", 5)],
        ]


def test_two_watches_of_one_partition_with_other_options_are_apart() -> None:
    with Bench() as bench:
        for number in range(5):
            bench.repository.create("T#1", f"S#{number}", "X", {"n": number})
        everything = next(bench.repository.watch_query("T#1"))
        newest = next(bench.repository.watch_query("T#1", None, QueryOptions(limit=3, scan_index_forward=False)))
        assert (len(everything), [item.sk for item in newest]) == (5, ["S#4", "S#3", "S#2"])


@pytest.mark.parametrize("every", [0, -1, float("nan")])
def test_a_watch_without_a_wait_is_refused(every: float) -> None:
    with Bench() as bench, pytest.raises(ValidationError, match="more than 0"):
        next(bench.repository.watch(*KEY, every=every))


def test_an_awaited_watch_does_the_same() -> None:
    async def main() -> list[Any]:
        clock = FrozenClock()
        async with AsyncDatabase("memory:", clock=clock) as db:
            await db.create_tables(bound(TABLE).table)
            writer = AsyncRepository(db, TABLE)

            async def sleep(_: float) -> None:
                if await writer.get(*KEY) is None:
                    await writer.create(*KEY, "X", {"n": 1})

            seen: list[Any] = []
            async for item in AsyncRepository(db, TABLE, sleep=sleep).watch(*KEY):
                seen.append(item and item.data)
                if len(seen) == 2:
                    break
            return seen

    assert asyncio.run(main()) == [None, {"n": 1}]
