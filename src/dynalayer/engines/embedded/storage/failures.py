"""What goes wrong with a database file, in the library's own words."""

from __future__ import annotations

import sqlite3
from typing import Final

from dynalayer.engines.embedded.storage.turns import WAIT_SECONDS, busy
from dynalayer.protocol import DynalayerError, ServiceError


class CannotOpen(DynalayerError):
    """The database file cannot be opened: its folder is missing, or access is denied."""


class NotOurFile(CannotOpen):
    """The file is no database of this engine, or one of a later version."""


class StorageFailed(ServiceError):
    """The database file cannot be read or written: the disk is full, the file is read-only, or it is damaged."""

    code = "InternalServerError"
    status = 500


_FAILURES: Final = {
    sqlite3.SQLITE_FULL: "the disk is full; nothing of the call has been written",
    sqlite3.SQLITE_READONLY: "the database file is read-only; nothing of the call has been written",
    sqlite3.SQLITE_CORRUPT: "the database file is damaged; restore it from a backup",
    sqlite3.SQLITE_NOTADB: "the database file is damaged; restore it from a backup",
    sqlite3.SQLITE_IOERR: "the disk refuses to read or write the database file",
    sqlite3.SQLITE_CANTOPEN: "the database file cannot be opened any more",
}


def failure(error: sqlite3.Error) -> Exception:
    """What a failure of SQLite's is to callers: `Throttled`, `StorageFailed`, or the error itself if it is our own."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_BUSY:
        return busy("process", WAIT_SECONDS)
    return StorageFailed(f"{_FAILURES[code]} ({error})") if code in _FAILURES else error
