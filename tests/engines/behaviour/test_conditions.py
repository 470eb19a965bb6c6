"""Condition expressions: their grammar, their meaning, and what is refused."""

from __future__ import annotations

import re

import pytest

from dynalayer.protocol import ConditionFailed
from tests.engines.behaviour.conftest import Api, Json

KEY: Json = {"id": {"S": "1"}}
ITEM: Json = {
    **KEY,
    "a": {"N": "10"},
    "s": {"S": "hello"},
    "b": {"B": "AQID"},
    "l": {"L": [{"N": "1"}, {"S": "x"}]},
    "m": {"M": {"c": {"L": [{"N": "0"}, {"N": "1"}]}}},
    "ss": {"SS": ["a", "b"]},
    "ns": {"NS": ["1", "2"]},
    "t": {"BOOL": True},
    "n": {"NULL": True},
}
VALUES: Json = {
    ":one": {"N": "1"},
    ":two": {"N": "2"},
    ":three": {"N": "3"},
    ":ten": {"N": "10"},
    ":hel": {"S": "hel"},
    ":x": {"S": "x"},
    ":s": {"S": "S"},
    ":dog": {"S": "DOG"},
    ":bin": {"B": "AQI="},
    ":ba": {"SS": ["b", "a"]},
    ":t": {"BOOL": True},
    ":l": {"L": [{"N": "1"}, {"S": "x"}]},
}


def attempt(api: Api, condition: str) -> Json:
    """The members of an update that changes nothing but checks the condition."""
    values = {name: VALUES[name] for name in set(re.findall(r":\w+", condition)) if name in VALUES}
    return {
        "Key": KEY,
        "ConditionExpression": condition,
        **({"ExpressionAttributeValues": values} if values else {}),
    }


TRUE = [
    "a = :ten",
    "a <> :one",
    "gone <> :one",
    "NOT gone = :one",
    "a > :two AND a < :ten OR a = :ten",
    ":two < a",
    "a BETWEEN :two AND :ten",
    "NOT a BETWEEN :one AND :two",
    "a IN (:one, :ten)",
    "a = :one OR a = :ten AND s = :hel OR a = :ten",
    "NOT (a = :one OR a = :two)",
    "NOT NOT a = :ten",
    "not a = :one and a = :ten",
    "attribute_exists(m.c[1]) AND attribute_not_exists(m.c[2])",
    "attribute_type(s, :s)",
    "begins_with(s, :hel)",
    "begins_with(b, :bin)",
    "contains(s, :hel)",
    "contains(ss, :x) OR contains(l, :x)",
    "contains(ns, :two)",
    "size(l) = :two",
    "size(ss) >= :two",
    "size(b) = :three",
    "size(m) = :one",
    "ss = :ba",
    "l = :l",
    "t = :t",
    "(a = :ten) AND (s <> :hel)",
    "(a) = (:ten)",
]
FALSE = [
    "a = :one",
    "a = :hel",
    "a > :hel",
    "gone = :one",
    "gone < :one",
    "s < :one",
    "size(a) = :two",
    "size(gone) = :one",
    "contains(a, :one)",
    "contains(gone, :one)",
    "begins_with(a, :hel)",
    "attribute_type(a, :s)",
    "attribute_type(gone, :s)",
    "a = :ten AND NOT a = :ten",
    "a IN (:one, :two)",
]


@pytest.mark.parametrize("condition", TRUE)
def test_a_condition_that_holds_lets_the_write_pass(api: Api, condition: str) -> None:
    api.create("id:S")
    api.put(ITEM)
    api.on("UpdateItem", **attempt(api, condition))


