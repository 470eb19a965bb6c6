"""The folder of a managed export: what its files hold is catalogued once, and documents are read where they lie."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from dynalayer.migrate.firestore.errors import BadExport
from dynalayer.migrate.firestore.values import Document, Timestamp
from dynalayer.migrate.source import SourceUnavailable

from .catalogue import Catalogue, Entry
from .entities import BadEntity, count_of, document_of, path_of, snapshot_of
from .files import Mapped
from .records import records

_METADATA: Final = ".export_metadata"
_OVERALL: Final = ".overall_export_metadata"
_NUMBER: Final = re.compile(r"(\d+)")


class ExportFiles:
    """The folder of a managed export; raises `SourceUnavailable` and `BadExport`."""

    def __init__(self, folder: Path) -> None:
        paths = sorted(folder.rglob("output-*"), key=_natural)
        if not folder.is_dir() or not paths:
            raise SourceUnavailable(
                f"firestore-export:{folder} is no folder with files output-0 and so on: copy all of the export's folder"
            )
        self._folder = folder
        self._snapshots = {each.parent: _snapshot(each.parent) for each in paths}
        self._mapped = Mapped(paths)
        self.catalogue = Catalogue(tuple(str(each.relative_to(folder)) for each in paths))
        try:
            for number in range(len(paths)):
                self.catalogue.note(self._entries(number))
        except BaseException:
            self.close()
            raise

    def doubts(self) -> Iterator[str]:
        """Whether the files hold as many documents as the export says."""
        held = sum(self.catalogue.shapes().values())
        for path in sorted(self._folder.glob(f"*{_OVERALL}")):
            told = sum(count_of(payload) for _, payload in records(path.read_bytes(), path.name))
            if told not in (0, held):
                yield f"{path.name} tells of {told:,} documents, and the files hold {held:,}: are all of them there?"

    def _entries(self, number: int) -> Iterator[tuple[Entry, bytes]]:
        for place, payload in records(self._mapped.data(number), self.catalogue.files[number]):
            try:
                path = path_of(payload)
            except BadEntity as error:
                raise BadExport(self.catalogue.files[number], place, str(error)) from None
            yield Entry(path, number, place), payload

    def document(self, entry: Entry) -> Document:
        name = self.catalogue.files[entry.file]
        _, payload = next(records(self._mapped.data(entry.file), name, entry.place))
        try:
            return document_of(payload, self._snapshots[self._mapped.paths[entry.file].parent])
        except BadEntity as error:
            return Document(entry.path, {}, unreadable=f"{name} at byte {entry.place:,}: {error}")

    def close(self) -> None:
        self.catalogue.close()
        self._mapped.close()


def _natural(path: Path) -> list[str]:
    """Files by number: output-2 before output-10."""
    return [each.zfill(12) if each.isdigit() else each for each in _NUMBER.split(str(path))]


def _snapshot(folder: Path) -> Timestamp | None:
    """The moment that the export is of; raises `BadExport` if a file is missing that its metadata lists."""
    for path in sorted(folder.glob(f"*{_METADATA}")):
        snapshot, names = snapshot_of(path.read_bytes())
        for name in names:
            if not (folder / name).exists():
                raise BadExport(path.name, 0, f"it lists the file {name!r}, which is not in {folder}")
        return snapshot
    return None
