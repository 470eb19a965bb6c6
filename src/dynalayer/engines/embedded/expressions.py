"""The expressions of a request: compiled once for each text and set of names, then bound to the request's values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeVar

from dynalayer.engines.embedded.evaluation import checks
from dynalayer.engines.embedded.evaluation.checks import Check
from dynalayer.engines.embedded.evaluation.conditions import (
    Test,
    calls_of,
    compile_condition,
    inner_calls,
    innermost_first,
)
from dynalayer.engines.embedded.evaluation.keyconditions import KeyTest, key_tests
from dynalayer.engines.embedded.evaluation.operands import Values, compile_operand, compile_path
from dynalayer.engines.embedded.evaluation.paths import Projection, check_distinct
from dynalayer.engines.embedded.evaluation.updates import Apply, Step, compile_update
from dynalayer.engines.embedded.grammar import (
    ExpressionError,
    Scope,
    parse_condition,
    parse_projection,
    parse_update,
)
from dynalayer.engines.embedded.grammar.scope import (
    leaves_of_action,
    leaves_of_condition,
    operands_of,
    simple_conditions,
)
from dynalayer.engines.embedded.grammar.syntax import Action, Arithmetic, Condition, Operand, Placeholder
from dynalayer.engines.embedded.requests import placeholders
from dynalayer.engines.embedded.tables.shape import Table
from dynalayer.protocol import ValidationError, messages

NameItems = tuple[tuple[str, str], ...]
_CACHED_TEXTS: Final = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """What every compiled expression tells: the parameter it came in, its placeholders, and its rules on values."""

    parameter: str
    names: frozenset[str]
    values: tuple[str, ...]
    checks: tuple[Check, ...] = ()
    nested: tuple[str, ...] = ()
    """The attributes that paths lead into."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionExpression(Expression):
    """A condition or filter; `attributes` are the top-level attributes it looks at."""

    test: Test
    attributes: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyConditionExpression(Expression):
    """A key condition as one test for each key attribute that it names."""

    tests: tuple[KeyTest, ...]
    fault: str | None = None
    """Why it is no key condition; told once all other expressions are known to be sound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectionExpression(Expression):
    """The attributes to return."""

    projection: Projection


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateExpression(Expression):
    """An update; `touched` are its paths, and `attributes` the top-level attributes that it changes."""

    apply: Apply
    touched: Projection
    attributes: frozenset[str]


_Compiled = TypeVar("_Compiled", bound=Expression)


def condition(text: str | None, names: dict[str, str] | None) -> ConditionExpression | None:
    """The compiled ConditionExpression, if there is one."""
    return None if text is None else _condition(text, _hashable(names), "ConditionExpression")


def filter_(text: str | None, names: dict[str, str] | None) -> ConditionExpression | None:
    """The compiled FilterExpression, if there is one."""
    return None if text is None else _condition(text, _hashable(names), "FilterExpression")


def key_condition(text: str, names: dict[str, str] | None) -> KeyConditionExpression:
    """The compiled KeyConditionExpression."""
    return _key_condition(text, _hashable(names), "KeyConditionExpression")


def projection(text: str | None, names: dict[str, str] | None) -> ProjectionExpression | None:
    """The compiled ProjectionExpression, if there is one."""
    return None if text is None else _projection(text, _hashable(names), "ProjectionExpression")


def projected(text: str | None, names: dict[str, str] | None) -> ProjectionExpression | None:
    """The projection of a request that has no other expression, its names checked."""
    if names is None:
        return projection(text, names)
    placeholders.check(names, None, "", needed=text is not None)
    found = projection(text, names)
    use(names, None, found)
    return found


def update(text: str | None, names: dict[str, str] | None) -> UpdateExpression | None:
    """The compiled UpdateExpression, if there is one."""
    return None if text is None else _update(text, _hashable(names), "UpdateExpression")


def bind(names: dict[str, str] | None, values: Values | None, missing: str, *given: Expression | None) -> Values:
    """Check the request's names and values, then `use` them; for callers whose expressions are known to be sound."""
    placeholders.check(names, values, missing, needed=any(expression is not None for expression in given))
    return use(names, values, *given)


def use(names: dict[str, str] | None, values: Values | None, *given: Expression | None) -> Values:
    """The values for the expressions; names and values have been checked (`placeholders.check`).

    Raises `ValidationError` for undefined placeholders, operands of wrong types, and names or values that no
    expression uses.
    """
    expressions = [expression for expression in given if expression is not None]
    values = values or {}
    for expression in expressions:
        _check_expression(expression, values)
    if names:
        placeholders.refuse_unused(names, [e.names for e in expressions], messages.NAMES_UNUSED)
    if values:
        placeholders.refuse_unused(values, [e.values for e in expressions], messages.VALUES_UNUSED)
    return values


def refuse_nested_keys(table: Table, *given: Expression | None) -> None:
    """Refuse paths into key attributes of the table or of its indexes."""
    for expression in given:
        if expression is not None and expression.nested:
            table.refuse_nested(expression.nested)


