"""Access paths: the SQL that reads a table or an index in key order, and the keys at which a page ends and resumes."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from dynalayer.engines.embedded.evaluation.keyconditions import KeyTest
from dynalayer.engines.embedded.evaluation.operands import Values
from dynalayer.engines.embedded.tables.keyparts import KeyPart, KeySide, escaped, joined
from dynalayer.engines.embedded.tables.keys import after_prefix
from dynalayer.engines.embedded.tables.shape import Index, Table
from dynalayer.protocol import Item, ValidationError, messages

Bound = tuple[str, bytes]
"""A comparison operator of SQL and the encoded key on its right side."""


@dataclass(frozen=True, slots=True)
class Source:
    """A table, or an index of it, as something to read items from in the order of its keys."""

    table: Table
    index: Index | None
    hashes: KeySide = field(init=False)
    ranges: KeySide = field(init=False)
    parts: tuple[KeyPart, ...] = field(init=False)

    def __post_init__(self) -> None:
        table, derive = self.table, object.__setattr__
        if self.index is None:
            derive(self, "hashes", table.hashes)
            derive(self, "ranges", table.ranges)
        else:
            derive(self, "hashes", self.index.hashes)
            derive(self, "ranges", self.index.ranges)
        parts = {part.name: part for part in table.key_parts()}
        parts |= {part.name: part for part in self.own_parts()}
        derive(self, "parts", tuple(parts.values()))

    def own_parts(self) -> tuple[KeyPart, ...]:
        """The attributes that a key condition may name."""
        return (*self.hashes.parts, *self.ranges.parts)

    def key_item(self, item: Item) -> Item:
        """The key of an item as LastEvaluatedKey gives it: the table's key attributes, and the index's."""
        return {part.name: item[part.name] for part in self.parts}

    def position(self, key: Item) -> tuple[bytes, ...]:
        """The encoded place of a starting key: its partition, then all that orders items within it."""
        own = self.hashes.at(key), self.ranges.at(key)
        return own if self.index is None else (*own, self.table.hashes.at(key), self.table.ranges.at(key))

    def query(self, bounds: tuple[str, ...], *, resume: bool, forward: bool) -> str:
        """The statement that reads one partition; parameters: partition, bounds, place to resume, limit."""
        index = None if self.index is None else self.index.rows
        return _query(self.table.rows, index, bounds, resume, forward)

    def resumption(self, position: tuple[bytes, ...], bounds: tuple[str, ...]) -> tuple[bytes, ...]:
        """The parameters of `query` that say where to resume."""
        fixed = _is_fixed(None if self.index is None else self.index.rows, bounds)
        return position[2:] if fixed else position[1:]

    def scan(self, *, resume: bool) -> str:
        """The statement that reads everything; parameters: place to resume, limit."""
        return _scan(self.table.rows, None if self.index is None else self.index.rows, resume)


@lru_cache(256)
def source(table: Table, index: Index | None) -> Source:
    """The table as a source, or one of its indexes."""
    return Source(table, index)


@lru_cache(1024)
def _query(rows: str, index: str | None, bounds: tuple[str, ...], resume: bool, forward: bool) -> str:
    direction, after = ("ASC", ">") if forward else ("DESC", "<")
    order: tuple[str, ...] = ("sk",) if index is None else ("i.rk", "i.pk", "i.sk")
    where = ["pk = ?" if index is None else "i.hk = ?"]
    where += [f"{order[0]} {operator} ?" for operator in bounds]
    if _is_fixed(index, bounds):
        order = order[1:]
    if resume:
        where.append(f"({', '.join(order)}) {after} ({', '.join('?' * len(order))})")
    ordered = ", ".join(f"{column} {direction}" for column in order)
    return f"{_select(rows, index)} WHERE {' AND '.join(where)} ORDER BY {ordered} LIMIT ?"


@lru_cache(1024)
def _scan(rows: str, index: str | None, resume: bool) -> str:
    order = ("pk", "sk") if index is None else ("i.hk", "i.rk", "i.pk", "i.sk")
    columns = ", ".join(order)
    where = f" WHERE ({columns}) > ({', '.join('?' * len(order))})" if resume else ""
    return f"{_select(rows, index)}{where} ORDER BY {columns} LIMIT ?"


def _is_fixed(index: str | None, bounds: tuple[str, ...]) -> bool:
    """Whether the index's sort key has one value: SQLite searches on only if that is left out of what orders rows."""
    return index is not None and bounds == ("=",)


def _select(rows: str, index: str | None) -> str:
    if index is None:
        return f"SELECT item, size, pk FROM {rows}"
    # CROSS JOIN keeps SQLite from any other order than walking the index and looking each item up.
    return f"SELECT t.item, t.size, i.hk FROM {index} i CROSS JOIN {rows} t ON t.pk = i.pk AND t.sk = i.sk"


