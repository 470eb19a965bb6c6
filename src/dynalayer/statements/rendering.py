"""Conditions and changes as expression text with placeholders for every name and value."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dynalayer.schema import (
    Between,
    Call,
    Change,
    Comparison,
    Condition,
    Joined,
    Membership,
    Negated,
    Path,
    Query,
    SortCondition,
    Wire,
)


class Placeholders:
    """The names and values of one request; a name used twice gets one placeholder."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.values: dict[str, Wire] = {}

    def name(self, wire_name: str) -> str:
        """The placeholder of an attribute name, so that reserved words and odd characters are never a problem."""
        return self.names.setdefault(wire_name, f"#{len(self.names)}")

    def value(self, wire: Wire) -> str:
        """The placeholder of a value."""
        placeholder = f":{len(self.values)}"
        self.values[placeholder] = wire
        return placeholder

    def add_to(self, request: dict[str, Any]) -> None:
        """Put the names and values that were used into a request."""
        if self.names:
            request["ExpressionAttributeNames"] = {placeholder: name for name, placeholder in self.names.items()}
        if self.values:
            request["ExpressionAttributeValues"] = self.values


def render_condition(condition: Condition[Any], to: Placeholders) -> str:
    """The text of a condition expression."""
    match condition:
        case Comparison(operator, left, right):
            return f"{_path(left, to)} {operator} {_path(right, to) if isinstance(right, Path) else to.value(right)}"
        case Between(path, low, high):
            return f"{_path(path, to)} BETWEEN {to.value(low)} AND {to.value(high)}"
        case Membership(path, values):
            return f"{_path(path, to)} IN ({', '.join(to.value(value) for value in values)})"
        case Call(function, path, operand):
            arguments = _path(path, to) if operand is None else f"{_path(path, to)}, {to.value(operand)}"
            return f"{function}({arguments})"
        case Joined(operator, conditions):
            return f" {operator} ".join(_grouped(part, to) for part in conditions)
        case Negated(inner):
            return f"NOT {_grouped(inner, to)}"
        case _:
            raise TypeError(f"not a condition: {condition!r}")


def _grouped(condition: Condition[Any], to: Placeholders) -> str:
    text = render_condition(condition, to)
    # The service refuses redundant parentheses, so only what binds weaker gets them.
    return f"({text})" if isinstance(condition, Joined) else text


def _path(path: Path[Any, Any], to: Placeholders) -> str:
    return to.name(path.attribute.wire_name)


def render_keys(query: Query[Any, Any], to: Placeholders) -> str:
    """The key condition of a query: equalities from the left, and a range on the last attribute named."""
    path = query.path
    pairs = [*zip(path.partition, query.partition, strict=True), *zip(path.sort, query.pinned, strict=False)]
    clauses = [f"{to.name(part.attribute.name)} = {to.value(wire)}" for part, wire in pairs]
    if query.sort is not None:
        clauses.append(_render_sort(query.sort, path.sort[len(query.pinned)].attribute.name, to))
    return " AND ".join(clauses)


def _render_sort(sort: SortCondition, name: str, to: Placeholders) -> str:
    placeholder, operands = to.name(name), [to.value(operand) for operand in sort.operands]
    if sort.operator == "begins_with":
        return f"begins_with({placeholder}, {operands[0]})"
    if sort.operator == "BETWEEN":
        return f"{placeholder} BETWEEN {operands[0]} AND {operands[1]}"
    return f"{placeholder} {sort.operator} {operands[0]}"


def render_update(
    changes: Iterable[Change[Any]], derived: dict[str, Wire | None], defaults: dict[str, Wire], to: Placeholders
) -> str:
    """The text of an update expression.

    `derived` are index keys to set, or to remove where None; `defaults` are those to set where there are none.
    """
    sections: dict[str, list[str]] = {"SET": [], "REMOVE": [], "ADD": [], "DELETE": []}
    for change in changes:
        section, clause = _clause(change, to)
        sections[section].append(clause)
    for name, wire in derived.items():
        placeholder = to.name(name)
        if wire is None:
            sections["REMOVE"].append(placeholder)
        else:
            sections["SET"].append(f"{placeholder} = {to.value(wire)}")
    for name, wire in defaults.items():
        placeholder = to.name(name)
        sections["SET"].append(f"{placeholder} = if_not_exists({placeholder}, {to.value(wire)})")
    return " ".join(f"{section} {', '.join(clauses)}" for section, clauses in sections.items() if clauses)


def _clause(change: Change[Any], to: Placeholders) -> tuple[str, str]:
    name = to.name(change.path.attribute.wire_name)
    if change.operand is None:
        return "REMOVE", name
    value = to.value(change.operand)
    if change.action == "SET":
        return "SET", f"{name} = {value}"
    if change.action == "SET_IF_MISSING":
        return "SET", f"{name} = if_not_exists({name}, {value})"
    return change.action, f"{name} {value}"
