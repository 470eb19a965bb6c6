"""Key conditions: one equality on the partition key, and at most one condition on the sort key."""

from __future__ import annotations

from typing import NamedTuple

from dynalayer.engines.embedded.grammar.scope import Scope
from dynalayer.engines.embedded.grammar.syntax import (
    And,
    Between,
    Call,
    Comparison,
    Condition,
    In,
    Not,
    Operand,
    Or,
    Path,
    Placeholder,
)
from dynalayer.protocol import ValidationError, messages

_REVERSED = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


class KeyTest(NamedTuple):
    """What a key condition asks of one attribute: an operator, and the placeholders of its bounds."""

    attribute: str
    operator: str
    values: tuple[str, ...]


def key_tests(condition: Condition, scope: Scope) -> tuple[KeyTest, ...]:
    """The tests of a key condition, at most one for each attribute; raises `ValidationError` for other shapes."""
    parts = condition.conditions if isinstance(condition, And) else (condition,)
    tests = tuple(_key_test(part, scope) for part in parts)
    if len({test.attribute for test in tests}) < len(tests):
        raise ValidationError(messages.KEY_CONDITION_TWICE)
    return tests


def _key_test(condition: Condition, scope: Scope) -> KeyTest:
    if isinstance(condition, Not):
        raise ValidationError(messages.KEY_CONDITION_OPERATOR.format("NOT"))
    if isinstance(condition, Or):
        raise ValidationError(messages.KEY_CONDITION_OPERATOR.format("OR"))
    if isinstance(condition, And):
        raise ValidationError(messages.KEY_CONDITION_LENGTH)
    if isinstance(condition, In):
        raise ValidationError(messages.KEY_CONDITION_OPERATOR.format("IN"))
    if isinstance(condition, Between):
        return _test(scope, condition.operand, "BETWEEN", (condition.low, condition.high))
    if isinstance(condition, Call):
        if condition.function != "begins_with":
            raise ValidationError(messages.KEY_CONDITION_OPERATOR.format(condition.function))
        return _test(scope, condition.operands[0], "begins_with", condition.operands[1:])
    return _comparison(condition, scope)


def _comparison(condition: Comparison, scope: Scope) -> KeyTest:
    if condition.operator == "<>":
        raise ValidationError(messages.KEY_CONDITION_OPERATOR.format("<>"))
    if isinstance(condition.left, Placeholder):
        return _test(scope, condition.right, _REVERSED[condition.operator], (condition.left,))
    return _test(scope, condition.left, condition.operator, (condition.right,))


def _test(scope: Scope, path: Operand, operator: str, bounds: tuple[Operand, ...]) -> KeyTest:
    names: list[str] = []
    if not isinstance(path, Path):
        raise ValidationError(messages.KEY_CONDITION_NESTED)
    for bound in bounds:
        if isinstance(bound, Path):
            raise ValidationError(messages.KEY_CONDITION_PATHS)
        if not isinstance(bound, Placeholder):
            raise ValidationError(messages.KEY_CONDITION_NESTED)
        names.append(bound.name)
    attribute, *nested = scope.resolve(path).elements
    if nested:
        raise ValidationError(messages.KEY_CONDITION_NESTED_PATH)
    return KeyTest(str(attribute), operator, tuple(names))
