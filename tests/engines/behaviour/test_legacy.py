"""The parameters that expressions have replaced (API reference, "Legacy conditional parameters").

`ours` where the DynamoDB Local of 2020 is not the service: it knows no enumerations in these parameters, names types
in long form, takes AttributesToGet that name an attribute twice, and reads what an index does not project.
"""

from __future__ import annotations

from typing import Any

import pytest

from dynalayer.protocol import ConditionFailed
from tests.engines.behaviour.conftest import Api, Json

KEY = {"pk": {"S": "p"}, "sk": {"S": "1"}}
ITEM: Json = {
    **KEY,
    "n": {"N": "5"},
    "s": {"S": "hello"},
    "l": {"L": [{"N": "1"}]},
    "ss": {"SS": ["a", "b"]},
    "ns": {"NS": ["1", "2"]},
    "b": {"BOOL": True},
}
MIXED = "Can not use both expression and non-expression parameters in the same request: "
INVALID = "One or more parameter values were invalid: "
OTHER = {"S": "a"}


def compare(operator: str, *arguments: Json) -> Json:
    condition: Json = {"ComparisonOperator": operator}
    return {**condition, "AttributeValueList": list(arguments)} if arguments else condition


def holds(api: Api, attribute: str, condition: Json) -> bool:
    """Whether a write that expects the condition of the attribute is made."""
    try:
        api.on("DeleteItem", Key=KEY, Expected={attribute: condition})
    except ConditionFailed:
        return False
    api.put(ITEM)
    return True


def stored(api: Api) -> Api:
    api.create()
    api.put(ITEM)
    return api


@pytest.mark.parametrize(
    ("attribute", "condition", "expected"),
    [
        ("n", compare("EQ", {"N": "5.0"}), True),
        ("ss", compare("EQ", {"SS": ["b", "a"]}), True),
        ("b", compare("EQ", {"BOOL": True}), True),
        ("gone", compare("EQ", OTHER), False),
        ("n", compare("NE", {"N": "5"}), False),
        ("n", compare("NE", OTHER), True),
        ("gone", compare("NE", OTHER), True),
        ("n", compare("LE", {"N": "5"}), True),
        ("n", compare("LT", {"N": "5"}), False),
        ("n", compare("GE", {"N": "5"}), True),
        ("n", compare("GT", {"N": "4.9"}), True),
        ("n", compare("GT", OTHER), False),
        ("gone", compare("LT", OTHER), False),
        ("n", compare("NOT_NULL"), True),
        ("gone", compare("NOT_NULL"), False),
        ("gone", compare("NULL"), True),
        ("n", compare("NULL"), False),
        ("s", compare("CONTAINS", {"S": "ell"}), True),
        ("ss", compare("CONTAINS", {"S": "a"}), True),
        ("ns", compare("CONTAINS", {"N": "2.0"}), True),
        ("l", compare("CONTAINS", {"N": "1"}), True),
        ("gone", compare("CONTAINS", OTHER), False),
        ("s", compare("NOT_CONTAINS", {"S": "x"}), True),
        ("ss", compare("NOT_CONTAINS", {"S": "a"}), False),
        ("gone", compare("NOT_CONTAINS", OTHER), False),
        ("s", compare("BEGINS_WITH", {"S": "he"}), True),
        ("n", compare("IN", {"N": "6"}, {"N": "5.0"}), True),
        ("gone", compare("IN", OTHER), False),
        ("n", compare("BETWEEN", {"N": "5"}, {"N": "6"}), True),
        ("s", compare("BETWEEN", {"S": "a"}, {"S": "b"}), False),
        ("n", {"Value": {"N": "5"}}, True),
        ("n", {"Value": {"N": "6"}, "Exists": True}, False),
        ("n", {"Value": {"N": "4"}, "ComparisonOperator": "GT"}, True),
        ("gone", {"Exists": False}, True),
        ("n", {"Exists": False}, False),
    ],
)
def test_an_expected_condition_decides_about_the_write(
    api: Api, attribute: str, condition: Json, expected: bool
) -> None:
    assert holds(stored(api), attribute, condition) is expected


