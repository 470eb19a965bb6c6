"""Whether a column's values can be of the type that the contract asks for, before any is read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from dynalayer.migrate.contract import AttributeSpec, Finding
from dynalayer.migrate.contract.values import JsonParse
from dynalayer.migrate.queries import EntityPlan, Made, Output
from dynalayer.migrate.source import ColumnInfo
from dynalayer.protocol.limits import NUMBER_DIGITS

_ALWAYS: Final[dict[str, frozenset[str]]] = {
    "array": frozenset({"L", "SS", "NS", "BS", "S"}),
    "binary": frozenset({"B"}),
    "bit": frozenset({"N", "B"}),
    "bool": frozenset({"BOOL", "N", "S"}),
    "date": frozenset({"S"}),
    "datetime": frozenset({"S"}),
    "decimal": frozenset({"N", "S", "NS"}),
    "enum": frozenset({"S", "SS"}),
    "float": frozenset({"N", "S", "NS"}),
    "integer": frozenset({"N", "S", "NS"}),
    "json": frozenset({"M", "L", "S"}),
    "set": frozenset({"SS", "L", "S"}),
    "text": frozenset({"S", "B", "SS"}),
    "time": frozenset({"S"}),
    "timestamp": frozenset({"S"}),
    "uuid": frozenset({"S", "B"}),
    "year": frozenset({"N", "S"}),
}
_SOMETIMES: Final[dict[str, dict[str, str]]] = {
    "integer": {"BOOL": "only 0 and 1 are true or false; any other number rejects its row"},
    "decimal": {"BOOL": "only 0 and 1 are true or false; any other number rejects its row"},
    "bit": {"BOOL": "only 0 and 1 are true or false; any other value rejects its row"},
    "text": {
        "N": "a text that is no number rejects its row",
        "BOOL": "a text that says neither true nor false rejects its row",
    },
    "enum": {"N": "a text that is no number rejects its row"},
}


def check_types(plan: EntityPlan) -> Iterator[Finding]:
    """What is found in the attributes that are plain columns of the entity's row or of a joined one."""
    for made in plan.made:
        column = made.recipe.column if isinstance(made.recipe, Output) else None
        if column is None or (made.attribute.transformation is not None and _is_formatted(made)):
            continue
        yield from _column(made.attribute, column)


def _is_formatted(made: Made) -> bool:
    return not isinstance(made.attribute.transformation, JsonParse)


def _column(attribute: AttributeSpec, column: ColumnInfo) -> Iterator[Finding]:
    where, type_ = attribute.pointer, attribute.type
    what = f"{column.name!r} is {column.declared or column.kind}, and {attribute.name!r} is of type {type_}"
    if isinstance(attribute.transformation, JsonParse):
        if column.kind not in ("text", "json") or type_ not in ("M", "L", "S"):
            yield Finding("error", where, f"{what}: 'json-parse' makes maps and lists of texts")
        return
    possible = _ALWAYS.get(column.kind)
    reason = _SOMETIMES.get(column.kind, {}).get(type_)
    if reason is not None:
        yield Finding("warning", where, f"{what}: {reason}")
    elif possible is not None and type_ not in possible:
        fitting = ", ".join(sorted(possible))
        hint = "use 'json-parse' to read its JSON" if column.kind == "text" and type_ in ("M", "L") else ""
        yield Finding("error", where, f"{what}, which its values cannot be", hint or f"it can be {fitting}")
    elif column.kind == "other":
        yield Finding(
            "warning", where, f"{what}: the kind of this column is not known, its values are taken as they come"
        )
    if column.kind == "decimal" and type_ == "N" and (column.precision or 0) > NUMBER_DIGITS:
        reason = f"{column.name!r} has up to {column.precision} digits, and DynamoDB's numbers {NUMBER_DIGITS}"
        yield Finding("warning", where, reason, "make it S, or choose what becomes of long numbers by 'long_numbers'")
    if column.kind == "float" and attribute.type == "S":
        yield Finding("warning", where, f"{what}: a float as text is not fit for keys or comparison")
