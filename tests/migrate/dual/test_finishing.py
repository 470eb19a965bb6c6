"""Calls that go on although the task that waits for them is cancelled."""

from __future__ import annotations

import asyncio

import anyio
import pytest

from dynalayer.migrate.dual.finishing import async_finished, finished

pytestmark = pytest.mark.anyio


async def test_a_call_ends_although_its_task_is_cancelled_again_and_again() -> None:
    may_end = asyncio.Event()
    ended: list[str] = []

    async def note() -> str:
        await may_end.wait()
        ended.append("noted")
        return "done"

    task = asyncio.create_task(async_finished(note()))
    for _ in range(5):
        await asyncio.sleep(0)
        assert task.cancel()
    assert not ended
    may_end.set()
    assert await task == "done"
    assert ended == ["noted"]


async def test_a_scope_that_cancels_at_every_wait_is_outlived_too() -> None:
    ended: list[str] = []

    async def note() -> None:
        for _ in range(5):
            await asyncio.sleep(0)
        ended.append("noted")

    with anyio.CancelScope() as scope:
        scope.cancel()
        await async_finished(note())
        assert ended == ["noted"]
        await asyncio.sleep(0)
        ended.append("never")
    assert ended == ["noted"]


async def test_what_goes_wrong_in_a_call_is_told() -> None:
    async def note() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await async_finished(note())
    assert finished(3) == 3
