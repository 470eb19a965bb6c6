"""Bringing rows up to one item as it is now: written, moved or deleted, the same however often it is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from dynalayer import Database
from dynalayer.migrate.items import Fetched, Maker, Policies, Rejected, Unconvertible, from_json
from dynalayer.migrate.queries import EntityPlan, Made
from dynalayer.migrate.source import Dialect, TableInfo
from dynalayer.migrate.target import item_at, key_of
from dynalayer.migrate.verify import differing
from dynalayer.protocol import Item, Value, to_plain

from .reversal import ChildReversal, Reversal, is_of_told, recogniser
from .rows import RowRefused, Rows
from .ways import Way, object_of, read_member, same_in_object

Key = tuple[Any, ...]
Row = tuple[str, Key]
"""An entity and the key of a row of its source table."""


class Later(Exception):
    """What cannot be done before other changes are; why."""


class _Prepared(Struct):
    """What is known of an entity: `checked` are attributes that must be the same when they are made of the row."""

    reversal: Reversal
    maker: Maker
    ways: dict[str, Made]
    checked: tuple[Made, ...]
    is_steady: bool
    fits: Callable[[Item, Item | None], bool]


class Restorer:
    """Brings rows up to items; `inserted` are the tables that got new rows."""

    def __init__(
        self,
        database: Database,
        rows: Rows,
        reversals: Sequence[Reversal],
        policies: Policies,
        prefix: str,
        without: Sequence[EntityPlan] = (),
    ) -> None:
        self._ignored = [(plan.table.name, recogniser(plan)) for plan in without]
        self.inserted: set[str] = set()
        self._database = database
        self._rows = rows
        self._prefix = prefix
        self._dialect: Dialect = reversals[0].plan.dialect
        referred = _referred(reversals)
        self._referred = referred
        self._known = {each.name: _prepared(each, reversals, policies, referred) for each in reversals}

    def rows_of(self, table: str, key: Item, item: Item | None) -> list[Row]:
        """The row that an item was of, as far as it told; nothing for an item that was no row's."""
        if item is None:
            return []
        try:
            found = self._entity(table, key, item)
            return [(found.reversal.name, _row_key(found.reversal, item))]
        except (RowRefused, Unconvertible):
            return []

    def rank(self, table: str, key: Item, item: Item | None) -> int:
        """Rows that others refer to come first."""
        try:
            return len(self._referred) if item is None else self._order(self._entity(table, key, item).reversal)
        except RowRefused:
            return len(self._referred)

    def restore(self, table: str, key: Item, item: Item | None, gone: Sequence[Row], *, is_last: bool) -> None:
        """Bring the row of the item up to it, and delete the rows that are `gone` if they are.

        With `is_last` everything else that happened has been done. Raises `Later` and `RowRefused`.
        """
        own: Row | None = None
        if item is not None and not any(name == table and fits(key, item) for name, fits in self._ignored):
            found = self._entity(table, key, item)
            try:
                own = found.reversal.name, _row_key(found.reversal, item)
                self._write(found, own[1], item)
            except Unconvertible as error:
                raise RowRefused(str(error)) from None
        for row in gone:
            if row[0] not in self._known:
                raise RowRefused(f"the row that it was of is of {row[0]!r}, which is not brought back")
            if own is None or self._place(row) != self._place(own):
                self._remove(self._known[row[0]], row[1], is_last=is_last)

    def _entity(self, table: str, key: Item, item: Item | None) -> _Prepared:
        own = [each for each in self._known.values() if each.reversal.plan.table.name == table]
        found = [each for each in own if each.fits(key, item)]
        if len(found) == 1:
            return found[0]
        if not found:
            raise RowRefused("no entity that is brought back has items of such a key")
        names = ", ".join(each.reversal.plan.entity.name for each in found)
        raise RowRefused(f"its key may be of several entities: {names}")

    def _order(self, reversal: Reversal) -> int:
        return list(self._referred).index(reversal.plan.source.name)

    def _place(self, row: Row) -> tuple[str, Key]:
        return self._known[row[0]].reversal.plan.source.name, row[1]

    # Writing

    def _write(self, entity: _Prepared, key: Key, item: Item) -> None:
        reversal, table = entity.reversal, entity.reversal.plan.source
        where = dict(zip(table.key, key, strict=True))
        before = self._read(reversal, where)
        changed = _changes(entity, before, item)
        _check(entity, {**(before or {}), **changed, **where}, item, "'{}' does not agree with the rest of the item")
        if before is None:
            if not reversal.inserts:
                raise Later("its row is not there, and this item does not tell all of a new one")
            self._rows.insert(table, {**_given(reversal, item), **changed, **where})
            self.inserted.add(table.name)
        elif changed:
            self._rows.update(table, where, changed)
        if changed:
            after = self._read(reversal, where)
            _check(entity, after or {}, item, "the database does not keep '{}' exactly")
        for child in reversal.children:
            self._write_children(child, where, item)

    def _read(self, reversal: Reversal, where: Mapping[str, Any]) -> dict[str, Any] | None:
        columns = reversal.told
        found = self._rows.read(reversal.plan.source, columns, where)
        if not found:
            return None
        row = {column.name: cell for column, cell in zip(columns, found[0], strict=True)}
        if any(row[name] != value for name, value in where.items()):
            raise RowRefused("the database takes the key of another row for the same")
        return row

    def _write_children(self, child: ChildReversal, where: Mapping[str, Any], item: Item) -> None:
        links = {column.name: where[own] for column, own in child.links}
        wanted: dict[Key, dict[str, Any]] = {}
        for element in _elements(child, item):
            row = {column.name: read_member(element, name, column, self._dialect) for name, column in child.members}
            row |= links
            key = tuple(row[column.name] for column in child.key)
            if key in wanted or None in key:
                raise RowRefused(f"two elements of {child.attribute!r} are of one row, or one is of none")
            wanted[key] = row
        for key in self._keys(child, links):
            if key not in wanted:
                self._rows.delete(child.table, dict(zip(child.table.key, key, strict=True)))
        for key, row in wanted.items():
            self._write_child(child, key, row)

    def _keys(self, child: ChildReversal, links: Mapping[str, Any]) -> list[Key]:
        return self._rows.read(child.table, child.key, links)

    def _write_child(self, child: ChildReversal, key: Key, row: dict[str, Any]) -> None:
        columns = [column for column in child.table.columns if column.name in row]
        where = dict(zip(child.table.key, key, strict=True))
        found = self._rows.read(child.table, columns, where)
        if not found:
            self._rows.insert(child.table, row)
            self.inserted.add(child.table.name)
            return
        policies = Policies(nested_nulls="null")
        changed = {
            column.name: row[column.name]
            for column, cell in zip(columns, found[0], strict=True)
            if not same_in_object(cell, row[column.name], column, policies)
        }
        if changed:
            self._rows.update(child.table, where, changed)

    # Deleting

    def _remove(self, entity: _Prepared, key: Key, *, is_last: bool) -> None:
        table = entity.reversal.plan.source
        where = dict(zip(table.key, key, strict=True))
        if not self._rows.has(table, where):
            return
        if not (is_last or entity.is_steady):
            raise Later("a row is deleted when all else that happened is done")
        if self._has_item(table, key):
            return
        for other, columns in self._referred[table.name]:
            if self._rows.has(other, {name: where[own] for name, own in columns}):
                raise Later(f"rows of {other.name!r} refer to it")
        for child in entity.reversal.children:
            self._rows.delete(child.table, {column.name: where[own] for column, own in child.links})
        self._rows.delete(table, where)

    def _has_item(self, table: TableInfo, key: Key) -> bool:
        """True if an item is there that the row makes, or that says it is the row's."""
        for entity in self._known.values():
            plan = entity.reversal.plan
            if plan.source.name != table.name:
                continue
            row = self._rows.reader.row(plan, key)
            try:
                made = None if row is None else key_of(plan.table, entity.maker.make(row))
            except Rejected:
                raise Later("it cannot be told whether the row still has an item: it makes none") from None
            stored = None if made is None else item_at(self._database, self._prefix + plan.table.name, made)
            if stored is not None and (entity.reversal.name, key) in self.rows_of(plan.table.name, made or {}, stored):
                return True
        return False


