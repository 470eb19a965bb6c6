from typing import Any

import pytest

from dynalayer import (
    Check,
    ConditionFailed,
    Create,
    Delete,
    Get,
    InvalidValue,
    ItemNotFound,
    Put,
    Statement,
    Throttled,
    Update,
    ValidationError,
)
from dynalayer.statements import changed

from .shop import ADA, LISTED, NOTE, Listed, Note, Order

NOW = 1_000.5
KEY = {"PK": {"S": "CUSTOMER#ada"}, "SK": {"S": "ORDER#1"}}
ALIVE = "attribute_not_exists(#1) OR #1 > :0"


def test_a_get_is_its_key_and_nothing_else() -> None:
    assert Get(ADA).request(NOW) == {"TableName": "statements", "Key": KEY}
    assert Get(ADA, consistent=True).request(NOW)["ConsistentRead"] is True


def test_statements_are_values_that_can_be_compared_and_printed() -> None:
    assert Get(ADA) == Get(Order.key("ada", "1")) != Get(Order.key("ada", "2"))
    assert "customer='ada'" in repr(Get(ADA))
    with pytest.raises(AttributeError):
        Get(ADA).key = ADA  # type: ignore[misc]


def test_an_item_that_has_expired_is_read_as_none_unless_asked_for() -> None:
    answer = b'{"Item":{"customer":{"S":"ada"},"id":{"S":"1"},"expires":{"N":"1000"}}}'
    assert Get(ADA).read(answer, 999.9) is not None
    assert Get(ADA).read(answer, 1000.0) is None
    assert Get(ADA, expired=True).read(answer, 1000.0) is not None


def test_a_create_takes_the_place_of_an_expired_item() -> None:
    request = Create(Order(customer="ada", id="1")).request(NOW)
    assert request["ConditionExpression"] == f"attribute_not_exists(#0) OR NOT ({ALIVE})"
    assert request["ExpressionAttributeValues"] == {":0": {"N": "1000"}}
    assert Create(Note(id="n", text="x")).request(NOW)["ConditionExpression"] == "attribute_not_exists(#0)"


def test_an_update_asks_for_an_item_that_is_there_and_alive() -> None:
    request = Update(ADA, (Order.lines.add(1),)).request(NOW)
    assert request["ConditionExpression"] == "attribute_exists(#1) AND (attribute_not_exists(#2) OR #2 > :1)"
    assert request["UpdateExpression"] == "ADD #0 :0"
    assert request["ReturnValues"] == "ALL_NEW"


def test_a_condition_of_the_caller_is_set_apart() -> None:
    request = Update(NOTE, (Note.stars.set(1),), if_=(Note.text == "a") | (Note.text == "b")).request(NOW)
    assert request["ConditionExpression"] == "attribute_exists(#1) AND (#2 = :1 OR #2 = :2)"


def test_all_kinds_of_changes_go_into_one_expression() -> None:
    changes = (
        Order.total.set(5),
        Order.lines.add(2),
        Order.tags.add({"a"}),
        Order.names.set_if_missing([]),
        Order.expires.remove(),
    )
    request = Update(ADA, changes).request(NOW)
    assert request["UpdateExpression"] == "SET #0 = :0, #3 = if_not_exists(#3, :3) REMOVE #4 ADD #1 :1, #2 :2"
    assert Update(ADA, (Order.tags.discard({"a"}),)).request(NOW)["UpdateExpression"] == "DELETE #0 :0"


def test_none_and_empty_sets_remove_the_attribute() -> None:
    for change in (Order.expires.set(None), Order.tags.set(set())):
        assert Update(ADA, (change,)).request(NOW)["UpdateExpression"] == "REMOVE #0"


def test_an_index_key_follows_the_attributes_it_is_made_of() -> None:
    request = Update(ADA, (Order.state.set("new"), Order.rank.set(3))).request(NOW)
    names = request["ExpressionAttributeNames"]
    sets = dict(clause.split(" = ") for clause in request["UpdateExpression"].removeprefix("SET ").split(", "))
    values = {names[name]: request["ExpressionAttributeValues"][value] for name, value in sets.items()}
    assert values["GSI1PK"] == {"S": "STATE#new"}
    assert values["GSI1SK"] == {"S": "RANK#12003+"}


def test_an_index_key_that_would_be_left_half_known_is_refused() -> None:
    with pytest.raises(InvalidValue, match=r"'GSI1SK' is made of rank; this update does not set rank"):
        Update(ADA, (Order.state.set("new"),)).request(NOW)
    with pytest.raises(InvalidValue, match="half known"):
        Update(ADA, (Order.rank.add(1),)).request(NOW)


