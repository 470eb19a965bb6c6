"""How an attribute is made of what the queries give: a tree that is walked for each row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

from msgspec import Struct

from dynalayer.migrate.contract.values import Unit
from dynalayer.migrate.source import ColumnInfo


class Output(Struct, frozen=True):
    """A column of the row that the main query gives."""

    number: int
    column: ColumnInfo | None = None


class Fixed(Struct, frozen=True):
    """The same value for every row."""

    value: Any


class Of(Struct, frozen=True):
    """Another attribute of the same item, as text."""

    name: str


class Otherwise(Struct, frozen=True):
    """A value, or another where it is null."""

    first: Recipe
    second: Recipe


class Choose(Struct, frozen=True):
    """One of several, by a number that the main query gives."""

    selector: int
    choices: tuple[Recipe, ...]


class Joined(Struct, frozen=True):
    """Values put together as text; where one is null, either it is left out or the whole is null."""

    parts: tuple[Recipe, ...]
    separator: str = ""
    skips_nulls: bool = False


class Moved(Struct, frozen=True):
    """A date or time moved by an amount of units."""

    moment: Recipe
    unit: Unit
    amount: int


class Record(Struct, frozen=True):
    """An object of the joined row, or null where there is no such row."""

    present: int
    members: tuple[tuple[str, Recipe], ...]


class Children(Struct, frozen=True):
    """What a query for the rows that belong to the source row gives: a list of objects, or the first of them."""

    query: int
    kind: Literal["array", "object"]
    members: tuple[tuple[str, Recipe], ...]


Recipe: TypeAlias = Output | Fixed | Of | Otherwise | Choose | Joined | Moved | Record | Children
Cells: TypeAlias = Sequence[Any]
