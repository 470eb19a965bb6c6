"""What a backfill has done, kept in a file so that it goes on where it was, whatever stopped it."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from dynalayer.migrate.items import key_from, key_text
from dynalayer.protocol import DynalayerError

FILE: Final = "migration.db"
_LAYOUT: Final = """
CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS progress (
  entity TEXT PRIMARY KEY, last TEXT, rows INTEGER NOT NULL DEFAULT 0, items INTEGER NOT NULL DEFAULT 0,
  kept INTEGER NOT NULL DEFAULT 0, units INTEGER NOT NULL DEFAULT 0, done INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS keys (
  digest BLOB PRIMARY KEY, entity TEXT NOT NULL, source TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS rejects (
  entity TEXT, source TEXT, attribute TEXT, reason TEXT NOT NULL, PRIMARY KEY (entity, source)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS changed (
  entity TEXT, attribute TEXT, policy TEXT, times INTEGER NOT NULL, PRIMARY KEY (entity, attribute, policy)
) WITHOUT ROWID;
"""
_CHUNK: Final = 500


class OtherMigration(DynalayerError):
    """The state in this folder is of another contract, source schema, target or set of options."""


class InUse(DynalayerError):
    """Another process works with the state in this folder."""


class Progress(Struct, frozen=True):
    """How far an entity is: `last` is the key of the last row that is done, `kept` items that were there already."""

    last: tuple[Any, ...] | None = None
    rows: int = 0
    items: int = 0
    kept: int = 0
    units: int = 0
    done: bool = False


class Reject(Struct, frozen=True):
    """A row that did not become an item: the key in the source and the reason, no values of the row."""

    entity: str
    source: str
    attribute: str | None
    reason: str


class Claim(Struct, frozen=True):
    """The key of an item, and the row that it was made of."""

    digest: bytes
    source: tuple[Any, ...]


class Journal:
    """The state of a migration in a folder; raises `InUse` while another process has it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._file = sqlite3.connect(folder / FILE, isolation_level=None, check_same_thread=False, timeout=0)
        try:
            # The lock is SQLite's own: it ends with the process that holds it, however that ends.
            self._file.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._file.execute("PRAGMA journal_mode = WAL")
            self._file.execute("PRAGMA synchronous = NORMAL")
            self._file.executescript(_LAYOUT)
        except sqlite3.OperationalError:
            self._file.close()
            raise InUse(f"the state in {folder} is used by another process") from None

    def close(self) -> None:
        """Close the file, and let others have the folder."""
        self._file.close()

    def begin(self, fingerprint: str) -> None:
        """Start, or go on with, the migration of this fingerprint; raises `OtherMigration` for another's state."""
        self._file.execute("INSERT OR IGNORE INTO about VALUES ('fingerprint', ?)", (fingerprint,))
        (found,) = self._file.execute("SELECT value FROM about WHERE name = 'fingerprint'").fetchone()
        if found != fingerprint:
            raise OtherMigration(
                f"{self.folder} holds the state of another migration: the contract, the schema of the source, the "
                "target or the options have changed since; use a new folder to begin again"
            )

    @contextmanager
    def step(self) -> Generator[None]:
        """What is noted within is kept together or not at all."""
        self._file.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._file.execute("ROLLBACK")
            raise
        self._file.execute("COMMIT")

    def progress(self, entity: str) -> Progress:
        """How far an entity is."""
        query = "SELECT last, rows, items, kept, units, done FROM progress WHERE entity = ?"
        row = self._file.execute(query, (entity,)).fetchone()
        if row is None:
            return Progress()
        last, rows, items, kept, units, done = row
        return Progress(None if last is None else key_from(last), rows, items, kept, units, bool(done))

    def advance(self, entity: str, progress: Progress) -> None:
        """Note how far an entity is; what is before `last` will not be read again."""
        last = None if progress.last is None else key_text(progress.last)
        self._file.execute(
            "INSERT OR REPLACE INTO progress VALUES (?, ?, ?, ?, ?, ?, ?)",
            (entity, last, progress.rows, progress.items, progress.kept, progress.units, int(progress.done)),
        )

    def claim(self, entity: str, claims: Sequence[Claim]) -> dict[bytes, tuple[str, tuple[Any, ...]]]:
        """Note whose keys these are; gives those that belong to another row, with its entity and key."""
        mine = {claim.digest: key_text(claim.source) for claim in claims}
        taken: dict[bytes, tuple[str, tuple[Any, ...]]] = {}
        self._file.executemany(
            "INSERT OR IGNORE INTO keys VALUES (?, ?, ?)",
            [(claim.digest, entity, key_text(claim.source)) for claim in claims],
        )
        digests = list(mine)
        for start in range(0, len(digests), _CHUNK):
            chunk = digests[start : start + _CHUNK]
            marks = ", ".join("?" * len(chunk))
            for digest, owner, source in self._file.execute(
                f"SELECT digest, entity, source FROM keys WHERE digest IN ({marks})", chunk
            ):
                if (owner, source) != (entity, mine[digest]):
                    taken[digest] = owner, key_from(source)
        return taken

    def reject(self, reject: Reject) -> None:
        """Note a row that did not become an item; the same row again replaces the note."""
        self._file.execute("INSERT OR REPLACE INTO rejects VALUES (?, ?, ?, ?)", _fields(reject))

    def rejects(self) -> Iterator[Reject]:
        """All rows that did not become items."""
        for row in self._file.execute("SELECT entity, source, attribute, reason FROM rejects ORDER BY entity, source"):
            yield Reject(*row)

    def reject_count(self) -> int:
        """How many rows did not become items."""
        (count,) = self._file.execute("SELECT COUNT(*) FROM rejects").fetchone()
        return int(count)

    def note(self, entity: str, attribute: str, policy: str, times: int) -> None:
        """Note that a policy changed values of an attribute so many times."""
        self._file.execute(
            "INSERT INTO changed VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET times = times + excluded.times",
            (entity, attribute, policy, times),
        )

    def changed(self) -> list[tuple[str, str, str, int]]:
        """What policies changed: entity, attribute, policy, times."""
        return self._file.execute("SELECT entity, attribute, policy, times FROM changed ORDER BY 1, 2, 3").fetchall()


def _fields(reject: Reject) -> tuple[str, str, str | None, str]:
    return reject.entity, reject.source, reject.attribute, reject.reason
