"""What the items of an entity tell of its rows: which columns, how, and whether that is enough for new rows; pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from dynalayer.migrate.contract.values import JsonConstruction
from dynalayer.migrate.queries import ChildOrigin, Children, EntityPlan, Fixed, Made, Of, Output, Recipe, Record
from dynalayer.migrate.source import ColumnInfo, TableInfo
from dynalayer.protocol import Value

from .patterns import pattern_of
from .ways import NoWay, Way, column_of, ways, why_not_in_object

Given = Mapping[str, Mapping[str, Any]]
"""Values for columns that no item tells, by entity ("Library/BOOK") and column: written with new rows.

A function is called with the item's plain values.
"""


class ChildReversal(Struct, frozen=True):
    """A list whose objects are rows: `members` are their columns by name, `links` those that they have of their row."""

    attribute: str
    query: int
    table: TableInfo
    members: tuple[tuple[str, ColumnInfo], ...]
    links: tuple[tuple[ColumnInfo, str], ...]

    @property
    def key(self) -> tuple[ColumnInfo, ...]:
        """The columns that tell the rows apart."""
        return tuple(column for name in self.table.key if (column := self.table.column(name)) is not None)


class Reversal(Struct, frozen=True):
    """How the items of one entity become rows again.

    `taken` are the columns that are written; `elsewhere` those that another entity of the same table writes. `lost`
    are columns that nothing tells, with the reason. `problems` are why its items cannot be brought back at all.
    `inserts` if an item tells enough for a new row. `key` are the ways of the row's key, in its order.
    """

    plan: EntityPlan
    key: tuple[Way, ...]
    taken: tuple[Way, ...]
    elsewhere: tuple[str, ...]
    lost: tuple[tuple[str, str], ...]
    children: tuple[ChildReversal, ...]
    lists: tuple[tuple[str, str], ...]
    given: Mapping[str, Any]
    inserts: bool
    problems: tuple[str, ...]

    @property
    def name(self) -> str:
        """The entity's name among those of all tables."""
        return self.plan.name

    @property
    def told(self) -> tuple[ColumnInfo, ...]:
        """The columns of the key, then the others that are written."""
        return (*self.plan.key, *(way.column for way in self.taken if way.column.name not in self.plan.source.key))

    @property
    def account(self) -> dict[str, Any]:
        """The same for programs."""
        return {
            "entity": self.name,
            "table": self.plan.source.name,
            "inserts": self.inserts,
            "columns": {way.column.name: way.how for way in self.taken},
            "lists": {child.attribute: child.table.name for child in self.children},
            "elsewhere": self.elsewhere,
            "not_brought_back": {**dict(self.lost), **dict(self.lists)},
            "refused": self.problems,
        }

    def __str__(self) -> str:
        does = ("inserts, updates, deletes" if self.inserts else "updates, deletes") if not self.problems else "refused"
        lines = [f"{self.name} -> {self.plan.source.name}: {does}"]
        lines += [f"  refused: {problem}" for problem in self.problems]
        lines += [f"  {way.column.name}: {way.how}" for way in self.taken]
        lines += [f"  {child.attribute!r}: its elements are rows of {child.table.name!r}" for child in self.children]
        lines += [f"  {column}: given for new rows" for column in self.given]
        lines += [f"  {column}: brought back by another entity" for column in self.elsewhere]
        lines += [f"  not brought back: {column}: {reason}" for column, reason in self.lost if column not in self.given]
        lines += [f"  not brought back: the list {name!r}: {reason}" for name, reason in self.lists]
        return "\n".join(lines)


