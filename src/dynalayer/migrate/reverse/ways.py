"""How the attributes of an item tell the columns of its row: each way with its words; pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from msgspec import Struct

from dynalayer.migrate.contract import AttributeSpec
from dynalayer.migrate.contract.values import DateFormat, JsonParse, NumberFormat, StringFormat
from dynalayer.migrate.items import (
    TOKEN,
    Unconvertible,
    from_json,
    json_of,
    moved,
    native_of,
    returned,
    why_not_returned,
)
from dynalayer.migrate.items import Policies as Policies
from dynalayer.migrate.queries import EntityPlan, Joined, Made, Moved, Output, Recipe, Record
from dynalayer.migrate.source import ColumnInfo, Dialect
from dynalayer.protocol import Item, Value

from .patterns import Pattern, pattern_of

_FORMAT: Final = re.compile(r"[<>=^]?[ 0]?\d*[,_]?(?:\.(\d+)f|d)?")
_STEADY: Final = frozenset({"week", "day", "hour", "minute", "second"})
_MOMENTS: Final = frozenset({"date", "datetime", "timestamp"})
_PLAIN, _PART, _FORMATTED, _TEMPLATE = range(4)


class Way(Struct, frozen=True):
    """One attribute that tells one column; `read` gives the column's value or raises `Unconvertible`.

    The least `rank` is the most direct way.
    """

    column: ColumnInfo
    attribute: str
    how: str
    rank: int
    read: Callable[[Item], Any]


class NoWay(Struct, frozen=True):
    """A column that an attribute is made of and does not tell, and why."""

    column: str
    attribute: str
    reason: str


def ways(plan: EntityPlan) -> Iterator[Way | NoWay]:
    """All that the attributes of an entity tell of its row's own columns, and what they do not although made of it."""
    for made in plan.made:
        yield from _ways(plan, made)


def column_of(plan: EntityPlan, recipe: Recipe) -> ColumnInfo | None:
    """The column of the row itself that a recipe is; None if it is anything else."""
    if not isinstance(recipe, Output):
        return None
    name = plan.origins.outputs[recipe.number]
    return None if name is None else plan.source.column(name)


def _ways(plan: EntityPlan, made: Made) -> Iterator[Way | NoWay]:
    attribute = made.attribute
    column = column_of(plan, made.recipe)
    if column is not None and not isinstance(attribute.transformation, StringFormat):
        yield _of_column(plan, attribute, column)
    elif isinstance(made.recipe, Moved) and attribute.transformation is None:
        yield from _of_moved(plan, attribute, made.recipe)
    elif isinstance(made.recipe, Record):
        yield from _of_record(plan, attribute, made.recipe)
    elif isinstance(made.recipe, Joined):
        yield from _of_text(plan, made)


def _of_column(plan: EntityPlan, attribute: AttributeSpec, column: ColumnInfo) -> Way | NoWay:
    name, dialect = attribute.name, plan.dialect
    match attribute.transformation:
        case None:
            reason = why_not_returned(attribute.type, column, dialect)
            how, rank = f"as it is in {name!r}", _PLAIN
            read: Callable[[Value], Any] = lambda value: returned(value, column, dialect)  # noqa: E731
        case DateFormat(format=pattern):
            reason = _why_not_dated(pattern, column, dialect)
            how, rank = f"from the date in {name!r}", _FORMATTED
            read = lambda value: _undated(_as_text(value), pattern, column, dialect)  # noqa: E731
        case NumberFormat(format=form):
            reason = _why_not_numbered(form, column)
            how, rank = f"from the number in {name!r}", _FORMATTED
            read = lambda value: returned({"N": _unformatted(_as_text(value))}, column, dialect)  # noqa: E731
        case JsonParse():
            is_text = column.kind in ("text", "json") and attribute.type in ("M", "L")
            reason = "" if is_text else "only a text is brought back from a map or list"
            how, rank = f"from {name!r} as JSON, its spelling anew", _FORMATTED
            read = json_of
        case _:
            reason, how, rank, read = "its transformation has no way back", "", 0, json_of
    if reason:
        return NoWay(column.name, name, reason)
    return Way(column, name, how, rank, lambda item: _read(item.get(name), read, column))


