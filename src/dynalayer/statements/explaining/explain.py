"""What a statement will do and cost, told before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec
from msgspec.structs import replace

from dynalayer.protocol.limits import BATCH_GET_KEYS, BATCH_WRITES
from dynalayer.schema import Entity, Key, Query, Selected
from dynalayer.statements.batches.batch import BatchGet, BatchWrite
from dynalayer.statements.items.items import Check, Delete, Get, GetRow, Put, Update
from dynalayer.statements.plan import Plan
from dynalayer.statements.raw import Raw
from dynalayer.statements.reading.collection import Collection, CollectionPage
from dynalayer.statements.reading.pages import PageOf
from dynalayer.statements.reading.query import QueryPage
from dynalayer.statements.reading.scan import Scan, ScanPage
from dynalayer.statements.reading.transact_get import TransactGet
from dynalayer.statements.statement import Statement
from dynalayer.statements.writing.transaction import Action, Transaction
from dynalayer.statements.writing.writing import plan_of

from .costs import Assumed, Prices, cost_of_change, cost_of_put, page_units, read_units

_RANGE_WORDS = {"begins_with": "a prefix of the sort key", "BETWEEN": "a range of sort keys"}

Explainable = (
    Statement[Any]
    | Plan[Any]
    | Query[Any, Any]
    | Scan[Any]
    | Collection[Any]
    | Selected[Any, Any]
    | Key[Any]
    | Check[Any]
    | Sequence[Key[Any] | Entity]
)
"""What can be explained: statements, what is read page by page, a key (read it), keys and entities (a batch)."""


class Explanation(msgspec.Struct, frozen=True):
    """The path of a statement and what it costs.

    `read_units` (4 KB each, half when eventually consistent) and `write_units` (1 KB each) are those of the whole
    statement where its size is known, otherwise the least that it takes (`is_least`). `million` is what a million of
    it cost, in the currency of the prices that were given.
    """

    operation: str
    table: str
    index: str | None
    path: str
    units: str
    notes: tuple[str, ...] = ()
    read_units: float = 0.0
    write_units: float = 0.0
    is_least: bool = True
    is_scan: bool = False
    calls: int = 1
    million: Decimal | None = None
    prices: Prices | None = None

    def __str__(self) -> str:
        where = self.table if self.index is None else f"{self.table} by index {self.index}"
        parts = [f"{self.operation} on {where}", self.path, self.units]
        if self.read_units:
            parts.append("A SCAN" if self.is_scan else "no scan")
        return "; ".join([", ".join(part for part in parts if part), *self.notes, *self._money()])

    def _money(self) -> list[str]:
        if self.million is None or self.prices is None:
            return []
        least = "at least " if self.is_least else ""
        return [f"{least}{self.million.normalize():f} {self.prices.currency} for a million ({self.prices})"]


def explain(
    subject: Explainable,
    *,
    item_bytes: int | Mapping[type[Entity], int] | None = None,
    items: int | None = None,
    prices: Prices | None = None,
) -> Explanation:
    """Tell path and cost of a statement (developer guide, "Read consumption" and "Write consumption").

    `item_bytes` is the size of an item, or of those of each entity; `items` is how many a query or scan reads.
    """
    found = _explain(subject, Assumed(item_bytes, items))
    if prices is None:
        return found
    return replace(found, million=prices.million(found.read_units, found.write_units), prices=prices)


def _explain(subject: Any, known: Assumed) -> Explanation:
    match subject:
        case Key():
            return _get(Get(subject), known)
        case Get() | GetRow():
            return _get(subject, known)
        case Query() | Scan() | Collection() | Selected() | PageOf():
            return _pages(subject, known)
        case Put() | Update() | Delete():
            return _write(subject, known)
        case Transaction():
            return _transaction(subject, known)
        case TransactGet():
            return _several("TransactGetItems", subject.keys, 2.0, 1, "read at one moment", known)
        case BatchGet():
            return _batch_get(subject.keys, subject.consistent, known)
        case BatchWrite():
            return _batch_write(subject.actions, known)
        case _:
            return _other(subject, known)


def _other(subject: Any, known: Assumed) -> Explanation:
    if isinstance(subject, Check):
        return _transaction(Transaction((subject,)), known)
    if isinstance(subject, Plan):
        if subject.about is None:
            raise TypeError(f"{subject!r} decides as it goes: explain the statements that it is made of")
        found = _explain(subject.about, known)
        return replace(found, operation=f"{subject.name} by {found.operation}")
    if isinstance(subject, Sequence) and not isinstance(subject, str):
        keys = [each for each in subject if isinstance(each, Key)]
        same = len(keys) == len(subject)
        return _batch_get(tuple(keys), False, known) if same else _batch_write(tuple(subject), known)
    if isinstance(subject, Raw):
        return Explanation(subject.operation, str(subject.given.get("TableName", "?")), None, "", "units not known")
    if isinstance(subject, Statement):
        return Explanation(subject.operation, str(getattr(subject, "name", "the account")), None, "", "no capacity")
    raise TypeError(f"explain takes a statement, a query, a scan or keys, not {type(subject).__name__}")


def _get(statement: Get[Any] | GetRow[Any], known: Assumed) -> Explanation:
    key: Key[Any] = statement.key if isinstance(statement, Get) else statement.selected.source
    each, size = 1.0 if statement.consistent else 0.5, known.bytes_of(key.definition)
    units = read_units(size or 1, each)
    text = f"{each:g} RCU for each 4 KB of it" if size is None else f"{units:g} RCU for {size:,} bytes"
    notes = [_SELECTED] if isinstance(statement, GetRow) else []
    if key.definition.ttl is not None and not statement.expired:
        notes.append("hidden if it has expired")
    table = key.definition.table.name
    return Explanation("GetItem", table, None, "one item by its key", text, tuple(notes), units, 0.0, size is None)


_SELECTED = "only some attributes are sent, whole items are paid for"


def _pages(subject: Any, known: Assumed) -> Explanation:
    source, columns, counts = subject, None, False
    if isinstance(subject, Selected):
        source, columns = subject.source, subject.columns
        if isinstance(source, Key):
            return _get(GetRow(subject), known)
    elif isinstance(subject, (QueryPage, ScanPage)):
        source = subject.query if isinstance(subject, QueryPage) else subject.scan
        columns, counts = subject.columns, subject.counts
    elif isinstance(subject, CollectionPage):
        source, counts = subject.collection, subject.counts
    found = _scan(source, known) if isinstance(source, Scan) else _query(source, known)
    notes = (*found.notes, *([_SELECTED] if columns is not None and columns.columns else []))
    return replace(found, notes=(*notes, "the service counts, no items are sent") if counts else notes)


def _query(source: Query[Any, Any] | Collection[Any], known: Assumed) -> Explanation:
    query = source.query if isinstance(source, Collection) else source
    members = [each.definition for each in source.members] if isinstance(source, Collection) else [query.definition]
    path = f"one partition, {_range(query)}"
    if isinstance(source, Collection):
        path = f"one partition, {len(members)} entities ({', '.join(each.name for each in members)}), {_range(query)}"
    notes = ["the filter drops items after they are read and paid for"] if query.filter is not None else []
    if any(each.ttl is not None for each in members) and not source.with_expired:
        notes.append("expired items are read, paid for and hidden")
    if isinstance(source, Collection) and not source.with_unknown:
        notes.append("items of other kinds in between are read, paid for and skipped")
    if query.path.lacking and query.path.is_local:
        notes.append("what the local index lacks is fetched from the table, a read for each item")
    each = 1.0 if source.is_consistent else 0.5
    drops = query.filter is not None
    text, units, calls = _page_text(known, known.largest_of(members), each, None if drops else source.limit_)
    table = query.definition.table.name
    least = calls is None
    return Explanation("Query", table, query.path.index, path, text, tuple(notes), units, 0.0, least, calls=calls or 1)


def _scan(asked: Scan[Any], known: Assumed) -> Explanation:
    members = list(asked.members)
    notes = ["its cost grows with the table: name a key or an index to query instead"]
    if asked.filter is not None:
        notes.append("the filter drops items after they are read and paid for")
    if asked.entities and not asked.with_unknown:
        notes.append("items of other entities are read, paid for and left out")
    if any(each.ttl is not None for each in members) and not asked.with_expired:
        notes.append("expired items are read, paid for and hidden")
    text, units, calls = _page_text(known, known.largest_of(members), 1.0 if asked.is_consistent else 0.5, None)
    what = "all of the table" if asked.index is None else "all of the index"
    return Explanation(
        "Scan", asked.table.name, asked.index, what, text, tuple(notes), units, 0.0, calls is None, True, calls or 1
    )


def _page_text(known: Assumed, size: int | None, each: float, limit: int | None) -> tuple[str, float, int | None]:
    count = known.items if limit is None else min(limit, known.items or limit)
    if count is None or size is None:
        return f"~{each:g} RCU a page of 4 KB, at most {256 * each:g} RCU a page of 1 MB", each, None
    units, pages = page_units(count, size, each)
    return f"~{units:g} RCU for {count:,} items of {size:,} bytes in {_count(pages, 'page')}", units, pages


def _range(query: Query[Any, Any]) -> str:
    if query.sort is not None:
        words = {**_RANGE_WORDS, "=": "one sort key"}
        return words.get(query.sort.operator, "an open range of sort keys")
    if not query.pinned:
        return "all of it"
    return "one sort key" if len(query.pinned) == len(query.path.sort) else "a prefix of the sort key"


def _write(statement: Put[Any] | Update[Any] | Delete[Any], known: Assumed) -> Explanation:
    definition, cost = statement.definition, _cost(statement, known)
    notes = []
    if statement.if_ is not None:
        notes.append("a condition that fails costs as much")
    if definition.uniques:
        notes.append(
            f"a transaction with {_count(len(definition.uniques), 'marker')} of unique values: twice as much each"
        )
    elif definition.lifecycle is not None and plan_of(statement) is not None:
        notes.append("may read the stored item first")
    if definition.inside and isinstance(statement, Update) and statement.upsert:
        notes.append(
            f"of an item without {definition.inside!r} it is made twice, and the one that is refused costs as well"
        )
    factor = 2 if definition.uniques else 1
    units = float((cost.units + len(definition.uniques)) * factor)
    path = "one item by its key"
    return Explanation(
        statement.operation,
        definition.table.name,
        None,
        path,
        str(cost),
        tuple(notes),
        write_units=units,
        is_least=cost.size is None or cost.indexes > 0,
    )


def _cost(statement: Put[Any] | Update[Any] | Delete[Any] | Check[Any], known: Assumed) -> Any:
    match statement:
        case Put():
            return cost_of_put(statement.entity)
        case Update():
            changed = {change.path.attribute.name for change in statement.changes}
            return cost_of_change(statement.definition, changed, known.bytes_of(statement.definition))
        case Delete():
            return cost_of_change(statement.definition, None, known.bytes_of(statement.definition))
        case Check():
            return cost_of_change(statement.key.definition, set(), known.bytes_of(statement.key.definition))


def _transaction(statement: Transaction, known: Assumed) -> Explanation:
    actions: Sequence[Action] = statement.actions
    costs = [_cost(action, known) for action in actions]
    markers = sum(len(action.definition.uniques) for action in actions if isinstance(action, (Put, Update, Delete)))
    units = float(2 * (sum(cost.units for cost in costs) + markers))
    tables = dict.fromkeys(_definition_of(action).table.name for action in actions)
    notes = ["twice what the writes cost alone; a transaction that is cancelled costs as well"]
    least = any(cost.size is None or cost.indexes for cost in costs)
    return Explanation(
        "TransactWriteItems",
        ", ".join(tables),
        None,
        f"{_count(len(actions), 'item')} by their keys, together",
        f"{'at least ' if least else ''}{units:g} WCU",
        tuple(notes),
        write_units=units,
        is_least=least,
    )


def _definition_of(action: Action) -> Any:
    return action.key.definition if isinstance(action, Check) else action.definition


def _batch_get(keys: tuple[Key[Any], ...], consistent: bool, known: Assumed) -> Explanation:
    calls = max(1, -(-len(set(keys)) // BATCH_GET_KEYS))
    return _several("BatchGetItem", keys, 1.0 if consistent else 0.5, calls, "each on its own", known)


def _several(
    operation: str, keys: tuple[Key[Any], ...], each: float, calls: int, how: str, known: Assumed
) -> Explanation:
    distinct = list(dict.fromkeys(keys))
    sizes = [known.bytes_of(key.definition) for key in distinct]
    units = sum(read_units(size or 1, each) for size in sizes)
    least = None in sizes
    text = f"{'at least ' if least else ''}{units:g} RCU" + (f" in {_count(calls, 'call')}" if calls > 1 else "")
    tables = dict.fromkeys(key.definition.table.name for key in distinct)
    path = f"{_count(len(distinct), 'item')} by their keys, {how}"
    return Explanation(operation, ", ".join(tables), None, path, text, (), units, 0.0, least, False, calls)


def _batch_write(actions: tuple[Entity | Key[Any], ...], known: Assumed) -> Explanation:
    calls = max(1, -(-len(actions) // BATCH_WRITES))
    costs = [_cost(Delete(each) if isinstance(each, Key) else Put(each), known) for each in actions]
    units, least = float(sum(cost.units for cost in costs)), any(c.size is None or c.indexes for c in costs)
    tables = dict.fromkeys(
        (each.definition if isinstance(each, Key) else each.__definition__).table.name for each in actions
    )
    text = f"{'at least ' if least else ''}{units:g} WCU" + (f" in {_count(calls, 'call')}" if calls > 1 else "")
    path = f"{_count(len(actions), 'item')} by their keys, each on its own"
    return Explanation(
        "BatchWriteItem", ", ".join(tables), None, path, text, write_units=units, is_least=least, calls=calls
    )


def _count(number: int, name: str) -> str:
    return f"{number:,} {name}" if number == 1 else f"{number:,} {name}s"
