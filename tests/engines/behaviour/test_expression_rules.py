"""Rules on expressions that are applied before any item is looked at, in the service's order and words."""

from __future__ import annotations

import pytest

from dynalayer.protocol import ValidationError
from tests.engines.behaviour.conftest import Api, Json

KEY = {"pk": {"S": "p"}, "sk": {"S": "1"}}
ITEM: Json = {**KEY, "a": {"N": "5"}, "s": {"S": "hello"}, "l": {"L": [{"N": "1"}, {"N": "2"}]}}
ONE = {":one": {"N": "1"}}
REDUNDANT = "The expression has redundant parentheses;"
MISUSED = "The function is not allowed to be used this way in an expression; function: list_append"


def stored(api: Api) -> Api:
    api.create()
    api.put(ITEM)
    return api


def same(operator: str, path: str) -> str:
    return (
        "The first operand must be distinct from the remaining operands for this operator or function; "
        f"operator: {operator}, first operand: [{path}]"
    )


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ("a BETWEEN a AND :one", same("BETWEEN", "a")),
        ("a BETWEEN :one AND a", same("BETWEEN", "a")),
        ("a IN (:one, a)", same("IN", "a")),
        ("begins_with(s, s) AND a = :one", same("begins_with", "s")),
        ("attribute_type(s, s) AND a = :one", same("attribute_type", "s")),
        ("l[0] = l[0] AND a = :one", same("=", "l, [0]")),
        ("a BETWEEN (:one) AND ((:one))", REDUNDANT),
        ("attribute_exists(((a))) AND a = :one", REDUNDANT),
        ("((a)) = :one", REDUNDANT),
        ("((a = :one))", REDUNDANT),
        ("l[01] = :one", 'Syntax error; token: "1", near: "01]"'),
        ("a = :one AND s = 'x'", "Syntax error; token: \"'x'\", near: \"= 'x'\""),
        (".".join(["a"] * 33) + " = :one", "The document path has too many nesting levels; nesting levels: 33"),
        ("l" + "[0]" * 32 + " = :one", "The document path has too many nesting levels; nesting levels: 33"),
    ],
)
def test_an_unsound_condition_is_refused(api: Api, condition: str, reason: str) -> None:
    told = stored(api).message("PutItem", Item=ITEM, ConditionExpression=condition, ExpressionAttributeValues=ONE)
    assert told == f"Invalid ConditionExpression: {reason}"


@pytest.mark.parametrize(
    "condition",
    [
        "a > (:one)",
        "(a) > :one",
        "((a > :one) AND (s <> :one))",
        "attribute_exists((a)) AND a > :one",
        "a IN (:one, s, a.b) OR NOT (a = :one)",
        "l[0] = :one AND l[1] <> l[0]",
        "size(s) = size(s) AND l[0] = :one",
        ".".join(["x"] * 32) + " <> :one",
    ],
)
def test_a_sound_condition_is_applied(api: Api, condition: str) -> None:
    stored(api).put(ITEM, ConditionExpression=condition, ExpressionAttributeValues=ONE)


@pytest.mark.parametrize(
    ("update", "reason"),
    [
        ("SET z = ((a)), b = :one", REDUNDANT),
        ("SET z = ((a + :one))", REDUNDANT),
        ("SET z = ((a)) + :one", REDUNDANT),
        ("SET z = if_not_exists(((a)), :one)", REDUNDANT),
        ("SET z = if_not_exists(a, a) + :one", same("if_not_exists", "a")),
        ("SET z = if_not_exists(a, list_append(l, l)), b = :one", MISUSED),
        ("SET z = list_append(list_append(l, l), l), b = :one", MISUSED),
        ("SET z = if_not_exists(list_append(l, l), :one)", MISUSED),
        ("SET z = a + (:one + :one)", 'Syntax error; token: "+", near: ":one + :one"'),
        ("SET z = (a + :one) + :one", 'Syntax error; token: "+", near: ") + :one"'),
    ],
)
def test_an_unsound_update_is_refused(api: Api, update: str, reason: str) -> None:
    told = stored(api).message("UpdateItem", Key=KEY, UpdateExpression=update, ExpressionAttributeValues=ONE)
    assert told == f"Invalid UpdateExpression: {reason}"


