"""The SQL fragments of a contract: read, their columns found, and each put behind the alias of its row."""

from __future__ import annotations

import re
from typing import Final

import sqlglot
from msgspec import Struct
from sqlglot import exp
from sqlglot.errors import SqlglotError

from dynalayer.migrate.contract import did_you_mean
from dynalayer.migrate.source import ColumnInfo, Dialect, SourceSchema, TableInfo

SQLGLOT: Final[dict[Dialect, str]] = {"mysql": "mysql", "postgresql": "postgres", "sqlite": "sqlite"}
_QUALIFIED: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*\.[A-Za-z_][A-Za-z0-9_$]*")


class BadFragment(ValueError):
    """A fragment that cannot be read, or names what is not there; `hint` says what may be meant."""

    def __init__(self, reason: str, hint: str = "") -> None:
        super().__init__(reason)
        self.hint = hint


class Row(Struct, frozen=True):
    """A row that fragments may speak of: the alias in the query, its table, and other names that it goes by."""

    alias: str
    table: TableInfo
    names: tuple[str, ...] = ()

    def goes_by(self, qualifier: str) -> bool:
        """True if a qualifier means this row."""
        return qualifier.lower() in {self.table.name.lower(), *(name.lower() for name in self.names)}


class Scope(Struct, frozen=True):
    """The rows of a fragment: `joined` is the one that the join adds, `source` the one that it starts from.

    In the conditions of a contract the left side speaks of the joined row and the right side of the source row; this
    decides where both are of one table. A qualifier that is declared nowhere means the joined row of a self join.
    """

    schema: SourceSchema
    source: Row
    joined: Row | None = None
    others: tuple[Row, ...] = ()

    @property
    def is_self(self) -> bool:
        """True if both rows are of one table."""
        return self.joined is not None and self.joined.table.name == self.source.table.name


def parse(text: str, dialect: Dialect) -> exp.Expr:
    """Read one expression; raises `BadFragment`."""
    try:
        found = sqlglot.parse_one(f"SELECT {text}", read=SQLGLOT[dialect])
    except SqlglotError:
        raise BadFragment(f"{text!r} cannot be read as SQL") from None
    if not isinstance(found, exp.Select) or len(found.expressions) != 1 or set(_clauses(found)) - {"expressions"}:
        raise BadFragment(f"{text!r} is not one expression")
    inner: exp.Expr = found.expressions[0]
    if isinstance(inner, (exp.Star, exp.Alias)) or inner.find(exp.Subquery, exp.Select) is not None:
        raise BadFragment(f"{text!r} is not a plain expression")
    return inner


def _clauses(select: exp.Select) -> list[str]:
    return [name for name, value in select.args.items() if value and name != "kind"]


def resolve(expression: exp.Expr, scope: Scope, *, prefer_joined: bool = True) -> exp.Expr:
    """The expression with every column behind the alias of its row; raises `BadFragment`.

    `prefer_joined` decides for columns without a qualifier, and for those of a table that both rows are of.
    """
    result = expression.copy()
    for column in list(result.find_all(exp.Column)):
        row = _row_of(column, scope, prefer_joined=prefer_joined)
        info = _column_of(column, row)
        column.set("table", exp.to_identifier(row.alias, quoted=False))
        column.set("this", exp.to_identifier(info.name, quoted=True))
        column.set("db", None)
    return result


def condition(text: str, scope: Scope) -> exp.Expr:
    """A join's condition with its columns resolved: left sides speak of the joined row, right sides of the source."""
    expression = parse(text, scope.schema.dialect)
    parts = list(expression.flatten()) if isinstance(expression, exp.And) else [expression]
    resolved: list[exp.Expr] = []
    for part in parts:
        inner = part.unnest()
        if isinstance(inner, exp.EQ):
            left = resolve(inner.left, scope, prefer_joined=True)
            right = resolve(inner.right, scope, prefer_joined=not scope.is_self and not _is_plain(inner.right, scope))
            resolved.append(exp.EQ(this=left, expression=right))
        else:
            resolved.append(resolve(inner, scope))
    return exp.and_(*resolved)


def _is_plain(expression: exp.Expr, scope: Scope) -> bool:
    """True for a column without a qualifier that the source row has: on the right side that is what is meant."""
    return (
        isinstance(expression, exp.Column)
        and not expression.table
        and scope.source.table.column(expression.name) is not None
    )


def equal_columns(expression: exp.Expr, alias: str) -> frozenset[str]:
    """The columns of the row with that alias that the condition sets equal to something of other rows."""
    found: set[str] = set()
    parts = list(expression.flatten()) if isinstance(expression, exp.And) else [expression]
    for part in parts:
        if not isinstance(part, exp.EQ):
            continue
        for one, other in ((part.left, part.right), (part.right, part.left)):
            if isinstance(one, exp.Column) and one.table == alias and alias not in _aliases(other):
                found.add(one.name)
    return frozenset(found)


def _aliases(expression: exp.Expr) -> set[str]:
    return {column.table for column in expression.find_all(exp.Column)}


def _row_of(column: exp.Column, scope: Scope, *, prefer_joined: bool) -> Row:
    joined, source = scope.joined, scope.source
    rows = [row for row in (joined, source, *scope.others) if row is not None]
    qualifier = column.table
    if qualifier:
        # A declared alias is unmistakable; the name of a table may be that of both rows.
        named = [row for row in rows if qualifier.lower() in {name.lower() for name in row.names}]
        named = named or [row for row in rows if row.goes_by(qualifier)]
        if not named and joined is not None and scope.is_self:
            named = [joined]
        if not named:
            known = {name for row in rows for name in (row.table.name, *row.names)}
            raise BadFragment(f"{column.sql()!r}: there is no {qualifier!r} here", did_you_mean(qualifier, known))
    else:
        named = [row for row in rows if row.table.column(column.name) is not None]
        if not named:
            known = {each.name for row in rows for each in row.table.columns}
            raise BadFragment(f"there is no column {column.name!r} here", did_you_mean(column.name, known))
    first, second = (joined, source) if prefer_joined else (source, joined)
    return next(row for row in (first, second, *named) if row is not None and row in named)


def _column_of(column: exp.Column, row: Row) -> ColumnInfo:
    info = row.table.column(column.name)
    if info is None:
        names = [each.name for each in row.table.columns]
        raise BadFragment(f"table {row.table.name!r} has no column {column.name!r}", did_you_mean(column.name, names))
    return info


def is_column_text(text: str) -> bool:
    """True for `qualifier.column`."""
    return _QUALIFIED.fullmatch(text.strip()) is not None


def literal_of(expression: exp.Expr) -> tuple[bool, str | int | None]:
    """(True, value) for a text, a whole number or null as SQL writes them; (False, None) for anything else."""
    if isinstance(expression, exp.Literal):
        if expression.is_string:
            return True, str(expression.this)
        text = str(expression.this)
        return (True, int(text)) if text.isdigit() else (False, None)
    if isinstance(expression, exp.Null):
        return True, None
    return False, None
