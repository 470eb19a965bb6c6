"""What other engines get wrong, by the service (engine.md, "Seen wrong in the best of them")."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from dynalayer.protocol import ServiceError
from tests.engines.behaviour.conftest import Api, Json
from tests.patience import ends

KEY = {"pk": {"S": "p"}, "sk": {"S": "1"}}
ITEM: Json = {
    **KEY,
    "a": {"N": "5"},
    "l": {"L": [{"N": "1"}, {"N": "2"}]},
    "m": {"M": {"x": {"N": "1"}, "c": {"L": [{"N": "1"}, {"N": "2"}, {"N": "3"}]}}},
}
VALUES: Json = {":a": {"N": "10"}, ":b": {"N": "20"}, ":bool": {"BOOL": True}, ":DOG": {"S": "DOG"}}


def stored(api: Api) -> Api:
    api.create()
    api.put(ITEM)
    return api


def changed(api: Api, expression: str, wanted: str) -> Any:
    values = {name: value for name, value in VALUES.items() if name in expression}
    return api.update(KEY, expression, values or None, ReturnValues=wanted).get("Attributes")


def test_assignments_past_the_end_of_a_list_append_in_the_order_of_their_positions(api: Api) -> None:
    changed(stored(api), "SET l[10] = :a, l[5] = :b", "NONE")
    assert api.get(KEY)["l"] == {"L": [{"N": "1"}, {"N": "2"}, {"N": "20"}, {"N": "10"}]}


@pytest.mark.parametrize(("wanted", "element"), [("UPDATED_NEW", "10"), ("UPDATED_OLD", "2")])
def test_an_update_of_a_nested_path_returns_that_path_only(ours: Api, wanted: str, element: str) -> None:
    """Local returns the whole attribute, the service the changed elements (API reference, UpdateItem)."""
    found = changed(stored(ours), "SET m.c[1] = :a", wanted)
    assert found == {"m": {"M": {"c": {"L": [{"N": element}]}}}}


@pytest.mark.parametrize("wanted", ["ALL_OLD", "UPDATED_OLD"])
def test_the_creation_of_an_item_has_nothing_old_to_return(api: Api, wanted: str) -> None:
    api.create()
    assert changed(api, "SET a = :a", wanted) is None


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("SET a = :a REMOVE a", "Two document paths overlap with each other"),
        ("SET a = :a SET b = :b", 'The "SET" section can only be used once in an update expression;'),
        ("SET b = if_not_exists(:a, :a)", "Operator or function requires a document path; operator or function: if"),
    ],
)
def test_an_update_that_contradicts_itself_is_refused(api: Api, expression: str, reason: str) -> None:
    values = {name: value for name, value in VALUES.items() if name in expression}
    told = stored(api).message("UpdateItem", Key=KEY, UpdateExpression=expression, ExpressionAttributeValues=values)
    assert told.startswith(f"Invalid UpdateExpression: {reason}")


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ("a < :bool", "Incorrect operand type for operator or function; operator or function: <, operand type: BOOL"),
        ("attribute_type(a, :DOG)", "Invalid attribute type name found; type: DOG, valid types: {"),
        ("contains(status, :a)", "Attribute name is a reserved keyword; reserved keyword: status"),
        ("size(name) > :a", "Attribute name is a reserved keyword; reserved keyword: name"),
    ],
)
def test_operands_are_judged_before_any_item_is_looked_at(api: Api, condition: str, reason: str) -> None:
    api.create()
    values = {name: value for name, value in VALUES.items() if name in condition}
    told = api.message("DeleteItem", Key=KEY, ConditionExpression=condition, ExpressionAttributeValues=values)
    assert told.startswith(f"Invalid ConditionExpression: {reason}")


@pytest.mark.parametrize(
    ("left", "sign", "right"),
    [
        ("1e-130", "+", "1"),
        ("1e-130", "-", "1"),
        ("1", "+", "1E-38"),
        ("9e125", "-", "1"),
        ("9.9e125", "+", "9.9e125"),
        ("1e38", "+", "0.1"),
    ],
)
def test_arithmetic_beyond_38_digits_is_refused_and_never_rounded(api: Api, left: str, sign: str, right: str) -> None:
    stored(api).message(
        "UpdateItem",
        Key=KEY,
        UpdateExpression=f"SET a = :l {sign} :r",
        ExpressionAttributeValues={":l": {"N": left}, ":r": {"N": right}},
    )
    assert api.get(KEY) == ITEM


HOSTILE = {
    "4,096 open parentheses": "(" * 4096,
    "2,046 nested pairs": "(" * 2046 + "a" + ")" * 2046,
    "815 nested functions": "size(" * 815 + "a" + ")" * 5,
    "149 nested or": "(a = :a or " * 149 + "a = :a" + ")" * 149,
    "301 operators": " or ".join(["a = :a"] * 151),
    "1,000 times not": "not " * 1000 + "a = :a",
    "many dots": "." * 4096,
    "many indexes": "a" + "[0]" * 1300,
    "a huge index": "a[" + "9" * 4000 + "] = :a",
}


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_hostile_expressions_are_answered_at_once(ours: Api, name: str) -> None:
    """These are for our own process; what they do to Local is not our affair."""
    stored(ours)
    with ends():
        for parameter, operation in (("ConditionExpression", "DeleteItem"), ("UpdateExpression", "UpdateItem")):
            with suppress(ServiceError):
                ours.on(operation, Key=KEY, ExpressionAttributeValues={":a": {"N": "1"}}, **{parameter: HOSTILE[name]})


def test_149_nested_conditions_are_legal(api: Api) -> None:
    stored(api).put(
        ITEM,
        ConditionExpression=HOSTILE["149 nested or"].replace(":a", ":v"),
        ExpressionAttributeValues={":v": {"N": "5"}},
    )


def test_more_than_300_operators_are_counted_and_refused(api: Api) -> None:
    told = stored(api).message(
        "PutItem",
        Item=ITEM,
        ConditionExpression=HOSTILE["301 operators"],
        ExpressionAttributeValues={":a": {"N": "1"}},
    )
    assert told == "Invalid ConditionExpression: The expression contains too many operators; operator count: 301"