def _read(value: Value | None, read: Callable[[Value], Any], column: ColumnInfo) -> Any:
    if value is None or "NULL" in value:
        return "" if column.kind == "set" and not column.nullable else None
    return read(value)


def _as_text(value: Value) -> str:
    if "S" not in value:
        raise Unconvertible("no text")
    return str(value["S"])


def _why_not_dated(pattern: str, column: ColumnInfo, dialect: Dialect) -> str:
    wanted = {"YYYY", "MM", "DD"} | (set() if column.kind == "date" else {"HH", "mm", "ss"})
    wanted |= {"SSS"} if column.fraction else set()
    if column.kind not in _MOMENTS or dialect == "sqlite":
        return "its date is not kept as it was written"
    if column.fraction > 3:
        return "its pattern leaves out parts of a second"
    lacking = wanted - set(TOKEN.findall(pattern))
    return f"its pattern leaves out {', '.join(sorted(lacking))}" if lacking else ""


def _undated(text: str, pattern: str, column: ColumnInfo, dialect: Dialect) -> Any:
    """The moment that a pattern was filled with."""
    expression, at, seen = "", 0, set[str]()
    for token in TOKEN.finditer(pattern):
        name = token.group()
        digits = f"(?:\\d{{{len(name)}}})" if name in seen else f"(?P<{name}>\\d{{{len(name)}}})"
        expression += re.escape(pattern[at : token.start()]) + digits
        at = token.end()
        seen.add(name)
    found = re.fullmatch(expression + re.escape(pattern[at:]), text)
    if found is None:
        raise Unconvertible("a text that does not fit its pattern")
    part = {name: int(digits) for name, digits in found.groupdict().items()}
    try:
        day = date(part["YYYY"], part["MM"], part["DD"])
        clock = timedelta(
            hours=part.get("HH", 0),
            minutes=part.get("mm", 0),
            seconds=part.get("ss", 0),
            milliseconds=part.get("SSS", 0),
        )
    except ValueError:
        raise Unconvertible("a date that is none") from None
    if column.kind == "date":
        return day
    moment = datetime(day.year, day.month, day.day) + clock
    return moment.replace(tzinfo=UTC) if column.kind == "timestamp" and dialect == "postgresql" else moment


def _why_not_numbered(form: str, column: ColumnInfo) -> str:
    found = _FORMAT.fullmatch(form)
    if found is None or column.kind not in ("integer", "decimal"):
        return f"the format {form!r} has no way back"
    decimals = found.group(1)
    if column.kind == "decimal" and decimals is not None and (column.scale is None or column.scale > int(decimals)):
        return f"the format {form!r} may round"
    return ""


def _unformatted(text: str) -> str:
    try:
        return str(Decimal(text.replace(",", "").replace("_", "").strip()))
    except ArithmeticError:
        raise Unconvertible("a text that is no number") from None


def _of_moved(plan: EntityPlan, attribute: AttributeSpec, recipe: Moved) -> Iterator[Way | NoWay]:
    column = column_of(plan, recipe.moment)
    if column is None:
        return
    name, dialect, is_date = attribute.name, plan.dialect, column.kind == "date"
    if dialect == "sqlite" or column.kind not in _MOMENTS or attribute.type != "S":
        yield NoWay(column.name, name, "its date is not kept as it was written")
    elif recipe.unit not in (_STEADY - {"hour", "minute", "second"} if is_date else _STEADY):
        yield NoWay(column.name, name, f"moving by a {recipe.unit} back does not always lead where it came from")
    else:

        def read(value: Value) -> Any:
            found = returned(value, column, dialect)
            back = moved(found, recipe.unit, -recipe.amount)
            return back.replace(tzinfo=UTC) if isinstance(back, datetime) and getattr(found, "tzinfo", None) else back

        yield Way(
            column, name, f"from {name!r}, moved back", _FORMATTED, lambda item: _read(item.get(name), read, column)
        )


