"""What is wrong with one pattern: scans, indexes and projections that are not there, waste, oversized transactions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from dynalayer.protocol.limits import TRANSACTION_ACTIONS, TRANSACTION_BYTES
from dynalayer.schema import AccessPath, Change, Condition, Definition, Query
from dynalayer.statements import Collection, Scan, TransactGet, Transaction, Update

from .expressions import attributes_of
from .patterns import AccessPattern, Code
from .report import Finding, Severity
from .sizes import index_of, projected_names
from .subjects import subject_of
from .takings import Sizes


def statement_findings(pattern: AccessPattern, max_waste: float) -> Iterator[Finding]:
    """Everything that one pattern alone shows."""

    def found(severity: Severity, code: Code, reason: str, way_out: str) -> Finding:
        return Finding(severity, code, pattern.name, reason, way_out)

    subject = subject_of(pattern.asked)
    asked = subject.asked
    if isinstance(asked, Query):
        yield from _by_index(asked.definition, asked.path, asked.filter, subject.whole, found)
    if isinstance(asked, Scan):
        yield from _of_scan(asked, pattern, subject.whole, found)
    if isinstance(asked, Collection):
        for member in asked.members:
            yield from _by_index(member.definition, member.path, None, subject.whole, found)
    if isinstance(asked, (Query, Scan, Collection)):
        if pattern.items is None and subject.size is None and asked.limit_ is None:
            reason = "how many items a call gives back is not said, so one is counted"
            yield found("hint", "unsized", reason, "give items=...")
        yield from _waste(None if isinstance(asked, Collection) else asked.filter, pattern, max_waste, found)
    if isinstance(asked, Transaction):
        yield from _of_transaction("action", [action.definition for action in asked.actions], pattern, found)
    if isinstance(asked, TransactGet):
        yield from _of_transaction("key", [key.definition for key in asked.keys], pattern, found)
    for update in _updates(asked):
        yield from _growth(update, found)


_Found = Callable[[Severity, Code, str, str], Finding]


def _of_scan(scan: Scan[Any], pattern: AccessPattern, whole: bool, found: _Found) -> Iterator[Finding]:
    if not pattern.scan:
        reason = f"it reads every item of {scan.index or scan.table.name}, whatever it gives back"
        way_out = 'query a key or an index instead; if it must be, say why: AccessPattern(..., scan="...")'
        yield found("error", "scan", reason, way_out)
    for definition, path in scan.paths:
        yield from _by_index(definition, path, scan.filter, whole, found)


def _by_index(
    definition: Definition, path: AccessPath, condition: Condition[Any] | None, whole: bool, found: _Found
) -> Iterator[Finding]:
    """What an index that is read by lacks."""
    if path.index is None:
        return
    if index_of(definition, path) is None:
        there = ", ".join(definition.table.indexes) or "none"
        yield found(
            "error",
            "index",
            f"{definition.table.name} has no index {path.index!r}; it has: {there}",
            "declare the index on the table",
        )
        return
    names = projected_names(definition, path)
    if names is not None:
        yield from _unprojected(definition, path, names, condition, whole, found)


def _unprojected(
    definition: Definition,
    path: AccessPath,
    names: frozenset[str],
    condition: Condition[Any] | None,
    whole: bool,
    found: _Found,
) -> Iterator[Finding]:
    index, missing = path.index, ", ".join(path.lacking)
    if whole and missing and path.is_local:
        reason = f"index {index} does not carry {missing}, so every item is read from the table as well"
        yield found("hint", "projection", reason, f"let the projection of {index} carry them, or select what it does")
    elif whole and missing:
        reason = f"index {index} does not carry {missing}, without which it gives no whole {definition.name}"
        way_out = f"let the projection of {index} carry them, select what it does, or read the items by their keys"
        yield found("error", "projection", reason, way_out)
    filtered = sorted({each.name for each in attributes_of(condition) if each.top_name not in names})
    if filtered:
        reason = f"the filter names {', '.join(filtered)}, which index {index} does not carry"
        yield found("error", "projection", reason, f"let the projection of {index} carry them")


def _waste(
    condition: Condition[Any] | None, pattern: AccessPattern, max_waste: float, found: _Found
) -> Iterator[Finding]:
    if condition is None:
        return
    if pattern.keeps is None:
        reason = "it filters, and what a filter drops is read and paid for; how much it drops is not said"
        yield found("warning", "waste", reason, "give keeps=..., the share of the items read that it leaves")
    elif 1 - pattern.keeps > max_waste:
        reason = f"the filter drops {1 - pattern.keeps:.0%} of what is read and paid for (accepted: {max_waste:.0%})"
        yield found("error", "waste", reason, "put what is filtered by into the key of an index")


def _of_transaction(
    what: str, definitions: Sequence[Definition], pattern: AccessPattern, found: _Found
) -> Iterator[Finding]:
    way_out = "cut it into several transactions, each of which is whole"
    if len(definitions) > TRANSACTION_ACTIONS:
        reason = f"the transaction has {len(definitions)} {what}s, the service takes {TRANSACTION_ACTIONS}"
        yield found("error", "transaction", reason, way_out)
    sizes = Sizes(pattern.item_bytes)
    total = sum(sizes.item(definition) for definition in definitions)
    if total > TRANSACTION_BYTES:
        names = ", ".join(dict.fromkeys(definition.name for definition in definitions))
        reason = f"its items can have {total:,} bytes together ({names}), the service takes {TRANSACTION_BYTES:,}"
        yield found("error", "transaction", reason, way_out)


def _updates(asked: Any) -> list[Update[Any]]:
    if isinstance(asked, Transaction):
        return [action for action in asked.actions if isinstance(action, Update)]
    return [asked] if isinstance(asked, Update) else []


def _growth(update: Update[Any], found: _Found) -> Iterator[Finding]:
    bounded = attributes_of(update.if_)
    for change in update.changes:
        attribute = change.path.attribute
        if _grows(change) and attribute not in bounded:
            reason = f"{attribute.owner}.{attribute.name} grows with each call, and an item ends at 400 KB"
            yield found("hint", "growth", reason, "bound it by a condition, or give each element an item of its own")


def _grows(change: Change[Any]) -> bool:
    return change.action in _GROWING or (change.action == "ADD" and change.path.attribute.is_set)


_GROWING = {"APPEND", "PREPEND"}
