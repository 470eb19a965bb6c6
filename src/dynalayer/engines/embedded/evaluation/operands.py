"""Operands compiled to functions of an item and the values given; None stands for an attribute that is not there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dynalayer.engines.embedded.evaluation import comparison
from dynalayer.engines.embedded.grammar import Scope
from dynalayer.engines.embedded.grammar.syntax import Arithmetic, Element, Operand, Path, Placeholder
from dynalayer.protocol import InvalidValue, Item, ValidationError, Value, messages, numbers

Values = dict[str, Value]
Evaluate = Callable[[Item, Values], Value | None]


def compile_operand(operand: Operand, scope: Scope) -> Evaluate:
    """A function that gives the operand's value."""
    if isinstance(operand, Placeholder):
        name = operand.name
        return lambda item, values: values[name]
    if isinstance(operand, Path):
        return compile_path(scope.resolve(operand).elements)
    if isinstance(operand, Arithmetic):
        return _arithmetic(
            operand.operator, compile_operand(operand.left, scope), compile_operand(operand.right, scope)
        )
    operands = [compile_operand(inner, scope) for inner in operand.operands]
    return _FUNCTIONS[operand.function](*operands)


def compile_path(elements: tuple[Element, ...]) -> Evaluate:
    """A function that looks a document path up."""
    if len(elements) == 1:
        name = str(elements[0])
        return lambda item, values: item.get(name)
    return lambda item, values: look_up(item, elements)


def look_up(item: Item, elements: tuple[Element, ...]) -> Value | None:
    """The value at a path, or None."""
    value: Any = {"M": item}
    for element in elements:
        if isinstance(element, int):
            members = value.get("L")
            if members is None or element >= len(members):
                return None
            value = members[element]
        else:
            members = value.get("M")
            if members is None or element not in members:
                return None
            value = members[element]
    return value  # type: ignore[no-any-return]


def _size(operand: Evaluate) -> Evaluate:
    def evaluate(item: Item, values: Values) -> Value | None:
        value = operand(item, values)
        return None if value is None else comparison.size(value)

    return evaluate


def _if_not_exists(path: Evaluate, otherwise: Evaluate) -> Evaluate:
    def evaluate(item: Item, values: Values) -> Value | None:
        # DynamoDB Local shows that the other operand must exist even where it is not needed.
        value, other = path(item, values), present(otherwise(item, values))
        return other if value is None else value

    return evaluate


def _list_append(left: Evaluate, right: Evaluate) -> Evaluate:
    def evaluate(item: Item, values: Values) -> Value | None:
        first, second = present(left(item, values)), present(right(item, values))
        if "L" not in first or "L" not in second:
            raise ValidationError(messages.UPDATE_TYPE)
        return {"L": first["L"] + second["L"]}

    return evaluate


def _arithmetic(operator: str, left: Evaluate, right: Evaluate) -> Evaluate:
    calculate = numbers.add if operator == "+" else numbers.subtract

    def evaluate(item: Item, values: Values) -> Value | None:
        first, second = present(left(item, values)), present(right(item, values))
        return {"N": calculated(calculate, first, second)}

    return evaluate


def calculated(calculate: Callable[[str, str], str], left: Value, right: Value) -> str:
    """The exact result for two numbers; refuses other types and results that DynamoDB cannot hold."""
    if "N" not in left or "N" not in right:
        raise ValidationError(messages.UPDATE_TYPE)
    try:
        return calculate(left["N"], right["N"])
    except InvalidValue as error:
        raise ValidationError(str(error)) from None


def present(value: Value | None) -> Value:
    """The value, which an update may not do without."""
    if value is None:
        raise ValidationError(messages.ATTRIBUTE_MISSING)
    return value


_FUNCTIONS: dict[str, Callable[..., Evaluate]] = {
    "size": _size,
    "if_not_exists": _if_not_exists,
    "list_append": _list_append,
}
