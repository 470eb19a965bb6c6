"""One flight at a time to each place: who comes while somebody is under way waits for what that one brings.

The two are written apart: a thread that waits holds up nobody else, a task may be cancelled without taking the flight
from the others.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from dynalayer import InvalidValue

R = TypeVar("R")


class Flights:
    """For threads: the first makes the call, the others wait for its result or its error."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: dict[str, tuple[Future[Any], int]] = {}

    def once(self, name: str, load: Callable[[], R]) -> R:
        """The result of this call or of one that is under way."""
        with self._lock:
            flight = self._under_way.get(name)
            mine: Future[R] = Future()
            if flight is None:
                self._under_way[name] = mine, threading.get_ident()
        if flight is not None:
            if flight[1] == threading.get_ident():
                raise InvalidValue("what loads a value asks for the same value, and would wait for itself")
            return flight[0].result()  # type: ignore[no-any-return]
        try:
            result = load()
        except BaseException as error:
            mine.set_exception(error)
            raise
        else:
            mine.set_result(result)
            return result
        finally:
            with self._lock:
                del self._under_way[name]


class AsyncFlights:
    """For tasks of one event loop: the call is a task of its own, so whoever asked first may be cancelled."""

    def __init__(self) -> None:
        self._under_way: dict[str, asyncio.Task[Any]] = {}

    async def once(self, name: str, load: Callable[[], Awaitable[R]]) -> R:
        """The result of this call or of one that is under way."""
        flight: asyncio.Task[R] | None = self._under_way.get(name)
        if flight is None:
            flight = asyncio.create_task(_awaited(load))
            self._under_way[name] = flight
            flight.add_done_callback(lambda done: self._land(name, done))
        elif flight is asyncio.current_task():
            raise InvalidValue("what loads a value asks for the same value, and would wait for itself")
        return await asyncio.shield(flight)

    def _land(self, name: str, flight: asyncio.Task[Any]) -> None:
        del self._under_way[name]
        if not flight.cancelled():
            # Looked at, so that an error that nobody is left to wait for is no warning.
            flight.exception()


async def _awaited(load: Callable[[], Awaitable[R]]) -> R:
    return await load()