@pytest.mark.parametrize("condition", FALSE)
def test_a_condition_that_does_not_hold_stops_the_write(api: Api, condition: str) -> None:
    api.create("id:S")
    api.put(ITEM)
    assert isinstance(api.refused("UpdateItem", **attempt(api, condition)), ConditionFailed)


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ("a = :ten AND", 'Syntax error; token: "<EOF>", near: "AND"'),
        ("a = :ten b = :one", 'Syntax error; token: "b", near: ":ten b ="'),
        ("a = 5", 'Syntax error; token: "5"'),
        ("(a = :ten", 'Syntax error; token: "<EOF>"'),
        ("a = :ten)", 'Syntax error; token: ")"'),
        ("a AND s", 'Syntax error; token: "AND"'),
        ("a IN ()", 'Syntax error; token: ")"'),
        ("a < :one < :two", 'Syntax error; token: "<"'),
        ("_x = :one", 'Syntax error; token: "_"'),
        ("", "The expression can not be empty;"),
        ("((a = :ten))", "The expression has redundant parentheses;"),
        ("nope(a)", "Invalid function name; function: nope"),
        ("size(a)", "not allowed to be used this way in an expression; function: size"),
        ("attribute_exists(a) = :one", "not allowed to be used this way in an expression; function: attribute_exists"),
        ("if_not_exists(a, :one) = :one", "The function is not allowed in a condition expression"),
        ("attribute_exists(:one)", "requires a document path; operator or function: attribute_exists"),
        ("attribute_exists(a, s)", "operator or function: attribute_exists, number of operands: 2"),
        ("begins_with(s, :one)", "operator or function: begins_with, operand type: N"),
        ("a < :t", "operator or function: <, operand type: BOOL"),
        ("size(:one) = :one", "operator or function: size, operand type: N"),
        ("attribute_type(a, :dog)", "Invalid attribute type name found; type: DOG"),
        ("a BETWEEN :ten AND :one", "requires upper bound to be greater than or equal to lower bound"),
        ("a BETWEEN :one AND :x", "requires same data type for lower and upper bounds"),
        ("a = a", "operator: =, first operand: [a]"),
        ("date = :one", "reserved keyword: date"),
        ("size(date) = :one", "reserved keyword: date"),
        ("#a = :one", "attribute name: #a"),
        ("a = :undefined", "attribute value: :undefined"),
        (" OR ".join(["a = :ten"] * 151), "contains too many operators; operator count: 301"),
    ],
)
def test_an_unsound_condition_is_refused_before_any_item_is_looked_at(api: Api, condition: str, reason: str) -> None:
    api.create("id:S")
    message = api.message("UpdateItem", **attempt(api, condition))
    assert message.startswith("Invalid ConditionExpression: ")
    assert reason in message


def test_300_operators_are_allowed(api: Api) -> None:
    api.create("id:S")
    api.put(ITEM)
    api.on("UpdateItem", **attempt(api, " OR ".join(["a = :ten"] * 150)))


def test_in_takes_100_operands(ours: Api) -> None:
    """Local counts the left operand too and stops at 99; the guide allows "up to 100 values"."""
    ours.create("id:S")
    ours.put(ITEM)
    ours.on("UpdateItem", **attempt(ours, f"a IN ({', '.join([':ten'] * 100)})"))
    message = ours.message("UpdateItem", **attempt(ours, f"a IN ({', '.join([':ten'] * 101)})"))
    assert "IN operator is provided with too many operands" in message


def test_names_and_values_must_all_be_used(api: Api) -> None:
    api.create("id:S")
    unused = {**attempt(api, "a = :one"), "ExpressionAttributeNames": {"#b": "b"}}
    assert "unused in expressions: keys: {#b}" in api.message("UpdateItem", **unused)
    values = {**attempt(api, "a = :one"), "ExpressionAttributeValues": {":one": {"N": "1"}, ":b": {"N": "1"}}}
    assert "unused in expressions: keys: {:b}" in api.message("UpdateItem", **values)


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"ExpressionAttributeNames": {"#a": "a"}}, "ExpressionAttributeNames can only be specified when"),
        ({"ExpressionAttributeValues": {":a": {"S": "a"}}}, "ExpressionAttributeValues can only be specified when"),
        ({"ConditionExpression": "a = b", "ExpressionAttributeNames": {}}, "Names must not be empty"),
        ({"ConditionExpression": "a = b", "ExpressionAttributeValues": {}}, "Values must not be empty"),
        ({"ConditionExpression": "a = b", "ExpressionAttributeNames": {"a": "a"}}, 'Syntax error; key: "a"'),
        ({"ConditionExpression": "a = b", "ExpressionAttributeNames": {"#a": ""}}, "Empty attribute name for key #a"),
        ({"ConditionExpression": "a = :a", "ExpressionAttributeValues": {":a": {}}}, "for key :a"),
    ],
)
def test_names_and_values_must_be_sound(api: Api, members: Json, reason: str) -> None:
    api.create("id:S")
    assert reason in api.message("UpdateItem", Key=KEY, **members)
