"""The thread that writes for an event loop: writes that wait at the same time share one transaction and one sync."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from queue import SimpleQueue
from typing import Final

from dynalayer.engines.embedded import dispatch
from dynalayer.engines.embedded.engine import Engine
from dynalayer.engines.embedded.storage.failures import failure
from dynalayer.protocol import DynalayerError

MOST_TOGETHER: Final = 64
_TOGETHER: Final = frozenset({"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"})
"""Changes of items; changes of tables are remembered in the catalog, so each of them is committed by itself."""


@dataclass(slots=True)
class _Call:
    operation: str
    body: bytes
    future: asyncio.Future[bytes]
    answer: bytes = b""
    error: Exception | None = None


class _RolledBack(Exception):
    """SQLite has given up the whole transaction, as it may when the disk is full."""


class Writer:
    """Makes calls on one thread in their order; the thread begins with the first of them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._queue: SimpleQueue[_Call | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._closed = False

    def submit(self, operation: str, body: bytes) -> asyncio.Future[bytes]:
        """The future answer of a call; a call that is cancelled before its turn is not made."""
        if self._closed:
            raise sqlite3.ProgrammingError("Cannot operate on a closed database.")
        future = asyncio.get_running_loop().create_future()
        self._queue.put(_Call(operation, body, future))
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="dynalayer-writer", daemon=True)
            self._thread.start()
        return future

    def close(self) -> None:
        """Wait for the calls that were submitted; later ones fail."""
        self._closed = True
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        while True:
            calls = list(self._waiting())
            for shared, group in groupby(
                [call for call in calls if call is not None and not call.future.cancelled()],
                key=lambda call: call.operation in _TOGETHER,
            ):
                self._make(list(group), shared=shared)
            if calls[-1] is None:
                return

    def _waiting(self) -> Iterator[_Call | None]:
        """The next call, and those that wait behind it by now."""
        call = self._queue.get()
        yield call
        for _ in range(MOST_TOGETHER - 1):
            if call is None or self._queue.empty():
                return
            call = self._queue.get()
            yield call

    def _make(self, calls: list[_Call], *, shared: bool) -> None:
        if shared and len(calls) > 1 and self._make_together(calls):
            _deliver(calls)
            return
        for call in calls:
            self._make_one(call)
            _deliver([call])

    def _make_together(self, calls: list[_Call]) -> bool:
        """Make calls in one transaction; False if it was rolled back, with nothing done and no call to blame."""
        writing = self._engine.storage.writing
        try:
            with writing.together():
                for call in calls:
                    self._make_one(call)
                    if not writing.is_open():
                        raise _RolledBack
        except _RolledBack:
            return False
        except (sqlite3.Error, DynalayerError) as error:
            # Nothing has been committed, whatever each of them would have answered.
            for call in calls:
                call.error = failure(error) if isinstance(error, sqlite3.Error) else error
        return True

    def _make_one(self, call: _Call) -> None:
        call.error = None
        try:
            call.answer = dispatch.answer(self._engine, call.operation, call.body)
        except Exception as error:
            call.error = error


def _deliver(calls: list[_Call]) -> None:
    """Hand answers over to their loop, waking it once for all."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Call]] = {}
    for call in calls:
        by_loop.setdefault(call.future.get_loop(), []).append(call)
    for loop, theirs in by_loop.items():
        # A loop that has been closed waits for nothing any more.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(_set, theirs)


def _set(calls: list[_Call]) -> None:
    for call in calls:
        if call.future.done():
            continue
        if call.error is None:
            call.future.set_result(call.answer)
        else:
            call.future.set_exception(call.error)
