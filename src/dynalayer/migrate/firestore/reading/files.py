"""Files that documents are read from where they lie."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from dynalayer.migrate.firestore.values import Document

from .catalogue import Catalogue, Entry


class Files(Protocol):
    """What the documents of a source lie in."""

    @property
    def catalogue(self) -> Catalogue:
        """Which documents there are."""
        ...

    def document(self, entry: Entry) -> Document:
        """A document; one whose fields cannot be read tells why."""
        ...

    def doubts(self) -> Iterator[str]:
        """What makes one doubt that the files are whole."""
        ...

    def close(self) -> None:
        """Close the files."""
        ...


class Mapped:
    """Files by their number, mapped into memory while they are open."""

    def __init__(self, paths: list[Path]) -> None:
        self.paths = paths
        self._open: dict[int, mmap.mmap | bytes] = {}

    def data(self, number: int) -> mmap.mmap | bytes:
        """The contents of a file."""
        held = self._open.get(number)
        if held is None:
            with self.paths[number].open("rb") as file:
                # There is no mapping of an empty file.
                empty = not self.paths[number].stat().st_size
                held = b"" if empty else mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            self._open[number] = held
        return held

    def close(self) -> None:
        """Close the files."""
        for each in self._open.values():
            if isinstance(each, mmap.mmap):
                each.close()
        self._open = {}
