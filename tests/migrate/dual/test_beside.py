"""Calls made beside their caller, as long as somebody takes them."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from dynalayer.migrate.dual.beside import async_beside, beside

pytestmark = pytest.mark.anyio


async def test_a_group_makes_the_call_and_takes_none_once_it_has_ended() -> None:
    made: list[int] = []

    async def call() -> None:
        made.append(1)

    async with asyncio.TaskGroup() as group:
        assert async_beside(group, call)
        assert made == []
    assert made == [1]
    assert not async_beside(group, call)
    assert made == [1]


def test_an_executor_makes_the_call_and_takes_none_once_it_is_shut_down() -> None:
    made: list[int] = []
    with ThreadPoolExecutor(1) as executor:
        assert beside(executor, lambda: made.append(1))
    assert not beside(executor, lambda: made.append(2))
    assert made == [1]
