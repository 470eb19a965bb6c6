"""The SQLite database under the engine: its connections and transactions."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Literal, Protocol

from dynalayer.engines.embedded.storage.failures import CannotOpen
from dynalayer.engines.embedded.storage.layout import SCHEMA, prepare
from dynalayer.engines.embedded.storage.turns import WAIT_SECONDS, FileTurns, ThreadTurns, Turns

Durability = Literal["full", "relaxed"]


class Reading(Protocol):
    """A context that lends a connection on which one consistent read may be made."""

    def __enter__(self) -> sqlite3.Connection: ...

    def __exit__(self, kind: object, error: object, trace: object) -> None: ...


class Writing:
    """One immediate transaction on the writer's connection: committed at the end, rolled back on any error.

    Within `together` it is a part of that transaction: undone alone on any error, and committed with the others.
    """

    def __init__(self, connection: sqlite3.Connection, turns: Turns) -> None:
        self._connection = connection
        self._turns = turns
        self._together = 0

    def __enter__(self) -> sqlite3.Connection:
        if self._together == threading.get_ident():
            self._execute_within("SAVEPOINT part")
        else:
            self._turns.take(self._connection.execute)
        return self._connection

    @contextmanager
    def together(self) -> Generator[None]:
        """Let this thread's writes share one transaction; when its commit fails, none of them has been made."""
        with self:
            self._together = threading.get_ident()
            try:
                yield
            finally:
                self._together = 0

    def is_open(self) -> bool:
        """Whether there is a transaction: a full disk makes SQLite roll back the whole."""
        return self._connection.in_transaction

    def write(self, statement: str, parameters: tuple[object, ...]) -> None:
        """Run one statement as a transaction of its own, or as a part of those that are made together."""
        if self._together == threading.get_ident():
            self._execute_within(statement, parameters)
        else:
            self._turns.once(self._connection.execute, statement, parameters)

    def _execute_within(self, statement: str, parameters: tuple[object, ...] = ()) -> None:
        # What follows a transaction that was rolled back must not become one of its own.
        if not self.is_open():
            raise sqlite3.OperationalError("the transaction has been rolled back")
        self._connection.execute(statement, parameters)

    def _end_part(self, kind: type[BaseException] | None) -> None:
        if kind is not None and self._connection.in_transaction:
            self._connection.execute("ROLLBACK TO part")
        if self._connection.in_transaction:
            self._connection.execute("RELEASE part")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._together == threading.get_ident():
            self._end_part(kind)
            return
        try:
            if kind is None:
                self._connection.execute("COMMIT")
        finally:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            self._turns.give()


class Storage(Protocol):
    """Where the engine keeps its data."""

    writing: Writing

    def reading(self) -> Reading:
        """A context that lends a connection for one read."""
        ...

    def write(self, statement: str, parameters: tuple[object, ...]) -> None:
        """Run one statement as a transaction of its own."""
        ...

    def close(self) -> None:
        """Close all connections; idempotent."""
        ...


class _Locked:
    """Lends the one connection of a database in memory, to one thread at a time."""

    def __init__(self, connection: sqlite3.Connection, lock: threading.RLock) -> None:
        self._connection = connection
        self._lock = lock

    def __enter__(self) -> sqlite3.Connection:
        self._lock.acquire()
        return self._connection

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._lock.release()


class MemoryStorage:
    """A database in memory; all threads share its one connection, behind a lock.

    It starts empty, or as the one was whose `image` is given.
    """

    def __init__(self, image: bytes | None = None) -> None:
        self._connection = _connect(":memory:")
        self._lock = threading.RLock()
        self._turns = ThreadTurns(self._lock)
        self.writing = Writing(self._connection, self._turns)
        self._reading = _Locked(self._connection, self._lock)
        if image is not None:
            self._connection.deserialize(image)
            return
        for statement in SCHEMA:
            self._connection.execute(statement)

    def image(self) -> bytes:
        """The whole database as it is now."""
        with self._lock:
            return self._connection.serialize()

    def reading(self) -> Reading:
        """A context that lends the connection for one read."""
        return self._reading

    def write(self, statement: str, parameters: tuple[object, ...]) -> None:
        """Run one statement as a transaction of its own."""
        self.writing.write(statement, parameters)

    def close(self) -> None:
        """Forget all data."""
        with self._lock:
            self._connection.close()


class _Borrowed:
    """Takes a reader out of the pool for one read; as many readers come to be as read at the same time."""

    def __init__(self, storage: FileStorage) -> None:
        self._storage = storage

    def __enter__(self) -> sqlite3.Connection:
        try:
            self._connection = self._storage.idle.pop()
        except IndexError:
            self._connection = self._storage.connect()
        return self._connection

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._storage.give_back(self._connection)


class FileStorage:
    """A database file in WAL mode: one writer at a time among all processes, and readers that never wait for it."""

    def __init__(self, path: str | Path, durability: Durability, wait: float = WAIT_SECONDS) -> None:
        self._path = str(path)
        self._synchronous = "FULL" if durability == "full" else "NORMAL"
        self._closed = False
        self._lock = threading.RLock()
        self.idle: list[sqlite3.Connection] = []
        try:
            self._connection = _prepared(self._path)
            self._connection.execute(f"PRAGMA synchronous = {self._synchronous}")
            # Pages that are written often are then copied into the file four times less often; the log grows to 16 MB.
            self._connection.execute("PRAGMA wal_autocheckpoint = 4000")
            # From here on turns are taken, and waiting is theirs.
            self._connection.execute("PRAGMA busy_timeout = 0")
            self._turns = FileTurns(self._lock, self._path, wait)
        except (sqlite3.DatabaseError, OSError) as error:
            raise CannotOpen(f"{self._path} cannot be opened: {error}") from error
        self.writing = Writing(self._connection, self._turns)

    def connect(self) -> sqlite3.Connection:
        """A new connection with this storage's durability."""
        if self._closed:
            raise sqlite3.ProgrammingError("Cannot operate on a closed database.")
        connection = _connect(self._path)
        connection.execute(f"PRAGMA synchronous = {self._synchronous}")
        return connection

    def reading(self) -> Reading:
        """A context that lends a reader's connection for one read."""
        return _Borrowed(self)

    def give_back(self, connection: sqlite3.Connection) -> None:
        """Take a lent reader back, for the next read."""
        if self._closed:
            connection.close()
        else:
            self.idle.append(connection)

    def write(self, statement: str, parameters: tuple[object, ...]) -> None:
        """Run one statement as a transaction of its own."""
        self.writing.write(statement, parameters)

    def close(self) -> None:
        """Close all connections; reads under way end first."""
        self._closed = True
        while self.idle:
            self.idle.pop().close()
        with self._lock:
            self._connection.close()
            self._turns.close()


def _connect(path: str) -> sqlite3.Connection:
    # Every use is behind a lock or a pool, so a connection may pass from thread to thread.
    return sqlite3.connect(
        path, timeout=WAIT_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=512
    )


def _prepared(path: str) -> sqlite3.Connection:
    connection = _connect(path)
    try:
        prepare(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection
