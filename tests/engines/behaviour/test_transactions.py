"""TransactWriteItems and TransactGetItems."""

from __future__ import annotations

from typing import Any

import pytest

from dynalayer.protocol import (
    IdempotentParameterMismatch,
    ResourceNotFound,
    TransactionCanceled,
    ValidationError,
)
from tests.engines.behaviour.conftest import Api, Json

ABSENT = "attribute_not_exists(id)"
PRESENT = "attribute_exists(id)"


def item(n: int) -> Json:
    return {"id": {"S": f"{n}"}}


class Actions:
    """Builds the actions of a transaction on one table."""

    def __init__(self, api: Api) -> None:
        self.api = api

    def put(self, n: int, attributes: Json | None = None, **members: Any) -> Json:
        return {"Put": {"TableName": self.api.table, "Item": {**item(n), **(attributes or {})}, **members}}

    def keyed(self, action: str, n: int, **members: Any) -> Json:
        return {action: {"TableName": self.api.table, "Key": item(n), **members}}

    def write(self, *actions: Json, **members: Any) -> Json:
        return self.api.call("TransactWriteItems", TransactItems=list(actions), **members)

    def count(self) -> int:
        return int(self.api.on("Scan", Select="COUNT")["Count"])


@pytest.fixture
def on(api: Api) -> Actions:
    api.create("id:S")
    return Actions(api)


@pytest.fixture
def on_ours(ours: Api) -> Actions:
    ours.create("id:S")
    return Actions(ours)


def test_all_actions_take_effect_together(on: Actions) -> None:
    on.api.put(item(1))
    on.api.put(item(2))
    on.write(
        on.put(3, ConditionExpression=ABSENT),
        on.keyed("Update", 1, UpdateExpression="SET a = :a", ExpressionAttributeValues={":a": {"S": "x"}}),
        on.keyed("Delete", 2),
        on.keyed("ConditionCheck", 4, ConditionExpression=ABSENT),
    )
    assert sorted(on.api.on("Scan")["Items"], key=str) == sorted([{**item(1), "a": {"S": "x"}}, item(3)], key=str)


def test_one_failed_condition_undoes_all_and_every_action_has_its_reason(on: Actions) -> None:
    on.api.put({**item(1), "a": {"S": "x"}})
    with pytest.raises(TransactionCanceled) as caught:
        on.write(
            on.put(2),
            on.put(1, ConditionExpression=ABSENT, ReturnValuesOnConditionCheckFailure="ALL_OLD"),
            on.keyed("ConditionCheck", 3, ConditionExpression=PRESENT),
        )
    reasons = caught.value.reasons
    assert [reason.code for reason in reasons] == ["None", "ConditionalCheckFailed", "ConditionalCheckFailed"]
    assert reasons[1].item == {**item(1), "a": {"S": "x"}}
    assert reasons[1].message == "The conditional request failed"
    assert "[None, ConditionalCheckFailed, ConditionalCheckFailed]" in caught.value.message
    assert on.count() == 1


def test_an_update_that_cannot_be_made_cancels_the_transaction(on_ours: Actions) -> None:
    """Local answers with the bare ValidationException; the service cancels with "ValidationError" as the reason."""
    with pytest.raises(TransactionCanceled) as caught:
        on_ours.write(on_ours.keyed("Update", 1, UpdateExpression="SET a = b"), on_ours.put(2))
    assert [reason.code for reason in caught.value.reasons] == ["ValidationError", "None"]
    assert on_ours.count() == 0


def test_one_item_takes_one_action(on: Actions) -> None:
    with pytest.raises(ValidationError, match="cannot include multiple operations on one item"):
        on.write(on.put(1), on.keyed("Delete", 1))


def test_an_action_is_of_one_kind(on: Actions) -> None:
    for action in ({}, {**on.put(1), **on.keyed("Delete", 2)}):
        with pytest.raises(ValidationError):
            on.write(action)


