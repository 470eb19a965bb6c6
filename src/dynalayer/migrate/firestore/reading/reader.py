"""Reading documents by the catalogue of the files that they lie in."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from dynalayer.migrate.firestore.mapping import DocumentMaker, DocumentPlan
from dynalayer.migrate.firestore.values import Document, Timestamp
from dynalayer.migrate.items import Policies
from dynalayer.migrate.ports import PAGE_ROWS, Key, Left, Page

from .files import Files
from .left import Leaving


class FileReader:
    """Reads files, which show one moment anyway. The place where a page ends is a number of the catalogue.

    Documents that were not changed after `since` are passed over; one of which nobody knows is not.
    """

    def __init__(self, files: Files, leaving: Leaving, since: Timestamp | None = None) -> None:
        self._files = files
        self._leaving = leaving
        self._since = since

    @contextmanager
    def snapshot(self) -> Generator[None]:
        """Nothing to do: what others write is not in the files."""
        yield

    def maker(self, plan: DocumentPlan, policies: Policies) -> DocumentMaker:
        """What makes the items of a collection's documents."""
        return DocumentMaker(plan, policies)

    def pages(self, plan: DocumentPlan, after: Key | None = None, rows: int = PAGE_ROWS) -> Iterator[Page]:
        """The documents after a place, in the order of the files."""
        pattern, place = plan.spec.pattern, after[0] if after else 0
        while found := list(self._files.catalogue.entries(pattern.shape, place, rows)):
            place = found[-1].number
            entries = [each.entry for each in found if pattern.match(each.entry.path.split("/")) is not None]
            documents = (self._files.document(entry) for entry in entries)
            yield Page([each for each in documents if is_wanted(each, self._since)], (place,))

    def row(self, plan: DocumentPlan, key: Sequence[Any]) -> Document | None:
        """The document with this path."""
        entry = self._files.catalogue.entry(key[0])
        return None if entry is None else self._files.document(entry)

    def count(self, plan: DocumentPlan) -> int:
        """How many documents the collection has; more than the pattern takes if it names one by its id."""
        return self._files.catalogue.shapes().get(plan.spec.pattern.shape, 0)

    def left(self, plans: Sequence[DocumentPlan]) -> Iterable[Left]:
        """The documents that no plan takes and the contract does not ignore."""
        catalogue = self._files.catalogue
        for shape, count in catalogue.shapes().items():
            if self._leaving.is_taken_whole(shape):
                continue
            paths = (each.entry.path for each in catalogue.entries(shape)) if self._leaving.is_named(shape) else None
            rows = count if paths is None else sum(not self._leaving.is_mapped(path) for path in paths)
            if rows:
                yield self._leaving.left(shape, rows)

    def shapes(self) -> dict[str, int | None]:
        """The collections by their paths without ids, with the number of their documents."""
        return dict(self._files.catalogue.shapes())

    def documents(self) -> Iterator[Document]:
        """All documents, whatever a contract says of them."""
        for each in self._files.catalogue.entries(None):
            yield self._files.document(each.entry)

    def missing_parents(self) -> Iterator[str]:
        """Documents that are not there and have collections all the same."""
        return self._files.catalogue.missing_parents()

    def close(self) -> None:
        """Leave the files to their source, which closes them."""


def is_wanted(document: Document, since: Timestamp | None) -> bool:
    """True if it was changed after a moment, or nobody knows when."""
    return since is None or document.update_time is None or document.update_time > since
