"""Rules on operands that the service applies before it looks at any item, when the values' types are known."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from dynalayer.engines.embedded.evaluation import comparison
from dynalayer.engines.embedded.evaluation.operands import Values
from dynalayer.engines.embedded.grammar.conditions import CONDITION_FUNCTIONS
from dynalayer.engines.embedded.grammar.lexer import ExpressionError
from dynalayer.engines.embedded.grammar.scope import Scope
from dynalayer.engines.embedded.grammar.syntax import (
    Arithmetic,
    Between,
    Call,
    Comparison,
    In,
    Operand,
    Path,
    Placeholder,
)
from dynalayer.protocol import TYPES, messages
from dynalayer.protocol.limits import IN_OPERANDS

Check = Callable[[Values], None]
"""A rule to apply to the values of a request; raises `ExpressionError`."""

_ORDERED: Final = frozenset({"S", "N", "B"})
_SIZED: Final = frozenset({"S", "B", "L", "M", "SS", "NS", "BS"})
_COUNTS: Final = {
    "attribute_exists": 1,
    "attribute_not_exists": 1,
    "attribute_type": 2,
    "begins_with": 2,
    "contains": 2,
    "size": 1,
    "if_not_exists": 2,
    "list_append": 2,
}
_DISTINCT: Final = frozenset({"begins_with", "contains", "attribute_type"})
_UPDATE_FUNCTIONS: Final = frozenset({"if_not_exists", "list_append"})
_LONG_TYPES: Final = {
    "S": "STRING",
    "N": "NUMBER",
    "B": "BINARY",
    "SS": "STRING_SET",
    "NS": "NUMBER_SET",
    "BS": "BINARY_SET",
    "L": "LIST",
    "M": "MAP",
    "BOOL": "BOOLEAN",
    "NULL": "NULL",
}


def check_functions(calls: Iterable[tuple[Call, bool]], allowed: frozenset[str], place: str) -> None:
    """Refuse unknown functions, those of other expressions, and conditions used as operands or the reverse."""
    found = list(calls)
    for call, _ in found:
        if call.function not in _COUNTS:
            raise ExpressionError(messages.FUNCTION_UNKNOWN.format(call.function))
    for call, as_condition in found:
        if call.function not in allowed:
            raise ExpressionError(messages.FUNCTION_NOT_HERE.format(place, call.function))
        if as_condition != (call.function in CONDITION_FUNCTIONS):
            raise ExpressionError(messages.FUNCTION_AS_CONDITION.format(call.function))


CONDITION_ALLOWED: Final = CONDITION_FUNCTIONS | {"size"}
UPDATE_ALLOWED: Final = _UPDATE_FUNCTIONS


def type_of(operand: Operand, values: Values) -> str | None:
    """The type of an operand if it is known without an item."""
    if isinstance(operand, Placeholder):
        return next(iter(values[operand.name]))
    if isinstance(operand, Arithmetic):
        return "N"
    if isinstance(operand, Call):
        return {"size": "N", "list_append": "L"}.get(operand.function)
    return None


def checks_of(simple: Comparison | Between | In | Call, scope: Scope) -> Iterable[Check]:
    """The rules for one comparison or function; those that need no values are applied at once."""
    if isinstance(simple, Call):
        if simple.function in _DISTINCT and len(simple.operands) == _COUNTS[simple.function]:
            distinct(simple.function, simple.operands[0], simple.operands[1:], scope)
        yield from function_checks(simple)
    elif isinstance(simple, Comparison):
        distinct(simple.operator, simple.left, (simple.right,), scope)
        if simple.operator not in ("=", "<>"):
            yield _typed(simple.operator, (simple.left, simple.right), _ORDERED)
    elif isinstance(simple, Between):
        distinct("BETWEEN", simple.operand, (simple.low, simple.high), scope)
        yield _typed("BETWEEN", (simple.operand, simple.low, simple.high), _ORDERED)
        if isinstance(simple.low, Placeholder) and isinstance(simple.high, Placeholder):
            yield _bounds(simple.low.name, simple.high.name)
    else:
        if len(simple.options) > IN_OPERANDS:
            raise ExpressionError(messages.IN_OPERANDS.format(len(simple.options) + 1))
        distinct("IN", simple.operand, simple.options, scope)


def function_checks(call: Call) -> Iterable[Check]:
    """The rules for a function's operands."""
    if len(call.operands) != _COUNTS[call.function]:
        raise ExpressionError(messages.OPERAND_COUNT.format(call.function, len(call.operands)))
    if call.function in ("attribute_exists", "attribute_not_exists", "if_not_exists"):
        if not isinstance(call.operands[0], Path):
            raise ExpressionError(messages.OPERAND_NOT_PATH.format(call.function))
    elif call.function == "attribute_type":
        yield _type_name(call.operands[1])
    elif call.function == "begins_with":
        yield _typed("begins_with", call.operands, frozenset({"S", "B"}))
    elif call.function == "size":
        yield _typed("size", call.operands, _SIZED)
    elif call.function == "list_append":
        yield _typed("list_append", call.operands, frozenset({"L"}))


