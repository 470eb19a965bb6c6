"""PartiQL inserts, updates and deletes single items.

The DynamoDB Local of 2020 does not know PartiQL, so these tests hold the engine to the documentation: API reference,
"ExecuteStatement" and its siblings; guide, "PartiQL for DynamoDB reference".
"""

from __future__ import annotations

import pytest

from dynalayer.protocol import DuplicateItem
from tests.engines.behaviour.conftest import Api
from tests.engines.behaviour.statements import ADA, places, rows, run, stocked, told


@pytest.fixture
def shop(ours: Api) -> Api:
    return stocked(ours)


def test_every_kind_of_literal_is_stored_as_its_type(shop: Api) -> None:
    literals = (
        "'s': 'it''s', 'n': -1.50, 'e': 12E2, 'b': true, 'f': FALSE, 'z': null, 'l': [1, 'a', []], 'm': {'k': {}}"
    )
    run(shop, f"INSERT INTO $t VALUE {{'pk': 'new', 'sk': 1, {literals}, 'ss': <<'a', 'b'>>, 'ns': <<1, 2.0>>}}")
    item = shop.get({"pk": {"S": "new"}, "sk": {"N": "1"}})
    assert item == {
        "pk": {"S": "new"},
        "sk": {"N": "1"},
        "s": {"S": "it's"},
        "n": {"N": "-1.5"},
        "e": {"N": "1200"},
        "b": {"BOOL": True},
        "f": {"BOOL": False},
        "z": {"NULL": True},
        "l": {"L": [{"N": "1"}, {"S": "a"}, {"L": []}]},
        "m": {"M": {"k": {"M": {}}}},
        "ss": {"SS": ["a", "b"]},
        "ns": {"NS": ["1", "2"]},
    }


def test_parameters_stand_for_values_of_any_type_in_any_place(shop: Api) -> None:
    run(shop, "INSERT INTO $t VALUE {'pk': ?, 'sk': 1, 'l': [?, {'k': ?}]}", {"S": "p"}, {"B": "AAA="}, {"BOOL": True})
    (item,) = rows(shop, "SELECT l FROM $t WHERE pk = ? AND sk = ?", {"S": "p"}, {"N": "1"})
    assert item == {"l": {"L": [{"B": "AAA="}, {"M": {"k": {"BOOL": True}}}]}}


def test_an_insert_answers_with_no_items(shop: Api) -> None:
    assert run(shop, "INSERT INTO $t VALUE {'pk': 'new', 'sk': 1}") == {"Items": []}


def test_an_insert_of_a_known_key_is_a_duplicate(shop: Api) -> None:
    error = told(shop, "INSERT INTO $t VALUE {'pk': 'ada', 'sk': 1, 'n': 0}")
    assert (type(error), error.message) == (DuplicateItem, "Duplicate primary key exists in table")
    assert shop.get(ADA)["n"] == {"N": "10"}


def test_an_insert_without_its_key_is_refused_as_a_put_is(shop: Api) -> None:
    assert told(shop, "INSERT INTO $t VALUE {'pk': 'ada'}").message.endswith("Missing the key sk in the item")


def test_an_update_sets_adds_and_removes(shop: Api) -> None:
    clauses = "SET n = n + 5, m = {'l': [1]} SET s = set_add(s, <<'a', 'b'>>) SET t = g REMOVE g, absent"
    (item,) = rows(shop, f"UPDATE $t {clauses} WHERE pk = 'ada' AND sk = 1 RETURNING ALL NEW *")
    changed = {"n": {"N": "15"}, "m": {"M": {"l": {"L": [{"N": "1"}]}}}, "s": {"SS": ["a", "b"]}, "t": {"S": "x"}}
    assert item == {**ADA, **changed}
    clauses = "SET m.l = list_append(m.l, [2]) SET s = set_delete(s, <<'a'>>) SET n = n - ?"
    (item,) = rows(shop, f"UPDATE $t {clauses} WHERE sk = 1 AND pk = 'ada' RETURNING MODIFIED NEW *", {"N": "0.5"})
    assert item == {"m": {"M": {"l": {"L": [{"N": "1"}, {"N": "2"}]}}}, "s": {"SS": ["b"]}, "n": {"N": "14.5"}}


def test_an_update_returns_the_images_asked_for(shop: Api) -> None:
    text = "UPDATE $t SET n = n + 1 WHERE pk = 'bob' AND sk = 1 RETURNING"
    assert rows(shop, f"{text} MODIFIED OLD *") == [{"n": {"N": "10"}}]
    assert rows(shop, f"{text} ALL OLD *")[0]["n"] == {"N": "11"}
    assert rows(shop, f"{text} modified new *") == [{"n": {"N": "13"}}]
    assert rows(shop, text.removesuffix(" RETURNING")) == []


@pytest.mark.parametrize("where", ["pk = 'nobody' AND sk = 1", "pk = 'ada' AND sk = 1 AND n > 10"])
def test_an_update_that_meets_no_item_fails(shop: Api, where: str) -> None:
    error = told(shop, f"UPDATE $t SET n = 0 WHERE {where}")
    assert (error.code, error.message) == ("ConditionalCheckFailedException", "The conditional request failed")
    assert places(rows(shop, "SELECT * FROM $t WHERE n = 0")) == []


def test_a_failed_condition_shows_the_item_if_asked(shop: Api) -> None:
    statement = "DELETE FROM $t WHERE pk = 'ada' AND sk = 1 AND (n > 10 OR n IS MISSING)"
    error = told(shop, statement, ReturnValuesOnConditionCheckFailure="ALL_OLD")
    assert error.to_wire()["Item"]["n"] == {"N": "10"}
    assert "Item" not in told(shop, statement).to_wire()


def test_a_deletion_returns_the_old_item_if_asked(shop: Api) -> None:
    statement = "DELETE FROM $t WHERE pk = 'ada' AND sk = 1 AND n = 10 RETURNING ALL OLD *"
    assert rows(shop, statement)[0]["n"] == {"N": "10"}
    assert rows(shop, statement) == []
    assert told(shop, statement.replace("ALL", "MODIFIED")).code == "ValidationException"


@pytest.mark.parametrize(
    "where",
    [
        "",
        "WHERE pk = 'ada'",
        "WHERE pk = 'ada' AND sk > 1",
        "WHERE pk = 'ada' AND sk IN [1]",
        "WHERE pk = 'ada' OR sk = 1",
    ],
)
@pytest.mark.parametrize("write", ["UPDATE $t SET n = 1", "DELETE FROM $t"])
def test_a_change_needs_an_equality_on_every_key_attribute(shop: Api, write: str, where: str) -> None:
    message = "Where clause does not contain a mandatory equality on all key attributes"
    assert told(shop, f"{write} {where}").message == message


def test_a_key_attribute_cannot_be_changed(shop: Api) -> None:
    error = told(shop, "UPDATE $t SET sk = 2 WHERE pk = 'ada' AND sk = 1")
    assert error.message.endswith("Cannot update attribute sk. This attribute is part of the key")


@pytest.mark.parametrize("value", ["set_add(other, <<1>>)", "set_add(s, 1)", "set_add(s, [1])", "set_delete(s)"])
def test_set_functions_take_their_own_path_and_a_set(shop: Api, value: str) -> None:
    assert told(shop, f"UPDATE $t SET s = {value} WHERE pk = 'ada' AND sk = 1").code == "ValidationException"