def test_several_expectations_must_all_hold_unless_joined_by_or(api: Api) -> None:
    stored(api)
    both = {"n": {"Value": {"N": "5"}}, "s": {"Exists": False}}
    assert "conditional" in api.message("PutItem", Item=ITEM, Expected=both)
    assert "conditional" in api.message("PutItem", Item=ITEM, Expected=both, ConditionalOperator="AND")
    assert api.put(ITEM, Expected=both, ConditionalOperator="OR", ReturnValues="ALL_OLD")["Attributes"] == ITEM


def test_an_empty_expected_asks_for_nothing(api: Api) -> None:
    assert stored(api).put(ITEM, Expected={}) == {}


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        (compare("EQ", OTHER, OTHER), INVALID + "Invalid number of argument(s) for the EQ ComparisonOperator"),
        (compare("NULL", OTHER), INVALID + "Invalid number of argument(s) for the NULL ComparisonOperator"),
        (compare("BETWEEN", OTHER), INVALID + "Invalid number of argument(s) for the BETWEEN ComparisonOperator"),
        (
            {"ComparisonOperator": "IN", "AttributeValueList": []},
            INVALID + "Invalid number of argument(s) for the IN ComparisonOperator",
        ),
        (
            compare("IN", OTHER, {"N": "1"}),
            INVALID + "AttributeValues inside AttributeValueList must be of same type",
        ),
        (compare("LT", {"BOOL": True}), INVALID + "ComparisonOperator LT is not valid for BOOL AttributeValue type"),
        (compare("IN", {"SS": ["a"]}), INVALID + "ComparisonOperator IN is not valid for SS AttributeValue type"),
        (
            compare("CONTAINS", {"L": []}),
            INVALID + "ComparisonOperator CONTAINS is not valid for L AttributeValue type",
        ),
        (
            compare("BEGINS_WITH", {"N": "1"}),
            INVALID + "ComparisonOperator BEGINS_WITH is not valid for N AttributeValue type",
        ),
        (
            compare("BETWEEN", {"N": "2"}, {"N": "1"}),
            "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound",
        ),
        (
            {"Value": OTHER, "AttributeValueList": [OTHER]},
            INVALID + "Value and AttributeValueList cannot be used together for Attribute: a",
        ),
        (
            {"Exists": True, "ComparisonOperator": "EQ"},
            INVALID + "Exists and ComparisonOperator cannot be used together for Attribute: a",
        ),
        (
            {"ComparisonOperator": "EQ"},
            INVALID + "Value or AttributeValueList must be used with ComparisonOperator: EQ for Attribute: a",
        ),
        (
            {"AttributeValueList": [OTHER]},
            INVALID + "AttributeValueList can only be used with a ComparisonOperator for Attribute: a",
        ),
        ({}, INVALID + "Value must be provided when Exists is null for Attribute: a"),
        ({"Exists": True}, INVALID + "Value must be provided when Exists is true for Attribute: a"),
        ({"Exists": False, "Value": OTHER}, INVALID + "Value cannot be used when Exists is false for Attribute: a"),
        (
            compare("EQ", {}),
            "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes",
        ),
    ],
)
def test_an_unsound_expectation_is_refused_in_the_services_words(api: Api, condition: Json, message: str) -> None:
    assert stored(api).message("PutItem", Item=ITEM, Expected={"a": condition}) == message


def test_a_conditional_operator_needs_two_conditions(api: Api) -> None:
    stored(api)
    alone = "ConditionalOperator cannot be used without Filter or Expected"
    lone = "ConditionalOperator can only be used when Filter or Expected has two or more elements"
    one = {"n": compare("NOT_NULL")}
    assert api.message("PutItem", Item=ITEM, ConditionalOperator="OR") == alone
    assert api.message("PutItem", Item=ITEM, ConditionalOperator="OR", Expected=one) == lone
    assert api.message("Scan", ConditionalOperator="OR") == alone
    assert api.message("Scan", ConditionalOperator="OR", ScanFilter=one) == lone


