"""Maps and lists made of joined and child rows: straight into attribute values, each member by its own column."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from dynalayer.migrate.queries import Children, Output, Recipe, Record
from dynalayer.migrate.source import ColumnInfo
from dynalayer.protocol import InvalidValue, Value

from .converting import Notes, Policies, native
from .quick import short_ways_within

Typed = tuple[Any, ColumnInfo | None]
"""A value and the column that tells how it is to be understood."""

Cells = Sequence[Any]
Member = Callable[[Cells], Value | None]
Found = Callable[[Recipe], Callable[[Cells], Typed]]
"""How a recipe finds its value among the cells of a row."""


class Rows:
    """Makes maps of rows; a list of them, the first or the only one is up to the recipe."""

    def __init__(self, found: Found, policies: Policies, note: Notes) -> None:
        self._found = found
        self._policies = policies
        self._note = note

    def joined(self, recipe: Record) -> Callable[[Cells], Value | None]:
        """The map of the row that is joined to a row; None if there is none."""
        present, members = recipe.present, self._members(recipe.members)
        return lambda cells: None if cells[present] is None else {"M": _filled(members, cells)}

    def children(self, recipe: Children, limit: int | None) -> Callable[[Sequence[Cells]], Value | None]:
        """The list of the maps of child rows, at most `limit` of them; or the map of the first."""
        members = self._members(recipe.members)
        if recipe.kind == "array":
            return lambda rows: {"L": [{"M": _filled(members, cells)} for cells in rows[:limit]]}
        return lambda rows: next(({"M": _filled(members, cells)} for cells in rows[:limit]), None)

    def _members(self, members: Sequence[tuple[str, Recipe]]) -> list[tuple[str, Member]]:
        return [(name, self._member(recipe)) for name, recipe in members]

    def _member(self, recipe: Recipe) -> Member:
        found, policies, note = self._found(recipe), self._policies, self._note

        def long_way(cells: Cells) -> Value | None:
            value, column = found(cells)
            return native(value, column, policies, note)

        return _by_short_ways(recipe, long_way) if isinstance(recipe, Output) else long_way


def _by_short_ways(recipe: Output, long_way: Member) -> Member:
    number, ways = recipe.number, short_ways_within(recipe.column)

    def member(cells: Cells) -> Value | None:
        value = cells[number]
        way = ways.get(type(value))
        if way is not None:
            try:
                return way(value)
            except InvalidValue:
                pass
        return long_way(cells)

    return member


def _filled(members: Sequence[tuple[str, Member]], cells: Cells) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for name, member in members:
        value = member(cells)
        if value is not None:
            found[name] = value
    return found
