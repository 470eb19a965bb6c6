"""A migration as a whole: a contract and its source, brought into a target step by step."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, closing
from decimal import Decimal
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from dynalayer import Database
from dynalayer.access import ON_DEMAND

from .backfill import Backfill, Journal, Options, Step, Summary
from .contract import Contract, ContractInvalid, Finding, Findings, load_contract, normalised
from .entities import entities_source
from .exporting import Exported, export
from .firestore import FirestoreOrigin, Inventory, parse_firestore
from .items import Policies
from .origins import SqlOrigin, open_origin
from .ports import Left, Origin, RowReader
from .source import Source, SourceUnavailable
from .target import declared
from .validation import Survey, survey
from .verify import Report, Verifier

Told = Callable[[str, int, int | None], None]
"""What is done, how many rows of it, and of how many if that is known."""

DIFFERENCES_FILE = "differences.jsonl"
_TOLD_EACH = 1_000
_NEW_TABLE_UNITS = 4_000
"""Write units a second that a new table on demand takes at first (guide, "Initial throughput for on-demand mode")."""


def _quiet(what: str, done: int, total: int | None) -> None:
    return


class Outlook(Struct, frozen=True):
    """What a migration would do: for each entity its items, for all of them units, seconds and US dollars."""

    entities: dict[str, Survey]
    units: int
    seconds: float
    units_per_second: float
    usd: float
    is_sample: bool
    left: tuple[Left, ...] = ()

    @property
    def is_clean(self) -> bool:
        """True if every row that was read becomes an item of its own, and no row is left behind without a word."""
        return not self.left and not any(each.rejected or each.colliding for each in self.entities.values())

    def __str__(self) -> str:
        lines: list[str] = []
        for name, each in self.entities.items():
            mean = each.bytes // each.items if each.items else 0
            lines.append(
                f"{name}: {each.rows:,} rows, {each.items:,} items, mean {mean:,} bytes, largest {each.largest:,}"
                f" (row {each.largest_row or 'none'}), {each.units:,} write units"
            )
            if each.rejected:
                lines.append(f"  {each.rejected:,} rows cannot become items")
            if each.colliding:
                lines.append(f"  {each.colliding:,} rows have the key of another")
            lines += [f"  {example}" for example in each.examples]
        lines += [f"{each.where}: {each.rows:,} rows: {each.reason}" for each in self.left]
        read = " for the rows that were read" if self.is_sample else ""
        lines.append(
            f"{self.units:,} write units{read}, {self.seconds:,.0f} s at {self.units_per_second:,.0f} a second, "
            f"${self.usd:,.2f} on demand"
        )
        return "\n".join(lines)


class Migration:
    """A contract that fits its source."""

    def __init__(self, contract: Contract, origin: Origin, plans: Sequence[Any], policies: Policies) -> None:
        self.contract = contract
        self.origin = origin
        self.plans = tuple(plans)
        self.policies = policies

    @property
    def source(self) -> Source:
        """The SQL database; raises `SourceUnavailable` for a source of another kind."""
        if isinstance(self.origin, SqlOrigin):
            return self.origin.source
        raise SourceUnavailable(
            f"{self.origin.shown} is no SQL database, and only those are moved while they are written"
        )

    def close(self) -> None:
        """Close what the source holds open; a migration from SQL needs no closing."""
        self.origin.close()

    @classmethod
    def open(cls, contract: str | Path | Contract, source: str, policies: Policies | None = None) -> Migration:
        """Read the contract and the schema of the source.

        Raises `ContractInvalid` for a contract that cannot be read or does not fit, `SourceUnavailable` for the source.
        """
        loaded = contract if isinstance(contract, Contract) else load_contract(contract)[0]
        origin = open_origin(source)
        try:
            plans, findings = _other_kind(origin, loaded) or origin.plans(loaded)
            if findings.errors:
                raise ContractInvalid(findings)
        except BaseException:
            origin.close()
            raise
        return cls(loaded, origin, plans, policies or Policies())

    def fingerprint(self, target: str, options: Options) -> str:
        """A hash of all that decides what the items are and where they go."""
        parts = [normalised(self.contract), self.origin.identity(), target, options.prefix, self.policies]
        parts += [options.only_new, options.only_newer]
        return blake2b(msgspec.json.encode(parts), digest_size=16).hexdigest()

    def plan(self, *, sample: int | None = None, units_per_second: float | None = None, told: Told = _quiet) -> Outlook:
        """Make the items of all rows, or of the first `sample` of each table, and write none."""
        done: dict[str, int] = {}

        def count(name: str, rows: int) -> None:
            done[name] = done.get(name, 0) + rows
            told(f"reading {name}", done[name], None)

        with self._reading() as reader:
            found = survey(reader, self.plans, self.policies, sample=sample, told=count)
            left = tuple(reader.left(self.plans))
        units, rate = sum(each.units for each in found.values()), units_per_second or _NEW_TABLE_UNITS
        usd = float(Decimal(units) * ON_DEMAND.write / 1_000_000)
        return Outlook(found, units, units / rate, rate, usd, sample is not None, left)

    def entities(self, *, prefix: str = "") -> str:
        """A Python module with the target's tables and a typed entity for each kind of item.

        Raises `EntitiesOverlap` where nothing in their keys tells two entities of one table apart.
        """
        if self.contract.is_of_documents:
            raise SourceUnavailable(
                "entities are written for SQL databases, whose columns have types; not for documents"
            )
        return entities_source(self.contract, self.plans, self.policies, prefix=prefix)

    def export(self, folder: Path, *, prefix: str = "", told: Told = _quiet) -> dict[str, Exported]:
        """Write the items of all rows as files that DynamoDB imports from S3 into new tables."""
        done: dict[str, int] = {}

        def count(name: str, rows: int) -> None:
            done[name] = done.get(name, 0) + rows
            told(f"writing {name}", done[name], None)

        with self._reading() as reader:
            return export(reader, self.plans, folder, self.policies, prefix=prefix, told=count)

    def backfill(self, target: str, state: Path, options: Options | None = None, *, told: Told = _quiet) -> Summary:
        """Copy every row; called again with the same state it goes on where it was.

        Raises `OtherMigration` if the state is of another contract, schema, target or set of options.
        """
        chosen = options or Options(policies=self.policies)
        started = time.monotonic()

        def step(found: Step) -> None:
            left = _left(found, started)
            throttles = f", {found.throttles} throttles" if found.throttles else ""
            told(f"{found.entity}{left}{throttles}", found.progress.rows, found.total)

        with Database(target) as database, closing(Journal(state)) as journal, self._reading() as reader:
            journal.begin(self.fingerprint(target, chosen))
            return Backfill(database, journal, chosen).run(reader, self.plans, step)

    def verify(self, target: str, state: Path, *, prefix: str = "", told: Told = _quiet) -> Report:
        """Compare all rows with all items, both ways; differences are also written to the state's folder."""
        with Database(target) as database, self._whole() as reader:
            report = self._verifier(database, state, prefix, told).verify(reader, self.plans)
        _write(report, state)
        return report

    def repair(
        self, target: str, state: Path, *, prefix: str = "", orphans: bool = False, told: Told = _quiet
    ) -> tuple[dict[str, int], Report]:
        """Compare, mend, and compare again; gives how many were mended and what is left.

        Raises `CannotTellOrphans` if `orphans` are to be deleted while rows cannot become items.
        """
        with Database(target) as database, self._whole() as reader:
            verifier = self._verifier(database, state, prefix, told)
            found = verifier.verify(reader, self.plans)
            mended = verifier.repair(reader, self.plans, found.differences, orphans=orphans)
            report = verifier.verify(reader, self.plans)
        _write(report, state)
        return {str(kind): count for kind, count in mended.items()}, report

    def inventory(self, *, told: Told = _quiet) -> Inventory | None:
        """All that a source of documents holds and what of it the contract takes; None for a SQL database."""
        if not isinstance(self.origin, FirestoreOrigin):
            return None
        return take_inventory(self.origin, self.contract, told)

    def _reading(self) -> AbstractContextManager[RowReader[Any]]:
        return closing(self.origin.reader(self.contract))

    def _whole(self) -> AbstractContextManager[RowReader[Any]]:
        if self.origin.is_partial:
            raise SourceUnavailable(
                f"{self.origin.shown} is read by 'since', and what is not read would seem to be no longer there: "
                "compare without it"
            )
        return self._reading()

    def _verifier(self, database: Database, state: Path, prefix: str, told: Told) -> Verifier:
        done: dict[str, int] = {}

        def count(what: str, rows: int) -> None:
            done[what] = done.get(what, 0) + rows
            told(what, done[what], None)

        return Verifier(database, state, prefix=prefix, policies=self.policies, told=count)


