"""The parts of an entity's queries while they are found: what is selected, what is joined, what is read beside it."""

from __future__ import annotations

from msgspec import Struct
from sqlglot import exp

from dynalayer.migrate.source import ColumnInfo, SourceSchema, TableInfo

from .fragments import SQLGLOT, Row, condition, equal_columns
from .fragments import Scope as Scope
from .recipes import Output

BASE = "b"
CHILD = "c"


class Join(Struct):
    """A left join: the row that it adds, and the columns of that row which are set equal to others."""

    row: Row
    on: exp.Expr
    equals: frozenset[str]
    pointer: str


class Child(Struct):
    """A query for the rows that belong to those of a page."""

    row: Row
    on: exp.Expr
    outputs: list[exp.Expr]
    order: list[exp.Expr]
    limit: int | None


class Parts:
    """Gathers the parts of one entity's queries; the same part asked for twice is one."""

    def __init__(self, schema: SourceSchema, base: TableInfo) -> None:
        self.schema = schema
        self.base = Row(BASE, base)
        self.outputs: list[exp.Expr] = []
        self.joins: list[Join] = []
        self.children: list[Child] = []
        self.aggregates: list[tuple[Row, exp.Expr]] = []
        self._known: dict[str, int] = {}
        self._rows: dict[tuple[str, str, str], Row] = {}
        self._aggregates = 0

    def output(self, expression: exp.Expr, column: ColumnInfo | None = None) -> Output:
        """Have the main query give this."""
        if self.schema.dialect == "sqlite" and column is not None and column.kind == "decimal":
            # SQLite gives a decimal as a float; its text is what was meant.
            expression = exp.cast(expression, "text")
        text = self.sql(expression)
        if text not in self._known:
            self._known[text] = len(self.outputs)
            self.outputs.append(expression)
        return Output(self._known[text], column)

    def join(
        self, target: TableInfo, conditions: tuple[str, ...], source: Row, pointer: str, names: tuple[str, ...] = ()
    ) -> Row:
        """Have the main query join a table by these conditions."""
        known = (target.name, " AND ".join(conditions), source.alias)
        if known in self._rows:
            return Row(self._rows[known].alias, target, names)
        row = Row(f"j{len(self.joins) + 1}", target, names)
        on = exp.and_(*(condition(each, self.scope(source, row)) for each in conditions))
        self.joins.append(Join(row, on, equal_columns(on, row.alias), pointer))
        self._rows[known] = row
        return row

    def scope(self, source: Row, joined: Row | None = None) -> Scope:
        """Fragments about these two rows; the base row is known to all."""
        others = () if source.alias == BASE else (self.base,)
        return Scope(self.schema, source, joined, others)

    def aggregate_row(self, target: TableInfo) -> Row:
        """The row of a subquery of its own."""
        self._aggregates += 1
        return Row(f"a{self._aggregates}", target)

    def sql(self, expression: exp.Expr) -> str:
        """An expression as the source's database reads it."""
        return expression.sql(dialect=SQLGLOT[self.schema.dialect])

    def used_joins(self) -> list[Join]:
        """The joins that something is taken from, also by way of other joins."""
        wanted = _aliases(self.outputs)
        for join in reversed(self.joins):
            if join.row.alias in wanted:
                wanted |= _aliases([join.on])
        return [join for join in self.joins if join.row.alias in wanted]


def _aliases(expressions: list[exp.Expr]) -> set[str]:
    return {column.table for expression in expressions for column in expression.find_all(exp.Column)}
