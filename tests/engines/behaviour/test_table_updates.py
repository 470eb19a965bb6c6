"""UpdateTable: indexes added and removed under the items, and settings changed."""

from __future__ import annotations

import time
from typing import Any

import pytest

from dynalayer.protocol import LimitExceeded, ResourceNotFound, ServiceError, ValidationError
from tests.engines.behaviour.conftest import THROUGHPUT, Api, Json, schema

ALL = {"ProjectionType": "ALL"}
MORE = {"ReadCapacityUnits": 9, "WriteCapacityUnits": 3}
PER_REQUEST = "PAY_PER_REQUEST"


def definitions(kinds: str) -> list[Json]:
    return [dict(zip(("AttributeName", "AttributeType"), part.split(":"), strict=True)) for part in kinds.split()]


def index(name: str = "by_g", keys: str = "g", projection: Json = ALL, **members: Any) -> Json:
    described = {"IndexName": name, "KeySchema": schema(keys), "Projection": projection}
    return {**described, "ProvisionedThroughput": THROUGHPUT, **members}


def creation(kinds: str = "g:S", **members: Any) -> Json:
    """What makes an index."""
    return {
        "AttributeDefinitions": definitions(kinds),
        "GlobalSecondaryIndexUpdates": [{"Create": index(**members)}],
    }


def deletion(name: str) -> Json:
    return {"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": name}}]}