@pytest.mark.parametrize(
    "update",
    [
        "SET z = (a + :one)",
        "SET z = (a) + (:one)",
        "SET z = ((a) + :one)",
        "SET z = if_not_exists((a), (:one)) + :one",
        "SET z = if_not_exists(q, if_not_exists(r, :one)) + a",
    ],
)
def test_groups_and_nested_functions_are_allowed(api: Api, update: str) -> None:
    changed = stored(api).update(KEY, update, ONE, ReturnValues="UPDATED_NEW")
    assert changed["Attributes"] == {"z": {"N": "6"}}


def test_what_stands_in_for_an_attribute_must_exist_even_where_it_is_not_needed(api: Api) -> None:
    told = stored(api).message("UpdateItem", Key=KEY, UpdateExpression="SET z = if_not_exists(a, q)")
    assert told == "The provided expression refers to an attribute that does not exist in the item"


NAMES = "ExpressionAttributeNames contains invalid"
VALUES = "ExpressionAttributeValues contains invalid"


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"ExpressionAttributeNames": {}}, "ExpressionAttributeNames must not be empty"),
        ({"ExpressionAttributeNames": {"a": "b"}}, f'{NAMES} key: Syntax error; key: "a"'),
        (
            {"ExpressionAttributeNames": {"#" + "a" * 255: "b"}},
            f"{NAMES} key: The expression attribute map contains a key that is too long; size of key: 256",
        ),
        (
            {"ExpressionAttributeNames": {"#a": "x" * 65536}},
            f"{NAMES} value: Attribute name is too large, must be less than 65536 bytes for key #a",
        ),
        ({"ExpressionAttributeValues": {}}, "ExpressionAttributeValues must not be empty"),
        (
            {"ExpressionAttributeValues": {":" + "a" * 255: {"N": "1"}}},
            f"{VALUES} key: The expression attribute map contains a key that is too long;",
        ),
        (
            {"ExpressionAttributeValues": {":a": {"S": "x" * 2**20}, ":b": {"S": "x" * 2**20}}},
            "ExpressionAttributeValues exceeds max size",
        ),
        (
            {"ExpressionAttributeValues": {":a": {}}},
            f"{VALUES} value: Supplied AttributeValue is empty, "
            "must contain exactly one of the supported datatypes for key :a",
        ),
    ],
)
def test_placeholders_are_checked_before_the_expression_is_read(api: Api, members: Json, message: str) -> None:
    assert stored(api).message("PutItem", Item=ITEM, ConditionExpression="a =", **members) == message


def test_placeholders_may_have_255_characters(api: Api) -> None:
    name, value = "#" + "a" * 254, ":" + "a" * 254
    stored(api).put(
        ITEM,
        ConditionExpression=f"{name} > {value}",
        ExpressionAttributeNames={name: "a"},
        ExpressionAttributeValues={value: {"N": "1"}},
    )


def test_a_value_larger_than_any_item_may_be_compared(api: Api) -> None:
    values = {":v": {"S": "x" * 500 * 1024}}
    stored(api).put(ITEM, ConditionExpression="s <> :v", ExpressionAttributeValues=values)


