"""A connection to the source for each thread that reads it, and threads for tasks that do."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Lock, local
from typing import Any, TypeVar

from dynalayer.migrate.items import Fetched
from dynalayer.migrate.ports import Key
from dynalayer.migrate.queries import EntityPlan, Query
from dynalayer.migrate.reading import Reader
from dynalayer.migrate.source import Source

R = TypeVar("R")


class Readers:
    """Gives each thread a reader of its own; one whose connection failed is thrown away."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._own = local()
        self._lock = Lock()
        self._all: list[Reader] = []

    @contextmanager
    def reader(self) -> Generator[Reader]:
        """The reader of this thread."""
        found: Reader | None = getattr(self._own, "reader", None)
        if found is None:
            found = Reader(self._source)
            self._own.reader = found
            with self._lock:
                self._all.append(found)
        try:
            yield found
        except Exception:
            self._own.reader = None
            with self._lock:
                self._all = [each for each in self._all if each is not found]
            found.close()
            raise

    def row(self, plan: EntityPlan, key: Key) -> Fetched | None:
        """The row of an entity with this key."""
        with self.reader() as reader:
            return reader.row(plan, key)

    def fetch(self, query: Query) -> Sequence[Sequence[Any]]:
        """All rows that a query gives."""
        with self.reader() as reader:
            return reader.fetch(query)

    def close(self) -> None:
        """Close the readers of all threads."""
        with self._lock:
            every, self._all = self._all, []
        for reader in every:
            reader.close()
        self._own = local()


class AsyncReaders:
    """The same for tasks: reads in threads of its own, at most `width` at once, so that the event loop goes on.

    Not by a driver that is awaited: what is compared and written must be read exactly as the backfill reads it, value
    by value, and that is one driver for each database, set up in one place. A read whose task is cancelled ends in its
    thread, and its answer is dropped.
    """

    def __init__(self, source: Source, width: int = 8) -> None:
        self._readers = Readers(source)
        self._threads = ThreadPoolExecutor(width, thread_name_prefix="dynalayer-reader")

    async def row(self, plan: EntityPlan, key: Key) -> Fetched | None:
        """The row of an entity with this key."""
        return await self._in_thread(lambda: self._readers.row(plan, key))

    async def fetch(self, query: Query) -> Sequence[Sequence[Any]]:
        """All rows that a query gives."""
        return await self._in_thread(lambda: self._readers.fetch(query))

    async def close(self) -> None:
        """Wait for the reads under way, and close the connections of all threads."""
        import asyncio

        def end() -> None:
            self._threads.shutdown()
            self._readers.close()

        await asyncio.to_thread(end)

    async def _in_thread(self, read: Callable[[], R]) -> R:
        import asyncio  # a tenth of the start-up of a synchronous program, so only when it is needed

        return await asyncio.get_running_loop().run_in_executor(self._threads, read)