def _prepared(
    reversal: Reversal, every: Sequence[Reversal], policies: Policies, referred: Mapping[str, Any]
) -> _Prepared:
    plan = reversal.plan
    made = {each.attribute.name: each for each in plan.made}
    told = {column.name for column in reversal.told}
    ways = {way.column.name: made[way.attribute] for way in reversal.taken}
    names = {*plan.table.key_names, *(way.attribute for way in reversal.taken)}
    checked = tuple(each for name, each in made.items() if name in names and is_of_told(plan, each, told))
    keys = [made[name] for name in plan.table.key_names]
    is_alone = sum(each.plan.source.name == plan.source.name for each in every) == 1
    is_steady = (
        is_alone
        and not referred[plan.source.name]
        and all(is_of_told(plan, each, set(plan.source.key)) for each in keys)
    )
    return _Prepared(reversal, Maker(plan, policies), ways, checked, is_steady, recogniser(plan))


def _referred(reversals: Sequence[Reversal]) -> dict[str, list[tuple[TableInfo, tuple[tuple[str, str], ...]]]]:
    """For each table those that refer to its key, by which columns; tables that are referred to come first."""
    tables = {each.plan.source.name: each.plan.source for each in reversals}
    ordered: dict[str, None] = {}

    def visit(table: TableInfo, seen: frozenset[str]) -> None:
        for key in table.foreign_keys:
            if key.target_table in tables and key.target_table not in seen:
                visit(tables[key.target_table], seen | {key.target_table})
        ordered[table.name] = None

    for table in tables.values():
        visit(table, frozenset({table.name}))
    found: dict[str, list[tuple[TableInfo, tuple[tuple[str, str], ...]]]] = {name: [] for name in ordered}
    for table in tables.values():
        for key in table.foreign_keys:
            target = tables.get(key.target_table)
            if target is not None and set(key.target_columns) <= set(target.key):
                found[target.name].append((table, tuple(zip(key.columns, key.target_columns, strict=True))))
    return found