def _of_record(plan: EntityPlan, attribute: AttributeSpec, recipe: Record) -> Iterator[Way | NoWay]:
    """The members of an object of the row itself."""
    for member, inner in recipe.members:
        column = column_of(plan, inner)
        if column is not None and attribute.transformation is None:
            yield member_way(plan.dialect, attribute, member, column)


def member_way(dialect: Dialect, attribute: AttributeSpec, member: str, column: ColumnInfo) -> Way | NoWay:
    """How a member of an object tells a column; `read` takes the item."""
    name = attribute.name
    reason = why_not_in_object(attribute.type, column, dialect)
    if reason:
        return NoWay(column.name, name, reason)

    def read(item: Item) -> Any:
        held = item.get(name)
        if held is None:
            raise Unconvertible("the object is missing")
        return read_member(object_of(held), member, column, dialect)

    return Way(column, name, f"from {member!r} in {name!r}", _PART, read)


def object_of(value: Value) -> dict[str, Value]:
    """The members of an object, which may be written as JSON."""
    if "S" in value:
        value = from_json(str(value["S"]))
    members: dict[str, Value] | None = value.get("M")
    if members is None:
        raise Unconvertible("no object")
    return members


def read_member(members: dict[str, Value], member: str, column: ColumnInfo, dialect: Dialect) -> Any:
    """The column's value that a member of an object holds."""
    return returned(members.get(member), column, dialect)


def why_not_in_object(type_: str, column: ColumnInfo, dialect: Dialect) -> str:
    """Why a member of an object does not tell the column; empty if it does."""
    if column.kind in ("set", "array", "json"):
        return "within an object it is not told apart from other values"
    if type_ == "S" and column.kind == "binary":
        return "bytes within JSON are not told apart from texts"
    inner = {"integer": "N", "bool": "BOOL", "decimal": "N", "float": "N", "bit": "N", "year": "N", "binary": "B"}
    return why_not_returned(inner.get(column.kind, "S"), column, dialect)


def same_in_object(one: Any, other: Any, column: ColumnInfo, policies: Policies) -> bool:
    """True if two values of a column make the same member."""
    return native_of(one, column, policies) == native_of(other, column, policies)


def _of_text(plan: EntityPlan, made: Made) -> Iterator[Way | NoWay]:
    pattern = pattern_of(plan, made)
    if pattern is None:
        return
    name, slots = made.attribute.name, pattern.slots
    columns = [slot.column for slot in slots if slot.column is not None]
    for number, slot in enumerate(slots):
        column = slot.column
        if column is None:
            continue
        reason = why_not_returned("S", column, plan.dialect)
        if not pattern.is_unambiguous:
            reason = "its text can be taken apart in more than one way"
        elif any(each.nullable for each in columns) and len(slots) > 1:
            reason = "it is left out if one of several columns is null"
        if reason:
            yield NoWay(column.name, name, reason)
        else:
            yield Way(column, name, f"from the text in {name!r}", _TEMPLATE, _slot_reader(plan, name, pattern, number))


def _slot_reader(plan: EntityPlan, name: str, pattern: Pattern, number: int) -> Callable[[Item], Any]:
    column = pattern.slots[number].column
    assert column is not None

    def read(item: Item) -> Any:
        value = item.get(name)
        if value is None and len(pattern.slots) == 1 and column.nullable:
            return None
        found = None if value is None else pattern.read(_as_text(value))
        if found is None:
            raise Unconvertible(f"the text of {name!r} is not made by its template")
        return returned({"S": found[number]}, column, plan.dialect)

    return read
