"""A source of documents as the steps of a migration use it: opened once, checked against a contract, read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

from msgspec import UNSET

from dynalayer.migrate.contract import Contract, Finding, Findings, did_you_mean, shape_of
from dynalayer.migrate.contract.values import Template
from dynalayer.migrate.ports import RowReader
from dynalayer.migrate.source import SourceUnavailable

from .inventory import Gathering, Inventory
from .mapping import DocumentPlan
from .reading.files import Files
from .reading.left import Leaving
from .reading.reader import FileReader
from .source import FirestoreSource
from .values import Document

_SHOWN: Final = 3


class DocumentReader(RowReader[DocumentPlan], Protocol):
    """Reads documents, also those that no contract speaks of."""

    def shapes(self) -> dict[str, int | None]:
        """The collections by their paths without ids, with the number of their documents where that is known."""
        ...

    def documents(self) -> Iterable[Document]:
        """All documents, whatever a contract says of them."""
        ...

    def missing_parents(self) -> Iterable[str]:
        """Documents that are not there and have collections all the same."""
        ...


class FirestoreOrigin:
    """Files are catalogued when they are first read, and closed with this; raises `SourceUnavailable`, `BadExport`."""

    def __init__(self, source: FirestoreSource) -> None:
        self.source = source
        self._files: Files | None = None

    @property
    def shown(self) -> str:
        """The place as it is written."""
        return self.source.shown

    def identity(self) -> Any:
        """What tells the contents of files from those of others; Firestore itself changes all the time."""
        return (
            self.source if self.source.kind == "firestore" else [self._opened().catalogue.fingerprint, self.source.at]
        )

    def reader(self, contract: Contract | None) -> DocumentReader:
        """A reader for one step of a migration."""
        leaving = Leaving() if contract is None else Leaving.of(contract)
        if self.source.kind == "firestore":
            from .reading.live import LiveReader

            return LiveReader(self.source, leaving)
        return FileReader(self._opened(), leaving)

    @property
    def is_partial(self) -> bool:
        """True if only documents are read that were changed after a moment."""
        return self.source.since is not None

    def plans(self, contract: Contract) -> tuple[Sequence[DocumentPlan], Findings]:
        """The plans of a contract, and what forbids to go on."""
        findings = Findings()
        plans = plans_of(contract, findings)
        if self.source.kind != "firestore":
            self._opened()
        return plans, findings

    def validate(self, contract: Contract) -> Findings:
        """What is found in a contract beside the documents that there are; of Firestore itself, all are asked."""
        plans, findings = self.plans(contract)
        if findings.errors:
            return findings
        reader = self.reader(contract)
        try:
            with reader.snapshot():
                _check_collections(contract, plans, reader, findings)
        finally:
            reader.close()
        if self._files is not None:
            findings.extend(Finding("warning", "", each) for each in self._files.doubts())
        return findings

    def inventory(self, contract: Contract | None, told: Callable[[str, int], None]) -> Inventory:
        """All that there is, and what of it a contract takes; reads every document."""
        leaving, found = Leaving() if contract is None else Leaving.of(contract), Gathering()
        reader, declared = self.reader(contract), _declared(contract)
        try:
            with reader.snapshot():
                for each in reader.documents():
                    shape = shape_of(each.segments)
                    found.add(
                        each,
                        is_taken=leaving.is_mapped(each.path),
                        is_ignored=leaving.is_ignored(shape),
                        declared=declared.get(shape),
                    )
                    told("documents", 1)
                return found.inventory(reader.missing_parents())
        finally:
            reader.close()

    def close(self) -> None:
        """Close the files."""
        if self._files is not None:
            self._files.close()
            self._files = None

    def _opened(self) -> Files:
        if self._files is None:
            try:
                self._files = self._open()
            except ModuleNotFoundError as error:
                raise SourceUnavailable(f"{self.shown} needs {error.name}: pip install 'dynalayer[migrate]'") from None
        return self._files

    def _open(self) -> Files:
        if self.source.kind == "firestore-json":
            from .reading.dumpfile import DumpFile

            return DumpFile(Path(self.source.place), self.source.path, self.source.at)
        from .reading.export import ExportFiles

        return ExportFiles(Path(self.source.place))


def _declared(contract: Contract | None) -> dict[str, set[str]]:
    """The fields that a contract speaks of, by the collections that it takes."""
    found: dict[str, set[str]] = {}
    for _, entity in () if contract is None else contract.entities():
        if entity.document is not None:
            names = found.setdefault(entity.document.pattern.shape, set())
            names |= {*entity.document.taken(), entity.document.id_field or ""}
    return found


def plans_of(contract: Contract, findings: Findings) -> tuple[DocumentPlan, ...]:
    """The plans of all entities; one that is not made of documents is an error, and so are two of one path."""
    plans: list[DocumentPlan] = []
    for table, entity in contract.entities():
        if entity.document is None:
            reason = f"{entity.name!r} is made of the table {entity.source_table!r}, and the source has documents"
            findings.error(entity.pointer, reason, "say 'source', a path such as users/{userId}")
            continue
        for other in plans:
            if other.spec.pattern == entity.document.pattern and other.table.name == table.name:
                reason = f"{other.entity.name!r} is made of the same documents"
                findings.warn(entity.pointer, reason, "its items must have other keys")
        plans.append(DocumentPlan(table, entity, entity.document))
        _check_keys(plans[-1], findings)
    return tuple(plans)


def _check_keys(plan: DocumentPlan, findings: Findings) -> None:
    """Parts of the table's key that a document may lack, and partition keys that are the same for all."""
    for attribute in plan.entity.attributes:
        if attribute.name not in plan.table.key_names or not isinstance(attribute.value, Template):
            continue
        for name in attribute.value.names:
            rule = None if name in plan.spec.pattern.variables else plan.spec.rule(name)
            if rule is not None and not rule.required and rule.default is UNSET:
                reason = (
                    f"the key {attribute.name!r} takes {name!r}, which a document may lack; it will be rejected then"
                )
                findings.warn(attribute.pointer, reason, "make it 'required', or give it a 'default'")
        if attribute.name == plan.table.pk and not attribute.value.names:
            reason = f"every {plan.entity.name!r} has the same partition key, so all of them lie in one partition"
            findings.warn(attribute.pointer, reason, "a partition takes 1,000 write units a second")


def _check_collections(
    contract: Contract, plans: Sequence[DocumentPlan], reader: DocumentReader, findings: Findings
) -> None:
    shapes = reader.shapes()
    for plan in plans:
        if plan.spec.pattern.shape not in shapes:
            reason = f"there are no documents at {plan.spec.pattern.text!r}"
            findings.warn(plan.entity.pointer, reason, did_you_mean(plan.spec.pattern.shape, shapes))
    for each in reader.left(plans):
        findings.warn("/ignore", f"{each.where}: {each.rows:,} documents: {each.reason}")
    for number in Leaving((), contract.ignored).unused(list(shapes)):
        reason = f"{contract.ignored[number]!r} is no collection of the source"
        findings.warn(f"/ignore/{number}", reason, did_you_mean(contract.ignored[number], shapes))
    missing = list(_first(reader.missing_parents()))
    if missing:
        reason = f"documents that are not there have collections all the same: {', '.join(missing)}"
        findings.warn("", reason, "what is in those collections is brought over; nothing is made of the documents")


def _first(paths: Iterable[str]) -> Iterator[str]:
    for number, path in enumerate(paths):
        if number == _SHOWN:
            yield "..."
            return
        yield path
