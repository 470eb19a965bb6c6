"""The queries that fetch the rows of an entity page by page, and how items are made of what they give."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Final

from msgspec import Struct
from sqlglot import exp

from dynalayer.migrate.contract import (
    AttributeSpec,
    Contract,
    EntitySpec,
    Findings,
    TableSpec,
    did_you_mean,
    key_names,
)
from dynalayer.migrate.source import ColumnInfo, Dialect, SourceSchema, TableInfo

from .building import BASE, Child, Parts
from .compiling import Compiler
from .fragments import SQLGLOT, BadFragment, Row
from .origins import Origins, origins
from .recipes import Recipe

_MARKS: Final[dict[Dialect, str]] = {"mysql": "%s", "postgresql": "%s", "sqlite": "?"}


class Made(Struct, frozen=True):
    """An attribute and how it is made; a key must have a value."""

    attribute: AttributeSpec
    recipe: Recipe
    is_key: bool


class Query(Struct, frozen=True):
    """A query and its parameters, in the style of the source's driver."""

    sql: str
    parameters: tuple[Any, ...] = ()


class Bounds(Struct, frozen=True):
    """Rows with a key after `after`, up to and with `upto`; None is no bound."""

    after: tuple[Any, ...] | None = None
    upto: tuple[Any, ...] | None = None


class EntityPlan(Struct, frozen=True):
    """How the rows of one source table become items: `key` tells the rows apart, in the order that they are read in.

    The main query gives the key's columns first, in their order, then the outputs that recipes speak of; each child
    query gives the key of the source row, then its own outputs. `origins` says which of all these are columns of the
    row itself or of rows that belong to it.
    """

    table: TableSpec
    entity: EntitySpec
    source: TableInfo
    dialect: Dialect
    key: tuple[ColumnInfo, ...]
    made: tuple[Made, ...]
    _select: str
    _from: str
    _children: tuple[tuple[str, str, int | None], ...]
    _leads: tuple[tuple[TableInfo, str, str], ...] = ()
    origins: Origins = Origins()

    @property
    def name(self) -> str:
        """The name of the entity among those of all tables."""
        return f"{self.table.name}/{self.entity.name}"

    @property
    def child_limits(self) -> tuple[int | None, ...]:
        """How many rows each child query's lists hold at most."""
        return tuple(limit for _, _, limit in self._children)

    def page(self, bounds: Bounds, limit: int | None) -> Query:
        """The rows within the bounds in the order of their keys, the first `limit` of them."""
        where, parameters = self._where(bounds)
        order = ", ".join(self._key_columns())
        end = "" if limit is None else f" LIMIT {int(limit)}"
        return Query(f"{self._select}{self._from}{where} ORDER BY {order}{end}", parameters)

    def one(self, key: Sequence[Any]) -> Query:
        """The row with this key."""
        where, parameters = self._equal(key)
        return Query(f"{self._select}{self._from}{where}", parameters)

    def children(self, bounds: Bounds) -> tuple[Query, ...]:
        """The queries for what belongs to the rows within the bounds, in the order of the rows' keys."""
        where, parameters = self._where(bounds)
        order = self._key_columns()
        return tuple(
            Query(f"{select}{where} ORDER BY {', '.join([*order, inner] if inner else order)}", parameters)
            for select, inner, _ in self._children
        )

    def children_of(self, key: Sequence[Any]) -> tuple[Query, ...]:
        """The queries for what belongs to one row."""
        where, parameters = self._equal(key)
        return tuple(
            Query(f"{select}{where}{f' ORDER BY {inner}' if inner else ''}", parameters)
            for select, inner, _ in self._children
        )

    def count(self) -> Query:
        """How many rows there are."""
        return Query(f"SELECT COUNT(*) FROM {_quoted(self.source.name, self.dialect)} AS {BASE}")

    def leading(self, table: str, key: Sequence[Any]) -> tuple[Query, ...]:
        """The queries for the keys of the rows whose items are made of that row of another table, or of their own."""
        mark, columns = _MARKS[self.dialect], ", ".join(self._key_columns())
        found: list[Query] = []
        for info, alias, source in self._leads:
            if info.name == table:
                tests = " AND ".join(f"{alias}.{_quoted(name, self.dialect)} = {mark}" for name in info.key)
                found.append(Query(f"SELECT DISTINCT {columns}{source} WHERE {tests}", tuple(key)))
        return tuple(found)

    def _key_columns(self) -> list[str]:
        return [f"{BASE}.{_quoted(column.name, self.dialect)}" for column in self.key]

    def _equal(self, key: Sequence[Any]) -> tuple[str, tuple[Any, ...]]:
        mark = _MARKS[self.dialect]
        return " WHERE " + " AND ".join(f"{column} = {mark}" for column in self._key_columns()), tuple(key)

    def _where(self, bounds: Bounds) -> tuple[str, tuple[Any, ...]]:
        tests: list[str] = []
        parameters: list[Any] = []
        for key, last in ((bounds.after, ">"), (bounds.upto, "<=")):
            if key is not None:
                text, given = self._compared(key, last)
                tests.append(text)
                parameters += given
        return (" WHERE " + " AND ".join(tests) if tests else ""), tuple(parameters)

    def _compared(self, key: Sequence[Any], last: str) -> tuple[str, list[Any]]:
        """Comparison of whole keys column by column, in the form that uses an index on every database."""
        mark, columns = _MARKS[self.dialect], self._key_columns()
        arms: list[str] = []
        parameters: list[Any] = []
        for number, column in enumerate(columns):
            sign = last if number == len(columns) - 1 else last[0]
            arms.append(" AND ".join([*(f"{each} = {mark}" for each in columns[:number]), f"{column} {sign} {mark}"]))
            parameters += key[: number + 1]
        text = arms[0] if len(arms) == 1 else "(" + " OR ".join(f"({arm})" for arm in arms) + ")"
        # Beside the exact test, a bound on the first column alone: without it MariaDB reads from the start every time.
        if len(arms) > 1:
            text = f"{columns[0]} {last[0]}= {mark} AND {text}"
            parameters = [key[0], *parameters]
        return text, parameters


