"""Tables and their settings."""

from __future__ import annotations

from typing import Any

import pytest

from dynalayer.protocol import ResourceInUse, ResourceNotFound, UnknownOperation, ValidationError
from tests.engines.behaviour.conftest import THROUGHPUT, Api, Json, schema


def definitions(*names: str) -> list[Json]:
    return [{"AttributeName": name, "AttributeType": "S"} for name in names]


def index(name: str = "by_b", keys: str = "b:S", **members: Any) -> Json:
    return {
        "IndexName": name,
        "KeySchema": schema(keys),
        "Projection": {"ProjectionType": "ALL"},
        "ProvisionedThroughput": THROUGHPUT,
        **members,
    }


SOUND: Json = {
    "AttributeDefinitions": definitions("a"),
    "KeySchema": schema("a:S"),
    "ProvisionedThroughput": THROUGHPUT,
}


def test_a_table_is_described_as_it_was_made(api: Api) -> None:
    api.create("pk:S sk:N", by_kind=("kind:B", {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["x"]}))
    api.put({"pk": {"S": "a"}, "sk": {"N": "1"}, "kind": {"B": "AQ=="}})
    table = api.on("DescribeTable")["Table"]
    assert table["TableStatus"] == "ACTIVE"
    assert table["KeySchema"] == schema("pk sk")
    assert {d["AttributeName"]: d["AttributeType"] for d in table["AttributeDefinitions"]} == {
        "pk": "S",
        "sk": "N",
        "kind": "B",
    }
    assert (table["ItemCount"], table["TableSizeBytes"]) == (1, 12)
    assert table["TableArn"].endswith(f":000000000000:table/{api.table}")
    (described,) = table["GlobalSecondaryIndexes"]
    assert described["Projection"] == {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["x"]}
    assert (described["IndexStatus"], described["ItemCount"]) == ("ACTIVE", 1)


