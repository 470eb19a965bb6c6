"""Which outputs of the queries are plain columns, of the row itself or of rows that belong to it: for the way back."""

from __future__ import annotations

from msgspec import Struct
from sqlglot import exp

from dynalayer.migrate.source import TableInfo

from .building import BASE, Child, Join, Parts


class ChildOrigin(Struct, frozen=True):
    """What a child query reads: the columns that its outputs are, and which of its columns equal which of the row.

    `on` is empty if the condition is more than such equalities; `is_whole` if no row is left out.
    """

    table: TableInfo
    columns: tuple[str | None, ...]
    on: tuple[tuple[str, str], ...]
    is_whole: bool


class Origins(Struct, frozen=True):
    """For each output of the main query the column of the source row that it is, or None; the same for each child."""

    outputs: tuple[str | None, ...] = ()
    children: tuple[ChildOrigin, ...] = ()


def origins(parts: Parts) -> Origins:
    """Where the outputs of an entity's queries come from."""
    own = {BASE, *(join.row.alias for join in parts.joins if _is_same_row(join, parts.base.table))}
    outputs = tuple(_column(each, own) for each in parts.outputs)
    return Origins(outputs, tuple(_child(each) for each in parts.children))


def _column(expression: exp.Expr, aliases: set[str]) -> str | None:
    # SQLite's decimals are read as texts.
    inner = expression.this if isinstance(expression, exp.Cast) else expression
    return inner.name if isinstance(inner, exp.Column) and inner.table in aliases else None


def _is_same_row(join: Join, base: TableInfo) -> bool:
    """True for a join of a table to itself by its whole key: the row is the source row again."""
    pairs = _pairs(join.on, join.row.alias)
    same = {one for one, other in pairs if one == other}
    return join.row.table.name == base.name and bool(base.key) and set(base.key) <= same


def _child(child: Child) -> ChildOrigin:
    columns = tuple(_column(each, {child.row.alias}) for each in child.outputs)
    return ChildOrigin(child.row.table, columns, _pairs(child.on, child.row.alias), child.limit is None)


def _pairs(on: exp.Expr, alias: str) -> tuple[tuple[str, str], ...]:
    """The columns of the joined row with those of the source row that they equal; none if the condition says more."""
    found: list[tuple[str, str]] = []
    for part in on.flatten() if isinstance(on, exp.And) else [on]:
        inner = part.unnest()
        if not isinstance(inner, exp.EQ):
            return ()
        sides = {side.table: side.name for side in (inner.left, inner.right) if isinstance(side, exp.Column)}
        if set(sides) != {alias, BASE}:
            return ()
        found.append((sides[alias], sides[BASE]))
    return tuple(found)