def bounds_of(source: Source, tests: tuple[KeyTest, ...], values: Values) -> tuple[bytes, list[Bound]]:
    """The partition and the bounds of the sort key that a key condition asks for.

    All attributes of the partition key must be given by equality; those of the sort key from left to right, the last
    of them by any condition. Raises `ValidationError` when the condition does not fit (API reference, "Query").
    """
    if len(tests) > max(2, len(source.hashes.parts) + len(source.ranges.parts)):
        raise ValidationError(messages.KEY_CONDITION_LENGTH)
    by_name = {test.attribute: test for test in tests}
    partition = source.hashes.together([_equal(part, by_name, values) for part in source.hashes.parts])
    fixed: list[bytes] = []
    for part in source.ranges.parts:
        test = by_name.pop(part.name, None)
        if test is None:
            if len(by_name) == 1 or (by_name and len(source.ranges.parts) > 1):
                raise ValidationError(messages.KEY_CONDITION_MISSING.format(part.name))
            break
        if test.operator != "=" and not by_name:
            return partition, _sort_bounds(source.ranges, fixed, part, test, values)
        fixed.append(_equality(part, test, values))
    if by_name:
        raise ValidationError(messages.KEY_CONDITION_UNSUPPORTED)
    if len(fixed) == len(source.ranges.parts):
        return partition, [("=", source.ranges.together(fixed))] if fixed else []
    return partition, _prefixed(joined(fixed)) if fixed else []


def _equal(part: KeyPart, by_name: dict[str, KeyTest], values: Values) -> bytes:
    test = by_name.pop(part.name, None)
    if test is None:
        raise ValidationError(messages.KEY_CONDITION_MISSING.format(part.name))
    return _equality(part, test, values)


def _equality(part: KeyPart, test: KeyTest, values: Values) -> bytes:
    if test.operator != "=":
        raise ValidationError(messages.KEY_CONDITION_UNSUPPORTED)
    return _bound(part, values[test.values[0]])


def _sort_bounds(side: KeySide, fixed: list[bytes], part: KeyPart, test: KeyTest, values: Values) -> list[Bound]:
    """The bounds of a sort key whose attributes before `part` are fixed, and in which `part` is compared."""
    encoded = [_bound(part, values[name]) for name in test.values]
    if test.operator == "begins_with" and part.kind == "N":
        raise ValidationError(messages.KEY_CONDITION_TYPE)
    if len(side.parts) > 1:
        return _composite_bounds(joined(fixed), encoded, test.operator)
    if test.operator == "BETWEEN":
        return [(">=", encoded[0]), ("<=", encoded[1])]
    return _prefixed(encoded[0]) if test.operator == "begins_with" else [(test.operator, encoded[0])]


def _composite_bounds(before: bytes, encoded: list[bytes], operator: str) -> list[Bound]:
    """Bounds of a key of several attributes, of which more may follow: whatever begins with a value equals it."""
    if operator == "begins_with":
        return _prefixed(before + escaped(encoded[0]))
    low = before + joined(encoded[:1])
    if operator == "BETWEEN":
        return _range(low, after_prefix(before + joined(encoded[1:])))
    if operator in ("<", "<="):
        return _range(before, low if operator == "<" else after_prefix(low))
    return _range(low if operator == ">=" else after_prefix(low) or low, after_prefix(before))


def _prefixed(prefix: bytes) -> list[Bound]:
    return _range(prefix, after_prefix(prefix))


def _range(low: bytes, end: bytes | None) -> list[Bound]:
    return [(">=", low)] if end is None else [(">=", low), ("<", end)]


def _bound(part: KeyPart, value: Item) -> bytes:
    content = value.get(part.kind)
    if content is None:
        raise ValidationError(messages.KEY_CONDITION_TYPE)
    return part.encoded(content)


def check_start(source: Source, start: Item) -> None:
    """Refuse a starting key that has other attributes or types than the source's keys."""
    if start.keys() != {part.name for part in source.parts}:
        raise ValidationError(messages.START_KEY_SCHEMA)
    for part in source.parts:
        if part.kind not in start[part.name]:
            raise ValidationError(messages.START_KEY_SCHEMA)


def ahead(bounds: list[Bound], *, forward: bool) -> list[Bound]:
    """The bounds that can still end a reading which resumes within them.

    Those behind hold by themselves. SQLite would begin its search at them and pass by all rows up to the place.
    """
    behind = (">", ">=") if forward else ("<", "<=")
    return [bound for bound in bounds if bound[0] not in behind]


def within(place: bytes, bounds: list[Bound]) -> bool:
    """Whether an encoded sort key is within bounds."""
    return all(_HOLDS[operator](place, bound) for operator, bound in bounds)


_HOLDS = {
    "=": bytes.__eq__,
    "<": bytes.__lt__,
    "<=": bytes.__le__,
    ">": bytes.__gt__,
    ">=": bytes.__ge__,
}
