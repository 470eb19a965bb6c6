"""boto3 changing tables: its serializers, waiters and paginators on indexes of both kinds, tags and settings."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from boto3.dynamodb.conditions import Key

_numbers = itertools.count()


def schema(hash_key: str, range_key: str) -> list[dict[str, str]]:
    return [{"AttributeName": hash_key, "KeyType": "HASH"}, {"AttributeName": range_key, "KeyType": "RANGE"}]


@pytest.fixture
def resource(dynalayer_served: str) -> Iterator[Any]:
    session = boto3.Session("key", "secret", region_name="eu-west-1")
    resource = session.resource("dynamodb", endpoint_url=dynalayer_served)
    yield resource
    resource.meta.client.close()


@pytest.fixture
def table(resource: Any) -> Any:
    """A table with a local index on the number `at`, and some items."""
    table = resource.create_table(
        TableName=f"boto-tables-{next(_numbers)}",
        KeySchema=schema("pk", "sk"),
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": kind} for name, kind in (("pk", "S"), ("sk", "S"), ("at", "N"))
        ],
        LocalSecondaryIndexes=[
            {"IndexName": "by-at", "KeySchema": schema("pk", "at"), "Projection": {"ProjectionType": "KEYS_ONLY"}}
        ],
        BillingMode="PAY_PER_REQUEST",
        Tags=[{"Key": "team", "Value": "shop"}],
    )
    table.wait_until_exists()
    with table.batch_writer() as batch:
        for number in range(30):
            batch.put_item({"pk": "p", "sk": f"{number:02}", "at": -number, "g": f"g{number % 2}", "x": "x"})
    return table


def test_a_local_index_is_queried_and_fetches(table: Any) -> None:
    found = table.query(
        IndexName="by-at", KeyConditionExpression=Key("pk").eq("p") & Key("at").lt(-27), ConsistentRead=True
    )
    assert [item["sk"] for item in found["Items"]] == ["29", "28"]
    whole = table.query(IndexName="by-at", KeyConditionExpression=Key("pk").eq("p"), Select="ALL_ATTRIBUTES", Limit=1)
    assert whole["Items"][0]["x"] == "x"


def test_an_index_of_several_attributes_is_added_queried_and_removed(table: Any) -> None:
    name, client = table.name, table.meta.client
    keys = [*schema("g", "at"), {"AttributeName": "sk", "KeyType": "RANGE"}]
    table.update(
        AttributeDefinitions=[
            {"AttributeName": key, "AttributeType": kind} for key, kind in (("g", "S"), ("at", "N"), ("sk", "S"))
        ],
        GlobalSecondaryIndexUpdates=[
            {"Create": {"IndexName": "by-g", "KeySchema": keys, "Projection": {"ProjectionType": "ALL"}}}
        ],
    )
    client.get_waiter("table_exists").wait(TableName=name)
    table.reload()
    assert [index["ItemCount"] for index in table.global_secondary_indexes] == [30]
    pages = client.get_paginator("query").paginate(
        TableName=name,
        IndexName="by-g",
        KeyConditionExpression="g = :g AND #at >= :at",
        ExpressionAttributeNames={"#at": "at"},
        ExpressionAttributeValues={":g": "g1", ":at": -9},
        PaginationConfig={"PageSize": 2},
    )
    found = [item["sk"] for page in pages for item in page["Items"]]
    assert found == ["09", "07", "05", "03", "01"]
    table.update(GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by-g"}}])
    table.reload()
    assert table.global_secondary_indexes is None


def test_tags_are_changed_and_listed(table: Any) -> None:
    client, arn = table.meta.client, table.table_arn
    client.tag_resource(ResourceArn=arn, Tags=[{"Key": "stage", "Value": "test"}])
    client.untag_resource(ResourceArn=arn, TagKeys=["team"])
    pages = client.get_paginator("list_tags_of_resource").paginate(ResourceArn=arn)
    assert [tag for page in pages for tag in page["Tags"]] == [{"Key": "stage", "Value": "test"}]


def test_a_protected_table_is_kept(table: Any) -> None:
    client = table.meta.client
    table.update(DeletionProtectionEnabled=True)
    with pytest.raises(client.exceptions.ClientError, match="protected against deletion"):
        table.delete()
    table.update(DeletionProtectionEnabled=False)
    table.delete()
    table.wait_until_not_exists()


def test_backups_of_an_unknown_table_raise_their_own_error(table: Any) -> None:
    client = table.meta.client
    with pytest.raises(client.exceptions.TableNotFoundException):
        client.describe_continuous_backups(TableName="unknown")


def test_the_account_is_told_of(table: Any) -> None:
    client = table.meta.client
    assert client.describe_limits()["TableMaxReadCapacityUnits"] == 40_000
    assert client.describe_endpoints()["Endpoints"][0]["CachePeriodInMinutes"] == 1440