def test_options_are_kept_and_described(ours: Api) -> None:
    """Local of 2020 knows neither deletion protection nor table classes."""
    ours.on(
        "CreateTable",
        AttributeDefinitions=definitions("a"),
        KeySchema=schema("a:S"),
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        SSESpecification={"Enabled": True},
        TableClass="STANDARD_INFREQUENT_ACCESS",
        DeletionProtectionEnabled=True,
        Tags=[{"Key": "team", "Value": "shop"}],
    )
    table = ours.on("DescribeTable")["Table"]
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert table["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    assert table["SSEDescription"]["Status"] == "ENABLED"
    assert table["TableClassSummary"] == {"TableClass": "STANDARD_INFREQUENT_ACCESS"}
    assert "protected against deletion" in ours.message("DeleteTable")


def test_a_name_is_taken_once(api: Api) -> None:
    api.create("id:S")
    assert isinstance(api.refused("CreateTable", **SOUND), ResourceInUse)


def test_a_deleted_table_is_gone_and_its_name_is_free(api: Api) -> None:
    api.create("id:S")
    api.put({"id": {"S": "1"}})
    assert api.on("DeleteTable")["TableDescription"]["TableName"] == api.table
    for operation in ("DescribeTable", "DeleteTable"):
        assert isinstance(api.refused(operation), ResourceNotFound)
    api.create("id:N")
    assert api.on("Scan")["Items"] == []


@pytest.mark.parametrize(
    "change",
    [
        {"AttributeDefinitions": definitions("a", "b")},
        {"AttributeDefinitions": definitions("b")},
        {"AttributeDefinitions": definitions("a", "a")},
        {"KeySchema": []},
        {"KeySchema": [{"AttributeName": "a", "KeyType": "RANGE"}]},
        {"KeySchema": schema("a:S a:S")},
        {"ProvisionedThroughput": None},
        {"GlobalSecondaryIndexes": []},
        {"GlobalSecondaryIndexes": [index()]},
        {"AttributeDefinitions": definitions("a", "b"), "GlobalSecondaryIndexes": [index(), index()]},
        {"AttributeDefinitions": definitions("a", "b"), "GlobalSecondaryIndexes": [index(name="x")]},
        {"AttributeDefinitions": definitions("a", "b"), "GlobalSecondaryIndexes": [index(Projection={})]},
        {
            "AttributeDefinitions": definitions("a", "b"),
            "GlobalSecondaryIndexes": [index(Projection={"ProjectionType": "INCLUDE"})],
        },
        {
            "AttributeDefinitions": definitions("a", "b"),
            "GlobalSecondaryIndexes": [index(Projection={"ProjectionType": "ALL", "NonKeyAttributes": ["c"]})],
        },
        {"AttributeDefinitions": definitions("a", "b"), "GlobalSecondaryIndexes": [index(ProvisionedThroughput=None)]},
        {
            "AttributeDefinitions": definitions("a", "b"),
            "GlobalSecondaryIndexes": [index(f"index-{n}") for n in range(21)],
        },
        {"StreamSpecification": {"StreamEnabled": True}},
    ],
)
def test_an_unsound_table_is_not_made(api: Api, change: Json) -> None:
    members = {name: value for name, value in {**SOUND, **change}.items() if value is not None}
    assert isinstance(api.refused("CreateTable", **members), ValidationError)
    assert isinstance(api.refused("DescribeTable"), ResourceNotFound)


def test_tables_are_listed_in_order_and_in_pages(api: Api) -> None:
    made = [api.create("id:S", table=f"{api.table}-{letter}") for letter in "cab"]
    first = api.call("ListTables", Limit=2)
    assert first["LastEvaluatedTableName"] == first["TableNames"][-1]
    rest = api.call("ListTables", ExclusiveStartTableName=first["LastEvaluatedTableName"])
    names = first["TableNames"] + rest["TableNames"]
    assert [name for name in names if name in made] == sorted(made)
    assert "LastEvaluatedTableName" not in rest


def test_time_to_live_is_switched_on_and_off(api: Api) -> None:
    api.create("id:S")
    assert api.on("DescribeTimeToLive")["TimeToLiveDescription"] == {"TimeToLiveStatus": "DISABLED"}
    on = {"AttributeName": "expires", "Enabled": True}
    assert api.on("UpdateTimeToLive", TimeToLiveSpecification=on) == {"TimeToLiveSpecification": on}
    described = api.on("DescribeTimeToLive")["TimeToLiveDescription"]
    assert described == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}
    assert "already enabled" in api.message("UpdateTimeToLive", TimeToLiveSpecification=on)
    other = {"AttributeName": "other", "Enabled": True}
    assert "active on a different AttributeName" in api.message("UpdateTimeToLive", TimeToLiveSpecification=other)
    api.on("UpdateTimeToLive", TimeToLiveSpecification={**on, "Enabled": False})
    assert api.on("DescribeTimeToLive")["TimeToLiveDescription"]["TimeToLiveStatus"] == "DISABLED"
    assert "already disabled" in api.message("UpdateTimeToLive", TimeToLiveSpecification={**on, "Enabled": False})


def test_point_in_time_recovery_is_kept_and_described(ours: Api) -> None:
    """Local has no backups."""
    ours.create("id:S")

    def recovery() -> Json:
        answer = ours.on("DescribeContinuousBackups")["ContinuousBackupsDescription"]
        described: Json = answer["PointInTimeRecoveryDescription"]
        return described

    assert recovery() == {"PointInTimeRecoveryStatus": "DISABLED"}
    wanted = {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 7}
    ours.on("UpdateContinuousBackups", PointInTimeRecoverySpecification=wanted)
    assert recovery()["PointInTimeRecoveryStatus"] == "ENABLED"
    assert recovery()["RecoveryPeriodInDays"] == 7


def test_a_table_may_be_named_by_its_arn(ours: Api) -> None:
    """Local of 2020 takes names only; the service takes ARNs since 2024."""
    ours.create("id:S")
    arn = ours.on("DescribeTable")["Table"]["TableArn"]
    ours.put({"id": {"S": "1"}})
    assert ours.call("GetItem", TableName=arn, Key={"id": {"S": "1"}})["Item"] == {"id": {"S": "1"}}


def test_an_operation_that_does_not_exist_is_told_as_such(api: Api) -> None:
    with pytest.raises(UnknownOperation):
        api.call("MakeCoffee")