def _check_expression(expression: Expression, values: Values) -> None:
    try:
        for name in expression.values:
            if name not in values:
                raise ExpressionError(messages.VALUE_UNDEFINED.format(name))
        for check in expression.checks:
            check(values)
    except ExpressionError as error:
        raise ValidationError(messages.EXPRESSION.format(expression.parameter, error)) from None


def _hashable(names: dict[str, str] | None) -> NameItems:
    return () if names is None else tuple(names.items())


def _cached(
    compiler: Callable[[str, Scope, str], _Compiled],
) -> Callable[[str, NameItems, str], _Compiled]:
    """Remember compiled expressions by text and names; faulty ones are told with their parameter's name."""

    @lru_cache(_CACHED_TEXTS)
    def compiled(text: str, names: NameItems, parameter: str) -> _Compiled:
        try:
            return compiler(text, Scope(dict(names)), parameter)
        except ExpressionError as error:
            raise ValidationError(messages.EXPRESSION.format(parameter, error)) from None
        except RecursionError:
            raise ValidationError(messages.EXPRESSION.format(parameter, messages.NESTED_TOO_DEEP)) from None

    return compiled


def _checked_condition(text: str, scope: Scope) -> tuple[Condition, list[Check]]:
    """The syntax tree, once the rules that need no values are met, and the rules that do."""
    tree = parse_condition(text)
    calls = list(calls_of(tree))
    checks.check_functions(calls, checks.CONDITION_ALLOWED, "a condition")
    scope.check(leaves_of_condition(tree))
    rules: list[Check] = []
    for simple in simple_conditions(tree):
        for operand in operands_of(simple):
            rules += [rule for call in innermost_first(operand) for rule in checks.function_checks(call)]
        rules += checks.checks_of(simple, scope)
    return tree, rules


@_cached
def _condition(text: str, scope: Scope, parameter: str) -> ConditionExpression:
    tree, rules = _checked_condition(text, scope)
    return ConditionExpression(
        parameter=parameter,
        names=frozenset(scope.used_names),
        values=tuple(scope.used_values),
        checks=tuple(rules),
        nested=scope.nested,
        test=compile_condition(tree, scope),
        attributes=frozenset(scope.attributes),
    )


@_cached
def _key_condition(text: str, scope: Scope, parameter: str) -> KeyConditionExpression:
    tree, rules = _checked_condition(text, scope)
    fault = None
    tests: tuple[KeyTest, ...] = ()
    try:
        tests = key_tests(tree, scope)
    except ValidationError as error:
        fault = error.message
    return KeyConditionExpression(
        parameter=parameter,
        names=frozenset(scope.used_names),
        values=tuple(scope.used_values),
        checks=tuple(rules),
        nested=scope.nested,
        tests=tests,
        fault=fault,
    )


@_cached
def _projection(text: str, scope: Scope, parameter: str) -> ProjectionExpression:
    paths = parse_projection(text)
    scope.check(paths)
    resolved = [scope.resolve(path) for path in paths]
    check_distinct(resolved)
    return ProjectionExpression(
        parameter=parameter,
        names=frozenset(scope.used_names),
        values=(),
        nested=scope.nested,
        projection=Projection(resolved),
    )


@_cached
def _update(text: str, scope: Scope, parameter: str) -> UpdateExpression:
    actions = parse_update(text)
    operands = [action.operand for action in actions if action.operand is not None]
    calls = [call for operand in operands for call in inner_calls(operand)]
    checks.check_functions(((call, False) for call in calls), checks.UPDATE_ALLOWED, "an update")
    for operand in operands:
        checks.refuse_misused(operand)
    scope.check([leaf for action in actions for leaf in leaves_of_action(action)])
    paths = [scope.resolve(action.path) for action in actions]
    check_distinct(paths)
    for call in calls:
        if call.function == "if_not_exists" and len(call.operands) > 1:
            checks.distinct(call.function, call.operands[0], call.operands[1:], scope)
    rules = [rule for call in calls for rule in checks.function_checks(call)]
    rules += [checks.arithmetic_check(operand) for operand in operands if isinstance(operand, Arithmetic)]
    rules += [rule for action in actions for rule in _section_checks(action)]
    return UpdateExpression(
        parameter=parameter,
        names=frozenset(scope.used_names),
        values=tuple(scope.used_values),
        checks=tuple(rules),
        nested=scope.nested,
        apply=compile_update([_step(action, scope) for action in actions]),
        touched=Projection(paths),
        attributes=frozenset(str(path.elements[0]) for path in paths),
    )


def _section_checks(action: Action) -> list[Check]:
    if action.section in ("ADD", "DELETE") and isinstance(action.operand, Placeholder):
        return [checks.section_check(action.section, action.operand.name)]
    return []


def _step(action: Action, scope: Scope) -> Step:
    elements = scope.resolve(action.path).elements
    operand: Operand | None = action.operand
    return (
        action.section,
        elements,
        compile_path(elements) if operand is None else compile_operand(operand, scope),
    )