def test_a_transaction_has_1_to_100_actions(on_ours: Actions) -> None:
    """Local knows the limit of 2018, which was 10 and then 25; the service's has been 100 since September 2022."""
    on_ours.write(*[on_ours.put(n) for n in range(100)])
    assert on_ours.count() == 100
    for actions in ([], [on_ours.put(n) for n in range(101)]):
        with pytest.raises(ValidationError, match="failed to satisfy constraint: Member must have length"):
            on_ours.write(*actions)


def test_a_missing_table_or_an_unsound_key_refuses_the_request(on: Actions) -> None:
    with pytest.raises(ResourceNotFound):
        on.write({"Put": {"TableName": "missing-table", "Item": item(1)}}, on.put(1))
    with pytest.raises(ValidationError):
        on.write({"Delete": {"TableName": on.api.table, "Key": {"other": {"S": "1"}}}}, on.put(1))
    assert on.count() == 0


def test_a_token_makes_a_repeated_request_harmless(on: Actions) -> None:
    add = on.keyed("Update", 1, UpdateExpression="ADD n :n", ExpressionAttributeValues={":n": {"N": "1"}})
    for _ in range(3):
        on.write(add, ClientRequestToken=f"{on.api.table}-token")
    assert on.api.get(item(1))["n"] == {"N": "1"}


def test_a_token_is_for_one_request_only(on: Actions) -> None:
    on.write(on.put(1), ClientRequestToken=f"{on.api.table}-token")
    with pytest.raises(IdempotentParameterMismatch):
        on.write(on.put(2), ClientRequestToken=f"{on.api.table}-token")
    assert on.count() == 1


def test_a_transaction_costs_twice_as_much(on: Actions) -> None:
    answer = on.write(on.put(1), on.put(2), ReturnConsumedCapacity="TOTAL")
    assert answer["ConsumedCapacity"] == [{"TableName": on.api.table, "CapacityUnits": 4.0, "WriteCapacityUnits": 4.0}]


def test_a_repeated_request_costs_the_reading_of_its_items(on_ours: Actions) -> None:
    """Local counts the first write of a token twice; the API reference has it cost what any transaction does."""
    members = {"ClientRequestToken": f"{on_ours.api.table}-token", "ReturnConsumedCapacity": "TOTAL"}
    put = on_ours.put(1, {"a": {"S": "x" * 5000}})
    assert on_ours.write(put, **members)["ConsumedCapacity"][0]["WriteCapacityUnits"] == 10.0
    (repeated,) = on_ours.write(put, **members)["ConsumedCapacity"]
    assert repeated == {"TableName": on_ours.api.table, "CapacityUnits": 4.0, "ReadCapacityUnits": 4.0}


def test_a_transaction_reads_items_in_the_order_asked(on: Actions) -> None:
    on.api.put({**item(1), "a": {"S": "x"}, "b": {"S": "y"}})
    answer = on.api.call(
        "TransactGetItems",
        TransactItems=[on.keyed("Get", 2), on.keyed("Get", 1, ProjectionExpression="a")],
        ReturnConsumedCapacity="TOTAL",
    )
    assert answer["Responses"] == [{}, {"Item": {"a": {"S": "x"}}}]
    assert answer["ConsumedCapacity"] == [{"TableName": on.api.table, "CapacityUnits": 4.0, "ReadCapacityUnits": 4.0}]


def test_a_key_that_does_not_fit_the_table_cancels_the_reading(on: Actions) -> None:
    gets = [{"Get": {"TableName": on.api.table, "Key": key}} for key in (item(1), {"id": {"N": "1"}})]
    with pytest.raises(TransactionCanceled) as caught:
        on.api.call("TransactGetItems", TransactItems=gets)
    if not on.api.is_local:  # which gives no reasons
        assert [reason.code for reason in caught.value.reasons] == ["None", "ValidationError"]


def test_a_transaction_reads_each_item_once(on: Actions) -> None:
    with pytest.raises(ValidationError):
        on.api.call("TransactGetItems", TransactItems=[on.keyed("Get", 1), on.keyed("Get", 1)])