@pytest.mark.parametrize(
    ("operation", "members", "listing"),
    [
        (
            "PutItem",
            {"Item": ITEM, "Expected": {}, "ConditionalOperator": "AND", "ConditionExpression": "n = n"},
            "Non-expression parameters: {Expected, ConditionalOperator} Expression parameters: {ConditionExpression}",
        ),
        (
            "UpdateItem",
            {"Key": KEY, "Expected": {}, "AttributeUpdates": {}, "UpdateExpression": "x", "ConditionExpression": "y"},
            "Non-expression parameters: {AttributeUpdates, Expected} "
            "Expression parameters: {UpdateExpression, ConditionExpression}",
        ),
        (
            "GetItem",
            {"Key": KEY, "AttributesToGet": ["n"], "ProjectionExpression": "n"},
            "Non-expression parameters: {AttributesToGet} Expression parameters: {ProjectionExpression}",
        ),
        (
            "Query",
            {
                "KeyConditions": {},
                "KeyConditionExpression": "x",
                "QueryFilter": {},
                "FilterExpression": "x",
                "AttributesToGet": ["n"],
            },
            "Non-expression parameters: {AttributesToGet, QueryFilter, KeyConditions} "
            "Expression parameters: {FilterExpression, KeyConditionExpression}",
        ),
        (
            "Scan",
            {"ScanFilter": {}, "FilterExpression": "x", "ProjectionExpression": "n"},
            "Non-expression parameters: {ScanFilter} Expression parameters: {ProjectionExpression, FilterExpression}",
        ),
    ],
)
def test_legacy_parameters_and_expressions_are_not_mixed(api: Api, operation: str, members: Json, listing: str) -> None:
    assert stored(api).message(operation, **members) == MIXED + listing


def test_names_and_values_are_for_expressions_only(api: Api) -> None:
    stored(api)
    updates = {"n": {"Value": {"N": "1"}}}
    names = api.message("UpdateItem", Key=KEY, AttributeUpdates=updates, ExpressionAttributeNames={"#a": "b"})
    assert names == "ExpressionAttributeNames can only be specified when using expressions"
    keys = {"pk": compare("EQ", {"S": "p"})}
    values = api.message("Query", KeyConditions=keys, ExpressionAttributeValues={":a": OTHER})
    assert values == (
        "ExpressionAttributeValues can only be specified when using expressions: "
        "FilterExpression and KeyConditionExpression are null"
    )


def test_attribute_updates_put_add_and_delete(api: Api) -> None:
    stored(api)
    updates = {
        "n": {"Action": "ADD", "Value": {"N": "1.5"}},
        "s": {"Action": "DELETE"},
        "ss": {"Action": "DELETE", "Value": {"SS": ["a"]}},
        "ns": {"Action": "ADD", "Value": {"NS": ["3"]}},
        "l": {"Action": "ADD", "Value": {"L": [{"S": "x"}]}},
        "new": {"Value": {"S": "y"}},
        "also": {"Action": "ADD", "Value": {"L": [{"S": "z"}]}},
        "gone": {"Action": "DELETE", "Value": {"SS": ["a"]}},
    }
    changed = api.on("UpdateItem", Key=KEY, AttributeUpdates=updates, ReturnValues="ALL_NEW")["Attributes"]
    changed["ns"]["NS"].sort()
    assert changed == {
        **KEY,
        "n": {"N": "6.5"},
        "ss": {"SS": ["b"]},
        "ns": {"NS": ["1", "2", "3"]},
        "l": {"L": [{"N": "1"}, {"S": "x"}]},
        "new": {"S": "y"},
        "also": {"L": [{"S": "z"}]},
        "b": {"BOOL": True},
    }


def test_attribute_updates_return_what_they_changed(api: Api) -> None:
    stored(api)
    updates = {"n": {"Action": "ADD", "Value": {"N": "1"}}, "s": {"Action": "DELETE"}, "q": {"Value": {"N": "7.0"}}}
    new = api.on("UpdateItem", Key=KEY, AttributeUpdates=updates, ReturnValues="UPDATED_NEW")
    assert new["Attributes"] == {"n": {"N": "6"}, "q": {"N": "7"}}
    old = api.on("UpdateItem", Key=KEY, AttributeUpdates=updates, ReturnValues="UPDATED_OLD")
    assert old["Attributes"] == {"n": {"N": "6"}, "q": {"N": "7"}}