def reversals(plans: Sequence[EntityPlan], given: Given | None = None) -> tuple[Reversal, ...]:
    """The way back of every entity; each column of a table is written by one entity alone.

    Raises `KeyError` for a given value of no entity or column.
    """
    values = dict(given or {})
    _check(plans, values)
    mapped = {plan.source.name for plan in plans}
    every = [_reversal(plan, values.get(plan.name, {}), mapped) for plan in plans]
    found: dict[str, Reversal] = {}
    written: dict[str, set[str]] = {}
    # Those that tell whole rows come first: they write what they tell, the others what is left.
    for each in sorted(every, key=lambda each: (not each.inserts, -len(each.taken))):
        table, key = each.plan.source.name, set(each.plan.source.key)
        before = written.setdefault(table, set())
        own = tuple(way for way in each.taken if way.column.name not in before or way.column.name in key)
        other = tuple(way.column.name for way in each.taken if way not in own)
        before |= {way.column.name for way in own}
        found[each.name] = replace(each, taken=own, elsewhere=other, inserts=each.inserts and not other)
    inserted = {each.plan.source.name for each in found.values() if each.inserts}
    return tuple(_judged(found[plan.name], has_inserter=plan.source.name in inserted) for plan in plans)


def _check(plans: Sequence[EntityPlan], given: Given) -> None:
    for name, values in given.items():
        plan = next((each for each in plans if each.name == name), None)
        if plan is None:
            raise KeyError(f"values are given for {name!r}, which is no entity of the contract")
        for column in values:
            if plan.source.column(column) is None:
                raise KeyError(f"a value is given for {column!r}, which is no column of {plan.source.name!r}")


def _reversal(plan: EntityPlan, given: Mapping[str, Any], mapped: set[str]) -> Reversal:
    best: dict[str, Way] = {}
    reasons: dict[str, str] = {}
    for found in ways(plan):
        if isinstance(found, NoWay):
            reasons.setdefault(found.column, f"{found.attribute!r} is made of it, but {found.reason}")
        elif found.column.name not in best or found.rank < best[found.column.name].rank:
            best[found.column.name] = found
    taken = tuple(best[column.name] for column in plan.source.columns if column.name in best)
    columns = [column for column in plan.source.columns if column.name not in best and not column.is_computed]
    lost = tuple((column.name, reasons.get(column.name) or _nothing(column)) for column in columns)
    needed = [column for column in columns if not column.nullable and not column.has_default]
    key = tuple(best[column.name] for column in plan.key if column.name in best)
    problems = tuple(
        f"no item tells the key column {column.name!r} of {plan.source.name!r}"
        + (f": {reasons[column.name]}" if column.name in reasons else "")
        for column in plan.key
        if column.name not in best
    )
    children, lists = _children(plan, mapped)
    inserts = not problems and all(column.name in given for column in needed)
    return Reversal(plan, key, taken, (), lost, children, lists, given, inserts, problems)


def _nothing(column: ColumnInfo) -> str:
    becomes = "its default" if column.has_default else "null" if column.nullable else "nothing, which is not allowed"
    return f"no attribute tells it; in new rows it is {becomes}"


def _judged(found: Reversal, *, has_inserter: bool) -> Reversal:
    if found.inserts or has_inserter or found.problems:
        return found
    needed = [
        column.name
        for column in found.plan.source.columns
        if not (column.nullable or column.has_default or column.is_computed or column.name in found.given)
        and column.name in dict(found.lost)
    ]
    problem = f"new rows of {found.plan.source.name!r} need {', '.join(map(repr, needed))}, which no item tells: "
    return replace(found, problems=(f"{problem}map it, give it a default, or give a value for it",))


def _children(plan: EntityPlan, mapped: set[str]) -> tuple[tuple[ChildReversal, ...], tuple[tuple[str, str], ...]]:
    """The lists that are rows again, and those that are not, with the reason."""
    kept: list[ChildReversal] = []
    left: list[tuple[str, str]] = []
    for made in plan.made:
        if isinstance(made.recipe, Children) and isinstance(made.attribute.value, JsonConstruction):
            found = _child(plan, made, made.recipe, mapped)
            if isinstance(found, str):
                left.append((made.attribute.name, found))
            elif found.table.name not in {each.table.name for each in kept}:
                kept.append(found)
    return tuple(kept), tuple(left)