def refuse_misused(operand: Operand) -> None:
    """list_append stands for a whole value, never for an operand of a function or of a sum."""
    if isinstance(operand, Call | Arithmetic):
        inner = operand.operands if isinstance(operand, Call) else (operand.left, operand.right)
        for each in inner:
            if isinstance(each, Call) and each.function == "list_append":
                raise ExpressionError(messages.FUNCTION_AS_CONDITION.format(each.function))
            refuse_misused(each)


def distinct(operator: str, first: Operand, others: Iterable[Operand], scope: Scope) -> None:
    """Refuse to compare a path with itself."""
    if isinstance(first, Path):
        for other in others:
            if isinstance(other, Path) and scope.resolve(other) == scope.resolve(first):
                raise ExpressionError(messages.OPERANDS_EQUAL.format(operator, scope.resolve(first)))


def _typed(operator: str, operands: Iterable[Operand], allowed: frozenset[str]) -> Check:
    def check(values: Values) -> None:
        for operand in operands:
            kind = type_of(operand, values)
            if kind is not None and kind not in allowed:
                raise ExpressionError(messages.OPERAND_TYPE.format(operator, kind))

    return check


def arithmetic_check(operand: Arithmetic) -> Check:
    """Sums and differences are of numbers."""

    def check(values: Values) -> None:
        for side in (operand.left, operand.right):
            kind = type_of(side, values)
            if kind is not None and kind != "N":
                raise ExpressionError(messages.OPERAND_TYPE.format(operand.operator, kind))

    return check


def section_check(section: str, name: str) -> Check:
    """ADD takes a number or a set, DELETE a set."""
    allowed = ("N", "SS", "NS", "BS") if section == "ADD" else ("SS", "NS", "BS")

    def check(values: Values) -> None:
        (kind,) = values[name]
        if kind not in allowed:
            raise ExpressionError(messages.UPDATE_OPERAND_TYPE.format(section, _LONG_TYPES[kind]))

    return check


def _bounds(low: str, high: str) -> Check:
    def check(values: Values) -> None:
        first, second = values[low], values[high]
        if first.keys() != second.keys():
            raise ExpressionError(messages.BETWEEN_TYPES.format(_shown(first), _shown(second)))
        if comparison.ordered(comparison.ORDERS[">"], first, second):
            raise ExpressionError(messages.BETWEEN_ORDER.format(_shown(first), _shown(second)))

    return check


def _shown(value: dict[str, str]) -> str:
    ((kind, content),) = value.items()
    return f"{{{kind}:{content}}}"


def _type_name(operand: Operand) -> Check:
    def check(values: Values) -> None:
        kind = type_of(operand, values)
        if not isinstance(operand, Placeholder) or kind != "S":
            raise ExpressionError(messages.OPERAND_TYPE.format("attribute_type", kind or messages.TYPE_SET))
        if values[operand.name]["S"] not in TYPES:
            raise ExpressionError(messages.TYPE_NAME.format(values[operand.name]["S"]))

    return check