@pytest.mark.parametrize("updates", [{}, {"a": {"Action": "DELETE"}}, {"a": {"Action": "ADD", "Value": {"N": "1"}}}])
def test_attribute_updates_make_an_item_that_is_not_there(api: Api, updates: Json) -> None:
    api.create()
    api.on("UpdateItem", Key=KEY, AttributeUpdates=updates)
    assert api.get(KEY) == {**KEY, **({"a": {"N": "1"}} if "Value" in updates.get("a", {}) else {})}


@pytest.mark.parametrize(
    ("name", "update", "message"),
    [
        ("n", {}, INVALID + "Only DELETE action is allowed when no attribute value is specified"),
        ("n", {"Action": "ADD"}, INVALID + "Only DELETE action is allowed when no attribute value is specified"),
        ("s", {"Action": "ADD", "Value": {"N": "1"}}, "Type mismatch for attribute to update"),
        ("ss", {"Action": "ADD", "Value": {"NS": ["1"]}}, "Type mismatch for attribute to update"),
        ("n", {"Action": "ADD", "Value": {"L": []}}, "Type mismatch for attribute to update"),
        ("n", {"Action": "DELETE", "Value": {"SS": ["a"]}}, "Type mismatch for attribute to update"),
        ("pk", {"Action": "DELETE"}, INVALID + "Cannot update attribute pk. This attribute is part of the key"),
        ("", {"Value": OTHER}, "Empty attribute name"),
    ],
)
def test_an_unsound_attribute_update_is_refused(api: Api, name: str, update: Json, message: str) -> None:
    assert stored(api).message("UpdateItem", Key=KEY, AttributeUpdates={name: update}) == message


@pytest.mark.parametrize(
    ("update", "message"),
    [
        ({"Action": "DELETE", "Value": {"N": "1"}}, "DELETE action with value is not supported for the type N"),
        ({"Action": "ADD", "Value": {"S": "1"}}, "ADD action is not supported for the type S"),
    ],
)
def test_types_are_told_by_their_short_names(ours: Api, update: Json, message: str) -> None:
    assert stored(ours).message("UpdateItem", Key=KEY, AttributeUpdates={"n": update}) == INVALID + message


def test_an_update_with_an_expectation_leaves_other_items_alone(api: Api) -> None:
    stored(api)
    updates = {"n": {"Action": "ADD", "Value": {"N": "1"}}}
    refused = api.message("UpdateItem", Key=KEY, AttributeUpdates=updates, Expected={"n": {"Value": {"N": "6"}}})
    assert refused == "The conditional request failed"
    api.on("UpdateItem", Key=KEY, AttributeUpdates=updates, Expected={"n": {"Value": {"N": "5"}}})
    assert api.get(KEY)["n"] == {"N": "6"}


def test_attributes_to_get_names_whole_attributes(api: Api) -> None:
    stored(api)
    assert api.get(KEY, AttributesToGet=["n", "s", "l[0]"]) == {"n": {"N": "5"}, "s": {"S": "hello"}}
    assert api.get(KEY, AttributesToGet=["gone"]) == {}
    wanted = {api.table: {"Keys": [KEY], "AttributesToGet": ["n"]}}
    assert api.call("BatchGetItem", RequestItems=wanted)["Responses"] == {api.table: [{"n": {"N": "5"}}]}


def test_attributes_to_get_names_each_attribute_once(ours: Api) -> None:
    told = stored(ours).message("GetItem", Key=KEY, AttributesToGet=["n", "n"])
    assert told == INVALID + "Duplicate value in attribute name: n"


def keys(api: Api, operation: str, **members: Any) -> list[str]:
    return [item["sk"]["S"] for item in api.on(operation, **members)["Items"]]


