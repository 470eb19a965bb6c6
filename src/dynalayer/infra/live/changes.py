"""What would make a table that is there the declared one, as changes in the order in which they are made; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from dynalayer.schema import Table
from dynalayer.statements import Difference, Found, differences

Kind = Literal[
    "create table",
    "replace table",
    "bill on demand",
    "set settings",
    "unset expiry",
    "turn off stream",
    "turn off recovery",
    "turn off protection",
    "remove index",
    "add index",
]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing to do to a table; `subject` is the index if it is about one, `reasons` are the differences it ends.

    `destroys` says that items would be lost, `takes_away` that something is given up which programs may rely on.
    """

    kind: Kind
    table: Table
    subject: str = ""
    reasons: tuple[str, ...] = ()
    destroys: bool = False
    takes_away: bool = False

    def __str__(self) -> str:
        subject = f" {self.subject!r}" if self.subject else ""
        marks = " (loses all its items)" if self.destroys else ""
        return f"{self.table.name}: {self.kind}{subject}{marks}"


def changes(table: Table, found: Found | None) -> list[Change]:
    """The changes for one table; `found` must tell of all settings, declared or not, None if there is no such table."""
    if found is None:
        return [Change("create table", table)]
    open_ones = differences(table, found)
    replaced = [each for each in open_ones if each.remedy == "new table"]
    if replaced:
        return [Change("replace table", table, reasons=_said(replaced), destroys=True)]
    return [
        *_billing(table, found.description),
        *_taken_away(table, found),
        *_removed(table, found.description, open_ones),
        *_settings(table, open_ones),
        *_added(table, open_ones),
    ]


def _said(found: list[Difference]) -> tuple[str, ...]:
    return tuple(f"{each.what}: declared {each.declared}, found {each.found}" for each in found)


def _billing(table: Table, description: Mapping[str, Any]) -> Iterator[Change]:
    mode = description.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED")
    if mode != "PAY_PER_REQUEST":
        yield Change("bill on demand", table, reasons=(f"billing: declared on demand, found {mode.lower()}",))


def _taken_away(table: Table, found: Found) -> Iterator[Change]:
    """What is on and not declared, or on in another way than declared: it is turned off first."""
    if found.ttl is not None and found.ttl != table.ttl:
        reason = f"ttl: declared {table.ttl or 'none'}, found {found.ttl}"
        yield Change("unset expiry", table, found.ttl, (reason,), takes_away=True)
    stream: Mapping[str, Any] = found.description.get("StreamSpecification", {})
    view = stream.get("StreamViewType") if stream.get("StreamEnabled") else None
    if view is not None and view != table.stream:
        reason = f"stream: declared {table.stream or 'none'}, found {view}"
        yield Change("turn off stream", table, "", (reason,), takes_away=True)
    if found.recovery and not table.point_in_time_recovery:
        reason = "point-in-time recovery: declared off, found on"
        yield Change("turn off recovery", table, "", (reason,), takes_away=True)
    if found.description.get("DeletionProtectionEnabled") and not table.deletion_protection:
        reason = "deletion protection: declared off, found on"
        yield Change("turn off protection", table, "", (reason,), takes_away=True)


def _removed(table: Table, description: Mapping[str, Any], open_ones: list[Difference]) -> Iterator[Change]:
    """Global indexes that nobody declares, and those whose shape is another: these are added again afterwards."""
    for there in description.get("GlobalSecondaryIndexes", ()):
        name = there["IndexName"]
        wrong = [each for each in open_ones if each.remedy == "by hand" and each.what.endswith(f"index {name!r}")]
        if name not in table.indexes:
            yield Change("remove index", table, name, (f"index {name!r} is not declared",), takes_away=True)
        elif wrong:
            yield Change("remove index", table, name, _said(wrong), takes_away=True)


def _settings(table: Table, open_ones: list[Difference]) -> Iterator[Change]:
    # What was on in another way has been turned off before, and is turned on as declared.
    wanted = [
        each
        for each in open_ones
        if each.remedy == "create_tables" or (each.remedy == "by hand" and each.what in ("ttl", "stream"))
    ]
    if wanted:
        yield Change("set settings", table, "", _said(wanted))


def _added(table: Table, open_ones: list[Difference]) -> Iterator[Change]:
    for name in table.indexes:
        ending = f"global index {name!r}"
        if any(each.what == ending and each.remedy == "add_index" for each in open_ones):
            yield Change("add index", table, name, (f"{ending} is not there",))
        elif any(each.what.endswith(ending) and each.remedy == "by hand" for each in open_ones):
            yield Change("add index", table, name, (f"{ending} has another shape",))