@pytest.mark.parametrize(
    ("operation", "members", "message"),
    [
        ("PutItem", {"Item": {"a": {}}}, "Supplied AttributeValue is empty"),
        ("PutItem", {"Item": KEY, "ConditionExpression": "a ="}, "Invalid ConditionExpression: Syntax error"),
        ("PutItem", {"Item": KEY, "ReturnValues": "ALL_NEW"}, "ReturnValues can only be ALL_OLD or NONE"),
        ("UpdateItem", {"Key": KEY, "UpdateExpression": "SET"}, "Invalid UpdateExpression: Syntax error"),
        ("DeleteItem", {"Key": {"a": {}}}, "Supplied AttributeValue is empty"),
        ("GetItem", {"Key": KEY, "ProjectionExpression": "a, a"}, "Invalid ProjectionExpression: Two document"),
        ("Query", {}, "Either the KeyConditions or KeyConditionExpression"),
        ("Query", {"KeyConditionExpression": "pk = :p"}, "Invalid KeyConditionExpression: An expression attr"),
        ("Scan", {"Segment": 1}, "The TotalSegments parameter is required"),
        ("Scan", {"ExclusiveStartKey": {"a": {}}}, "The provided starting key is invalid: Supplied"),
    ],
)
def test_a_missing_table_is_looked_for_last(ours: Api, operation: str, members: Json, message: str) -> None:
    """The Local of 2020 looks for the table first; the service validates the request before (engine.md, area 1)."""
    assert ours.message(operation, **members).startswith(message)


SCALARS = "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: "


@pytest.mark.parametrize(
    ("operation", "members"),
    [
        ("GetItem", {"Key": KEY, "ProjectionExpression": "a, {}"}),
        ("Scan", {"ProjectionExpression": "{}"}),
        ("Scan", {"FilterExpression": "attribute_exists({})"}),
        ("DeleteItem", {"Key": KEY, "ConditionExpression": "attribute_not_exists({})"}),
        ("PutItem", {"Item": KEY, "ConditionExpression": "attribute_not_exists({})"}),
        ("UpdateItem", {"Key": KEY, "UpdateExpression": "SET a = {}"}),
    ],
)
@pytest.mark.parametrize(
    ("path", "told"), [("pk.x", "Key: pk"), ("sk[0]", "Key: sk"), ("g.x", "IndexKey: g"), ("g[1].y", "IndexKey: g")]
)
def test_a_path_may_not_lead_into_a_key(api: Api, operation: str, members: Json, path: str, told: str) -> None:
    api.create(by_group=("g:S", "ALL"))
    filled = {name: text.format(path) if isinstance(text, str) else text for name, text in members.items()}
    assert api.message(operation, **filled) == SCALARS + told


def test_a_key_condition_may_not_lead_into_any_attribute(api: Api) -> None:
    stored(api)
    values = {":v": {"S": "p"}}
    told = [
        api.message("Query", KeyConditionExpression=f"{path} = :v", ExpressionAttributeValues=values)
        for path in ("pk.x", "a.x")
    ]
    assert told == [SCALARS + "Key: pk", "KeyConditionExpressions cannot have conditions on nested attributes"]


def test_a_key_condition_has_no_more_conditions_than_there_are_keys(api: Api) -> None:
    told = stored(api).message(
        "Query",
        KeyConditionExpression="pk = :v AND sk > :v AND s = :v",
        ExpressionAttributeValues={":v": {"S": "p"}},
    )
    assert told == "Conditions can be of length 1 or 2 only"


def test_other_expressions_are_judged_before_the_shape_of_a_key_condition(api: Api) -> None:
    told = stored(api).message(
        "Query",
        KeyConditionExpression="pk = :v OR sk = :v",
        ProjectionExpression="a, a",
        ExpressionAttributeValues={":v": {"S": "p"}},
    )
    assert told.startswith("Invalid ProjectionExpression: Two document paths overlap")


def test_keys_asked_for_twice_are_refused_whether_or_not_there_is_a_table(api: Api) -> None:
    twice = {"nowhere": {"Keys": [KEY, dict(reversed(KEY.items()))]}}
    with pytest.raises(ValidationError, match="Provided list of item keys contains duplicates"):
        api.call("BatchGetItem", RequestItems=twice)
