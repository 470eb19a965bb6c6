"""What the target holds, noted while it is scanned: for each item's key a hash of its contents, in a file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

_CHUNK = 500


class Stored:
    """The items of the target by the digest of their key, and which of them were asked for."""

    def __init__(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        self._path = path
        self._file = sqlite3.connect(path, isolation_level=None)
        # The file is made anew each time, so nothing of it needs to outlive a crash.
        self._file.execute("PRAGMA journal_mode = OFF")
        self._file.execute("PRAGMA synchronous = OFF")
        self._file.execute(
            "CREATE TABLE items (digest BLOB PRIMARY KEY, hash BLOB NOT NULL, place TEXT NOT NULL, seen INTEGER"
            " NOT NULL DEFAULT 0) WITHOUT ROWID"
        )

    def close(self) -> None:
        """Close the file and take it away."""
        self._file.close()
        self._path.unlink(missing_ok=True)

    def note(self, items: Sequence[tuple[bytes, bytes, str]]) -> None:
        """Note items: digest of the key, hash of the contents, the key as text."""
        self._file.execute("BEGIN")
        self._file.executemany("INSERT OR REPLACE INTO items VALUES (?, ?, ?, 0)", items)
        self._file.execute("COMMIT")

    def hashes(self, digests: Sequence[bytes]) -> dict[bytes, bytes]:
        """The hashes of those that are there; from now on they count as asked for."""
        found: dict[bytes, bytes] = {}
        self._file.execute("BEGIN")
        for start in range(0, len(digests), _CHUNK):
            chunk = digests[start : start + _CHUNK]
            marks = ", ".join("?" * len(chunk))
            found.update(self._file.execute(f"SELECT digest, hash FROM items WHERE digest IN ({marks})", chunk))
            self._file.execute(f"UPDATE items SET seen = 1 WHERE digest IN ({marks})", chunk)
        self._file.execute("COMMIT")
        return found

    def unseen(self) -> Iterator[str]:
        """The keys of the items that nobody asked for."""
        for (place,) in self._file.execute("SELECT place FROM items WHERE seen = 0 ORDER BY place"):
            yield place

    def __len__(self) -> int:
        (count,) = self._file.execute("SELECT COUNT(*) FROM items").fetchone()
        return int(count)
