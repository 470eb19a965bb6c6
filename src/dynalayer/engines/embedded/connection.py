"""The embedded engine as a connection: a database in memory or in a file, answering API calls in process."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

from dynalayer.engines.embedded import dispatch
from dynalayer.engines.embedded.engine import Engine
from dynalayer.engines.embedded.items import expiry
from dynalayer.engines.embedded.storage.failures import failure
from dynalayer.engines.embedded.storage.store import Durability, FileStorage, MemoryStorage, Storage
from dynalayer.engines.embedded.storage.writer import Writer
from dynalayer.engines.embedded.streams.capture import Clock
from dynalayer.engines.embedded.tables.catalog import Catalog
from dynalayer.protocol import InvalidValue

_MEMORY = ("memory:", ":memory:")


class EmbeddedConnection:
    """Answers DynamoDB API calls from a SQLite database; safe to share among threads.

    `path` is a file, which several processes may open, or "memory:"; "embedded:" in front of a file's path is taken
    off. With `durability="full"` a write is on the disk when its answer comes; with "relaxed" it survives the end of
    the process at once, and a loss of power some moments later. `clock` gives seconds since 1970.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        clock: Clock = time.time,
        durability: Durability = "full",
        image: bytes | None = None,
    ) -> None:
        self.in_memory = str(path) in _MEMORY
        self.engine = _engine(path, clock, durability, image)

    @classmethod
    def memory(cls, *, clock: Clock = time.time, image: bytes | None = None) -> Self:
        """A new database that lives as long as this connection; with an `image` it starts as a copy of another."""
        return cls("memory:", clock=clock, image=image)

    @classmethod
    def file(cls, path: str | Path, *, clock: Clock = time.time, durability: Durability = "full") -> Self:
        """A database in a file, made if it is not there; raises `CannotOpen`, or `NotOurFile`."""
        return cls(path, clock=clock, durability=durability)

    def call(self, operation: str, body: bytes) -> bytes:
        """Answer one API call; raises a `ServiceError` for every error that the API answers with."""
        return dispatch.answer(self.engine, operation, body)

    def expire(self, now: float | None = None) -> int:
        """Delete all items that have expired by `now` (seconds since 1970, else by the clock); returns their number.

        Writes do this by themselves, some items at a time, about once a minute (guide, "Time to Live").
        """
        try:
            return expiry.expire(self.engine, self.engine.clock() if now is None else now)
        except sqlite3.Error as error:
            raise failure(error) from error

    def image(self) -> bytes:
        """All that a database in memory holds, to start others with; raises `InvalidValue` for a file."""
        if not isinstance(self.engine.storage, MemoryStorage):
            raise InvalidValue("only a database in memory has an image; copy the file of this one instead")
        return self.engine.storage.image()

    def close(self) -> None:
        """Close the database; later calls fail."""
        self.engine.storage.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class AsyncEmbeddedConnection:
    """The awaited twin of `EmbeddedConnection`.

    Reads, and all calls on a database in memory, are answered on the event loop: they take microseconds. Writes to a
    file may wait for the disk or for another process, so they are made on one thread of their own. Those that wait at
    the same time share one sync of the disk; each has its answer only once it is there. Changes of tables, which may go
    through all their items, are made on a thread beside it, and take turns with the writes.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        clock: Clock = time.time,
        durability: Durability = "full",
        image: bytes | None = None,
    ) -> None:
        self._connection = EmbeddedConnection(path, clock=clock, durability=durability, image=image)
        self._writer = None if self._connection.in_memory else Writer(self._connection.engine)
        self._changes = ThreadPoolExecutor(max_workers=1, thread_name_prefix="dynalayer-tables")

    @classmethod
    def memory(cls, *, clock: Clock = time.time, image: bytes | None = None) -> Self:
        """A new database that lives as long as this connection; see `EmbeddedConnection.memory`."""
        return cls("memory:", clock=clock, image=image)

    @classmethod
    def file(cls, path: str | Path, *, clock: Clock = time.time, durability: Durability = "full") -> Self:
        """A database in a file; see `EmbeddedConnection.file`."""
        return cls(path, clock=clock, durability=durability)

    async def call(self, operation: str, body: bytes) -> bytes:
        """Answer one API call; see `EmbeddedConnection.call`."""
        begun = self.begin(operation, body)
        return begun if isinstance(begun, bytes) else await begun

    def begin(self, operation: str, body: bytes) -> bytes | asyncio.Future[bytes]:
        """The answer of a call that waits for nothing, or the future one of a call that may; raises as `call` does.

        For callers on the event loop that would make a task for every call otherwise.
        """
        if self._writer is None or operation in dispatch.READS:
            return self._connection.call(operation, body)
        if operation in dispatch.LONG:
            loop = asyncio.get_running_loop()
            return loop.run_in_executor(self._changes, self._connection.call, operation, body)
        return self._writer.submit(operation, body)

    async def close(self) -> None:
        """Close the database once writes under way have ended; later calls fail."""
        if self._writer is not None:
            await asyncio.to_thread(self._writer.close)
            await asyncio.to_thread(self._changes.shutdown)
        self._connection.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()


def _engine(path: str | Path, clock: Clock, durability: Durability, image: bytes | None) -> Engine:
    storage: Storage
    if str(path) in _MEMORY:
        storage = MemoryStorage(image)
    else:
        storage = FileStorage(str(path).removeprefix("embedded:"), durability)
    return Engine(storage, Catalog(storage, clock), clock)
