"""Ids that tie calls to the request they belong to."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextvars import copy_context

import pytest

from dynalayer.telemetry import correlation, current_correlation


def test_an_id_holds_within_and_the_one_before_again_behind() -> None:
    with correlation("a") as outer:
        with correlation("b"):
            assert current_correlation() == "b"
        assert current_correlation() == outer == "a"
    assert current_correlation() is None


def test_a_function_has_it_while_it_runs_also_one_that_fails() -> None:
    @correlation("job")
    def job(fail: bool) -> str | None:
        if fail:
            raise LookupError
        return current_correlation()

    assert job(False) == "job"
    with pytest.raises(LookupError):
        job(True)
    assert current_correlation() is None


def test_a_function_of_its_own_gives_each_use_an_id() -> None:
    ids = iter("ab")

    @correlation(lambda: next(ids))
    def job() -> str | None:
        return current_correlation()

    assert (job(), job()) == ("a", "b")


def test_tasks_at_the_same_time_have_their_own() -> None:
    async def job(name: str) -> list[str | None]:
        with correlation(name):
            await asyncio.sleep(0)
            inherited = await asyncio.create_task(told())
            return [current_correlation(), inherited]

    async def told() -> str | None:
        return current_correlation()

    async def main() -> list[list[str | None]]:
        return list(await asyncio.gather(job("a"), job("b")))

    assert asyncio.run(main()) == [["a", "a"], ["b", "b"]]


def test_one_manager_may_be_used_by_many_tasks_at_once() -> None:
    shared = correlation("shared")

    async def within(turns: int) -> str | None:
        with shared:
            for _ in range(turns):
                await asyncio.sleep(0)
            return current_correlation()

    @shared
    async def job() -> str | None:
        await asyncio.sleep(0)
        return current_correlation()

    async def main() -> list[str | None]:
        return await asyncio.gather(*(job() for _ in range(5)), *(within(n) for n in (3, 1, 2)))

    assert asyncio.run(main()) == ["shared"] * 8
    assert current_correlation() is None


def test_a_thread_has_it_in_a_copied_context() -> None:
    found: list[str | None] = []
    with correlation("a"):
        for run in (copy_context().run, None):
            target = (lambda run=run: run(lambda: found.append(current_correlation()))) if run else None
            thread = threading.Thread(target=target or (lambda: found.append(current_correlation())))
            thread.start()
            thread.join()
    assert found == ["a", None]


def test_a_generator_is_refused() -> None:
    def items() -> Iterator[int]:
        yield 1

    async def pages() -> AsyncIterator[int]:
        yield 1

    for function in (items, pages):
        with pytest.raises(TypeError, match="is a generator"):
            correlation("a")(function)
