"""How each executor reads several chains of pages at once; the generator of the synchronous one swaps the names."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Generic, TypeVar

from dynalayer.statements import Page, PageOf

if TYPE_CHECKING:
    import asyncio

R = TypeVar("R")
T = TypeVar("T")

Failed = BaseException
_Found = Page[R] | Failed | None
"""A page, what went wrong instead, or None at the end of a chain."""


async def async_merged(
    read: Callable[[PageOf[R]], Awaitable[Page[R]]], starts: Sequence[PageOf[R]], limit: int | None
) -> AsyncIterator[R]:
    """The items of all chains as they come, up to `limit`; at most two pages of each chain are in memory.

    An error of one chain is raised here; then, and when the consumer stops, the others are cancelled.
    """
    import asyncio

    if len(starts) == 1:
        async for item in _in_turn_async(read, starts[0]):
            yield item
        return
    found: asyncio.Queue[_Found[R]] = asyncio.Queue(1)
    tasks = [asyncio.create_task(_follow(read, start, found)) for start in starts]
    try:
        running, left = len(tasks), limit
        while running and left != 0:
            page = await found.get()
            if isinstance(page, Failed):
                raise page
            if page is None:
                running -= 1
                continue
            for item in page.items[:left]:
                yield item
            left = None if left is None else max(left - len(page.items), 0)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _follow(
    read: Callable[[PageOf[R]], Awaitable[Page[R]]], start: PageOf[R], found: asyncio.Queue[_Found[R]]
) -> None:
    page: PageOf[R] | None = start
    try:
        while page is not None:
            read_page = await read(page)
            await found.put(read_page)
            page = read_page.next
    except Exception as error:
        await found.put(error)
    else:
        await found.put(None)


def merged(read: Callable[[PageOf[R]], Page[R]], starts: Sequence[PageOf[R]], limit: int | None) -> Iterator[R]:
    """The same with a thread for each chain; when the consumer stops, threads end after the call they are in."""
    if len(starts) == 1:
        yield from _in_turn(read, starts[0])
        return
    found: _Exchange[_Found[R]] = _Exchange()
    threads = [threading.Thread(target=_follow_in_thread, args=(read, start, found), daemon=True) for start in starts]
    for thread in threads:
        thread.start()
    try:
        running, left = len(threads), limit
        while running and left != 0:
            page = found.take()
            if isinstance(page, Failed):
                raise page
            if page is None:
                running -= 1
                continue
            yield from page.items[:left]
            left = None if left is None else max(left - len(page.items), 0)
    finally:
        found.close()
        for thread in threads:
            thread.join()


def _follow_in_thread(read: Callable[[PageOf[R]], Page[R]], start: PageOf[R], found: _Exchange[_Found[R]]) -> None:
    page: PageOf[R] | None = start
    try:
        while page is not None:
            read_page = read(page)
            if not found.give(read_page):
                return
            page = read_page.next
    except BaseException as error:
        found.give(error)
    else:
        found.give(None)


async def _in_turn_async(read: Callable[[PageOf[R]], Awaitable[Page[R]]], start: PageOf[R]) -> AsyncIterator[R]:
    page: PageOf[R] | None = start
    while page is not None:
        found = await read(page)
        for item in found.items:
            yield item
        page = found.next


def _in_turn(read: Callable[[PageOf[R]], Page[R]], start: PageOf[R]) -> Iterator[R]:
    page: PageOf[R] | None = start
    while page is not None:
        found = read(page)
        yield from found.items
        page = found.next


class _Exchange(Generic[T]):
    """A place for one thing between threads: who gives waits until it is free, or closed."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._held: deque[T] = deque()
        self._closed = False

    def give(self, thing: T) -> bool:
        """Hand it over; False if nobody takes any more."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or not self._held)
            if self._closed:
                return False
            self._held.append(thing)
            self._changed.notify_all()
            return True

    def take(self) -> T:
        """What is given next."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._held))
            thing = self._held.popleft()
            self._changed.notify_all()
            return thing

    def close(self) -> None:
        """Take nothing any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
