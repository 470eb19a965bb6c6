"""How a WHERE clause reaches its items: by the full key, by partitions, or by reading everything.

The service looks for equalities on the key attributes among the conditions that AND joins (guide, "PartiQL select
statements"); IN, and OR of equalities, on the partition key make one query for each value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Final

from dynalayer.engines.embedded.evaluation.operands import Values
from dynalayer.engines.embedded.grammar.syntax import (
    And,
    Between,
    Call,
    Comparison,
    Condition,
    In,
    Operand,
    Or,
    Path,
    Placeholder,
)
from dynalayer.engines.embedded.items.access import Source
from dynalayer.engines.embedded.tables.shape import Table
from dynalayer.protocol import Item, ValidationError, messages
from dynalayer.protocol.limits import STATEMENT_PARTITIONS

_RANGES: Final = frozenset({"<", "<=", ">", ">="})

Conditions = tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Keyed:
    """One item, by its key; `rest` are the conditions beside."""

    key: Item
    rest: Conditions


@dataclass(frozen=True, slots=True)
class Partitions:
    """Some partitions, each by the values of its attributes.

    `within` are the conditions on the sort key, `rest` those beside.
    """

    source: Source
    keys: tuple[tuple[Placeholder, ...], ...]
    within: Conditions
    rest: Conditions

    def conditions(self, key: tuple[Placeholder, ...]) -> Conditions:
        """The key conditions that read one of the partitions."""
        parts = self.source.hashes.parts
        equal = [Comparison("=", Path((part.name,)), value) for part, value in zip(parts, key, strict=True)]
        return (*equal, *self.within)

    def is_fixed(self, attribute: str) -> bool:
        """Whether an attribute of the sort key has one value."""
        return any(_equal_to(condition, attribute) is not None for condition in self.within)


def conjuncts(where: Condition | None) -> Conditions:
    """The conditions that must all hold."""
    if where is None:
        return ()
    return where.conditions if isinstance(where, And) else (where,)


def joined(conditions: Conditions) -> Condition:
    """One condition that holds when all of them do."""
    return conditions[0] if len(conditions) == 1 else And(conditions)


def keyed(table: Table, where: Condition | None, values: Values) -> Keyed | None:
    """The one item that a WHERE clause names by equalities on all key attributes, or None."""
    rest = list(conjuncts(where))
    key: Item = {}
    for part in table.key_parts():
        for condition in rest:
            constant = _equal_to(condition, part.name)
            if constant is not None:
                key[part.name] = values[constant.name]
                rest.remove(condition)
                break
        else:
            return None
    return Keyed(key, tuple(rest))


def required_key(table: Table, where: Condition | None, values: Values) -> Keyed:
    """The one item that an UPDATE or DELETE names; raises `ValidationError` when it names none."""
    found = keyed(table, where, values)
    if found is None:
        raise ValidationError(messages.WHERE_KEY)
    return found


def partitions(source: Source, where: Condition | None, values: Values) -> Partitions | None:
    """The partitions that a WHERE clause names, or None when everything has to be read."""
    rest = list(conjuncts(where))
    options: list[list[Placeholder]] = []
    for part in source.hashes.parts:
        constants = _taken_choices(rest, part.name)
        if constants is None:
            return None
        options.append(list({repr(values[constant.name]): constant for constant in constants}.values()))
    count = prod(map(len, options))
    if count > STATEMENT_PARTITIONS:
        raise ValidationError(messages.IN_OPERANDS.format(count))
    within = _taken_ranges(rest, [part.name for part in source.ranges.parts])
    return Partitions(source, tuple(product(*options)), within, tuple(rest))


def _taken_choices(rest: list[Condition], attribute: str) -> list[Placeholder] | None:
    """The values that an attribute may have; the condition that says just this is taken out of the rest."""
    for condition in rest:
        constant = _equal_to(condition, attribute)
        if constant is not None:
            rest.remove(condition)
            return [constant]
    for condition in rest:
        found = _choices(condition, attribute)
        if found is not None:
            if isinstance(condition, In):
                rest.remove(condition)
            return found
    return None


def _choices(condition: Condition, attribute: str) -> list[Placeholder] | None:
    constant = _equal_to(condition, attribute)
    if constant is not None:
        return [constant]
    if isinstance(condition, In) and condition.operand == Path((attribute,)):
        return _constants(condition.options)
    if isinstance(condition, And):
        found = (_choices(part, attribute) for part in condition.conditions)
        return next((choices for choices in found if choices is not None), None)
    if isinstance(condition, Or):
        union: list[Placeholder] = []
        for part in condition.conditions:
            choices = _choices(part, attribute)
            if choices is None:
                return None
            union += choices
        return union
    return None


def _taken_ranges(rest: list[Condition], attributes: Sequence[str]) -> Conditions:
    """The conditions on the sort key: equalities from the left, then one range; they are taken out of the rest."""
    taken: list[Condition] = []
    for attribute in attributes:
        found = next((c for c in rest if _equal_to(c, attribute) is not None), None)
        if found is None:
            found = next((c for c in rest if _is_range(c, attribute)), None)
            if found is not None:
                taken.append(found)
                rest.remove(found)
            break
        taken.append(found)
        rest.remove(found)
    return tuple(taken)


def _is_range(condition: Condition, attribute: str) -> bool:
    path = Path((attribute,))
    if isinstance(condition, Comparison) and condition.operator in _RANGES:
        sides = (condition.left, condition.right)
        return path in sides and any(isinstance(side, Placeholder) for side in sides)
    if isinstance(condition, Between):
        return condition.operand == path and _constants((condition.low, condition.high)) is not None
    if isinstance(condition, Call) and condition.function == "begins_with" and len(condition.operands) == 2:
        return condition.operands[0] == path and isinstance(condition.operands[1], Placeholder)
    return False


def _equal_to(condition: Condition, attribute: str) -> Placeholder | None:
    if isinstance(condition, Comparison) and condition.operator == "=":
        for path, constant in ((condition.left, condition.right), (condition.right, condition.left)):
            if path == Path((attribute,)) and isinstance(constant, Placeholder):
                return constant
    return None


def _constants(operands: Sequence[Operand]) -> list[Placeholder] | None:
    found = [operand for operand in operands if isinstance(operand, Placeholder)]
    return found if len(found) == len(operands) else None
