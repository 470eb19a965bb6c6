"""The file of a dump in JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TypeVar

from msgspec.structs import replace

from dynalayer.migrate.firestore.errors import BadExport
from dynalayer.migrate.firestore.values import Document, Timestamp
from dynalayer.migrate.source import SourceUnavailable

from .catalogue import Catalogue, Entry
from .dumps import BadDump, is_line, line_document, line_path, tree_document, tree_documents
from .files import Mapped

T = TypeVar("T")


class DumpFile:
    """A dump in JSON, of either shape; raises `SourceUnavailable` and `BadExport`."""

    def __init__(self, path: Path, begun_at: str = "", made_at: Timestamp | None = None) -> None:
        if not path.is_file():
            raise SourceUnavailable(f"firestore-json:{path} is no file")
        self._path = path
        self._made_at = made_at
        self._mapped = Mapped([path])
        self.catalogue = Catalogue((path.name,))
        data = self._mapped.data(0)
        first = data.find(b"\n")
        self._is_lines = is_line(data[: first if first >= 0 else len(data)])
        try:
            self.catalogue.note(self._lines() if self._is_lines else self._tree(begun_at))
        except BaseException:
            self.close()
            raise

    def doubts(self) -> Iterator[str]:
        """Nothing: a dump does not say how much it holds."""
        return iter(())

    def _lines(self) -> Iterator[tuple[Entry, bytes]]:
        data, place = self._mapped.data(0), 0
        while place < len(data):
            line = self._line(place)
            if line.strip():
                yield Entry(self._read(partial(line_path, line), place), 0, place), line
            place += len(line) + 1

    def _line(self, place: int) -> bytes:
        data = self._mapped.data(0)
        end = data.find(b"\n", place)
        return bytes(data[place : end if end >= 0 else len(data)])

    def _tree(self, begun_at: str) -> Iterator[tuple[Entry, bytes]]:
        found = tree_documents(bytes(self._mapped.data(0)), begun_at.strip("/"))
        while (each := self._read(lambda: next(found, None), 0)) is not None:
            path, body = each
            yield Entry(path, 0, 0, body), body

    def document(self, entry: Entry) -> Document:
        try:
            found = self._document(entry)
        except BadDump as error:
            return Document(entry.path, {}, unreadable=f"{self._path.name} at byte {entry.place:,}: {error}")
        return found if self._made_at is None else replace(found, snapshot_time=self._made_at)

    def _document(self, entry: Entry) -> Document:
        return line_document(self._line(entry.place)) if entry.body is None else tree_document(entry.path, entry.body)

    def _read(self, read: Callable[[], T], place: int) -> T:
        try:
            return read()
        except BadDump as error:
            raise BadExport(self._path.name, place, str(error)) from None

    def close(self) -> None:
        self.catalogue.close()
        self._mapped.close()
