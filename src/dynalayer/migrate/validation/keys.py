"""What is known of an item's keys before rows are read: null parts, case, single partitions, order."""

from __future__ import annotations

from collections.abc import Iterator

from dynalayer.migrate.contract import Finding
from dynalayer.migrate.contract.values import DateFormat
from dynalayer.migrate.queries import Choose, EntityPlan, Fixed, Joined, Made, Moved, Of, Otherwise, Output, Recipe
from dynalayer.migrate.source import ColumnInfo


def columns_of(recipe: Recipe, plan: EntityPlan) -> Iterator[tuple[ColumnInfo, bool]]:
    """The columns that a value is made of, each with whether a null in it makes the value null."""
    made = {each.attribute.name: each.recipe for each in plan.made}

    def walk(inner: Recipe, counts: bool, seen: frozenset[str]) -> Iterator[tuple[ColumnInfo, bool]]:
        match inner:
            case Output(column=column) if column is not None:
                yield column, counts
            case Of(name=name) if name not in seen:
                yield from walk(made[name], counts, seen | {name})
            case Joined(parts=parts, skips_nulls=skips):
                for part in parts:
                    yield from walk(part, counts and not skips, seen)
            case Otherwise(first=first, second=second):
                yield from walk(first, False, seen)
                yield from walk(second, counts, seen)
            case Choose(choices=choices):
                # Which is chosen may well depend on what is null, so nothing is said of it.
                for choice in choices:
                    yield from walk(choice, False, seen)
            case Moved(moment=moment):
                yield from walk(moment, counts, seen)
            case _:
                return

    yield from walk(recipe, True, frozenset())


def check_keys(plan: EntityPlan) -> Iterator[Finding]:
    """What is found in the key attributes of an entity."""
    for made in plan.made:
        if made.is_key:
            yield from _check(made, plan)


def _check(made: Made, plan: EntityPlan) -> Iterator[Finding]:
    name, where = made.attribute.name, made.attribute.pointer
    is_main = name in plan.table.key_names
    found = list(columns_of(made.recipe, plan))
    for column, counts in found:
        if column.nullable and counts and is_main:
            reason = f"the key {name!r} takes {column.name!r}, which may be null; such rows will be rejected"
            yield Finding("warning", where, reason, "give it a value for that, such as 'null_value' or a case")
        if column.is_case_insensitive and column.kind in ("text", "enum") and is_main:
            reason = f"the key {name!r} takes {column.name!r}, which the source compares without regard to case"
            yield Finding("warning", where, reason, "DynamoDB compares byte by byte: look items up as they are stored")
    if name == plan.table.pk and isinstance(made.recipe, (Fixed, Joined)) and not found:
        reason = f"every {plan.entity.name!r} has the same partition key, so all of them lie in one partition"
        yield Finding("warning", where, reason, "a partition takes 1,000 write units a second")
    if name == plan.table.sk and isinstance(made.attribute.transformation, DateFormat):
        pattern = made.attribute.transformation.format
        if not _sorts(pattern):
            yield Finding("warning", where, f"the sort key's pattern {pattern!r} does not sort by time")


def _sorts(pattern: str) -> bool:
    """True if the greatest unit comes first, then the next."""
    order = ["YYYY", "MM", "DD", "HH", "mm", "ss", "SSS"]
    places = [pattern.find(token) for token in order]
    there = [place for place in places if place >= 0]
    return bool(there) and places[0] == there[0] and there == sorted(there) and places[: len(there)] == there
