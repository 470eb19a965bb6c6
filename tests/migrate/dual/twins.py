"""What tests of both executors need and the generator cannot make of one another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor, Future
from typing import Any, TypeVar

from dynalayer.migrate.backfill import Step
from dynalayer.protocol import Connection

R = TypeVar("R")


class OnLoop:
    """A connection whose calls are awaited: other tasks run before each."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    async def call(self, operation: str, body: bytes) -> bytes:
        await asyncio.sleep(0)
        return self.connection.call(operation, body)

    async def close(self) -> None:
        """The connection is its maker's."""


def async_shared(connection: Connection) -> OnLoop:
    """A connection for the executor that is tested, on what another one uses too."""
    return OnLoop(connection)


def shared(connection: Connection) -> Connection:
    return connection


async def async_beside_steps(
    run: Callable[[Callable[[Step], None]], R], told: Callable[[Step], Coroutine[Any, Any, None]]
) -> R:
    """Run something that tells of its steps, in a thread; after each step `told` is awaited here."""
    loop = asyncio.get_running_loop()

    def tell(step: Step) -> None:
        asyncio.run_coroutine_threadsafe(told(step), loop).result()

    return await asyncio.to_thread(run, tell)


def beside_steps(run: Callable[[Callable[[Step], None]], R], told: Callable[[Step], None]) -> R:
    return run(told)


class AsyncLater:
    """A task group that keeps what it is given until the test lets it run."""

    def __init__(self) -> None:
        self.waiting: list[Coroutine[Any, Any, Any]] = []

    def create_task(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        self.waiting.append(coroutine)

    async def run(self) -> None:
        while self.waiting:
            await self.waiting.pop()


class Later(Executor):
    """An executor that does the same."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], Any]] = []

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.waiting.append(fn)
        return Future()

    def run(self) -> None:
        while self.waiting:
            self.waiting.pop()()