def _left(step: Step, started: float) -> str:
    """How long the rest of the entity's rows will take, as far as it can be told."""
    done, seconds = step.progress.rows, time.monotonic() - started
    if seconds < 2 or not done:
        return ""
    return f", about {(step.total - done) * seconds / done:,.0f} s left"


def _write(report: Report, state: Path) -> None:
    lines = [msgspec.json.encode(difference) + b"\n" for difference in report.differences]
    (state / DIFFERENCES_FILE).write_bytes(b"".join(lines))


def check_contract(contract: str | Path, source: str) -> tuple[Finding, ...]:
    """All that is found in a contract and against the schema of its source; raises `SourceUnavailable`.

    Raises `ContractInvalid`, with what was found, if it cannot even be read.
    """
    loaded, findings = load_contract(contract)
    with closing(open_origin(source)) as origin:
        other = _other_kind(origin, loaded)
        return (*findings, *(origin.validate(loaded) if other is None else other[1]))


def inventory(source: str, *, told: Told = _quiet) -> Inventory:
    """All that a source of documents holds; raises `SourceUnavailable`."""
    with closing(FirestoreOrigin(parse_firestore(source))) as origin:
        return take_inventory(origin, None, told)


def take_inventory(origin: FirestoreOrigin, contract: Contract | None, told: Told) -> Inventory:
    """All that there is, and what of it a contract takes."""
    done = 0

    def count(what: str, documents: int) -> None:
        nonlocal done
        done += documents
        if done % _TOLD_EACH == 0:
            told(f"looking at {what}", done, None)

    return origin.inventory(contract, count)


def _other_kind(origin: Origin, contract: Contract) -> tuple[Sequence[Any], Findings] | None:
    """What is found in a contract that is for a source of another kind; None if it is for this one."""
    if contract.is_of_documents == isinstance(origin, FirestoreOrigin):
        return None
    findings = Findings()
    is_, has = ("documents", "tables") if contract.is_of_documents else ("tables", "documents")
    findings.error("", f"the contract is for {is_}, and {origin.shown} has {has}")
    return (), findings


def create_tables(contract: str | Path, target: str, *, prefix: str = "", protected: bool = False) -> list[str]:
    """Make the tables of a contract, or bring those that exist up to it; gives their names."""
    tables = declared(load_contract(contract)[0], prefix=prefix, protected=protected)
    with Database(target) as database:
        database.create_tables(*tables)
    return [table.name for table in tables]
