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
from dynalayer.protocol import InvalidValue, Item, Value

from .checking import Rejected, check_size, key_rule
from .converting import Policies, convert, parsed_json
from .quick import short_ways
from .rows import Cells, Rows, Typed
from .texts import Nested, Unconvertible, formatted_date, moved, text_of


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
        self._steps = [
            (each.attribute.name, self._step(each), key_rule(plan.table, each.attribute.name) if each.is_key else None)
            for each in plan.made
        ]

    def key_of(self, row: Fetched) -> tuple[Any, ...]:
        """The key of the row in the source."""
        return tuple(row.cells[: len(self.plan.key)])

    def make(self, row: Fetched) -> Item:
        """The item in DynamoDB's JSON; raises `Rejected`."""
        item: Item = {}
        for name, step, rule in self._steps:
            found = step(row)
            if found is not None:
                item[name] = found
            if rule is not None:
                rule.check(item)
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

    def _step(self, made: Made) -> Callable[[Fetched], Value | None]:
        """The same as `attribute`, by short ways where there are some."""
        attribute, recipe = made.attribute, made.recipe
        if attribute.transformation is None:
            if isinstance(recipe, Output) and attribute.type != "NULL":
                return self._of_column(made, recipe)
            if isinstance(recipe, Record) and attribute.type == "M":
                joined = self._rows(attribute.name).joined(recipe)
                return self._guarded(attribute.name, lambda row: joined(row.cells))
            if isinstance(recipe, Children) and attribute.type == ("L" if recipe.kind == "array" else "M"):
                children = self._rows(attribute.name).children(recipe, self.plan.child_limits[recipe.query])
                return self._guarded(attribute.name, lambda row: children(row.children[recipe.query]))
        return lambda row: self.attribute(made, row)

    def _of_column(self, made: Made, recipe: Output) -> Callable[[Fetched], Value | None]:
        number, ways = recipe.number, short_ways(made.attribute.type, recipe.column)

        def step(row: Fetched) -> Value | None:
            value = row.cells[number]
            if value is None:
                return None
            way = ways.get(type(value))
            if way is not None:
                try:
                    return way(value)
                except (InvalidValue, KeyError):
                    pass
            return self.attribute(made, row)

        return step

    def _rows(self, name: str) -> Rows:
        def found(recipe: Recipe) -> Callable[[Cells], Typed]:
            inner = self._recipe(recipe)
            return lambda cells: inner(Fetched(cells))

        return Rows(found, self.policies, self._notes[name])

    def _guarded(self, name: str, make: Callable[[Fetched], Value | None]) -> Callable[[Fetched], Value | None]:
        def step(row: Fetched) -> Value | None:
            try:
                return make(row)
            except (Unconvertible, ValueError, OverflowError) as error:
                raise Rejected(str(error), name) from None

        return step

    def _note(self, name: str) -> Callable[[str], None]:
        def note(policy: str) -> None:
            self.notes[name, policy] += 1

        return note

    def _maker(self, made: Made) -> Callable[[Fetched], Typed]:
        inner, transformation = self._recipe(made.recipe), made.attribute.transformation
        if not isinstance(transformation, (DateFormat, NumberFormat, JsonParse)):
            return inner
        return lambda row: _transformed(*inner(row), transformation)

    @singledispatchmethod
    def _recipe(self, recipe: Recipe) -> Callable[[Fetched], Typed]:
        raise NotImplementedError(type(recipe).__name__)

    @_recipe.register
    def _(self, recipe: Output) -> Callable[[Fetched], Typed]:
        number, column = recipe.number, recipe.column
        return lambda row: (row.cells[number], column)

    @_recipe.register
    def _(self, recipe: Fixed) -> Callable[[Fetched], Typed]:
        value = recipe.value
        return lambda row: (value, None)

    @_recipe.register
    def _(self, recipe: Of) -> Callable[[Fetched], Typed]:
        name = recipe.name

        def text(row: Fetched) -> Typed:
            value, column = self._made[name](row)
            return (None if value is None else text_of(value, column)), None

        return text

    @_recipe.register
    def _(self, recipe: Otherwise) -> Callable[[Fetched], Typed]:
        first, second = self._recipe(recipe.first), self._recipe(recipe.second)

        def choose(row: Fetched) -> Typed:
            found = first(row)
            return second(row) if found[0] is None else found

        return choose

    @_recipe.register
    def _(self, recipe: Choose) -> Callable[[Fetched], Typed]:
        selector, choices = recipe.selector, [self._recipe(each) for each in recipe.choices]
        return lambda row: choices[int(row.cells[selector])](row)

    @_recipe.register
    def _(self, recipe: Joined) -> Callable[[Fetched], Typed]:
        parts, separator, skips = [self._text(part) for part in recipe.parts], recipe.separator, recipe.skips_nulls

        def join(row: Fetched) -> Typed:
            found = [part(row) for part in parts]
            kept = [each for each in found if each is not None]
            if len(kept) < len(found) and not (skips and kept):
                return None, None
            return separator.join(kept), None

        return join

    def _text(self, recipe: Recipe) -> Callable[[Fetched], str | None]:
        if isinstance(recipe, Fixed):
            fixed = None if recipe.value is None else text_of(recipe.value)
            return lambda row: fixed
        inner = self._recipe(recipe)

        def text(row: Fetched) -> str | None:
            value, column = inner(row)
            return None if value is None else text_of(value, column)

        return text

    @_recipe.register
    def _(self, recipe: Moved) -> Callable[[Fetched], Typed]:
        moment, unit, amount = self._recipe(recipe.moment), recipe.unit, recipe.amount

        def move(row: Fetched) -> Typed:
            value, column = moment(row)
            return (None if value is None else moved(value, unit, amount)), column

        return move

    @_recipe.register
    def _(self, recipe: Record) -> Callable[[Fetched], Typed]:
        present, members = recipe.present, [(name, self._recipe(each)) for name, each in recipe.members]
        return lambda row: (None if row.cells[present] is None else self._object(row, members), None)

    @_recipe.register
    def _(self, recipe: Children) -> Callable[[Fetched], Typed]:
        query, members = recipe.query, [(name, self._recipe(each)) for name, each in recipe.members]
        is_list, limit = recipe.kind == "array", self.plan.child_limits[query]

        def collect(row: Fetched) -> Typed:
            found = row.children[query]
            kept = found if limit is None else found[:limit]
            objects = [self._object(Fetched(cells), members) for cells in kept]
            return (objects if is_list else next(iter(objects), None)), None

        return collect

    def _object(self, row: Fetched, members: Sequence[tuple[str, Callable[[Fetched], Typed]]]) -> dict[str, Any]:
        """An object whose values know what they are: each is made native by its own column."""
        return {name: Nested(*member(row)) for name, member in members}


def _transformed(value: Any, column: ColumnInfo | None, transformation: Transformation) -> Typed:
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
