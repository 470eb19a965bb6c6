"""Legacy parameters and expressions exclude each other within a request."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Final

import msgspec

from dynalayer.protocol import ValidationError, messages

Members = Sequence[tuple[str, str]]
"""Members of a request in the order in which the service lists them: their names here and in the API."""

_CONDITION: Final = ("condition_expression", "ConditionExpression")
_EXPECTED: Final = ("expected", "Expected")
_OPERATOR: Final = ("conditional_operator", "ConditionalOperator")
_ATTRIBUTES: Final = ("attributes_to_get", "AttributesToGet")
_PROJECTION: Final = ("projection_expression", "ProjectionExpression")
_FILTER: Final = ("filter_expression", "FilterExpression")
_KEY_CONDITIONS: Final = ("key_conditions", "KeyConditions")


class Exclusion:
    """The parameters of one operation, of which a request may use either the legacy ones or the expressions."""

    def __init__(self, legacy: Members, expressions: Members) -> None:
        self._legacy = legacy
        self._expressions = expressions
        self._given = attrgetter(*(name for name, _ in legacy))
        self._none = None if len(legacy) == 1 else (None,) * len(legacy)

    def check(self, request: msgspec.Struct) -> None:
        """Refuse a request that has both kinds."""
        if self._given(request) == self._none:
            return
        legacy = [told for name, told in self._legacy if getattr(request, name) is not None]
        expressions = [told for name, told in self._expressions if getattr(request, name) is not None]
        if "KeyConditionExpression" not in expressions:
            # KeyConditions may stand beside a FilterExpression or a ProjectionExpression.
            legacy = [told for told in legacy if told != "KeyConditions"]
        if expressions and legacy:
            raise ValidationError(messages.LEGACY_MIXED.format(", ".join(legacy), ", ".join(expressions)))


PUT: Final = Exclusion([_EXPECTED, _OPERATOR], [_CONDITION])
DELETE: Final = PUT
UPDATE: Final = Exclusion(
    [("attribute_updates", "AttributeUpdates"), _EXPECTED, _OPERATOR],
    [("update_expression", "UpdateExpression"), _CONDITION],
)
GET: Final = Exclusion([_ATTRIBUTES], [_PROJECTION])
QUERY: Final = Exclusion(
    [_ATTRIBUTES, ("query_filter", "QueryFilter"), _OPERATOR, _KEY_CONDITIONS],
    [_PROJECTION, _FILTER, ("key_condition_expression", "KeyConditionExpression")],
)
SCAN: Final = Exclusion([_ATTRIBUTES, ("scan_filter", "ScanFilter"), _OPERATOR], [_PROJECTION, _FILTER])


def check_joining(operator: str | None, joined: int) -> None:
    """Refuse a ConditionalOperator beside fewer than two conditions."""
    if operator is not None and joined < 2:
        raise ValidationError(messages.LEGACY_OPERATOR_LONE if joined else messages.LEGACY_OPERATOR_ALONE)
