"""UpdateItem."""

from __future__ import annotations

from typing import Any

import pytest

from dynalayer.protocol import ValidationError
from tests.engines.behaviour.conftest import Api, Json

KEY: Json = {"id": {"S": "1"}}
ITEM: Json = {
    **KEY,
    "a": {"N": "1"},
    "s": {"S": "hello"},
    "l": {"L": [{"N": "1"}, {"S": "x"}, {"M": {"z": {"N": "5"}}}]},
    "m": {"M": {"c": {"L": [{"N": "0"}, {"N": "1"}]}, "d": {"S": "q"}}},
    "ss": {"SS": ["a", "b"]},
    "ns": {"NS": ["1", "2"]},
}
VALUES: Json = {
    ":n": {"N": "1"},
    ":s": {"S": "x"},
    ":ss": {"SS": ["a", "z"]},
    ":ns": {"NS": ["1"]},
    ":l": {"L": [{"N": "7"}]},
    ":m": {"M": {"k": {"N": "1"}}},
    ":tiny": {"N": "1E-130"},
    ":t": {"BOOL": True},
}


def used(expression: str) -> Json | None:
    return {name: value for name, value in VALUES.items() if name in expression.replace(",", " ").split()} or None


@pytest.mark.parametrize(
    ("expression", "changed"),
    [
        ("SET a = a + :n", {"a": {"N": "2"}}),
        ("SET a = :n - a", {"a": {"N": "0"}}),
        ("SET s = a , a = s", {"s": {"N": "1"}, "a": {"S": "hello"}}),
        ("SET fresh = if_not_exists(gone, a)", {"fresh": {"N": "1"}}),
        ("SET a = if_not_exists(a, s)", {}),
        ("SET l = list_append(l, m.c)", {"l": {"L": [*ITEM["l"]["L"], {"N": "0"}, {"N": "1"}]}}),
        ("SET l[9] = :n , l[5] = :s", {"l": {"L": [*ITEM["l"]["L"], {"S": "x"}, {"N": "1"}]}}),
        ("SET l[0] = l[1] , l[1] = l[0]", {"l": {"L": [{"S": "x"}, {"N": "1"}, ITEM["l"]["L"][2]]}}),
        ("SET m.e = :m", {"m": {"M": {**ITEM["m"]["M"], "e": VALUES[":m"]}}}),
        ("SET l[2].z = :s", {"l": {"L": [*ITEM["l"]["L"][:2], {"M": {"z": {"S": "x"}}}]}}),
        ("REMOVE l[0] , l[1]", {"l": {"L": [{"M": {"z": {"N": "5"}}}]}}),
        ("REMOVE l[0] , l[2].z", {"l": {"L": [{"S": "x"}, {"M": {}}]}}),
        ("SET l[3] = :n REMOVE l[0]", {"l": {"L": [{"S": "x"}, {"M": {"z": {"N": "5"}}}, {"N": "1"}]}}),
        ("REMOVE gone , l[7]", {}),
        ("ADD a :n", {"a": {"N": "2"}}),
        ("ADD fresh :n", {"fresh": {"N": "1"}}),
        ("ADD m.n :n", {"m": {"M": {**ITEM["m"]["M"], "n": {"N": "1"}}}}),
        ("ADD ns :ns", {}),
        ("DELETE gone :ss", {}),
        ("set a = :n remove s", {"s": None}),
    ],
)
def test_an_update_changes_what_it_says_and_nothing_else(api: Api, expression: str, changed: Json) -> None:
    api.create("id:S")
    api.put(ITEM)
    answer = api.update(KEY, expression, used(expression), ReturnValues="ALL_NEW")
    expected = {name: value for name, value in {**ITEM, **changed}.items() if value is not None}
    assert answer["Attributes"] == expected
    assert api.get(KEY) == expected


