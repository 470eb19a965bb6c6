"""The Python type of an attribute of a contract: what its items hold, not what its column was."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from msgspec import Struct

from dynalayer.migrate.contract.values import Aggregate, Column, JsonConstruction, Static, Template
from dynalayer.migrate.items import Policies
from dynalayer.migrate.queries import Children, EntityPlan, Fixed, Made, Otherwise, Output, Recipe, Record
from dynalayer.migrate.source import ColumnInfo
from dynalayer.protocol.limits import NUMBER_DIGITS

_WHOLE: Final = frozenset({"integer", "year", "bit", "bool"})
_DATES: Final = frozenset({"date", "datetime", "timestamp", "year"})
_TEXTS: Final = frozenset({"text", "date", "datetime", "timestamp", "time", "enum", "uuid", "year", "set"})
_PLAIN: Final = {"S": "str", "B": "bytes", "BOOL": "bool", "M": "dict[str, Any]", "L": "list[Any]"}
_SETS: Final = {"SS": "set[str]", "NS": "set[Decimal]", "BS": "set[bytes]"}


class Member(Struct, frozen=True):
    """A member of an object within an item."""

    name: str
    type: str
    may_lack: bool


class Typed(Struct, frozen=True):
    """An attribute's type; `{}` in it stands for a class of those members."""

    type: str
    may_lack: bool
    members: tuple[Member, ...] | None = None

    @property
    def is_set(self) -> bool:
        """True for sets, which are empty where they are absent."""
        return self.type.startswith("set[")


def typed(plan: EntityPlan, made: Made, policies: Policies) -> Typed | None:
    """The type of an attribute; None for one that holds nothing but null."""
    kind, may_lack = made.attribute.type, _may_lack(plan, made, policies)
    members = _members(made.recipe, policies) if kind in ("M", "L") else None
    if members is not None:
        return Typed("list[{}]" if kind == "L" else "{}", may_lack, members)
    if kind == "N":
        number = "int" if is_whole(made) else "Decimal"
        return Typed(f"{number} | str" if _may_be_text(column_of(made.recipe), policies) else number, may_lack)
    if kind in _SETS:
        return Typed(_SETS[kind], may_lack=False)
    return Typed(_PLAIN[kind], may_lack) if kind in _PLAIN else None


def column_of(recipe: Recipe) -> ColumnInfo | None:
    """The column that a value is taken from as it is."""
    match recipe:
        case Output():
            return recipe.column
        case Otherwise(first=first, second=Fixed()):
            return column_of(first)
        case _:
            return None


def is_whole(made: Made) -> bool:
    """True if an attribute of type N never has decimals."""
    value = made.attribute.value
    if isinstance(value, Aggregate) and value.operation == "COUNT":
        return True
    match made.recipe:
        case Fixed(value=fixed) | Otherwise(second=Fixed(value=fixed)) if not _is_whole_number(fixed):
            return False
        case Fixed():
            return True
        case recipe:
            column = column_of(recipe)
            return column is not None and _is_whole_column(column)


def _is_whole_column(column: ColumnInfo) -> bool:
    return column.kind in _WHOLE or (column.kind == "decimal" and column.scale == 0)


def _is_whole_number(value: Any) -> bool:
    try:
        return Decimal(str(value)) % 1 == 0
    except InvalidOperation:
        return False


def _may_lack(plan: EntityPlan, made: Made, policies: Policies) -> bool:
    """True unless every item is sure to have the attribute; a join may find no row, whatever its columns say."""
    column = column_of(made.recipe)
    if column is not None and _is_left_out(column, policies):
        return True
    match made.attribute.value:
        case Column(column=name):
            own = plan.source.column(name)
            return own is None or (own.nullable and own.name not in plan.source.primary_key)
        case Static(value=value):
            return value is None
        case Aggregate(operation="COUNT") | JsonConstruction(kind="array"):
            return False
        case Template(names=names):
            others = {each.attribute.name: each for each in plan.made}
            return any(_placeholder_may_lack(plan, others, name, policies) for name in names)
        case value:
            return getattr(value, "null_value", None) is None


def _placeholder_may_lack(plan: EntityPlan, others: dict[str, Made], name: str, policies: Policies) -> bool:
    if name in others:
        return _may_lack(plan, others[name], policies)
    column = plan.source.column(name)
    return column is None or column.nullable


def _is_left_out(column: ColumnInfo, policies: Policies) -> bool:
    is_dropped_date = column.kind in _DATES and policies.zero_dates == "omit"
    is_dropped_number = column.kind in ("float", "decimal") and policies.not_a_number == "omit"
    return is_dropped_date or is_dropped_number


def _may_be_text(column: ColumnInfo | None, policies: Policies) -> bool:
    """True for numbers that the policies let be kept as texts where DynamoDB has no number for them."""
    if column is not None and column.kind not in ("float", "decimal"):
        return False
    is_long = column is None or column.precision is None or column.precision > NUMBER_DIGITS
    return policies.not_a_number == "text" or (policies.long_numbers == "text" and is_long)


def _members(recipe: Recipe, policies: Policies) -> tuple[Member, ...] | None:
    match recipe:
        case Children(members=members) | Record(members=members):
            return tuple(_each_member(members, policies))
        case _:
            return None


def _each_member(members: tuple[tuple[str, Recipe], ...], policies: Policies) -> Iterator[Member]:
    for name, recipe in members:
        column = column_of(recipe)
        may_lack = column is None or column.nullable or _is_left_out(column, policies)
        yield Member(name, "Any" if column is None else _native(column), may_lack)


def _native(column: ColumnInfo) -> str:
    """The type of a value within an object, which has no declared type but the one that its column gives it."""
    if column.kind in ("decimal", "integer", "float", "bit"):
        return "int" if _is_whole_column(column) else "Decimal"
    if column.kind in _TEXTS - {"year"}:
        return "str"
    return {"bool": "bool", "binary": "bytes", "array": "list[Any]"}.get(column.kind, "Any")
