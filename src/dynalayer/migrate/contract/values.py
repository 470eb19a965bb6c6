"""Where the value of an attribute comes from, as a contract says it: no SQL is read here."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from msgspec import Struct

from .documents import Drawn, Payload

Operation = Literal["SUM", "COUNT", "AVG", "MIN", "MAX"]
Unit = Literal["year", "month", "week", "day", "hour", "minute", "second"]


class Column(Struct, frozen=True, tag="column"):
    """The column of the source row itself."""

    table: str
    column: str


class SelfJoin(Struct, frozen=True, tag="self-join"):
    """A value of another row of the same table (or of `target_table`), or `null_value` where there is none."""

    join_alias: str
    join_condition: str
    select_column: str
    null_value: str | None = None
    target_table: str | None = None


class ForeignKey(Struct, frozen=True, tag="foreign-key"):
    """A value of the row that a foreign key leads to, or `null_value`."""

    target_table: str
    join_condition: str
    select_column: str
    null_value: str | None = None


class MultiColumn(Struct, frozen=True, tag="multi-column"):
    """A value, or an expression over several columns, of the row that fits all conditions."""

    target_table: str
    join_conditions: tuple[str, ...]
    select_column: str
    null_value: str | None = None


class Conditional(Struct, frozen=True, tag="conditional"):
    """`select_column` of the joined row where `condition` is true of the source row, else `else_value`."""

    condition: str
    target_table: str
    join_condition: str
    select_column: str
    else_value: str


class Hop(Struct, frozen=True):
    """One step of a chain."""

    target_table: str
    join_condition: str
    select_column: str


class Chain(Struct, frozen=True, tag="chain"):
    """Successive joins: the value of the last, or with a separator those of all, in order."""

    joins: tuple[Hop, ...]
    chain_separator: str | None = None
    null_value: str | None = None


class LookupTable(Struct, frozen=True, tag="lookup-table"):
    """A value of one side of a many-to-many relation: the source row is the junction."""

    target_table: str
    join_condition: str
    select_column: str
    null_value: str | None = None


class JsonConstruction(Struct, frozen=True, tag="json-construction"):
    """The rows that belong to the source row, each as an object; or one object of one row."""

    target_table: str
    join_condition: str
    kind: Literal["array", "object"]
    select_columns: dict[str, str]
    limit: int | None = None
    order_by: str | None = None


class Aggregate(Struct, frozen=True, tag="aggregate"):
    """A sum, count, average, least or greatest of the rows that belong to the source row; COUNT of nothing is 0."""

    target_table: str
    join_condition: str
    operation: Operation
    select_column: str = "*"


class When(Struct, frozen=True):
    """One arm of a case, both in SQL."""

    when: str
    then: str


class Case(Struct, frozen=True, tag="case"):
    """The first arm whose condition is true."""

    cases: tuple[When, ...]
    otherwise: str | None = None


class Concat(Struct, frozen=True, tag="concat"):
    """Columns and quoted texts put together; null if one of them is."""

    parts: tuple[str, ...]
    separator: str = ""


class DateMath(Struct, frozen=True, tag="date-math"):
    """A date or time moved by an amount of units."""

    expr: str
    unit: Unit
    amount: int


class Placeholder(Struct, frozen=True):
    """A name in a template: an attribute of the entity, else a column of its source table."""

    name: str


class Template(Struct, frozen=True, tag="template"):
    """Texts and placeholders in order."""

    parts: tuple[str | Placeholder, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The placeholders' names, in order."""
        return tuple(part.name for part in self.parts if isinstance(part, Placeholder))


class Static(Struct, frozen=True, tag="static"):
    """The same value for every row."""

    value: Any


Value: TypeAlias = (
    Column
    | SelfJoin
    | ForeignKey
    | MultiColumn
    | Conditional
    | Chain
    | LookupTable
    | JsonConstruction
    | Aggregate
    | Case
    | Concat
    | DateMath
    | Template
    | Static
    | Drawn
    | Payload
)


class DateFormat(Struct, frozen=True, tag="date-format"):
    """A date or time as text of a pattern of YYYY, MM, DD, HH, mm, ss and SSS."""

    format: str
    source_format: str | None = None


class StringFormat(Struct, frozen=True, tag="string-format"):
    """A text with `{column}` in it; `{value}` is what is formatted."""

    format: str


class NumberFormat(Struct, frozen=True, tag="number-format"):
    """A number as text: a Python format specification such as `010d` or `.2f`."""

    format: str


class JsonParse(Struct, frozen=True, tag="json-parse"):
    """A text that holds JSON as the map or list that it tells."""


Transformation: TypeAlias = DateFormat | StringFormat | NumberFormat | JsonParse
