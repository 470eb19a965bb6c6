"""Conditions compiled to functions of an item and the values given."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from dynalayer.engines.embedded.evaluation import comparison
from dynalayer.engines.embedded.evaluation.operands import Evaluate, Values, compile_operand
from dynalayer.engines.embedded.grammar import Scope
from dynalayer.engines.embedded.grammar.scope import operands_of, simple_conditions
from dynalayer.engines.embedded.grammar.syntax import (
    And,
    Arithmetic,
    Between,
    Call,
    Comparison,
    Condition,
    In,
    Not,
    Operand,
    Or,
)
from dynalayer.protocol import Item, Value

Test = Callable[[Item, Values], bool]


def calls_of(condition: Condition) -> Iterator[tuple[Call, bool]]:
    """Every function in a condition, and whether it stands as a condition of its own."""
    for simple in simple_conditions(condition):
        if isinstance(simple, Call):
            yield simple, True
        for operand in operands_of(simple):
            yield from ((call, False) for call in inner_calls(operand))


def inner_calls(operand: Operand) -> Iterator[Call]:
    """Every function in an operand."""
    stack = [operand]
    while stack:
        top = stack.pop()
        if isinstance(top, Call):
            yield top
            stack.extend(reversed(top.operands))
        elif isinstance(top, Arithmetic):
            stack += [top.right, top.left]


def innermost_first(operand: Operand) -> list[Call]:
    """Every function in an operand, those that are operands of others before them."""
    return list(reversed(list(inner_calls(operand))))


def compile_condition(condition: Condition, scope: Scope) -> Test:
    """A function that tells whether the condition holds."""
    if isinstance(condition, And | Or):
        tests = [compile_condition(part, scope) for part in condition.conditions]
        return _all(tests) if isinstance(condition, And) else _any(tests)
    if isinstance(condition, Not):
        test = compile_condition(condition.condition, scope)
        return lambda item, values: not test(item, values)
    operands = [compile_operand(operand, scope) for operand in operands_of(condition)]
    if isinstance(condition, Comparison):
        return _comparison(condition.operator, operands[0], operands[1])
    if isinstance(condition, Between):
        return _between(operands[0], operands[1], operands[2])
    if isinstance(condition, In):
        return _in(operands[0], operands[1:])
    return _FUNCTIONS[condition.function](*operands)


def _all(tests: list[Test]) -> Test:
    def test(item: Item, values: Values) -> bool:
        # A generator would cost more than the tests themselves.
        for part in tests:  # noqa: SIM110
            if not part(item, values):
                return False
        return True

    return test


def _any(tests: list[Test]) -> Test:
    def test(item: Item, values: Values) -> bool:
        for part in tests:  # noqa: SIM110
            if part(item, values):
                return True
        return False

    return test


def _comparison(operator: str, left: Evaluate, right: Evaluate) -> Test:
    if operator in ("=", "<>"):
        return _equality(left, right, expected=operator == "=")
    order = comparison.ORDERS[operator]

    def test(item: Item, values: Values) -> bool:
        first, second = left(item, values), right(item, values)
        return first is not None and second is not None and comparison.ordered(order, first, second)

    return test


def _equality(left: Evaluate, right: Evaluate, *, expected: bool) -> Test:
    def test(item: Item, values: Values) -> bool:
        first, second = left(item, values), right(item, values)
        if first is None or second is None:
            return not expected
        return comparison.equal(first, second) is expected

    return test


def _between(operand: Evaluate, low: Evaluate, high: Evaluate) -> Test:
    least, most = comparison.ORDERS["<="], comparison.ORDERS[">="]

    def test(item: Item, values: Values) -> bool:
        value, first, last = operand(item, values), low(item, values), high(item, values)
        if value is None or first is None or last is None:
            return False
        return comparison.ordered(least, first, value) and comparison.ordered(most, last, value)

    return test


def _in(operand: Evaluate, options: list[Evaluate]) -> Test:
    def test(item: Item, values: Values) -> bool:
        value = operand(item, values)
        if value is None:
            return False
        found = (option(item, values) for option in options)
        return any(option is not None and comparison.equal(value, option) for option in found)

    return test


def _exists(path: Evaluate) -> Test:
    return lambda item, values: path(item, values) is not None


def _not_exists(path: Evaluate) -> Test:
    return lambda item, values: path(item, values) is None


def _type(operand: Evaluate, name: Evaluate) -> Test:
    def test(item: Item, values: Values) -> bool:
        value, kind = operand(item, values), name(item, values)
        return value is not None and kind is not None and kind["S"] in value

    return test


def _both(relation: Callable[[Value, Value], bool]) -> Callable[[Evaluate, Evaluate], Test]:
    def compiled(left: Evaluate, right: Evaluate) -> Test:
        def test(item: Item, values: Values) -> bool:
            first, second = left(item, values), right(item, values)
            return first is not None and second is not None and relation(first, second)

        return test

    return compiled


_FUNCTIONS: dict[str, Callable[..., Test]] = {
    "attribute_exists": _exists,
    "attribute_not_exists": _not_exists,
    "attribute_type": _type,
    "begins_with": _both(comparison.begins_with),
    "contains": _both(comparison.contains),
}
