"""Conditions and changes as expression text with placeholders for every name and value."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from dynalayer.protocol import InvalidValue
from dynalayer.protocol.limits import EXPRESSION_BYTES, EXPRESSION_OPERATORS
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
    Size,
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
        """Put the names and values that were used into a request, whose expressions are whole.

        Raises `InvalidValue` for an expression over the service's limits.
        """
        for name, text in request.items():
            # No operator is shorter than a placeholder and the space around it, so short texts need no count.
            if type(text) is str and len(text) > EXPRESSION_OPERATORS * 3 and name.endswith("Expression"):
                check_expression(name, text)
        if self.names:
            request["ExpressionAttributeNames"] = {placeholder: name for name, placeholder in self.names.items()}
        if self.values:
            request["ExpressionAttributeValues"] = self.values


_OPERATORS = re.compile(r"BETWEEN \S+ AND|AND|OR|NOT|IN|<=|>=|<>|[<>=+]|[a-z_]+\(|(?<=[0-9]) :").findall
"""What the service counts: operators and functions, and the space before the value of an ADD or DELETE."""


def check_expression(name: str, text: str) -> None:
    """Refuse what the service would: over 4 KB, or over 300 operators and functions (guide, "Service quotas")."""
    if len(text) > EXPRESSION_BYTES:
        raise InvalidValue(
            f"the {name} is {len(text):,} characters long, the service takes {EXPRESSION_BYTES:,}: "
            "use fewer changes or conditions, or write the whole item"
        )
    operators = len(_OPERATORS(text))
    if operators > EXPRESSION_OPERATORS:
        raise InvalidValue(
            f"the {name} has {operators} operators and functions, the service takes {EXPRESSION_OPERATORS}: use fewer "
            "changes or conditions, or is_in for many values"
        )


def render_condition(condition: Condition[Any], to: Placeholders) -> str:
    """The text of a condition expression."""
    match condition:
        case Comparison(operator, left, right):
            return f"{_operand(left, to)} {operator} {_operand(right, to)}"
        case Between(path, low, high):
            return f"{_operand(path, to)} BETWEEN {to.value(low)} AND {to.value(high)}"
        case Membership(path, values):
            return f"{_operand(path, to)} IN ({', '.join(to.value(value) for value in values)})"
        case Call(function, path, operand):
            arguments = _operand(path, to) if operand is None else f"{_operand(path, to)}, {to.value(operand)}"
            return f"{function}({arguments})"
        case Joined(operator, conditions):
            return f" {operator} ".join([_joined(part, operator, to) for part in conditions])
        case Negated(inner):
            text = render_condition(inner, to)
            return f"NOT ({text})" if isinstance(inner, Joined) else f"NOT {text}"
        case _:
            raise TypeError(f"not a condition: {condition!r}")


def _joined(condition: Condition[Any], operator: str, to: Placeholders) -> str:
    text = render_condition(condition, to)
    # The service refuses redundant parentheses, so only what binds weaker gets them.
    is_weaker = isinstance(condition, Joined) and condition.operator == "OR" and operator == "AND"
    return f"({text})" if is_weaker else text


def _operand(operand: Path[Any, Any] | Size[Any] | Wire, to: Placeholders) -> str:
    match operand:
        case Path():
            return render_path(operand, to)
        case Size():
            return f"size({render_path(operand.path, to)})"
        case _:
            return to.value(operand)


def render_names(names: Iterable[str], to: Placeholders) -> str:
    """The way to an attribute: through the map that it is kept in, where it is in one."""
    return ".".join([to.name(name) for name in names])


def render_path(path: Path[Any, Any], to: Placeholders) -> str:
    """A document path: an attribute, and the steps to a part of it."""
    attribute = path.attribute
    text = to.name(attribute.wire_name)
    if attribute.inside:
        text = f"{to.name(attribute.inside)}.{text}"
    for step in path.steps:
        text += f"[{step}]" if isinstance(step, int) else f".{to.name(step)}"
    return text


def render_keys(query: Query[Any, Any], to: Placeholders) -> str:
    """The key condition of a query: equalities from the left, and a range on the last attribute named."""
    path = query.path
    # The sort key may have fewer values than parts: its last ones are free.
    pairs = zip(path.parts, query.partition + query.pinned, strict=False)
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
    """The section of an update expression that a change belongs to, and its text there."""
    path = render_path(change.path, to)
    if change.action == "COPY" and change.source is not None:
        plus = "" if change.operand is None else f" + {to.value(change.operand)}"
        return "SET", f"{path} = {render_path(change.source, to)}{plus}"
    if change.operand is None:
        return "REMOVE", path
    value = to.value(change.operand)
    match change.action:
        case "SET":
            return "SET", f"{path} = {value}"
        case "SET_IF_MISSING":
            return "SET", f"{path} = if_not_exists({path}, {value})"
        case "APPEND":
            return "SET", f"{path} = list_append(if_not_exists({path}, {to.value({'L': []})}), {value})"
        case "PREPEND":
            return "SET", f"{path} = list_append({value}, if_not_exists({path}, {to.value({'L': []})}))"
        case "ADD" if change.path.steps or change.path.attribute.inside:
            # The service adds to whole attributes only (API reference, UpdateItem).
            return "SET", f"{path} = if_not_exists({path}, {to.value({'N': '0'})}) + {value}"
        case action:
            return action, f"{path} {value}"
