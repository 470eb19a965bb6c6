"""Expected, QueryFilter, ScanFilter and KeyConditions, translated into compiled conditions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from dynalayer.engines.embedded.evaluation.conditions import compile_condition
from dynalayer.engines.embedded.evaluation.keyconditions import KeyTest
from dynalayer.engines.embedded.evaluation.operands import Values
from dynalayer.engines.embedded.expressions import ConditionExpression, KeyConditionExpression
from dynalayer.engines.embedded.grammar import Scope
from dynalayer.engines.embedded.grammar.syntax import (
    And,
    Between,
    Call,
    Comparison,
    Condition,
    In,
    Not,
    Or,
    Path,
    Placeholder,
)
from dynalayer.engines.embedded.legacy.arguments import check_arguments, check_name
from dynalayer.engines.embedded.legacy.exclusion import check_joining
from dynalayer.engines.embedded.legacy.shapes import Conditions, Expectations, Expected
from dynalayer.protocol import ValidationError, Value, check_value, messages

_SIGNS: Final = {"EQ": "=", "NE": "<>", "LE": "<=", "LT": "<", "GE": ">=", "GT": ">"}
_KEY_OPERATORS: Final = {"EQ": "=", "LE": "<=", "LT": "<", "GE": ">=", "GT": ">"} | {
    "BETWEEN": "BETWEEN",
    "BEGINS_WITH": "begins_with",
}
Comparisons = Mapping[str, tuple[str, Sequence[Value]]]
"""Attribute name to a comparison operator and its arguments."""


def expected(given: Expectations | None, operator: str | None) -> tuple[ConditionExpression | None, Values]:
    """The condition that an Expected stands for, and its values; None for an empty one."""
    check_joining(operator, len(given or ()))
    comparisons = {name: _expectation(name, each) for name, each in (given or {}).items()}
    return _joined("Expected", comparisons, operator)


def filter_(
    parameter: str, given: Conditions | None, operator: str | None
) -> tuple[ConditionExpression | None, Values]:
    """The filter that a QueryFilter or ScanFilter stands for, and its values; None for an empty one."""
    check_joining(operator, len(given or ()))
    return _joined(parameter, _comparisons(given or {}), operator)


def key_conditions(given: Conditions) -> tuple[KeyConditionExpression, Values]:
    """The key condition that KeyConditions stand for, and its values."""
    comparisons = _comparisons(given)
    if not 1 <= len(given) <= 2:
        raise ValidationError(messages.KEY_CONDITION_LENGTH)
    tests: list[KeyTest] = []
    values: Values = {}
    for name, (operator, arguments) in comparisons.items():
        if operator not in _KEY_OPERATORS:
            raise ValidationError(messages.LEGACY_NOT_INDEXABLE)
        # A prefix keeps these values apart from those of a FilterExpression beside them.
        bounds = _bound("key", name, arguments, values)
        tests.append(KeyTest(name, _KEY_OPERATORS[operator], tuple(bound.name for bound in bounds)))
    compiled = KeyConditionExpression(
        parameter="KeyConditions", names=frozenset(), values=tuple(values), tests=tuple(tests)
    )
    return compiled, values


def _comparisons(given: Conditions) -> Comparisons:
    comparisons = {name: (each.comparison_operator, each.attribute_value_list or ()) for name, each in given.items()}
    for name, (operator, arguments) in comparisons.items():
        check_name(name)
        check_arguments(operator, arguments)
    return comparisons


def _expectation(name: str, given: Expected) -> tuple[str, Sequence[Value]]:
    check_name(name)
    if given.value is not None and given.attribute_value_list is not None:
        raise ValidationError(messages.EXPECTED_VALUE_TWICE.format(name))
    if given.comparison_operator is not None:
        return _compared(name, given, given.comparison_operator)
    if given.attribute_value_list is not None:
        raise ValidationError(messages.EXPECTED_LIST_ALONE.format(name))
    if given.exists is False:
        if given.value is not None:
            raise ValidationError(messages.EXPECTED_VALUE_OF_NOTHING.format(name))
        return "NULL", ()
    if given.value is None:
        raise ValidationError(messages.EXPECTED_VALUE_MISSING.format("true" if given.exists else "null", name))
    check_value(given.value)
    return "EQ", (given.value,)


def _compared(name: str, given: Expected, operator: str) -> tuple[str, Sequence[Value]]:
    if given.exists is not None:
        raise ValidationError(messages.EXPECTED_EXISTS_COMPARED.format(name))
    arguments = given.attribute_value_list
    if given.value is not None:
        arguments = [given.value]
    if arguments is None and operator not in ("NULL", "NOT_NULL"):
        raise ValidationError(messages.EXPECTED_ARGUMENTS_MISSING.format(operator, name))
    check_arguments(operator, arguments or ())
    return operator, arguments or ()


def _joined(
    parameter: str, comparisons: Comparisons, operator: str | None
) -> tuple[ConditionExpression | None, Values]:
    if not comparisons:
        return None, {}
    values: Values = {}
    parts = tuple(_tree(name, kind, _bound("", name, args, values)) for name, (kind, args) in comparisons.items())
    tree = parts[0] if len(parts) == 1 else (Or if operator == "OR" else And)(parts)
    compiled = ConditionExpression(
        parameter=parameter,
        names=frozenset(),
        values=tuple(values),
        test=compile_condition(tree, Scope({})),
        attributes=frozenset(comparisons),
    )
    return compiled, values


def _bound(prefix: str, name: str, arguments: Sequence[Value], values: Values) -> tuple[Placeholder, ...]:
    """Placeholders for the arguments, which are put among the values."""
    placeholders = tuple(Placeholder(f"{prefix} {position} {name}") for position in range(len(arguments)))
    values.update({each.name: argument for each, argument in zip(placeholders, arguments, strict=True)})
    return placeholders


def _tree(name: str, operator: str, arguments: tuple[Placeholder, ...]) -> Condition:
    path = Path((name,))
    if operator in _SIGNS:
        return Comparison(_SIGNS[operator], path, arguments[0])
    if operator == "BETWEEN":
        return Between(path, *arguments)
    if operator == "IN":
        return In(path, arguments)
    if operator == "NOT_CONTAINS":
        # An attribute that is not there neither contains nor lacks anything.
        return And((Call("attribute_exists", (path,)), Not(Call("contains", (path, *arguments)))))
    functions = {"NULL": "attribute_not_exists", "NOT_NULL": "attribute_exists"}
    return Call(functions.get(operator, operator.lower()), (path, *arguments))