def settle(api: Api) -> Json:
    """The table once nothing is being changed; only Local takes its time."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        table: Json = api.on("DescribeTable")["Table"]
        states = [one["IndexStatus"] for one in table.get("GlobalSecondaryIndexes", ())]
        if {table["TableStatus"], *states} == {"ACTIVE"}:
            return table
        time.sleep(0.05)
    pytest.fail("the table does not settle")


def groups(api: Api, group: str = "a", name: str = "by_g") -> list[str]:
    answer = api.query("g = :g", {":g": {"S": group}}, IndexName=name)
    return sorted(one["id"]["S"] for one in answer["Items"])


def put(api: Api, key: str, **more: Json) -> None:
    api.put({"id": {"S": key}, **more})


def test_an_index_made_on_a_full_table_holds_the_items_that_were_there(api: Api) -> None:
    api.create("id:S")
    for number in range(5):
        put(api, str(number), g={"S": "ab"[number % 2]})
    put(api, "without")
    api.on("UpdateTable", **creation())
    settle(api)
    assert groups(api) == ["0", "2", "4"]
    put(api, "6", g={"S": "a"})
    api.on("DeleteItem", Key={"id": {"S": "0"}})
    assert groups(api) == ["2", "4", "6"]


def test_items_that_do_not_fit_a_new_index_stay_out_of_it(ours: Api) -> None:
    """Local answers reads of such an index with an internal failure."""
    ours.create("id:S")
    put(ours, "number", g={"N": "1"})
    put(ours, "text", g={"S": "a"})
    put(ours, "list", g={"L": []})
    ours.on("UpdateTable", **creation())
    assert groups(ours) == ["text"]
    assert ours.on("Scan")["Count"] == 3


def test_an_item_that_does_not_fit_an_index_can_be_mended_changed_and_deleted(ours: Api) -> None:
    """Local of 2020 answers such writes with an internal failure."""
    ours.create("id:S")
    for key in ("mended", "changed", "deleted"):
        put(ours, key, g={"N": "1"})
    ours.on("UpdateTable", **creation())
    ours.update({"id": {"S": "mended"}}, "SET g = :g", {":g": {"S": "a"}})
    ours.update({"id": {"S": "changed"}}, "SET x = :x", {":x": {"S": "x"}})
    ours.on("DeleteItem", Key={"id": {"S": "deleted"}})
    assert groups(ours) == ["mended"]
    assert ours.on("Scan")["Count"] == 2
    refused = ours.refused("PutItem", Item={"id": {"S": "changed"}, "g": {"N": "1"}})
    assert isinstance(refused, ValidationError)


def test_a_fitting_attribute_may_change_beside_an_unfit_one(ours: Api) -> None:
    """Local of 2020 answers such writes with an internal failure."""
    ours.create("id:S")
    put(ours, "1", g={"N": "1"}, at={"N": "1"})
    ours.on("UpdateTable", **creation("g:S at:N", keys="g at"))
    key = {"id": {"S": "1"}}
    ours.update(key, "SET #at = :n", {":n": {"N": "2"}}, ExpressionAttributeNames={"#at": "at"})
    names = {"#at": "at"}
    values = {":s": {"S": "2"}}
    unfit = {"UpdateExpression": "SET #at = :s", "ExpressionAttributeNames": names, "ExpressionAttributeValues": values}
    assert isinstance(ours.refused("UpdateItem", Key=key, **unfit), ValidationError)
    assert ours.on("Scan", IndexName="by_g")["Count"] == 0
    ours.update(key, "SET g = :g", {":g": {"S": "a"}})
    assert groups(ours) == ["1"]


def test_more_items_than_one_step_copies_are_all_in_the_index(ours: Api) -> None:
    """A thousand items and more are slow to put into Local, and prove nothing of it."""
    ours.create("id:S")
    for start in range(0, 2025, 25):
        batch = [{"PutRequest": {"Item": {"id": {"S": f"{n:04}"}, "g": {"S": "a"}}}} for n in range(start, start + 25)]
        ours.call("BatchWriteItem", RequestItems={ours.table: batch})
    ours.on("UpdateTable", **creation())
    assert settle(ours)["GlobalSecondaryIndexes"][0]["ItemCount"] == 2025
    assert len(groups(ours)) == 2025


def test_an_index_is_described_with_the_definitions_that_it_needs(api: Api) -> None:
    api.create("id:S")
    some = {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["x"]}
    api.on("UpdateTable", **creation("id:S g:S at:N g:S", keys="g at", projection=some))
    table = settle(api)
    assert sorted(part["AttributeName"] for part in table["AttributeDefinitions"]) == ["at", "g", "id"]
    (described,) = table["GlobalSecondaryIndexes"]
    assert described["KeySchema"] == schema("g at")
    assert described["Projection"] == some
    assert described["IndexArn"].endswith("/index/by_g")
    assert "Backfilling" not in described


def test_the_answer_tells_of_the_change_under_way(ours: Api) -> None:
    """Local says ACTIVE of the table; the service says UPDATING."""
    ours.create("id:S")
    made = ours.on("UpdateTable", **creation())["TableDescription"]
    assert made["TableStatus"] == "UPDATING"
    assert [one["IndexStatus"] for one in made["GlobalSecondaryIndexes"]] == ["CREATING"]
    gone = ours.on("UpdateTable", **deletion("by_g"))["TableDescription"]
    assert [one["IndexStatus"] for one in gone["GlobalSecondaryIndexes"]] == ["DELETING"]
    assert ours.on("DescribeTable")["Table"]["TableStatus"] == "ACTIVE"


def test_a_deleted_index_is_gone_with_the_definitions_that_only_it_used(api: Api) -> None:
    api.create("id:S", by_g=("g:S at:N", "ALL"), by_at=("at:N", "ALL"))
    put(api, "1", g={"S": "a"}, at={"N": "1"})
    api.on("UpdateTable", **deletion("by_g"))
    table = settle(api)
    assert [one["IndexName"] for one in table["GlobalSecondaryIndexes"]] == ["by_at"]
    assert {part["AttributeName"] for part in table["AttributeDefinitions"]} == {"id", "at"}
    assert isinstance(api.refused("Scan", IndexName="by_g"), ServiceError)
    assert api.on("Scan", IndexName="by_at")["Count"] == 1
    put(api, "2", g={"N": "1"}, at={"N": "1"})
    api.on("UpdateTable", **deletion("by_at"))
    assert "GlobalSecondaryIndexes" not in settle(api)


def test_indexes_come_and_go_and_keep_their_entries_apart(api: Api) -> None:
    api.create("id:S", first=("g:S", "ALL"), second=("h:S", "ALL"))
    put(api, "1", g={"S": "a"}, h={"S": "b"})
    api.on("UpdateTable", **deletion("first"))
    settle(api)
    api.on("UpdateTable", **creation("x:S", name="third", keys="x"))
    settle(api)
    put(api, "2", h={"S": "b"}, x={"S": "c"})
    counts = {name: api.on("Scan", IndexName=name)["Count"] for name in ("second", "third")}
    assert counts == {"second": 2, "third": 1}


def test_a_new_index_may_have_several_attributes_per_key(ours: Api) -> None:
    """Local of 2020 knows one attribute per key part."""
    ours.create("id:S")
    put(ours, "1", g={"S": "a"}, h={"S": "b"})
    put(ours, "2", g={"S": "a"})
    keys = [{"AttributeName": name, "KeyType": "HASH"} for name in "gh"]
    ours.on("UpdateTable", **creation("g:S h:S", KeySchema=keys))
    assert ours.on("Scan", IndexName="by_g")["Count"] == 1


UNSOUND: list[tuple[Json, type[ServiceError], str]] = [
    ({}, ValidationError, "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled"),
    ({"GlobalSecondaryIndexUpdates": []}, ValidationError, "At least one of ProvisionedThroughput"),
    ({"AttributeDefinitions": definitions("id:S")}, ValidationError, "At least one of ProvisionedThroughput"),
    (
        {"GlobalSecondaryIndexUpdates": [{}]},
        ValidationError,
        "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, "
        "GlobalSecondaryIndexUpdate.Delete must not be null",
    ),
    (creation("g:S", name="known"), ValidationError, "Attempting to create an index which already exists"),
    (
        {"GlobalSecondaryIndexUpdates": [{"Create": index()}]},
        ValidationError,
        "Some index key attributes are not defined in AttributeDefinitions. Keys: [g], AttributeDefinitions: []",
    ),
    (
        {
            "AttributeDefinitions": definitions("g:S"),
            "GlobalSecondaryIndexUpdates": [{"Create": index("one")}, {"Create": index("two")}],
        },
        LimitExceeded,
        "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table",
    ),
    (
        {"GlobalSecondaryIndexUpdates": [{"Create": index()}, *deletion("known")["GlobalSecondaryIndexUpdates"]]}
        | {"AttributeDefinitions": definitions("g:S")},
        LimitExceeded,
        "Only 1 online index can be created or deleted simultaneously per table",
    ),
    (
        {
            "GlobalSecondaryIndexUpdates": [
                {"Delete": {"IndexName": "known"}},
                {"Update": {"IndexName": "known", "ProvisionedThroughput": MORE}},
            ]
        },
        ValidationError,
        "Only one global secondary index update per index is allowed simultaneously.",
    ),
    (deletion("unknown"), ResourceNotFound, "Requested resource not found"),
    (
        {"GlobalSecondaryIndexUpdates": [{"Update": {"IndexName": "unknown", "ProvisionedThroughput": MORE}}]},
        ValidationError,
        "The table does not have the specified index: unknown",
    ),
    (creation("k:N g:S"), ValidationError, "Attribute k is defined as S, and cannot be redefined as N"),
    (creation(projection={}), ValidationError, "Unknown ProjectionType: null"),
    (
        creation(projection={"ProjectionType": "INCLUDE", "NonKeyAttributes": ["x", "x"]}),
        ValidationError,
        "Duplicate attribute name in NonKeyAttributes: x",
    ),
    (creation("g:S", keys="g g"), ValidationError, "have the same name"),
    (
        {"ProvisionedThroughput": THROUGHPUT},
        ValidationError,
        "The provisioned throughput for the table will not change. The requested value equals the current value. "
        "Current ReadCapacityUnits provisioned for the table: 5. Requested ReadCapacityUnits: 5.",
    ),
    ({"StreamSpecification": {"StreamEnabled": True}}, ValidationError, ""),
    ({"StreamSpecification": {"StreamEnabled": False}}, ValidationError, ""),
]


@pytest.mark.parametrize(("members", "error", "text"), UNSOUND)
def test_an_unsound_change_is_refused(api: Api, members: Json, error: type[ServiceError], text: str) -> None:
    """Local words most of these in its own way."""
    api.create("id:S", known=("k:S", "ALL"))
    before = settle(api)
    refused = api.refused("UpdateTable", **members)
    assert isinstance(refused, error)
    if not api.is_local:
        assert text in refused.message
    assert api.on("DescribeTable")["Table"] == before


def test_an_unknown_table_is_not_found(api: Api) -> None:
    assert isinstance(api.refused("UpdateTable", BillingMode=PER_REQUEST), ResourceNotFound)


def test_what_the_service_spreads_over_regions_is_refused_by_name(ours: Api) -> None:
    """Local ignores it."""
    ours.create("id:S")
    updates = [{"Create": {"RegionName": "eu-west-1"}}]
    assert "ReplicaUpdates" in ours.message("UpdateTable", ReplicaUpdates=updates)


def test_capacity_goes_up_and_down(ours: Api) -> None:
    """Local keeps no dates of these changes."""
    ours.create("id:S", by_g=("g:S", "ALL"))
    ours.on("UpdateTable", ProvisionedThroughput=MORE)
    capacity = ours.on("DescribeTable")["Table"]["ProvisionedThroughput"]
    assert (capacity["ReadCapacityUnits"], capacity["WriteCapacityUnits"]) == (9, 3)
    assert capacity["NumberOfDecreasesToday"] == 1
    assert capacity["LastIncreaseDateTime"] == capacity["LastDecreaseDateTime"]
    update = {"Update": {"IndexName": "by_g", "ProvisionedThroughput": MORE}}
    answer = ours.on("UpdateTable", GlobalSecondaryIndexUpdates=[update])
    assert answer["TableDescription"]["GlobalSecondaryIndexes"][0]["IndexStatus"] == "UPDATING"
    (described,) = ours.on("DescribeTable")["Table"]["GlobalSecondaryIndexes"]
    assert described["ProvisionedThroughput"]["ReadCapacityUnits"] == 9
    assert "for the index by_g will not change" in ours.message("UpdateTable", GlobalSecondaryIndexUpdates=[update])


def test_capacity_has_bounds(ours: Api) -> None:
    """Local has none."""
    ours.create("id:S", by_g=("g:S", "ALL"))
    beyond = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 10**12 + 1}
    text = "Given value 1000000000001 for WriteCapacityUnits is out of bounds"
    assert ours.message("UpdateTable", ProvisionedThroughput=beyond) == text
    update = {"Update": {"IndexName": "by_g", "ProvisionedThroughput": beyond}}
    assert ours.message("UpdateTable", GlobalSecondaryIndexUpdates=[update]) == f"{text} for index by_g"


def test_a_table_changes_to_on_demand_and_back(api: Api) -> None:
    api.create("id:S", by_g=("g:S", "ALL"))
    api.on("UpdateTable", BillingMode=PER_REQUEST)
    table = settle(api)
    assert table["BillingModeSummary"]["BillingMode"] == PER_REQUEST
    assert table["ProvisionedThroughput"]["ReadCapacityUnits"] == 0
    if not api.is_local:
        # Local leaves the index the capacity that it had.
        assert table["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"]["ReadCapacityUnits"] == 0
    assert isinstance(api.refused("UpdateTable", BillingMode="PROVISIONED"), ValidationError)
    update = {"Update": {"IndexName": "by_g", "ProvisionedThroughput": MORE}}
    back = {"BillingMode": "PROVISIONED", "ProvisionedThroughput": MORE}
    api.on("UpdateTable", **back, GlobalSecondaryIndexUpdates=[update])
    table = settle(api)
    assert table["BillingModeSummary"]["BillingMode"] == "PROVISIONED"
    assert table["ProvisionedThroughput"]["WriteCapacityUnits"] == 3
    assert table["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"]["WriteCapacityUnits"] == 3


def test_capacity_goes_with_the_billing_mode(ours: Api) -> None:
    """Local accepts capacity on demand, and fails at an index without any."""
    ours.create("id:S", by_g=("g:S", "ALL"))
    both = "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"
    assert both in ours.message("UpdateTable", BillingMode=PER_REQUEST, ProvisionedThroughput=MORE)
    provisioned = creation(name="other")
    del provisioned["GlobalSecondaryIndexUpdates"][0]["Create"]["ProvisionedThroughput"]
    missing = ours.message("UpdateTable", **provisioned)
    assert missing.endswith("ProvisionedThroughput must be specified for index: other")
    ours.on("UpdateTable", BillingMode=PER_REQUEST)
    assert both in ours.message("UpdateTable", ProvisionedThroughput=MORE)
    refused = ours.message("UpdateTable", **creation(name="other"))
    assert "ProvisionedThroughput should not be specified for index: other when BillingMode" in refused
    back = ours.message("UpdateTable", BillingMode="PROVISIONED", ProvisionedThroughput=MORE)
    assert "ProvisionedThroughput must be specified for index: by_g" in back


def test_deletion_protection_is_switched_on_and_off(ours: Api) -> None:
    """Local of 2020 has none."""
    ours.create("id:S")
    ours.on("UpdateTable", DeletionProtectionEnabled=True)
    assert ours.on("DescribeTable")["Table"]["DeletionProtectionEnabled"] is True
    assert "protected against deletion" in ours.message("DeleteTable")
    ours.on("UpdateTable", DeletionProtectionEnabled=False)
    ours.on("DeleteTable")
    assert isinstance(ours.refused("DescribeTable"), ResourceNotFound)


def test_class_encryption_and_bounds_are_kept_and_described(ours: Api) -> None:
    """Local of 2020 knows none of them."""
    ours.create("id:S")
    ours.on(
        "UpdateTable",
        TableClass="STANDARD_INFREQUENT_ACCESS",
        SSESpecification={"Enabled": True, "SSEType": "KMS"},
        OnDemandThroughput={"MaxReadRequestUnits": 10},
    )
    table = ours.on("DescribeTable")["Table"]
    assert table["TableClassSummary"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    assert table["SSEDescription"] == {"Status": "ENABLED", "SSEType": "KMS"}
    assert table["OnDemandThroughput"] == {"MaxReadRequestUnits": 10}
    ours.on("UpdateTable", SSESpecification={"Enabled": False}, OnDemandThroughput={"MaxReadRequestUnits": -1})
    table = ours.on("DescribeTable")["Table"]
    assert "SSEDescription" not in table
    assert "OnDemandThroughput" not in table


def test_a_stream_is_switched_on_and_off(api: Api) -> None:
    api.create("id:S")
    on = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    api.on("UpdateTable", StreamSpecification=on)
    table = settle(api)
    assert table["StreamSpecification"] == on
    assert table["LatestStreamArn"].startswith(table["TableArn"])
    assert isinstance(api.refused("UpdateTable", StreamSpecification=on), ValidationError)
    api.on("UpdateTable", StreamSpecification={"StreamEnabled": False})
    assert "StreamSpecification" not in settle(api)


def test_an_index_is_made_beside_local_indexes(api: Api) -> None:
    near = {"IndexName": "near", "KeySchema": schema("pk at"), "Projection": ALL}
    api.on(
        "CreateTable",
        AttributeDefinitions=definitions("pk:S sk:S at:N"),
        KeySchema=schema("pk sk"),
        LocalSecondaryIndexes=[near],
        ProvisionedThroughput=THROUGHPUT,
    )
    api.made.append(api.table)
    item = {"pk": {"S": "p"}, "sk": {"S": "s"}, "at": {"N": "1"}, "g": {"S": "a"}}
    api.put(item)
    api.on("UpdateTable", **creation("g:S"))
    settle(api)
    assert api.on("Scan", IndexName="by_g")["Items"] == api.on("Scan", IndexName="near")["Items"] == [item]
    assert isinstance(api.refused("UpdateTable", **creation("g:S", name="near")), ValidationError)
    api.on("UpdateTable", **deletion("by_g"))
    settle(api)
    api.on("DeleteItem", Key={"pk": {"S": "p"}, "sk": {"S": "s"}})
    assert api.on("Scan", IndexName="near")["Count"] == 0
