"""The SQLite database under the engine: connections, transactions, and the mark that tells our files from others."""

from __future__ import annotations

import sqlite3
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, Protocol

from dynalayer.protocol import DynalayerError, Throttled

Durability = Literal["full", "relaxed"]

APPLICATION_ID: Final = 0x44594E4C
SCHEMA_VERSION: Final = 2
_WAIT_SECONDS: Final = 60.0

_STREAMS: Final = """CREATE TABLE streams (
        id INTEGER PRIMARY KEY AUTOINCREMENT, arn TEXT NOT NULL UNIQUE, table_name TEXT NOT NULL,
        started INTEGER NOT NULL, ended REAL, view TEXT NOT NULL, key_schema BLOB NOT NULL)"""
_SCHEMA: Final = (
    """CREATE TABLE catalog (
        id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, generation INTEGER NOT NULL,
        definition BLOB NOT NULL)""",
    "CREATE TABLE tokens (token TEXT PRIMARY KEY, digest BLOB NOT NULL, at REAL NOT NULL) WITHOUT ROWID",
    _STREAMS,
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {SCHEMA_VERSION}",
)
_MIGRATIONS: Final = {
    # Files of version 1 say of streams that they are enabled, and keep no records.
    1: (
        _STREAMS,
        """UPDATE catalog SET definition = CAST(json_remove(
            CAST(definition AS TEXT), '$.description.StreamSpecification', '$.description.LatestStreamLabel',
            '$.description.LatestStreamArn') AS BLOB)""",
        "PRAGMA user_version = 2",
    ),
}
"""What brings a file of a version to the next one."""


class CannotOpen(DynalayerError):
    """The database file cannot be opened: its folder is missing, or access is denied."""


class NotOurFile(CannotOpen):
    """The file is no database of this engine, or one of a later version."""


class Reading(Protocol):
    """A context that lends a connection on which one consistent read may be made."""

    def __enter__(self) -> sqlite3.Connection: ...

    def __exit__(self, kind: object, error: object, trace: object) -> None: ...


class Writing:
    """One immediate transaction on the writer's connection: committed at the end, rolled back on any error."""

    def __init__(self, connection: sqlite3.Connection, lock: threading.RLock) -> None:
        self._connection = connection
        self._lock = lock

    def __enter__(self) -> sqlite3.Connection:
        self._lock.acquire()
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except BaseException as error:
            self._lock.release()
            refuse_if_busy(error)
            raise
        return self._connection

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._connection.execute("COMMIT")
        finally:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            self._lock.release()


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
    """A database in memory; all threads share its one connection, behind a lock."""

    def __init__(self) -> None:
        self._connection = _connect(":memory:")
        self._lock = threading.RLock()
        self.writing = Writing(self._connection, self._lock)
        self._reading = _Locked(self._connection, self._lock)
        for statement in _SCHEMA:
            self._connection.execute(statement)

    def reading(self) -> Reading:
        """A context that lends the connection for one read."""
        return self._reading

    def write(self, statement: str, parameters: tuple[object, ...]) -> None:
        """Run one statement as a transaction of its own."""
        with self._lock:
            self._connection.execute(statement, parameters)

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

    def __init__(self, path: str | Path, durability: Durability) -> None:
        self._path = str(path)
        self._synchronous = "FULL" if durability == "full" else "NORMAL"
        self._closed = False
        self._lock = threading.RLock()
        self.idle: list[sqlite3.Connection] = []
        try:
            connection = _connect(self._path)
        except sqlite3.OperationalError as error:
            raise CannotOpen(f"{self._path} cannot be opened: {error}") from error
        try:
            _prepare(connection, self._path)
            connection.execute(f"PRAGMA synchronous = {self._synchronous}")
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        self.writing = Writing(connection, self._lock)

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
        with self._lock:
            try:
                self._connection.execute(statement, parameters)
            except sqlite3.OperationalError as error:
                refuse_if_busy(error)
                raise

    def close(self) -> None:
        """Close all connections; reads under way end first."""
        self._closed = True
        while self.idle:
            self.idle.pop().close()
        with self._lock:
            self._connection.close()


def refuse_if_busy(error: BaseException) -> None:
    """Raise `Throttled` if the error means that the wait for another process has been too long."""
    if isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
        message = f"another process has kept the database locked for {_WAIT_SECONDS:.0f} seconds"
        raise Throttled(message) from error


def _connect(path: str) -> sqlite3.Connection:
    # Every use is behind a lock or a pool, so a connection may pass from thread to thread.
    return sqlite3.connect(
        path, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=512
    )


def _prepare(connection: sqlite3.Connection, path: str) -> None:
    """Make a new file ours, or refuse one that is not."""
    try:
        if _mark(connection) == (0, 0) and not _tables(connection):
            _create(connection)
        found = _mark(connection)
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_NOTADB:
            raise
        raise NotOurFile(f"{path} is not a Dynalayer database") from error
    if found[0] != APPLICATION_ID:
        raise NotOurFile(f"{path} is not a Dynalayer database")
    if found[1] in _MIGRATIONS:
        found = _migrate(connection)
    if found[1] != SCHEMA_VERSION:
        raise NotOurFile(f"{path} has version {found[1]}; this release reads version {SCHEMA_VERSION}")


def _create(connection: sqlite3.Connection) -> None:
    _use_wal(connection)
    connection.execute("BEGIN IMMEDIATE")
    # Another process may have come first while this one waited for the lock.
    if _mark(connection) == (0, 0):
        for statement in _SCHEMA:
            connection.execute(statement)
    connection.execute("COMMIT")


def _migrate(connection: sqlite3.Connection) -> tuple[int, int]:
    """Bring a file of an earlier version to this one, whole or not at all; returns its mark."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        while (found := _mark(connection))[1] in _MIGRATIONS:
            for statement in _MIGRATIONS[found[1]]:
                connection.execute(statement)
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    return found


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch to WAL; SQLite's own waiting does not cover this change, so processes that open at once try again."""
    deadline = time.monotonic() + _WAIT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.005)


def _mark(connection: sqlite3.Connection) -> tuple[int, int]:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return application, version


def _tables(connection: sqlite3.Connection) -> int:
    (count,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    return int(count)