def compile_contract(contract: Contract, schema: SourceSchema, findings: Findings) -> tuple[EntityPlan, ...]:
    """The plans of all entities; what does not fit the schema is noted, and its entity left out."""
    plans = (compile_entity(table, entity, schema, findings) for table, entity in contract.entities())
    return tuple(plan for plan in plans if plan is not None)


def compile_entity(table: TableSpec, entity: EntitySpec, schema: SourceSchema, findings: Findings) -> EntityPlan | None:
    """The plan of one entity; None, with what is wrong noted, if it does not fit the schema."""
    source = schema.table(entity.source_table)
    if source is None:
        hint = did_you_mean(entity.source_table, (each.name for each in schema.tables))
        findings.error(entity.pointer, f"there is no table {entity.source_table!r} in the source", hint)
        return None
    if not source.key:
        reason = f"the table {source.name!r} has no primary key and no unique columns that are never null"
        findings.error(entity.pointer, reason, "without them rows cannot be told apart, nor a migration resumed")
        return None
    parts, before = Parts(schema, source), len(findings.errors)
    key = tuple(column for name in source.key if (column := source.column(name)) is not None)
    for column in key:
        parts.output(_base(column), None)
    made = tuple(_made(table, entity, parts, findings))
    _check_joins(parts, findings)
    if len(findings.errors) > before:
        return None
    select, joined, children = _texts(parts, key)
    leads = _leads(parts, joined)
    return EntityPlan(table, entity, source, schema.dialect, key, made, select, joined, children, leads, origins(parts))


def _made(table: TableSpec, entity: EntitySpec, parts: Parts, findings: Findings) -> Iterator[Made]:
    compiler, keys = Compiler(parts, entity), key_names(table)
    for attribute in entity.attributes:
        try:
            yield Made(attribute, compiler.attribute(attribute), attribute.name in keys)
        except BadFragment as error:
            findings.error(attribute.pointer, str(error), error.hint)


def _check_joins(parts: Parts, findings: Findings) -> None:
    for join in parts.used_joins():
        if not join.row.table.is_unique(join.equals):
            columns = ", ".join(sorted(join.equals)) or "no column alone"
            findings.error(
                join.pointer,
                f"the join may find several rows of {join.row.table.name!r}: {columns} is not unique there",
                "join on its primary key or a unique column, or use an aggregate or a json-construction",
            )


def _texts(parts: Parts, key: tuple[ColumnInfo, ...]) -> tuple[str, str, tuple[tuple[str, str, int | None], ...]]:
    dialect = parts.schema.dialect
    selected = ", ".join(_escaped(parts.sql(each), dialect) for each in parts.outputs)
    source = f" FROM {_quoted(parts.base.table.name, dialect)} AS {BASE}"
    joins = "".join(
        f" LEFT JOIN {_quoted(join.row.table.name, dialect)} AS {join.row.alias}"
        f" ON {_escaped(parts.sql(join.on), dialect)}"
        for join in parts.used_joins()
    )
    children = tuple(_child_texts(parts, key, child) for child in parts.children)
    return f"SELECT {selected}", source + joins, children


def _leads(parts: Parts, joined: str) -> tuple[tuple[TableInfo, str, str], ...]:
    """For each row that something is taken from: its table, its alias, and the FROM that leads from it to the base."""
    own = f" FROM {_quoted(parts.base.table.name, parts.schema.dialect)} AS {BASE}"
    beside = [*parts.aggregates, *((child.row, child.on) for child in parts.children)]
    leads = [(join.row.table, join.row.alias, joined) for join in parts.used_joins()]
    leads += [(row.table, row.alias, own + _inner(parts, row, on)) for row, on in beside]
    return tuple((info, alias, source) for info, alias, source in leads if info.key)


def _inner(parts: Parts, row: Row, on: exp.Expr) -> str:
    dialect = parts.schema.dialect
    return f" INNER JOIN {_quoted(row.table.name, dialect)} AS {row.alias} ON {_escaped(parts.sql(on), dialect)}"


def _child_texts(parts: Parts, key: tuple[ColumnInfo, ...], child: Child) -> tuple[str, str, int | None]:
    dialect = parts.schema.dialect
    columns = [parts.sql(_base(column)) for column in key] + [parts.sql(each) for each in child.outputs]
    select = (
        f"SELECT {', '.join(_escaped(each, dialect) for each in columns)}"
        f" FROM {_quoted(parts.base.table.name, dialect)} AS {BASE}"
        f"{_inner(parts, child.row, child.on)}"
    )
    return select, ", ".join(_escaped(parts.sql(each), dialect) for each in child.order), child.limit


def _base(column: ColumnInfo) -> exp.Expr:
    return exp.column(exp.to_identifier(column.name, quoted=True), table=BASE)


@lru_cache(maxsize=10_000)
def _quoted(name: str, dialect: Dialect) -> str:
    return exp.to_identifier(name, quoted=True).sql(dialect=SQLGLOT[dialect])


def _escaped(sql: str, dialect: Dialect) -> str:
    """A per cent sign is a parameter's to drivers that write them so."""
    return sql if _MARKS[dialect] == "?" else sql.replace("%", "%%")
