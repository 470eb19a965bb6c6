"""Tags, limits and endpoints; DynamoDB Local of 2020 has neither tags nor endpoints."""

from __future__ import annotations

from typing import Any

import pytest

from dynalayer.protocol import ResourceNotFound, ValidationError
from tests.engines.behaviour.conftest import Api, Json, schema


def arn(api: Api) -> str:
    found: str = api.on("DescribeTable")["Table"]["TableArn"]
    return found


def tags(**values: str) -> list[Json]:
    return [{"Key": key, "Value": value} for key, value in values.items()]


def of(api: Api, resource: str) -> dict[str, str]:
    listed = api.call("ListTagsOfResource", ResourceArn=resource)["Tags"]
    return {tag["Key"]: tag["Value"] for tag in listed}


def refusal(api: Api, operation: str, **members: Any) -> str:
    with pytest.raises((ValidationError, ResourceNotFound)) as caught:
        api.call(operation, **members)
    return caught.value.message


def test_tags_are_added_replaced_and_taken_away(ours: Api) -> None:
    ours.create("id:S")
    table = arn(ours)
    assert of(ours, table) == {}
    ours.call("TagResource", ResourceArn=table, Tags=tags(team="shop", stage=""))
    ours.call("TagResource", ResourceArn=table, Tags=tags(team="stock", owner="ada"))
    assert of(ours, table) == {"team": "stock", "stage": "", "owner": "ada"}
    ours.call("UntagResource", ResourceArn=table, TagKeys=["team", "unknown"])
    assert of(ours, table) == {"stage": "", "owner": "ada"}


def test_a_table_is_made_with_tags(ours: Api) -> None:
    creation: Json = {
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": schema("id"),
        "BillingMode": "PAY_PER_REQUEST",
    }
    twice = [*tags(team="shop"), *tags(team="stock")]
    assert isinstance(ours.refused("CreateTable", **creation, Tags=twice), ValidationError)
    ours.on("CreateTable", **creation, Tags=tags(team="shop"))
    assert of(ours, arn(ours)) == {"team": "shop"}


@pytest.mark.parametrize("operation", ["TagResource", "UntagResource", "ListTagsOfResource"])
@pytest.mark.parametrize("resource", ["things", "arn:aws:s3:::things", "arn:aws:dynamodb:local:000000000000:index/x"])
def test_what_is_no_table_s_arn_is_refused(ours: Api, operation: str, resource: str) -> None:
    members: Json = {"TagResource": {"Tags": tags(a="b")}, "UntagResource": {"TagKeys": ["a"]}}.get(operation, {})
    message = refusal(ours, operation, ResourceArn=resource, **members)
    assert message == f"Invalid TableArn: Invalid ResourceArn provided as input {resource}"


def test_the_arn_of_no_table_is_not_found(ours: Api) -> None:
    ours.create("id:S")
    for missing in (arn(ours) + "-other", arn(ours).replace(":local:", ":eu-west-1:")):
        message = refusal(ours, "ListTagsOfResource", ResourceArn=missing)
        assert message == f"Requested resource not found: ResourcArn: {missing} not found"


def test_tags_that_break_a_rule_are_refused(ours: Api) -> None:
    ours.create("id:S")
    table = arn(ours)
    assert "Atleast one Tag needs" in refusal(ours, "TagResource", ResourceArn=table, Tags=[])
    assert "Atleast one Tag Key needs" in refusal(ours, "UntagResource", ResourceArn=table, TagKeys=[])
    reserved = [{"Key": "aws:team", "Value": "x"}]
    assert "reserved" in refusal(ours, "TagResource", ResourceArn=table, Tags=reserved)
    valueless = refusal(ours, "TagResource", ResourceArn=table, Tags=[{"Key": "a"}])
    assert "'tags.1.member.value' failed to satisfy constraint: Member must not be null" in valueless
    ours.call("TagResource", ResourceArn=table, Tags=tags(**{f"k{n}": "" for n in range(50)}))
    assert "limit of 50" in refusal(ours, "TagResource", ResourceArn=table, Tags=tags(more=""))
    assert len(of(ours, table)) == 50
    assert refusal(ours, "ListTagsOfResource", ResourceArn=table, NextToken="x") == "Invalid NextToken"


def test_the_quotas_of_an_account_are_told(api: Api) -> None:
    assert api.call("DescribeLimits") == {
        "AccountMaxReadCapacityUnits": 80000,
        "AccountMaxWriteCapacityUnits": 80000,
        "TableMaxReadCapacityUnits": 40000,
        "TableMaxWriteCapacityUnits": 40000,
    }


def test_endpoints_lead_no_client_to_the_service(ours: Api) -> None:
    (endpoint,) = ours.call("DescribeEndpoints")["Endpoints"]
    assert endpoint == {"Address": "dynamodb.local.amazonaws.com", "CachePeriodInMinutes": 1440}