def _child(plan: EntityPlan, made: Made, recipe: Children, mapped: set[str]) -> ChildReversal | str:
    origin: ChildOrigin = plan.origins.children[recipe.query]
    table = origin.table
    if table.name in mapped:
        return f"rows of {table.name!r} are items of their own"
    if recipe.kind != "array" or not origin.is_whole or made.attribute.type not in ("L", "S"):
        return "it does not hold all rows"
    links: list[tuple[ColumnInfo, str]] = []
    for name, own in origin.on:
        column = table.column(name)
        if column is not None and plan.source.column(own) is not None:
            links.append((column, own))
    if not links or made.attribute.transformation is not None:
        return "its rows are not found by columns of the row"
    if any(own not in plan.source.key for _, own in links):
        return "its rows are found by other columns than the row's key"
    members = tuple(_members(recipe, origin, table, made.attribute.type, plan))
    told = {column.name for _, column in members} | {column.name for column, _ in links}
    if not table.key or not set(table.key) <= told:
        return f"its elements do not tell the key of {table.name!r}"
    needed = [
        column.name
        for column in table.columns
        if column.name not in told and not (column.nullable or column.has_default or column.is_computed)
    ]
    if needed:
        return f"its elements do not tell {', '.join(map(repr, needed))} of {table.name!r}"
    return ChildReversal(made.attribute.name, recipe.query, table, members, tuple(links))


def _members(
    recipe: Children, origin: ChildOrigin, table: TableInfo, type_: str, plan: EntityPlan
) -> list[tuple[str, ColumnInfo]]:
    found: dict[str, tuple[str, ColumnInfo]] = {}
    for member, inner in recipe.members:
        name = origin.columns[inner.number] if isinstance(inner, Output) else None
        column = None if name is None else table.column(name)
        if column is not None and not why_not_in_object(type_, column, plan.dialect):
            found.setdefault(column.name, (member, column))
    return list(found.values())


def recogniser(plan: EntityPlan) -> Callable[[Mapping[str, Value], Mapping[str, Value] | None], bool]:
    """What tells of a key, and of the other attributes if there are any, whether they may be of the entity's items."""
    keys = [(made.attribute.name, made.attribute.type, pattern_of(plan, made)) for made in plan.made if made.is_key]
    texts = [
        (name, type_, None if pattern is None else re.compile(pattern.expression, re.DOTALL))
        for name, type_, pattern in keys
    ]
    fixed = {
        made.attribute.name: {"S": made.recipe.value}
        for made in plan.made
        if isinstance(made.recipe, Fixed) and isinstance(made.recipe.value, str)
        if made.attribute.type == "S" and made.attribute.transformation is None
    }

    def fits(key: Mapping[str, Value], item: Mapping[str, Value] | None) -> bool:
        for name, type_, text in texts:
            if name in key:
                ((found, content),) = key[name].items()
                if found != type_ or (text is not None and text.fullmatch(content) is None):
                    return False
        return item is None or all(item.get(name, value) == value for name, value in fixed.items())

    return fits


def is_of_told(plan: EntityPlan, made: Made, told: set[str]) -> bool:
    """True if an attribute is made of these columns of the row alone."""

    def walk(recipe: Recipe, seen: frozenset[str]) -> bool:
        match recipe:
            case Fixed():
                return True
            case Output():
                column = column_of(plan, recipe)
                return column is not None and column.name in told
            case Of(name=name):
                other = next(each for each in plan.made if each.attribute.name == name)
                return name not in seen and walk(other.recipe, seen | {name})
            case Record(members=members):
                return all(walk(inner, seen) for _, inner in members)
            case _:
                parts: Sequence[Recipe] = getattr(recipe, "parts", ())
                moment: Recipe | None = getattr(recipe, "moment", None)
                inner = [*parts, *([moment] if moment is not None else [])]
                return bool(inner) and all(walk(each, seen) for each in inner)

    return walk(made.recipe, frozenset({made.attribute.name}))
