"""A second identical read when the first is slow: whichever answers first wins."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from threading import Lock
from typing import TYPE_CHECKING, Final

import msgspec

from dynalayer.protocol import InvalidValue

if TYPE_CHECKING:
    import asyncio
    from concurrent.futures import Future, ThreadPoolExecutor

BURST: Final = 10.0
"""How many second reads may be made in a row, whatever share they are."""
THREADS: Final = 64


class Hedge(msgspec.Struct, frozen=True):
    """Make a read a second time if there is no answer `after` so many seconds; the first answer is taken.

    At most `share` of all reads are made twice, so that a slow service does not get twice the load. Give the seconds
    within which 95 to 99 of a hundred of your reads are answered: each second read costs its units. Writes are never
    hedged. Tasks cancel the read that lost. Threads cannot: a synchronous database makes its reads on up to 64 threads
    of its own, and the one that lost ends there unseen. Raises `InvalidValue` for seconds below 0 and shares outside
    0 to 1.
    """

    after: float
    share: float = 0.1

    def __post_init__(self) -> None:
        if not (0 <= self.after < math.inf and 0 <= self.share <= 1):
            raise InvalidValue("a hedge takes seconds from 0 on and a share from 0 to 1")


class Hedges:
    """The hedge of a database, with what it may still spend, and its threads."""

    def __init__(self, hedge: Hedge) -> None:
        self.hedge = hedge
        self._left = BURST
        self._lock = Lock()
        self._threads: ThreadPoolExecutor | None = None

    def earn(self) -> None:
        """A read is made, so a share of another may be."""
        with self._lock:
            self._left = min(BURST, self._left + self.hedge.share)

    def spend(self) -> bool:
        """Whether a second read may be made."""
        with self._lock:
            if self._left < 1:
                return False
            self._left -= 1
        return True

    def submit(self, call: Callable[[], bytes]) -> Future[bytes]:
        """Make a call on a thread of its own."""
        with self._lock:
            if self._threads is None:
                from concurrent.futures import ThreadPoolExecutor

                self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="dynalayer-hedge")
            return self._threads.submit(call)

    def close(self) -> None:
        """Let the threads go once their calls end."""
        if self._threads is not None:
            self._threads.shutdown(wait=False)


async def async_hedged(
    hedges: Hedges, attempt: Callable[[], Awaitable[bytes]], sleep: Callable[[float], Awaitable[None]]
) -> bytes:
    """The first answer of up to two identical reads; if both fail, the error of the first."""
    import asyncio

    async def call() -> bytes:
        return await attempt()

    async def wait() -> bytes:
        await sleep(hedges.hedge.after)
        return b""

    hedges.earn()
    first = asyncio.ensure_future(call())
    pause = asyncio.ensure_future(wait())
    running: list[asyncio.Future[bytes]] = [first, pause]
    try:
        await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        if first.done() or not hedges.spend():
            return await first
        second = asyncio.ensure_future(call())
        running.append(second)
        await asyncio.wait((first, second), return_when=asyncio.FIRST_COMPLETED)
        won, other = (first, second) if first.done() else (second, first)
        if not won.cancelled() and won.exception() is None:
            return won.result()
        await asyncio.wait((other,))
        return other.result() if not other.cancelled() and other.exception() is None else first.result()
    finally:
        for future in running:
            future.cancel()
        # Nobody asks for the loser's error.
        await asyncio.gather(*running, return_exceptions=True)


def hedged(hedges: Hedges, attempt: Callable[[], bytes], sleep: Callable[[float], None]) -> bytes:
    """The same with threads; the pause is a wait for the first answer, in real time."""
    from concurrent.futures import FIRST_COMPLETED
    from concurrent.futures import wait as wait_for

    hedges.earn()
    first = hedges.submit(attempt)
    done, _ = wait_for([first], timeout=hedges.hedge.after)
    if done or not hedges.spend():
        return first.result()
    second = hedges.submit(attempt)
    wait_for([first, second], return_when=FIRST_COMPLETED)
    won, other = (first, second) if first.done() else (second, first)
    if won.exception() is None:
        return won.result()
    return other.result() if other.exception() is None else first.result()
