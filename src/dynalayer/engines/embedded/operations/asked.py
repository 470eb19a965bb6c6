"""What a Query or Scan asks for: its expressions, or the legacy parameters that stand in their place."""

from __future__ import annotations

from typing import NamedTuple

from dynalayer.engines.embedded import expressions
from dynalayer.engines.embedded.evaluation.operands import Values
from dynalayer.engines.embedded.expressions import (
    ConditionExpression,
    KeyConditionExpression,
    ProjectionExpression,
)
from dynalayer.engines.embedded.legacy import conditions as legacy
from dynalayer.engines.embedded.legacy import exclusion
from dynalayer.engines.embedded.legacy.shapes import Conditions
from dynalayer.engines.embedded.legacy.updates import attributes_to_get
from dynalayer.engines.embedded.requests import placeholders
from dynalayer.engines.embedded.requests.structs import Page, Query, Scan
from dynalayer.protocol import SerializationError, ValidationError, check_item, messages


class Asked(NamedTuple):
    """The filter, the projection, and the values of the filter and of the key condition."""

    filter: ConditionExpression | None
    projection: ProjectionExpression | None
    values: Values


def of_query(request: Query) -> tuple[KeyConditionExpression, Asked]:
    """The key condition of a query, and the rest of what it asks for."""
    exclusion.QUERY.check(request)
    text = request.key_condition_expression
    missing = "FilterExpression and KeyConditionExpression are null"
    _check_placeholders(request, missing, needed=text is not None)
    condition = None if text is None else expressions.key_condition(text, request.expression_attribute_names)
    asked = _asked(request, condition, "QueryFilter", request.query_filter)
    if condition is not None:
        if condition.fault not in (None, messages.KEY_CONDITION_NESTED_PATH):
            raise ValidationError(condition.fault)
        return condition, asked
    if request.key_conditions is None:
        raise ValidationError(messages.KEY_CONDITION_NONE)
    condition, bounds = legacy.key_conditions(request.key_conditions)
    return condition, asked._replace(values={**asked.values, **bounds})


def of_scan(request: Scan) -> Asked:
    """What a scan asks for."""
    exclusion.SCAN.check(request)
    _check_placeholders(request, "FilterExpression is null", needed=False)
    return _asked(request, None, "ScanFilter", request.scan_filter)


def _check_placeholders(request: Page, missing: str, *, needed: bool) -> None:
    needed = needed or request.filter_expression is not None or request.projection_expression is not None
    names, values = request.expression_attribute_names, request.expression_attribute_values
    placeholders.check(names, values, missing, needed=needed)
    if request.exclusive_start_key is not None:
        try:
            check_item(request.exclusive_start_key)
        except SerializationError:
            raise
        except ValidationError as error:
            raise ValidationError(messages.START_KEY_VALUE.format(error.message)) from None


def _asked(
    request: Page, condition: KeyConditionExpression | None, parameter: str, conditions: Conditions | None
) -> Asked:
    names = request.expression_attribute_names
    found = expressions.filter_(request.filter_expression, names)
    projection = expressions.projection(request.projection_expression, names)
    values = expressions.use(names, request.expression_attribute_values, condition, found, projection)
    if conditions is not None or request.conditional_operator is not None:
        found, values = legacy.filter_(parameter, conditions, request.conditional_operator)
    if request.attributes_to_get is not None:
        projection = attributes_to_get(request.attributes_to_get)
    return Asked(found, projection, values)