def _row_key(reversal: Reversal, item: Item) -> Key:
    found = tuple(_read(way, item) for way in reversal.key)
    if any(part is None for part in found):
        raise RowRefused("a part of its row's key is missing")
    return found


def _read(way: Way, item: Item) -> Any:
    try:
        return way.read(item)
    except Unconvertible as error:
        raise RowRefused(f"{way.attribute!r}: {error}") from None


def _changes(entity: _Prepared, before: Mapping[str, Any] | None, item: Item) -> dict[str, Any]:
    """The columns whose attributes are others than the row makes: what makes the same stays as it is."""
    found: dict[str, Any] = {}
    for way in entity.reversal.taken:
        name = way.column.name
        if before is not None and _is_same(entity, entity.ways[name], before, item):
            continue
        value = _read(way, item)
        if before is None or value != before[name]:
            found[name] = value
    return found


def _is_same(entity: _Prepared, made: Made, row: Mapping[str, Any], item: Item) -> bool:
    outputs = entity.reversal.plan.origins.outputs
    cells = [None if name is None else row.get(name) for name in outputs]
    try:
        found = entity.maker.attribute(made, Fetched(cells, [()] * len(entity.reversal.plan.origins.children)))
    except Rejected:
        return False
    name = made.attribute.name
    stored: Value | None = item.get(name)
    if found is None or stored is None:
        return found is stored or stored == {"NULL": True}
    return not differing({name: found}, {name: stored}, (name,))


def _check(entity: _Prepared, row: Mapping[str, Any], item: Item, words: str) -> None:
    for made in entity.checked:
        if not _is_same(entity, made, row, item):
            raise RowRefused(words.format(made.attribute.name))


def _given(reversal: Reversal, item: Item) -> dict[str, Any]:
    plain = {name: to_plain(value) for name, value in item.items()}
    return {name: value(plain) if callable(value) else value for name, value in reversal.given.items()}


def _elements(child: ChildReversal, item: Item) -> list[dict[str, Value]]:
    held = item.get(child.attribute)
    if held is None:
        raise RowRefused(f"the list {child.attribute!r} is missing")
    if "S" in held:
        held = from_json(str(held["S"]))
    if "L" not in held:
        raise RowRefused(f"{child.attribute!r} is no list")
    return [object_of(element) for element in held["L"]]
