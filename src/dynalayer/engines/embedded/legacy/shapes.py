"""The members of requests that only legacy parameters have."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from dynalayer.protocol import Value

ComparisonOperator = Literal[
    "IN",
    "NULL",
    "BETWEEN",
    "LT",
    "NOT_CONTAINS",
    "EQ",
    "GT",
    "NOT_NULL",
    "NE",
    "LE",
    "BEGINS_WITH",
    "GE",
    "CONTAINS",
]
ConditionalOperator = Literal["OR", "AND"]
Action = Literal["ADD", "DELETE", "PUT"]


class Condition(Struct, kw_only=True, rename="pascal"):
    """A comparison of one attribute in KeyConditions, QueryFilter or ScanFilter."""

    comparison_operator: ComparisonOperator
    attribute_value_list: list[Value] | None = None


class Expected(Struct, kw_only=True, rename="pascal"):
    """What a write expects of one attribute: a comparison, a value, or that it does not exist."""

    comparison_operator: ComparisonOperator | None = None
    attribute_value_list: list[Value] | None = None
    value: Value | None = None
    exists: bool | None = None


class AttributeUpdate(Struct, kw_only=True, rename="pascal"):
    """What becomes of one attribute in AttributeUpdates."""

    action: Action = "PUT"
    value: Value | None = None


Conditions = dict[str, Condition]
Expectations = dict[str, Expected]
AttributeUpdates = dict[str, AttributeUpdate]
