"""Tables named by their ARN; DynamoDB Local of 2020 takes names only, the service takes both since 2024."""

from __future__ import annotations

import pytest

from dynalayer.protocol import ResourceNotFound, ValidationError
from tests.engines.behaviour.conftest import THROUGHPUT, Api, Json, schema

KEY = {"id": {"S": "1"}}
ITEM: Json = {**KEY, "g": {"S": "a"}}
INDEX = {"IndexName": "by_g", "KeySchema": schema("g"), "Projection": {"ProjectionType": "ALL"}}
CALLS: list[tuple[str, Json]] = [
    ("PutItem", {"Item": ITEM}),
    ("GetItem", {"Key": KEY}),
    ("UpdateItem", {"Key": KEY}),
    ("Query", {"KeyConditionExpression": "id = :i", "ExpressionAttributeValues": {":i": {"S": "1"}}}),
    ("Scan", {}),
    ("DescribeTable", {}),
    ("DescribeTimeToLive", {}),
    ("DescribeContinuousBackups", {}),
    ("UpdateTable", {"DeletionProtectionEnabled": False}),
    ("DeleteItem", {"Key": KEY}),
    ("DeleteTable", {}),
]


def arn(name: str) -> str:
    return f"arn:aws:dynamodb:local:000000000000:table/{name}"


def test_every_operation_takes_an_arn(ours: Api) -> None:
    ours.create("id:S")
    table = arn(ours.table)
    for operation, members in CALLS:
        ours.call(operation, TableName=table, **members)
    assert isinstance(ours.refused("DescribeTable"), ResourceNotFound)


def test_batches_and_transactions_take_arns(ours: Api) -> None:
    ours.create("id:S")
    table = arn(ours.table)
    ours.call("BatchWriteItem", RequestItems={table: [{"PutRequest": {"Item": ITEM}}]})
    assert ours.call("BatchGetItem", RequestItems={table: {"Keys": [KEY]}})["Responses"] == {table: [ITEM]}
    ours.call("TransactWriteItems", TransactItems=[{"Delete": {"TableName": table, "Key": KEY}}])
    assert ours.call("TransactGetItems", TransactItems=[{"Get": {"TableName": table, "Key": KEY}}])["Responses"] == [{}]


def test_a_table_is_made_under_the_name_in_its_arn(ours: Api) -> None:
    creation = {
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": schema("id"),
        "ProvisionedThroughput": THROUGHPUT,
    }
    made = ours.call("CreateTable", TableName=arn(ours.table), **creation)["TableDescription"]
    assert (made["TableName"], made["TableArn"]) == (ours.table, arn(ours.table))
    assert ours.put(ITEM) == {}


def test_an_index_is_made_on_a_table_named_by_its_arn(ours: Api) -> None:
    ours.create("id:S")
    ours.put(ITEM)
    create = {"Create": {**INDEX, "ProvisionedThroughput": THROUGHPUT}}
    definitions = [{"AttributeName": "g", "AttributeType": "S"}]
    name = arn(ours.table)
    ours.call("UpdateTable", TableName=name, AttributeDefinitions=definitions, GlobalSecondaryIndexUpdates=[create])
    assert ours.call("Scan", TableName=name, IndexName="by_g")["Items"] == [ITEM]


@pytest.mark.parametrize(
    "name", ["ab", "a b c", "arn:aws:dynamodb:local:000000000000:index/abc", arn("abc") + "/index/x"]
)
def test_what_is_neither_a_name_nor_an_arn_is_refused(ours: Api, name: str) -> None:
    with pytest.raises(ValidationError, match="Invalid table/index name"):
        ours.call("DescribeTable", TableName=name)


def test_backups_of_an_unknown_table_have_an_error_of_their_own(ours: Api) -> None:
    """Local has no backups."""
    refused = ours.refused("DescribeContinuousBackups")
    assert (refused.code, refused.message) == ("TableNotFoundException", f"Table not found: {ours.table}")
    days = {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 36}
    message = ours.message("UpdateContinuousBackups", PointInTimeRecoverySpecification=days)
    assert "recoveryPeriodInDays' failed to satisfy constraint: Member must have value less than" in message
