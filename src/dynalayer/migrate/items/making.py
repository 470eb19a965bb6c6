"""Making an item of a row and of what belongs to it: the one way for backfill, live writes and verification."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import singledispatchmethod
from typing import Any

from msgspec import Struct

from dynalayer.migrate.contract.values import DateFormat, JsonParse, NumberFormat, Transformation
from dynalayer.migrate.queries import (
    Children,
    Choose,
    EntityPlan,
    Fixed,
    Joined,
    Made,
    Moved,
    Of,
    Otherwise,
    Output,
    Recipe,
    Record,
)
from dynalayer.migrate.source import ColumnInfo
from dynalayer.protocol import Item, Value

from .checking import Rejected, check_key, check_size
from .converting import Policies, convert, parsed_json
from .texts import Nested, Unconvertible, formatted_date, moved, text_of

Cells = Sequence[Any]
_Typed = tuple[Any, ColumnInfo | None]
"""A value and the column that tells how it is to be understood."""


class Fetched(Struct):
    """A row of the main query, and for each child query the rows that belong to it, without their keys."""

    cells: Cells
    children: Sequence[Sequence[Cells]] = ()


class Maker:
    """Makes the items of one entity; `notes` counts how often each policy changed a value of an attribute."""

    def __init__(self, plan: EntityPlan, policies: Policies | None = None) -> None:
        self.plan = plan
        self.policies = policies or Policies()
        self.notes: Counter[tuple[str, str]] = Counter()
        self._made = {each.attribute.name: self._maker(each) for each in plan.made}
        self._notes = {name: self._note(name) for name in self._made}

    def key_of(self, row: Fetched) -> tuple[Any, ...]:
        """The key of the row in the source."""
        return tuple(row.cells[: len(self.plan.key)])

    def make(self, row: Fetched) -> Item:
        """The item in DynamoDB's JSON; raises `Rejected`."""
        item: Item = {}
        for made in self.plan.made:
            name = made.attribute.name
            found = self.attribute(made, row)
            if found is not None:
                item[name] = found
            if made.is_key:
                check_key(self.plan.table, name, item)
        check_size(item)
        return item

    def attribute(self, made: Made, row: Fetched) -> Value | None:
        """One attribute of the item, None to leave it out; raises `Rejected`."""
        name = made.attribute.name
        try:
            value, column = self._made[name](row)
            return convert(value, made.attribute.type, column, self.policies, self._notes[name])
        except (Unconvertible, ValueError, OverflowError) as error:
            raise Rejected(str(error), name) from None

    def _note(self, name: str) -> Callable[[str], None]:
        def note(policy: str) -> None:
            self.notes[name, policy] += 1

        return note

    def _maker(self, made: Made) -> Callable[[Fetched], _Typed]:
        inner, transformation = self._recipe(made.recipe), made.attribute.transformation
        if not isinstance(transformation, (DateFormat, NumberFormat, JsonParse)):
            return inner
        return lambda row: _transformed(*inner(row), transformation)

    @singledispatchmethod
    def _recipe(self, recipe: Recipe) -> Callable[[Fetched], _Typed]:
        raise NotImplementedError(type(recipe).__name__)

    @_recipe.register
    def _(self, recipe: Output) -> Callable[[Fetched], _Typed]:
        number, column = recipe.number, recipe.column
        return lambda row: (row.cells[number], column)

    @_recipe.register
    def _(self, recipe: Fixed) -> Callable[[Fetched], _Typed]:
        value = recipe.value
        return lambda row: (value, None)

    @_recipe.register
    def _(self, recipe: Of) -> Callable[[Fetched], _Typed]:
        name = recipe.name

        def text(row: Fetched) -> _Typed:
            value, column = self._made[name](row)
            return (None if value is None else text_of(value, column)), None

        return text

    @_recipe.register
    def _(self, recipe: Otherwise) -> Callable[[Fetched], _Typed]:
        first, second = self._recipe(recipe.first), self._recipe(recipe.second)

        def choose(row: Fetched) -> _Typed:
            found = first(row)
            return second(row) if found[0] is None else found

        return choose

    @_recipe.register
    def _(self, recipe: Choose) -> Callable[[Fetched], _Typed]:
        selector, choices = recipe.selector, [self._recipe(each) for each in recipe.choices]
        return lambda row: choices[int(row.cells[selector])](row)

    @_recipe.register
    def _(self, recipe: Joined) -> Callable[[Fetched], _Typed]:
        parts, separator, skips = [self._recipe(part) for part in recipe.parts], recipe.separator, recipe.skips_nulls

        def join(row: Fetched) -> _Typed:
            found = [part(row) for part in parts]
            kept = [each for each in found if each[0] is not None]
            if len(kept) < len(found) and not (skips and kept):
                return None, None
            return separator.join([text_of(value, column) for value, column in kept]), None

        return join

    @_recipe.register
    def _(self, recipe: Moved) -> Callable[[Fetched], _Typed]:
        moment, unit, amount = self._recipe(recipe.moment), recipe.unit, recipe.amount

        def move(row: Fetched) -> _Typed:
            value, column = moment(row)
            return (None if value is None else moved(value, unit, amount)), column

        return move

    @_recipe.register
    def _(self, recipe: Record) -> Callable[[Fetched], _Typed]:
        present, members = recipe.present, [(name, self._recipe(each)) for name, each in recipe.members]
        return lambda row: (None if row.cells[present] is None else self._object(row, members), None)

    @_recipe.register
    def _(self, recipe: Children) -> Callable[[Fetched], _Typed]:
        query, members = recipe.query, [(name, self._recipe(each)) for name, each in recipe.members]
        is_list, limit = recipe.kind == "array", self.plan.child_limits[query]

        def collect(row: Fetched) -> _Typed:
            found = row.children[query]
            kept = found if limit is None else found[:limit]
            objects = [self._object(Fetched(cells), members) for cells in kept]
            return (objects if is_list else next(iter(objects), None)), None

        return collect

    def _object(self, row: Fetched, members: Sequence[tuple[str, Callable[[Fetched], _Typed]]]) -> dict[str, Any]:
        """An object whose values know what they are: each is made native by its own column."""
        return {name: Nested(*member(row)) for name, member in members}


def _transformed(value: Any, column: ColumnInfo | None, transformation: Transformation) -> _Typed:
    match transformation:
        case _ if value is None:
            return None, column
        case DateFormat():
            return formatted_date(value, transformation.format, transformation.source_format), None
        case NumberFormat():
            number = value if isinstance(value, (int, Decimal)) else Decimal(text_of(value))
            return format(number, transformation.format), None
        case JsonParse():
            return parsed_json(value) if isinstance(value, (str, bytes)) else value, None
        case _:
            return value, column