def three(api: Api) -> Api:
    api.create()
    for number in "123":
        api.put(
            {"pk": {"S": "p"}, "sk": {"S": number}, "n": {"N": number}, "s": {"S": "even" if number == "2" else "odd"}}
        )
    return api


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (None, ["1", "2", "3"]),
        (compare("EQ", {"S": "2"}), ["2"]),
        (compare("LE", {"S": "2"}), ["1", "2"]),
        (compare("LT", {"S": "2"}), ["1"]),
        (compare("GE", {"S": "2"}), ["2", "3"]),
        (compare("GT", {"S": "2"}), ["3"]),
        (compare("BEGINS_WITH", {"S": "3"}), ["3"]),
        (compare("BETWEEN", {"S": "1"}, {"S": "2"}), ["1", "2"]),
    ],
)
def test_key_conditions_choose_items(api: Api, condition: Json | None, found: list[str]) -> None:
    conditions = {"pk": compare("EQ", {"S": "p"})} | ({} if condition is None else {"sk": condition})
    assert keys(three(api), "Query", KeyConditions=conditions) == found


PARTITION = {"pk": compare("EQ", {"S": "p"})}


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ({}, "Conditions can be of length 1 or 2 only"),
        (
            {**PARTITION, "n": compare("EQ", {"N": "1"}), "sk": compare("NULL")},
            "Conditions can be of length 1 or 2 only",
        ),
        ({"pk": compare("EQ", {"N": "1"})}, INVALID + "Condition parameter type does not match schema type"),
        ({"pk": compare("GT", {"S": "p"})}, "Query key condition not supported"),
        (
            {**PARTITION, "sk": compare("IN", {"S": "1"})},
            "Attempted conditional constraint is not an indexable operation",
        ),
        (
            {**PARTITION, "sk": compare("GT")},
            INVALID + "Invalid number of argument(s) for the GT ComparisonOperator",
        ),
    ],
)
def test_unsound_key_conditions_are_refused(api: Api, conditions: Json, message: str) -> None:
    assert three(api).message("Query", KeyConditions=conditions) == message


def test_a_query_filter_drops_items_after_they_were_read(api: Api) -> None:
    three(api)
    odd = {"s": compare("EQ", {"S": "odd"})}
    page = api.on("Query", KeyConditions=PARTITION, QueryFilter=odd)
    assert (page["Count"], page["ScannedCount"]) == (2, 3)
    either = {**odd, "n": compare("EQ", {"N": "2"})}
    assert keys(api, "Query", KeyConditions=PARTITION, QueryFilter=either) == []
    assert keys(api, "Query", KeyConditions=PARTITION, QueryFilter=either, ConditionalOperator="OR") == ["1", "2", "3"]


def test_a_query_filter_is_not_for_keys(api: Api) -> None:
    told = three(api).message("Query", KeyConditions=PARTITION, QueryFilter={"sk": compare("EQ", {"S": "1"})})
    assert told == "QueryFilter can only contain non-primary key attributes: Primary key attribute: sk"


def test_key_conditions_go_with_a_filter_expression(api: Api) -> None:
    three(api)
    found = keys(
        api,
        "Query",
        KeyConditions=PARTITION,
        FilterExpression="n > :n",
        ExpressionAttributeValues={":n": {"N": "1"}},
    )
    assert found == ["2", "3"]


def test_a_scan_filter_may_name_keys(api: Api) -> None:
    assert keys(three(api), "Scan", ScanFilter={"sk": compare("GT", {"S": "1"})}) == ["2", "3"]


def test_attributes_to_get_has_the_conflicts_of_a_projection(api: Api) -> None:
    three(api)
    told = api.message("Query", KeyConditions=PARTITION, AttributesToGet=["n"], Select="ALL_ATTRIBUTES")
    assert told == "Cannot specify the AttributesToGet when choosing to get ALL_ATTRIBUTES"
    told = api.message("Scan", AttributesToGet=["n"], Select="COUNT")
    assert told == "Cannot specify the AttributesToGet when choosing to get only the Count"


def test_operators_and_actions_are_enumerations(ours: Api) -> None:
    stored(ours)
    told = ours.message("Scan", ScanFilter={"a": {"ComparisonOperator": "XX"}})
    assert "at 'scanFilter.a.member.comparisonOperator'" in told
    assert "[IN, NULL, BETWEEN, LT, NOT_CONTAINS, EQ, GT, NOT_NULL, NE, LE, BEGINS_WITH, GE, CONTAINS]" in told
    told = ours.message("UpdateItem", Key=KEY, AttributeUpdates={"a": {"Action": "XX"}})
    assert told.endswith("Member must satisfy enum value set: [ADD, DELETE, PUT]")
