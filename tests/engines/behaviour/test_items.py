"""GetItem, PutItem, DeleteItem."""

from __future__ import annotations

import pytest

from dynalayer.protocol import ConditionFailed, ResourceNotFound, SerializationError, ValidationError
from tests.engines.behaviour.conftest import Api, Json

KEY: Json = {"pk": {"S": "a"}, "sk": {"S": "b"}}


def test_an_item_is_returned_as_it_was_put(api: Api) -> None:
    api.create()
    item = {**KEY, "m": {"M": {"l": {"L": [{"N": "1.5"}, {"BOOL": True}, {"NULL": True}]}}}, "b": {"B": "AQID"}}
    assert api.put(item) == {}
    assert api.get(KEY) == item


def test_a_missing_item_is_no_member_of_the_answer(api: Api) -> None:
    api.create()
    assert api.on("GetItem", Key=KEY) == {}


def test_a_put_replaces_the_whole_item(api: Api) -> None:
    api.create()
    api.put({**KEY, "a": {"S": "1"}})
    assert api.put({**KEY, "b": {"S": "2"}}, ReturnValues="ALL_OLD") == {"Attributes": {**KEY, "a": {"S": "1"}}}
    assert api.get(KEY) == {**KEY, "b": {"S": "2"}}


def test_the_put_of_a_new_item_has_no_old_attributes(api: Api) -> None:
    api.create()
    assert api.put(KEY, ReturnValues="ALL_OLD") == {}


def test_a_deletion_returns_the_old_item_when_asked_and_is_quiet_when_there_is_none(api: Api) -> None:
    api.create()
    api.put({**KEY, "a": {"S": "1"}})
    assert api.on("DeleteItem", Key=KEY, ReturnValues="ALL_OLD") == {"Attributes": {**KEY, "a": {"S": "1"}}}
    assert "Attributes" not in api.on("DeleteItem", Key=KEY, ReturnValues="ALL_OLD")
    assert api.get(KEY) is None


def test_a_failed_condition_changes_nothing(api: Api) -> None:
    api.create()
    api.put({**KEY, "a": {"S": "1"}})
    error = api.refused("PutItem", Item=KEY, ConditionExpression="attribute_not_exists(pk)")
    assert isinstance(error, ConditionFailed)
    assert error.message == "The conditional request failed"
    assert api.get(KEY) == {**KEY, "a": {"S": "1"}}


def test_a_failed_condition_tells_the_old_item_when_asked(ours: Api) -> None:
    """Local of 2020 tells it in transactions only; the service, since 2023, for every conditional write."""
    ours.create()
    ours.put({**KEY, "a": {"S": "1"}})
    error = ours.refused(
        "DeleteItem",
        Key=KEY,
        ConditionExpression="attribute_not_exists(pk)",
        ReturnValuesOnConditionCheckFailure="ALL_OLD",
    )
    assert isinstance(error, ConditionFailed)
    assert error.item == {**KEY, "a": {"S": "1"}}


def test_a_projection_returns_the_paths_that_are_there(api: Api) -> None:
    api.create()
    api.put({**KEY, "l": {"L": [{"N": "0"}, {"N": "1"}, {"N": "2"}]}, "m": {"M": {"x": {"S": "y"}, "z": {"S": "w"}}}})
    found = api.get(KEY, ProjectionExpression="l[2], l[0], #m.x, gone", ExpressionAttributeNames={"#m": "m"})
    assert found == {"l": {"L": [{"N": "0"}, {"N": "2"}]}, "m": {"M": {"x": {"S": "y"}}}}


@pytest.mark.parametrize(("stored", "returned"), [("001.50", "1.5"), ("-0", "0"), ("1e3", "1000"), ("1E-3", "0.001")])
def test_numbers_come_back_in_normal_form(api: Api, stored: str, returned: str) -> None:
    api.create()
    api.put({**KEY, "n": {"N": stored}})
    assert api.get(KEY)["n"] == {"N": returned}


def test_equal_numbers_are_one_key(api: Api) -> None:
    api.create("id:N")
    api.put({"id": {"N": "1.0"}, "a": {"S": "x"}})
    assert api.get({"id": {"N": "1"}}) == {"id": {"N": "1"}, "a": {"S": "x"}}


def test_empty_text_and_binary_are_values_but_no_keys(ours: Api) -> None:
    """Local of 2020 refuses empty values; the service has taken them outside of keys since May 2020."""
    ours.create()
    ours.put({**KEY, "s": {"S": ""}, "b": {"B": ""}})
    assert ours.get(KEY)["s"] == {"S": ""}
    assert "cannot contain an empty string value. Key: sk" in ours.message(
        "PutItem", Item={"pk": {"S": "a"}, "sk": {"S": ""}}
    )


