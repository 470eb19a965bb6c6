"""Whose turn it is to write: threads and processes take turns, so that none is passed over for long.

SQLite's own waiting backs off, so a process that writes without pause would shut all others out for seconds. Here a
writer first becomes the next one, and only then waits for the one who writes: whoever has just written finds that
place taken and queues behind. Waiting ends with `Throttled` after a minute.
"""

from __future__ import annotations

import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

from dynalayer.protocol import Throttled

if sys.platform == "win32":

    def _lock(fd: int) -> bool:
        # Windows has no advisory locks: there, SQLite's lock alone decides.
        return True

    def _unlock(fd: int) -> None: ...

else:
    from fcntl import LOCK_EX, LOCK_NB, LOCK_UN, flock

    def _lock(fd: int) -> bool:
        try:
            flock(fd, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _unlock(fd: int) -> None:
        flock(fd, LOCK_UN)


WAIT_SECONDS: Final = 60.0
_QUEUE_POLL: Final = 0.0003
_TURN_POLLS: Final = (0.00005, 0.002)

Execute = Callable[..., object]


class Turns(Protocol):
    """Decides who writes next."""

    def take(self, execute: Execute) -> None:
        """Wait for this thread's turn, then begin a transaction with `execute`; raises `Throttled`."""
        ...

    def give(self) -> None:
        """Let the next one write."""
        ...

    def once(self, execute: Execute, statement: str, parameters: tuple[object, ...]) -> None:
        """Run one statement, which is a transaction of its own, in this thread's turn; raises `Throttled`."""
        ...


class ThreadTurns:
    """Turns among the threads of a process; `lock` is held by the one who writes. Nobody waits over `wait` seconds."""

    def __init__(self, lock: threading.RLock, wait: float = WAIT_SECONDS) -> None:
        self._lock = lock
        self._next = threading.Lock()
        self._seconds = wait

    def _wait(self) -> None:
        if not self._next.locked() and self._lock.acquire(blocking=False):
            return
        if not self._next.acquire(timeout=self._seconds):
            raise busy("thread", self._seconds)
        try:
            if not self._lock.acquire(timeout=self._seconds):
                raise busy("thread", self._seconds)
        finally:
            self._next.release()

    def take(self, execute: Execute) -> None:
        """Wait for this thread's turn, then begin a transaction with `execute`; raises `Throttled`."""
        self._wait()
        try:
            self._begin(execute)
        except BaseException:
            self._lock.release()
            raise

    def _begin(self, execute: Execute) -> None:
        execute("BEGIN IMMEDIATE")

    def give(self) -> None:
        """Let the next one write."""
        self._lock.release()

    def once(self, execute: Execute, statement: str, parameters: tuple[object, ...]) -> None:
        """Run one statement, which is a transaction of its own, in this thread's turn; raises `Throttled`."""
        self._wait()
        try:
            self._run(execute, statement, parameters)
        finally:
            self._lock.release()

    def _run(self, execute: Execute, statement: str, parameters: tuple[object, ...]) -> None:
        execute(statement, parameters)


class FileTurns(ThreadTurns):
    """Turns among all threads of all processes that have a file open.

    A lock on a file beside the database marks the writer that is next; the system frees it when its process dies.
    SQLite's write lock is held by the one who writes.
    """

    def __init__(self, lock: threading.RLock, path: str, wait: float = WAIT_SECONDS) -> None:
        super().__init__(lock, wait)
        self._file = Path(f"{path}-queue").open("ab")  # noqa: SIM115 - open as long as the database is
        self._fd = self._file.fileno()

    def close(self) -> None:
        """Leave the queue for good."""
        self._file.close()

    def _begin(self, execute: Execute) -> None:
        self._queue()
        try:
            self._patiently(execute, "BEGIN IMMEDIATE")
        finally:
            _unlock(self._fd)

    def _run(self, execute: Execute, statement: str, parameters: tuple[object, ...]) -> None:
        self._queue()
        # Nobody waits, so the statement may try at once; it takes SQLite's lock itself.
        _unlock(self._fd)
        try:
            execute(statement, parameters)
        except sqlite3.OperationalError as error:
            if not is_busy(error):
                raise
            self._begin(execute)
            try:
                execute(statement, parameters)
                execute("COMMIT")
            except BaseException:
                # A full disk has ended the transaction already.
                with suppress(sqlite3.OperationalError):
                    execute("ROLLBACK")
                raise

    def _queue(self) -> None:
        """Become the writer that is next; all who wait look equally often, so all have the same chance."""
        if _lock(self._fd):
            return
        deadline = time.monotonic() + self._seconds
        while not _lock(self._fd):
            if time.monotonic() > deadline:
                raise busy("process", self._seconds)
            time.sleep(_QUEUE_POLL)

    def _patiently(self, execute: Execute, statement: str) -> None:
        """Try until SQLite's write lock is free; the one who does has no rival, so it may look less and less often."""
        begun = 0.0
        while True:
            try:
                execute(statement)
            except sqlite3.OperationalError as error:
                if not is_busy(error):
                    raise
                begun = begun or time.monotonic()
                waited = time.monotonic() - begun
                if waited > self._seconds:
                    raise busy("process", self._seconds) from error
                time.sleep(min(_TURN_POLLS[1], max(_TURN_POLLS[0], waited / 10)))
            else:
                return


def is_busy(error: BaseException) -> bool:
    """Whether an error means that another connection has the database locked."""
    return isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY


def busy(who: str, seconds: float) -> Throttled:
    """The error of a writer whose turn has not come in time; nothing has been written."""
    return Throttled(f"another {who} has kept the database locked for {seconds:g} seconds")
