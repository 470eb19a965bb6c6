"""Local secondary indexes: another order of the items of a partition."""

from __future__ import annotations

from typing import Any

import pytest

from dynalayer.protocol import ResourceNotFound, TransactionCanceled, ValidationError
from tests.engines.behaviour.conftest import THROUGHPUT, Api, Json, schema

ALL = {"ProjectionType": "ALL"}
KEYS = {"ProjectionType": "KEYS_ONLY"}


def local(name: str, keys: str = "pk at", projection: Json = ALL) -> Json:
    return {"IndexName": name, "KeySchema": schema(keys), "Projection": projection}


def definitions(kinds: str) -> list[Json]:
    return [dict(zip(("AttributeName", "AttributeType"), part.split(":"), strict=True)) for part in kinds.split()]


def creation(*indexes: Json, keys: str = "pk sk", kinds: str = "pk:S sk:S at:N") -> Json:
    return {
        "AttributeDefinitions": definitions(kinds),
        "KeySchema": schema(keys),
        "ProvisionedThroughput": THROUGHPUT,
        "LocalSecondaryIndexes": list(indexes),
    }


def make(api: Api) -> None:
    """A table with three local indexes on the number `at`."""
    some = {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["x"]}
    api.on("CreateTable", **creation(local("whole"), local("keys", projection=KEYS), local("some", projection=some)))
    api.made.append(api.table)


def item(sk: str, at: Any = None, **more: Any) -> Json:
    return {"pk": {"S": "p"}, "sk": {"S": sk}, **({} if at is None else {"at": {"N": at}}), **more}


def found(api: Api, index: str, condition: str = "pk = :p", values: Json | None = None, **members: Any) -> list[str]:
    answer = api.query(condition, {":p": {"S": "p"}, **(values or {})}, IndexName=index, **members)
    return [one["sk"]["S"] for one in answer["Items"]]


def test_a_partition_is_read_in_the_order_of_the_index(api: Api) -> None:
    make(api)
    for sk, at in (("a", "10"), ("b", "-1"), ("c", "9"), ("d", None)):
        api.put(item(sk, at))
    assert found(api, "whole") == ["b", "c", "a"]
    assert found(api, "whole", ScanIndexForward=False) == ["a", "c", "b"]
    assert found(api, "keys", "pk = :p AND #at > :n", {":n": {"N": "5"}}, ExpressionAttributeNames={"#at": "at"}) == [
        "c",
        "a",
    ]
    assert len(api.on("Scan", IndexName="some")["Items"]) == 3


def test_every_kind_of_write_keeps_the_index(api: Api) -> None:
    make(api)
    key = {"pk": {"S": "p"}, "sk": {"S": "a"}}
    api.put(item("a", "5"))
    api.update(key, "SET #at = :n", {":n": {"N": "7"}}, ExpressionAttributeNames={"#at": "at"})
    api.call("BatchWriteItem", RequestItems={api.table: [{"PutRequest": {"Item": item("b", "6")}}]})
    api.call("TransactWriteItems", TransactItems=[{"Put": {"TableName": api.table, "Item": item("c", "1")}}])
    assert found(api, "keys") == ["c", "b", "a"]
    api.update(key, "REMOVE #at", ExpressionAttributeNames={"#at": "at"})
    api.on("DeleteItem", Key={"pk": {"S": "p"}, "sk": {"S": "b"}})
    assert found(api, "keys") == ["c"]


def test_an_index_shows_what_it_projects(api: Api) -> None:
    make(api)
    whole = item("a", "1", x={"S": "x"}, y={"S": "y"})
    api.put(whole)

    def shown(index: str) -> set[str]:
        (one,) = api.query("pk = :p", {":p": {"S": "p"}}, IndexName=index)["Items"]
        return set(one)

    assert shown("whole") == set(whole)
    assert shown("keys") == {"pk", "sk", "at"}
    assert shown("some") == {"pk", "sk", "at", "x"}


def test_what_is_not_projected_is_fetched_from_the_table_when_asked_for(api: Api) -> None:
    make(api)
    whole = item("a", "1", x={"S": "x"}, y={"S": "y"})
    api.put(whole)
    values = {":p": {"S": "p"}}
    assert api.query("pk = :p", values, IndexName="keys", Select="ALL_ATTRIBUTES")["Items"] == [whole]
    projected = api.query("pk = :p", values, IndexName="some", ProjectionExpression="y, x")["Items"]
    assert projected == [{"x": {"S": "x"}, "y": {"S": "y"}}]
    assert api.on("Scan", IndexName="keys", ProjectionExpression="y")["Items"] == [{"y": {"S": "y"}}]