def test_sets_are_joined_and_reduced(api: Api) -> None:
    api.create("id:S")
    api.put(ITEM)
    joined = api.update(KEY, "ADD ss :ss", used("ADD ss :ss"), ReturnValues="UPDATED_NEW")["Attributes"]
    assert sorted(joined["ss"]["SS"]) == ["a", "b", "z"]
    api.update(KEY, "DELETE ss :ss", {":ss": {"SS": ["a", "b", "z", "y"]}})
    assert "ss" not in api.get(KEY)


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("SET a = gone", "attribute that does not exist in the item"),
        ("SET a = gone + :n", "attribute that does not exist in the item"),
        ("SET a = s + :n", "An operand in the update expression has an incorrect data type"),
        ("SET a = a + :s", "operator or function: +, operand type: S"),
        ("SET gone.x = :n", "document path provided in the update expression is invalid"),
        ("SET a.x = :n", "document path provided in the update expression is invalid"),
        ("SET m[0] = :n", "document path provided in the update expression is invalid"),
        ("REMOVE gone.x", "document path provided in the update expression is invalid"),
        ("SET a = :n , a = :s", "Two document paths overlap with each other"),
        ("SET m = :m , m.c = :n", "Two document paths overlap with each other"),
        ("SET a = :n REMOVE a", "Two document paths overlap with each other"),
        ("SET m.c = :n , m[0] = :s", "Two document paths conflict with each other"),
        ("SET a = :n SET s = :s", 'The "SET" section can only be used once'),
        ("ADD a :s", "operator: ADD, operand type: STRING"),
        ("ADD a :l", "operator: ADD, operand type: LIST"),
        ("ADD s :n", "An operand in the update expression has an incorrect data type"),
        ("DELETE ss :n", "operator: DELETE, operand type: NUMBER"),
        ("DELETE ss :ns", "An operand in the update expression has an incorrect data type"),
        ("SET a = if_not_exists(:n, a)", "requires a document path; operator or function: if_not_exists"),
        ("SET a = list_append(l)", "Incorrect number of operands"),
        ("SET l = list_append(l, :s)", "operator or function: list_append, operand type: S"),
        ("SET a = size(l)", "The function is not allowed in an update expression; function: size"),
        ("SET a = nope(l)", "Invalid function name; function: nope"),
        ("SET a = :undefined", "attribute value: :undefined"),
        ("SET #a = :n", "attribute name: #a"),
        ("SET date = :n", "reserved keyword: date"),
        ("SET a =", 'Syntax error; token: "<EOF>"'),
        ("SET a = :n,", 'Syntax error; token: "<EOF>"'),
        ("a = :n", 'Syntax error; token: "a"'),
        ("REMOVE a b", 'Syntax error; token: "b", near: "a b"'),
        ("", "The expression can not be empty;"),
    ],
)
def test_an_unsound_update_is_refused_and_changes_nothing(api: Api, expression: str, reason: str) -> None:
    api.create("id:S")
    api.put(ITEM)
    values = {
        n: v for n, v in VALUES.items() if n in expression.replace(",", " ").replace("(", " ").replace(")", " ").split()
    }
    members: Json = {"ExpressionAttributeValues": values} if values else {}
    assert reason in api.message("UpdateItem", Key=KEY, UpdateExpression=expression, **members)
    assert api.get(KEY) == ITEM


def test_an_update_makes_an_item_that_is_not_there(api: Api) -> None:
    api.create("id:S")
    assert api.update(KEY, "SET a = :n", used("= :n"), ReturnValues="ALL_OLD") == {}
    assert api.get(KEY) == {**KEY, "a": {"N": "1"}}


def test_an_update_without_an_expression_makes_a_bare_item(api: Api) -> None:
    api.create("id:S")
    assert api.on("UpdateItem", Key=KEY, ReturnValues="ALL_NEW") == {"Attributes": KEY}


def test_a_key_attribute_cannot_change(api: Api) -> None:
    api.create("id:S")
    assert "This attribute is part of the key" in api.message(
        "UpdateItem", Key=KEY, UpdateExpression="SET id = :n", ExpressionAttributeValues={":n": {"S": "2"}}
    )


@pytest.mark.parametrize(
    ("wanted", "attributes"),
    [
        ("ALL_OLD", ITEM),
        ("ALL_NEW", {**ITEM, "a": {"N": "2"}, "fresh": {"N": "1"}}),
        ("UPDATED_OLD", {"a": {"N": "1"}}),
        ("UPDATED_NEW", {"a": {"N": "2"}, "fresh": {"N": "1"}}),
        ("NONE", None),
    ],
)
def test_an_update_returns_what_is_asked_for(api: Api, wanted: str, attributes: Any) -> None:
    api.create("id:S")
    api.put(ITEM)
    answer = api.update(KEY, "SET a = a + :n , fresh = :n", used("= :n"), ReturnValues=wanted)
    assert answer.get("Attributes") == attributes


def test_updated_new_of_a_path_has_only_the_changed_element(ours: Api) -> None:
    """Local returns the whole top-level attribute; the service only what lies on the updated paths."""
    ours.create("id:S")
    ours.put(ITEM)
    answer = ours.update(KEY, "SET m.c[1] = :s", used("= :s"), ReturnValues="UPDATED_NEW")
    assert answer == {"Attributes": {"m": {"M": {"c": {"L": [{"S": "x"}]}}}}}


def test_a_sum_that_needs_more_than_38_digits_is_refused(api: Api) -> None:
    api.create("id:S")
    api.put(ITEM)
    error = api.refused("UpdateItem", Key=KEY, UpdateExpression="ADD a :tiny", ExpressionAttributeValues=used(":tiny"))
    assert isinstance(error, ValidationError)
    assert api.get(KEY) == ITEM


def test_an_update_may_not_grow_an_item_past_400_kilobytes(api: Api) -> None:
    api.create("id:S")
    api.put({**KEY, "a": {"S": "x" * 300_000}})
    assert "Item size to update has exceeded" in api.message(
        "UpdateItem", Key=KEY, UpdateExpression="SET b = :b", ExpressionAttributeValues={":b": {"S": "x" * 200_000}}
    )
