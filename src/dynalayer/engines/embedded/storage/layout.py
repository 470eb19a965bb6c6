"""The file: what marks it as ours, the tables that every database has, and how earlier versions are brought on."""

from __future__ import annotations

import sqlite3
import time
from typing import Final

from dynalayer.engines.embedded.storage.failures import NotOurFile
from dynalayer.engines.embedded.storage.turns import WAIT_SECONDS, is_busy

APPLICATION_ID: Final = 0x44594E4C
SCHEMA_VERSION: Final = 3

_STREAMS: Final = """CREATE TABLE streams (
        id INTEGER PRIMARY KEY AUTOINCREMENT, arn TEXT NOT NULL UNIQUE, table_name TEXT NOT NULL,
        started INTEGER NOT NULL, ended REAL, view TEXT NOT NULL, key_schema BLOB NOT NULL)"""
_TOKENS_BY_AGE: Final = "CREATE INDEX tokens_by_age ON tokens (at)"
SCHEMA: Final = (
    """CREATE TABLE catalog (
        id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, generation INTEGER NOT NULL,
        definition BLOB NOT NULL)""",
    "CREATE TABLE tokens (token TEXT PRIMARY KEY, digest BLOB NOT NULL, at REAL NOT NULL) WITHOUT ROWID",
    _TOKENS_BY_AGE,
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
    # Files of version 2 look through all tokens for those that are too old.
    2: (_TOKENS_BY_AGE, "PRAGMA user_version = 3"),
}
"""What brings a file of a version to the next one."""


def prepare(connection: sqlite3.Connection, path: str) -> None:
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
        for statement in SCHEMA:
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
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if not is_busy(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.005)


def _mark(connection: sqlite3.Connection) -> tuple[int, int]:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return application, version


def _tables(connection: sqlite3.Connection) -> int:
    (count,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    return int(count)