def test_a_filter_sees_only_what_the_index_projects(api: Api) -> None:
    make(api)
    values = {":p": {"S": "p"}, ":y": {"S": "y"}}
    refusal = api.message(
        "Query",
        IndexName="keys",
        KeyConditionExpression="pk = :p",
        FilterExpression="y = :y",
        ExpressionAttributeValues=values,
    )
    assert refusal.endswith("Secondary index keys does not project one or more filter attributes: [y]")


def test_consistent_reads_are_allowed(api: Api) -> None:
    make(api)
    api.put(item("a", "1"))
    assert found(api, "whole", ConsistentRead=True) == ["a"]
    assert api.on("Scan", IndexName="whole", ConsistentRead=True)["Count"] == 1


def test_pages_resume_among_equal_keys(api: Api) -> None:
    make(api)
    for sk in "dacb":
        api.put(item(sk, "1"))
    seen: list[str] = []
    start: Json = {}
    while True:
        page = api.query("pk = :p", {":p": {"S": "p"}}, IndexName="keys", Limit=1, **start)
        seen += [one["sk"]["S"] for one in page["Items"]]
        if "LastEvaluatedKey" not in page:
            break
        assert set(page["LastEvaluatedKey"]) == {"pk", "sk", "at"}
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
    assert sorted(seen) == ["a", "b", "c", "d"]


def test_a_key_attribute_of_another_type_is_refused(ours: Api) -> None:
    """Local refuses puts in other words, and lets updates through."""
    make(ours)
    expected = "Type mismatch for Index Key at Expected: N Actual: S IndexName: whole"
    assert ours.message("PutItem", Item={**item("a"), "at": {"S": "1"}}).endswith(expected)
    update = {"UpdateExpression": "SET #at = :s", "ExpressionAttributeNames": {"#at": "at"}}
    values = {":s": {"S": "x"}}
    refused = ours.message("UpdateItem", Key=item("a"), ExpressionAttributeValues=values, **update)
    assert refused == "The update expression attempted to update the secondary index key to unsupported type"
    assert ours.on("Scan")["Count"] == 0


def test_statements_read_local_indexes_too(ours: Api) -> None:
    """Local of 2020 has no PartiQL."""
    make(ours)
    for sk, at in (("a", "2"), ("b", "1")):
        ours.put(item(sk, at, y={"S": sk}))
    select = f'FROM "{ours.table}"."keys" WHERE pk = \'p\''
    assert ours.call("ExecuteStatement", Statement=f"SELECT * {select}")["Items"] == [item("b", "1"), item("a", "2")]
    assert ours.call("ExecuteStatement", Statement=f"SELECT y {select}", ConsistentRead=True)["Items"] == [
        {"y": {"S": "b"}},
        {"y": {"S": "a"}},
    ]


def test_writes_are_counted_by_index(api: Api) -> None:
    make(api)
    consumed = api.put(item("a", "1", y={"S": "y" * 1100}), ReturnConsumedCapacity="INDEXES")["ConsumedCapacity"]
    assert consumed["CapacityUnits"] == 6.0
    assert consumed["Table"] == {"CapacityUnits": 2.0}
    units = {name: each["CapacityUnits"] for name, each in consumed["LocalSecondaryIndexes"].items()}
    assert units == {"whole": 2.0, "keys": 1.0, "some": 1.0}
    assert "GlobalSecondaryIndexes" not in consumed


def test_a_read_counts_the_index_and_each_item_that_is_fetched(api: Api) -> None:
    make(api)
    for number in range(3):
        api.put(item(str(number), "1", y={"S": "y" * 4100}))

    def consumed(**members: Any) -> tuple[float, float]:
        values = {":p": {"S": "p"}}
        answer = api.query("pk = :p", values, IndexName="keys", ReturnConsumedCapacity="INDEXES", **members)
        told = answer["ConsumedCapacity"]
        return told["Table"]["CapacityUnits"], told["LocalSecondaryIndexes"]["keys"]["CapacityUnits"]

    assert consumed() == (0.0, 0.5)
    assert consumed(ConsistentRead=True) == (0.0, 1.0)
    assert consumed(Select="ALL_ATTRIBUTES") == (3.0, 0.5)
    assert consumed(Select="ALL_ATTRIBUTES", ConsistentRead=True) == (6.0, 1.0)


def test_local_indexes_are_described(api: Api) -> None:
    make(api)
    api.put(item("a", "1"))
    api.put(item("b"))
    described = {index["IndexName"]: index for index in api.on("DescribeTable")["Table"]["LocalSecondaryIndexes"]}
    assert set(described) == {"whole", "keys", "some"}
    one = described["some"]
    assert one["KeySchema"] == schema("pk at")
    assert one["Projection"] == {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["x"]}
    assert one["IndexArn"].endswith(f"table/{api.table}/index/some")
    assert one["ItemCount"] == 1
    assert "IndexStatus" not in one


