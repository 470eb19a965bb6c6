"""Which documents the files of a source hold and where, noted in one pass in a file that ends with the process."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Final

from msgspec import Struct

from dynalayer.migrate.contract import shape_of
from dynalayer.protocol import DynalayerError

_LAYOUT: Final = """
CREATE TABLE documents (
  number INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, shape TEXT NOT NULL, file INTEGER NOT NULL,
  place INTEGER NOT NULL, body BLOB
);
CREATE TABLE parents (path TEXT PRIMARY KEY) WITHOUT ROWID;
"""
_ROWS: Final = 2_000


class TwiceThere(DynalayerError):
    """A document is in the files of a source more than once, so that nothing tells which is meant."""


class Entry(Struct, frozen=True):
    """A document: its path, the number of its file and its place there; `body` if it has to be kept apart."""

    path: str
    file: int
    place: int
    body: bytes | None = None


class Noted(Struct, frozen=True):
    """An entry and its number, in the order in which the documents are read."""

    number: int
    entry: Entry


class Catalogue:
    """The documents of some files. The file is SQLite's own temporary one: it has no name and goes with the process."""

    def __init__(self, files: tuple[str, ...]) -> None:
        self.files = files
        self._file = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._file.executescript(_LAYOUT)
        self._digest = blake2b(digest_size=16)

    def close(self) -> None:
        """Give the file back."""
        self._file.close()

    @property
    def fingerprint(self) -> str:
        """A hash of all documents, in order."""
        return self._digest.hexdigest()

    def note(self, found: Iterable[tuple[Entry, bytes]]) -> None:
        """Note documents, each with what it is made of; raises `TwiceThere`."""
        rows: list[tuple[str, str, int, int, bytes | None]] = []
        parents: set[str] = set()
        for entry, content in found:
            segments = entry.path.split("/")
            self._digest.update(entry.path.encode() + b"\0" + content)
            rows.append((entry.path, shape_of(segments), entry.file, entry.place, entry.body))
            parents |= {"/".join(segments[:end]) for end in range(2, len(segments), 2)}
            if len(rows) == _ROWS:
                self._write(rows, parents)
                rows, parents = [], set()
        self._write(rows, parents)
        self._file.execute("CREATE INDEX IF NOT EXISTS by_shape ON documents (shape, number)")

    def _write(self, rows: list[tuple[str, str, int, int, bytes | None]], parents: set[str]) -> None:
        self._file.execute("BEGIN")
        insert = "INSERT INTO documents (path, shape, file, place, body) VALUES (?, ?, ?, ?, ?)"
        try:
            self._file.executemany(insert, rows)
        except sqlite3.IntegrityError:
            self._file.execute("ROLLBACK")
            self._refuse(rows)
        self._file.executemany("INSERT OR IGNORE INTO parents VALUES (?)", [(each,) for each in parents])
        self._file.execute("COMMIT")

    def _refuse(self, rows: list[tuple[str, str, int, int, bytes | None]]) -> None:
        seen: dict[str, int] = {}
        for path, _, file, _, _ in rows:
            held = self.entry(path)
            first = held.file if held is not None else seen.get(path)
            if first is not None:
                raise TwiceThere(f"the document {path!r} is in {self.files[first]} and again in {self.files[file]}")
            seen[path] = file

    def shapes(self) -> dict[str, int]:
        """How many documents there are of each collection, ids of parents as `*`."""
        query = "SELECT shape, COUNT(*) FROM documents GROUP BY shape ORDER BY shape"
        return dict(self._file.execute(query).fetchall())

    def entries(self, shape: str | None, after: int = 0, limit: int = -1) -> Iterator[Noted]:
        """The documents of a collection, or all, after a number, in order."""
        query = "SELECT number, path, file, place, body FROM documents WHERE number > ?"
        given: tuple[object, ...] = (after,)
        if shape is not None:
            query, given = f"{query} AND shape = ?", (after, shape)
        for number, *rest in self._file.execute(f"{query} ORDER BY number LIMIT ?", (*given, limit)):
            yield Noted(number, Entry(*rest))

    def entry(self, path: str) -> Entry | None:
        """The document with this path."""
        query = "SELECT path, file, place, body FROM documents WHERE path = ?"
        row = self._file.execute(query, (path,)).fetchone()
        return None if row is None else Entry(*row)

    def missing_parents(self) -> Iterator[str]:
        """Documents that are not there and have collections all the same."""
        query = (
            "SELECT path FROM parents WHERE NOT EXISTS (SELECT 1 FROM documents WHERE documents.path = parents.path)"
            " ORDER BY path"
        )
        for (path,) in self._file.execute(query):
            yield path