@pytest.mark.parametrize(
    "key",
    [
        {},
        {"pk": {"S": "a"}},
        {**KEY, "more": {"S": "c"}},
        {"pk": {"S": "a"}, "other": {"S": "b"}},
        {"pk": {"N": "1"}, "sk": {"S": "b"}},
    ],
)
@pytest.mark.parametrize("operation", ["GetItem", "DeleteItem", "UpdateItem"])
def test_a_key_must_match_the_schema(api: Api, operation: str, key: Json) -> None:
    api.create()
    error = api.refused(operation, Key=key)
    assert isinstance(error, ValidationError)
    if not api.is_local:
        # Local has several other texts for this; the service has one.
        assert error.message == "The provided key element does not match the schema"


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ({"pk": {"S": "a"}}, "Missing the key sk in the item"),
        ({"pk": {"N": "1"}, "sk": {"S": "b"}}, "Type mismatch for key pk expected: S actual: N"),
        ({"pk": {"S": "x" * 2049}, "sk": {"S": "b"}}, "Size of hashkey has exceeded"),
        ({"pk": {"S": "x"}, "sk": {"S": "x" * 1025}}, "Aggregated size of all range keys"),
    ],
)
def test_an_item_needs_a_sound_key(api: Api, item: Json, reason: str) -> None:
    api.create()
    error = api.refused("PutItem", Item=item)
    assert isinstance(error, ValidationError)
    if not api.is_local:
        # Local tells less; these are the service's words.
        assert error.message.startswith("1 validation error detected: One or more parameter values were invalid: ")
        assert reason in error.message


def test_keys_may_be_as_long_as_the_limits(api: Api) -> None:
    api.create()
    key = {"pk": {"S": "x" * 2048}, "sk": {"S": "y" * 1024}}
    api.put(key)
    assert api.get(key) == key


def test_an_item_ends_at_400_kilobytes_to_the_byte(api: Api) -> None:
    api.create("id:S")
    room = 400 * 1024 - len("id") - 1 - len("a")
    api.put({"id": {"S": "1"}, "a": {"S": "x" * room}})
    assert "Item size has exceeded" in api.message("PutItem", Item={"id": {"S": "1"}, "a": {"S": "x" * (room + 1)}})


def test_values_against_the_rules_are_refused(api: Api) -> None:
    api.create()
    for value in ({}, {"S": "a", "N": "1"}, {"SS": ["a", "a"]}, {"NS": ["1", "1.0"]}, {"N": "x"}, {"NULL": False}):
        assert isinstance(api.refused("PutItem", Item={**KEY, "v": value}), ValidationError)


def test_json_of_another_shape_is_a_serialization_error(ours: Api) -> None:
    """Local converts what it can and fails internally on the rest; the service refuses to parse."""
    ours.create()
    members: list[Json] = [{"Item": {**KEY, "v": {"S": 5}}}, {"Item": []}, {"Item": KEY, "ReturnValues": 5}]
    for member in members:
        assert isinstance(ours.refused("PutItem", **member), SerializationError)


def test_null_members_count_as_absent(api: Api) -> None:
    api.create()
    api.on("PutItem", Item=KEY, ConditionExpression=None, ReturnValues=None)
    assert api.get(KEY) == KEY


def test_broken_constraints_are_counted_and_listed_together(ours: Api) -> None:
    """Local has texts of its own; the service's are generated from the API's model."""
    error = ours.refused("GetItem", ReturnConsumedCapacity="SOME")
    assert error.message == (
        "2 validation errors detected: Value null at 'key' failed to satisfy constraint: Member must not be null; "
        "Value 'SOME' at 'returnConsumedCapacity' failed to satisfy constraint: Member must satisfy enum value set: "
        "[INDEXES, TOTAL, NONE]"
    )


def test_a_missing_table_is_told_as_such(api: Api) -> None:
    assert isinstance(api.refused("GetItem", Key=KEY), ResourceNotFound)


def test_a_missing_table_is_told_only_once_the_request_has_been_found_sound(ours: Api) -> None:
    """Local looks the table up first; the service checks the whole request before."""
    assert isinstance(ours.refused("GetItem", Key=KEY, ProjectionExpression="a,"), ValidationError)


def test_the_name_of_a_table_has_3_to_255_characters(api: Api) -> None:
    with pytest.raises(ValidationError, match="between 3 and 255 characters long"):
        api.call("GetItem", TableName="a!", Key=KEY)


def test_reads_cost_half_a_unit_for_4_kilobytes_and_a_whole_one_when_consistent(api: Api) -> None:
    api.create("id:S")
    api.put({"id": {"S": "1"}, "a": {"S": "x" * 4096}})
    for consistent, units in ((False, 1.0), (True, 2.0)):
        answer = api.on("GetItem", Key={"id": {"S": "1"}}, ConsistentRead=consistent, ReturnConsumedCapacity="TOTAL")
        assert answer["ConsumedCapacity"] == {"TableName": api.table, "CapacityUnits": units}


def test_writes_cost_a_unit_for_each_kilobyte_of_the_larger_image_and_of_each_index(api: Api) -> None:
    api.create("id:S", by_group=("group:S", "ALL"))
    api.put({"id": {"S": "1"}, "group": {"S": "g"}, "a": {"S": "x" * 2000}})
    answer = api.put({"id": {"S": "1"}, "group": {"S": "h"}}, ReturnConsumedCapacity="INDEXES")
    assert answer["ConsumedCapacity"] == {
        "TableName": api.table,
        "CapacityUnits": 5.0,
        "Table": {"CapacityUnits": 2.0},
        "GlobalSecondaryIndexes": {"by_group": {"CapacityUnits": 3.0}},
    }