def test_the_other_part_of_an_index_key_may_change_alone() -> None:
    assert "GSI1PK" not in Update(ADA, (Order.rank.set(1),)).request(NOW)["ExpressionAttributeNames"].values()


def test_taking_an_attribute_away_takes_the_item_out_of_its_index() -> None:
    request = Update(ADA, (Order.state.set(None),)).request(NOW)
    removed = request["UpdateExpression"].removeprefix("REMOVE ").split(", ")
    names = request["ExpressionAttributeNames"]
    assert sorted(names[name] for name in removed) == ["GSI1PK", "GSI1SK", "state"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ((Order.id.set("2"),), "part of the primary key"),
        ((Order.lines.add(1), Order.lines.set(2)), "changed twice"),
        ((Note.text.set("x"),), r"Note\.text is not an attribute of Order"),
    ],
)
def test_a_change_that_cannot_be_made_is_refused(changes: Any, words: str) -> None:
    with pytest.raises(InvalidValue, match=words):
        Update(ADA, changes).request(NOW)


def test_an_update_without_changes_is_refused() -> None:
    with pytest.raises(InvalidValue, match="at least one change"):
        changed([])


def test_a_required_attribute_cannot_be_removed() -> None:
    with pytest.raises(InvalidValue, match=r"Note\.text is required"):
        Note.text.remove()


def test_an_upsert_needs_every_required_attribute() -> None:
    with pytest.raises(InvalidValue, match="must also set text"):
        Update(NOTE, (Note.stars.set(1),), upsert=True).request(NOW)
    request = Update(NOTE, (Note.text.set("x"),), upsert=True).request(NOW)
    assert "ConditionExpression" not in request


def test_an_upsert_fills_in_the_attributes_of_the_key() -> None:
    request = Update(ADA, (Order.lines.add(1),), upsert=True).request(NOW)
    values = list(request["ExpressionAttributeValues"].values())
    assert {"S": "ada"} in values
    assert {"S": "1"} in values


def test_an_upsert_gives_a_new_item_its_index_keys_and_leaves_those_of_another_alone() -> None:
    request = Update(LISTED, (Listed.title.set("x"),), upsert=True).request(NOW)
    assert "#2 = if_not_exists(#2, :2)" in request["UpdateExpression"]
    names, values = request["ExpressionAttributeNames"], request["ExpressionAttributeValues"]
    clauses = request["UpdateExpression"].removeprefix("SET ").split(", #")
    keys = [clause for clause in clauses if names["#" + clause.lstrip("#").split(" ")[0]].startswith("GSI1")]
    assert len(keys) == 2
    assert {"S": "RANK#1000"} in values.values()


@pytest.mark.parametrize(
    ("statement", "item", "kind", "words"),
    [
        (Update(NOTE, (Note.stars.add(1),)), None, ItemNotFound, "there is no item with this key"),  # type: ignore[call-overload]
        (Update(NOTE, (Note.stars.set(1),), if_=Note.text == "a"), None, ConditionFailed, "no item .* meets"),
        (Update(NOTE, (Note.stars.set(1),), if_=Note.text == "a"), {"id": {"S": "n"}}, ConditionFailed, "meets"),
        (Delete(NOTE, if_=Note.text == "a"), {"id": {"S": "n"}}, ConditionFailed, "Note in plain"),
        (Create(Note(id="n", text="x")), {"id": {"S": "n"}}, ConditionFailed, "an item with this key exists in plain"),
        (Put(Note(id="n", text="x"), if_=Note.text == "a"), None, ConditionFailed, "the condition was not met"),
    ],
)
def test_a_failed_condition_is_told_in_words_and_keeps_the_old_item(
    statement: Statement[Any], item: Any, kind: type[Exception], words: str
) -> None:
    error = statement.explain_error(ConditionFailed(item=item))
    assert type(error) is kind
    assert isinstance(error, ConditionFailed)
    assert error.item == item
    with pytest.raises(kind, match=words):
        raise error


def test_other_errors_pass_unchanged() -> None:
    for error in (Throttled("x"), ValidationError("y")):
        for statement in (Put(Note(id="n", text="x")), Update(NOTE, (Note.text.set("x"),)), Delete(NOTE), Get(NOTE)):
            assert statement.explain_error(error) is error


def test_a_check_asks_for_an_item_that_is_there() -> None:
    action = Check(NOTE, Note.stars > 3).action(NOW)
    assert action["ConditionExpression"] == "attribute_exists(#0) AND #1 > :0"
