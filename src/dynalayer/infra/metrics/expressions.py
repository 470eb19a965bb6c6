"""Metric math: the expressions of CloudWatch over several metrics, one moment at a time."""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping
from typing import Final

from dynalayer.protocol import DefinitionError, InvalidValue

Value = float | None
"""What a metric is at a moment; None where it has no data point."""

FUNCTIONS: Final = frozenset({"IF", "FILL", "ABS", "CEIL", "FLOOR"})
"""The functions that can be evaluated here; CloudWatch has more."""

_AND: Final = re.compile(r"&&|\bAND\b")
_OR: Final = re.compile(r"\|\||\bOR\b")


def parse(expression: str) -> ast.expr:
    """The tree of an expression; raises `DefinitionError` for what is none."""
    # What CloudWatch's grammar shares with Python's is all that is needed, but for the names of and, or and power.
    text = _OR.sub(" or ", _AND.sub(" and ", expression)).replace("^", "**")
    try:
        return ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        raise DefinitionError(f"the metric expression {expression!r} cannot be read: {error.msg}") from None


def names_of(tree: ast.expr) -> set[str]:
    """The ids of the metrics that an expression names."""
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in called}


def evaluated(tree: ast.expr, values: Mapping[str, Value]) -> Value:
    """What an expression is where its metrics have these values.

    A missing operand and a division by zero give no value; a comparison gives 1 or 0. Raises `InvalidValue` for
    functions of CloudWatch that are not known here.
    """
    match tree:
        case ast.Constant(value=int() | float() as value):
            return float(value)
        case ast.Name(id=name):
            return values[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _applied(lambda value: -value, evaluated(operand, values))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
            return _applied(_ARITHMETIC[type(op)], evaluated(left, values), evaluated(right, values))
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARISONS:
            return _applied(_COMPARISONS[type(op)], evaluated(left, values), evaluated(right, values))
        case ast.BoolOp(op=op, values=parts):
            of = all if isinstance(op, ast.And) else any
            return _applied(lambda *given: of(given), *(evaluated(part, values) for part in parts))
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _called(name, arguments, values)
        case _:
            raise InvalidValue(f"{ast.unparse(tree)!r} in a metric expression is not known to this evaluator")


def _called(name: str, arguments: list[ast.expr], values: Mapping[str, Value]) -> Value:
    match name, arguments:
        case "IF", [condition, then, *otherwise] if len(otherwise) < 2:
            met = evaluated(condition, values)
            if met is None:
                return None
            if met:
                return evaluated(then, values)
            return evaluated(otherwise[0], values) if otherwise else None
        case "FILL", [given, instead]:
            value = evaluated(given, values)
            return evaluated(instead, values) if value is None else value
        case (("ABS" | "CEIL" | "FLOOR"), [given]):
            return _applied(_ROUNDING[name], evaluated(given, values))
        case _:
            raise InvalidValue(f"{name} with {len(arguments)} arguments is not known to this evaluator")


def _applied(function: Callable[..., float], *values: Value) -> Value:
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return None
    try:
        return float(function(*known))
    except ZeroDivisionError:
        return None


_ROUNDING: Final[dict[str, Callable[[float], float]]] = {"ABS": abs, "CEIL": math.ceil, "FLOOR": math.floor}

_ARITHMETIC: Final[dict[type[ast.operator], Callable[[float, float], float]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}

_COMPARISONS: Final[dict[type[ast.cmpop], Callable[[float, float], bool]]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
