"""What is known of a SQL database: tables, columns, keys; pure."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

Dialect = Literal["mysql", "postgresql", "sqlite"]
Kind: TypeAlias = Literal[
    "array",
    "binary",
    "bit",
    "bool",
    "date",
    "datetime",
    "decimal",
    "enum",
    "float",
    "integer",
    "json",
    "other",
    "set",
    "text",
    "time",
    "timestamp",
    "uuid",
    "year",
]
"""A `datetime` has no zone, a `timestamp` is a moment in UTC."""


class ColumnInfo(Struct, frozen=True):
    """A column; `fraction` is how many digits of a second it keeps, `scale` how many decimals of a number.

    `has_default` if the database fills it in where a new row leaves it out, `is_computed` if only the database does.
    """

    name: str
    kind: Kind
    declared: str = ""
    nullable: bool = True
    precision: int | None = None
    scale: int | None = None
    length: int | None = None
    fraction: int = 0
    is_case_insensitive: bool = False
    has_default: bool = False
    is_computed: bool = False


class ForeignKeyInfo(Struct, frozen=True):
    """Columns that lead to those of another table."""

    columns: tuple[str, ...]
    target_table: str
    target_columns: tuple[str, ...]


class TableInfo(Struct, frozen=True):
    """A table or view of the source; `uniques` are the column sets that are unique, without the primary key."""

    name: str
    columns: tuple[ColumnInfo, ...]
    primary_key: tuple[str, ...] = ()
    uniques: tuple[tuple[str, ...], ...] = ()
    foreign_keys: tuple[ForeignKeyInfo, ...] = ()

    def column(self, name: str) -> ColumnInfo | None:
        """The column of that name; case counts only if two differ by nothing else."""
        exact = next((each for each in self.columns if each.name == name), None)
        if exact is not None:
            return exact
        like = [each for each in self.columns if each.name.lower() == name.lower()]
        return like[0] if len(like) == 1 else None

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that tell rows apart: the primary key, else a unique set that is never null; else none."""
        if self.primary_key:
            return self.primary_key
        for unique in self.uniques:
            columns = [self.column(name) for name in unique]
            if columns and all(each is not None and not each.nullable for each in columns):
                return unique
        return ()

    def is_unique(self, columns: frozenset[str]) -> bool:
        """True if at most one row has given values in these columns."""
        sets = [self.primary_key, *self.uniques]
        return any(each and set(each) <= columns for each in sets)


class SourceSchema(Struct, frozen=True):
    """The tables of a database."""

    dialect: Dialect
    tables: tuple[TableInfo, ...]

    def table(self, name: str) -> TableInfo | None:
        """The table of that name; case counts only if two differ by nothing else."""
        exact = next((each for each in self.tables if each.name == name), None)
        if exact is not None:
            return exact
        like = [each for each in self.tables if each.name.lower() == name.lower()]
        return like[0] if len(like) == 1 else None