UNSOUND: list[tuple[Json, str]] = [
    (creation(kinds="pk:S sk:S"), "List of LocalSecondaryIndexes is empty"),
    (
        creation(local("one"), keys="pk", kinds="pk:S at:N"),
        "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex",
    ),
    (creation(local("one", "pk"), kinds="pk:S sk:S"), "Index KeySchema does not have a range key for index: one"),
    (
        creation(local("one", "at sk")),
        "Index KeySchema does not have the same leading hash key as table KeySchema for index: one. "
        "index hash key: at, table hash key: pk",
    ),
    (
        creation(*[local(f"index-{number}") for number in range(6)]),
        "Number of LocalSecondaryIndexes exceeds per-table limit of 5",
    ),
    (creation(local("one"), local("one")), "Duplicate index name: one"),
    (creation(local("one", projection={})), "Unknown ProjectionType: null"),
    (
        creation(local("one", projection={**ALL, "NonKeyAttributes": ["x"]})),
        "ProjectionType is ALL, but NonKeyAttributes is specified",
    ),
    (
        creation(local("one", projection={"ProjectionType": "INCLUDE"})),
        "ProjectionType is INCLUDE, but NonKeyAttributes is not specified",
    ),
    (
        creation(local("one", "pk other")),
        "Some index key attributes are not defined in AttributeDefinitions. Keys: [pk, other], "
        "AttributeDefinitions: [pk, sk, at]",
    ),
    (creation(local("one", "pk pk"), kinds="pk:S sk:S"), "have the same name"),
]


@pytest.mark.parametrize(("members", "text"), UNSOUND)
def test_unsound_local_indexes_are_refused(api: Api, members: Json, text: str) -> None:
    """Local refuses the same in words of its own, which the service never used."""
    refused = api.refused("CreateTable", **members)
    assert isinstance(refused, ValidationError)
    if not api.is_local:
        assert refused.message.endswith(text)
    assert isinstance(api.refused("DescribeTable"), ResourceNotFound)


def test_a_name_serves_one_index_of_either_kind(api: Api) -> None:
    other = {**local("one", "at"), "ProvisionedThroughput": THROUGHPUT}
    refused = api.refused("CreateTable", **creation(local("one")), GlobalSecondaryIndexes=[other])
    assert isinstance(refused, ValidationError)


METRICS = {"ItemCollectionKey": {"pk": {"S": "p"}}, "SizeEstimateRangeGB": [0.0, 1.0]}
SIZE: Json = {"ReturnItemCollectionMetrics": "SIZE"}


def test_writes_tell_the_size_of_the_item_collection(ours: Api) -> None:
    """Local never tells it."""
    make(ours)
    assert ours.put(item("a", "1"), **SIZE)["ItemCollectionMetrics"] == METRICS
    key = {"pk": {"S": "p"}, "sk": {"S": "a"}}
    assert ours.update(key, "REMOVE x", **SIZE)["ItemCollectionMetrics"] == METRICS
    batch = [{"PutRequest": {"Item": item(sk)}} for sk in "bc"]
    told = ours.call("BatchWriteItem", RequestItems={ours.table: batch}, **SIZE)
    assert told["ItemCollectionMetrics"] == {ours.table: [METRICS]}
    action = {"Delete": {"TableName": ours.table, "Key": key}}
    assert ours.call("TransactWriteItems", TransactItems=[action], **SIZE)["ItemCollectionMetrics"] == {
        ours.table: [METRICS]
    }
    assert ours.on("DeleteItem", Key={**key, "sk": {"S": "b"}}, **SIZE)["ItemCollectionMetrics"] == METRICS
    assert "ItemCollectionMetrics" not in ours.put(item("d"))


def test_tables_without_local_indexes_have_no_item_collections(api: Api) -> None:
    api.create()
    assert api.put(item("a"), **SIZE) == {}


def test_a_failed_transaction_leaves_the_indexes_as_they_were(api: Api) -> None:
    make(api)
    check = {
        "TableName": api.table,
        "Key": {"pk": {"S": "p"}, "sk": {"S": "z"}},
        "ConditionExpression": "attribute_exists(pk)",
    }
    actions = [{"Put": {"TableName": api.table, "Item": item("a", "1")}}, {"ConditionCheck": check}]
    with pytest.raises(TransactionCanceled):
        api.call("TransactWriteItems", TransactItems=actions)
    assert found(api, "keys") == []
