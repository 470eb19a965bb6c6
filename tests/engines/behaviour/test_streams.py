"""Streams: what is recorded of a change, and how it is read."""

from __future__ import annotations

from typing import Any

import pytest

from dynalayer.protocol import ResourceNotFound, ServiceError, ValidationError
from tests.engines.behaviour.conftest import THROUGHPUT, Api, Json

KEY = {"pk": {"S": "a"}, "sk": {"N": "1"}}
VIEWS = ["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"]


class Reader:
    """Reads the stream of the test's table."""

    def __init__(self, api: Api) -> None:
        self.api = api
        (stream,) = api.on("ListStreams")["Streams"]
        self.arn = stream["StreamArn"]
        (shard,) = self.described()["Shards"]
        self.shard = shard["ShardId"]

    def described(self, **members: Any) -> Json:
        described: Json = self.api.call("DescribeStream", StreamArn=self.arn, **members)["StreamDescription"]
        return described

    def iterator(self, kind: str = "TRIM_HORIZON", **members: Any) -> str:
        place = {"StreamArn": self.arn, "ShardId": self.shard, "ShardIteratorType": kind, **members}
        return str(self.api.call("GetShardIterator", **place)["ShardIterator"])

    def page(self, iterator: str | None = None, **members: Any) -> Json:
        return self.api.call("GetRecords", ShardIterator=iterator or self.iterator(), **members)

    def records(self, iterator: str | None = None) -> list[Json]:
        found: list[Json] = self.page(iterator)["Records"]
        return found

    def changes(self) -> list[tuple[str, str]]:
        """The events with their partition keys."""
        return [(record["eventName"], record["dynamodb"]["Keys"]["pk"]["S"]) for record in self.records()]


def streamed(api: Api, view: str = "NEW_AND_OLD_IMAGES", table: str | None = None) -> None:
    create(api, {"StreamEnabled": True, "StreamViewType": view}, table)


def create(api: Api, stream: Json, table: str | None = None) -> Json:
    answer = api.call(
        "CreateTable",
        TableName=table or api.table,
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "N"},
        ],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        ProvisionedThroughput=THROUGHPUT,
        StreamSpecification=stream,
    )
    api.made.append(table or api.table)
    description: Json = answer["TableDescription"]
    return description


def refusal(api: Api, operation: str, **members: Any) -> ServiceError:
    with pytest.raises(ServiceError) as caught:
        api.call(operation, **members)
    return caught.value


def put(api: Api, pk: str, **attributes: Json) -> None:
    api.put({"pk": {"S": pk}, "sk": {"N": "1"}, **attributes})


def test_a_table_tells_of_its_stream(api: Api) -> None:
    streamed(api)
    table = api.on("DescribeTable")["Table"]
    assert table["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert table["LatestStreamArn"] == f"{table['TableArn']}/stream/{table['LatestStreamLabel']}"
    reader = Reader(api)
    assert reader.arn == table["LatestStreamArn"]
    described = reader.described()
    assert described["StreamStatus"] == "ENABLED"
    assert described["StreamViewType"] == "NEW_AND_OLD_IMAGES"
    assert described["TableName"] == api.table
    assert described["KeySchema"] == table["KeySchema"]
    assert described["StreamLabel"] == table["LatestStreamLabel"]
    assert abs(described["CreationRequestDateTime"] - table["CreationDateTime"]) < 1
    (shard,) = described["Shards"]
    assert 28 <= len(shard["ShardId"]) <= 65
    assert shard["SequenceNumberRange"].keys() == {"StartingSequenceNumber"}


def test_a_table_without_a_stream_tells_of_none(api: Api) -> None:
    described = create(api, {"StreamEnabled": False})
    assert not {"StreamSpecification", "LatestStreamArn", "LatestStreamLabel"} & described.keys()
    assert api.on("ListStreams") == {"Streams": []}


@pytest.mark.parametrize(
    "stream", [{"StreamEnabled": True}, {"StreamEnabled": False, "StreamViewType": "NEW_IMAGE"}, {}]
)
def test_an_unsound_specification_is_refused(api: Api, stream: Json) -> None:
    with pytest.raises(ValidationError):
        create(api, stream)
    assert isinstance(api.refused("DescribeTable"), ResourceNotFound)


def test_every_change_of_an_item_is_recorded_once_and_in_order(api: Api) -> None:
    streamed(api)
    one, two = {"N": "1"}, {"N": "2"}
    put(api, "a", n=one)
    put(api, "a", n=two)
    api.update(KEY, "SET m = :m REMOVE n", {":m": {"M": {"x": {"BOOL": True}}}})
    api.on("DeleteItem", Key=KEY)
    records = Reader(api).records()
    assert [record["eventName"] for record in records] == ["INSERT", "MODIFY", "MODIFY", "REMOVE"]
    images = [(r["dynamodb"].get("OldImage"), r["dynamodb"].get("NewImage")) for r in records]
    last = {**KEY, "m": {"M": {"x": {"BOOL": True}}}}
    assert images == [
        (None, {**KEY, "n": one}),
        ({**KEY, "n": one}, {**KEY, "n": two}),
        ({**KEY, "n": two}, last),
        (last, None),
    ]
    numbers = [int(record["dynamodb"]["SequenceNumber"]) for record in records]
    assert numbers == sorted(set(numbers))
    assert all(21 <= len(record["dynamodb"]["SequenceNumber"]) <= 40 for record in records)


def test_a_record_has_the_members_of_the_service(api: Api) -> None:
    streamed(api)
    put(api, "a", n={"N": "1"})
    (record,) = Reader(api).records()
    table = api.on("DescribeTable")["Table"]
    change = record.pop("dynamodb")
    assert len(record.pop("eventID")) >= 32
    assert record == {
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": table["TableArn"].split(":")[3],
    }
    assert abs(change.pop("ApproximateCreationDateTime") - table["CreationDateTime"]) <= 61
    assert change.pop("SequenceNumber").isdigit()
    assert change == {
        "Keys": KEY,
        "NewImage": {**KEY, "n": {"N": "1"}},
        "SizeBytes": 17,
        "StreamViewType": "NEW_AND_OLD_IMAGES",
    }


@pytest.mark.parametrize(
    ("view", "shown", "sizes"),
    [
        ("KEYS_ONLY", set(), [7, 7, 7]),
        ("NEW_IMAGE", {"NewImage"}, [17, 18, 7]),
        ("OLD_IMAGE", {"OldImage"}, [7, 17, 18]),
        ("NEW_AND_OLD_IMAGES", {"NewImage", "OldImage"}, [17, 28, 18]),
    ],
)
def test_a_view_shows_what_it_is_named_after(api: Api, view: str, shown: set[str], sizes: list[int]) -> None:
    streamed(api, view)
    put(api, "a", n={"N": "1"})
    put(api, "a", n={"N": "1.5"})
    api.on("DeleteItem", Key=KEY)
    changes = [record["dynamodb"] for record in Reader(api).records()]
    assert [change["Keys"] for change in changes] == [KEY] * 3
    assert changes[1].keys() & {"NewImage", "OldImage"} == shown
    assert changes[0].keys() & {"NewImage", "OldImage"} == shown - {"OldImage"}
    assert changes[2].keys() & {"NewImage", "OldImage"} == shown - {"NewImage"}
    assert [change["SizeBytes"] for change in changes] == sizes


def test_what_changes_nothing_is_not_recorded(api: Api) -> None:
    streamed(api)
    item = {"n": {"N": "1"}, "s": {"SS": ["a", "b"]}}
    put(api, "a", **item)
    put(api, "a", **item)
    put(api, "a", n={"N": "1.0"}, s={"SS": ["b", "a"]})
    api.update(KEY, "SET n = n")
    api.update(KEY, "REMOVE nothere")
    api.on("UpdateItem", Key=KEY)
    api.on("DeleteItem", Key={**KEY, "sk": {"N": "2"}})
    api.refused("PutItem", Item={**KEY, "n": {"N": "3"}}, ConditionExpression="attribute_not_exists(pk)")
    assert Reader(api).changes() == [("INSERT", "a")]


def test_an_update_that_makes_an_item_is_an_insertion(api: Api) -> None:
    streamed(api)
    api.on("UpdateItem", Key=KEY)
    (record,) = Reader(api).records()
    assert (record["eventName"], record["dynamodb"]["NewImage"]) == ("INSERT", KEY)


def test_batches_and_transactions_are_recorded_item_by_item(api: Api) -> None:
    streamed(api)

    def item(pk: str) -> Json:
        return {**KEY, "pk": {"S": pk}}

    api.call("BatchWriteItem", RequestItems={api.table: [{"PutRequest": {"Item": item(pk)}} for pk in "abc"]})
    delete = {"DeleteRequest": {"Key": item("a")}}
    api.call("BatchWriteItem", RequestItems={api.table: [delete]})
    here = {"TableName": api.table}
    exists = {"ConditionExpression": "attribute_exists(pk)"}
    actions = [
        {"Put": {**here, "Item": item("d")}},
        {"ConditionCheck": {**here, "Key": item("b"), **exists}},
        {"Delete": {**here, "Key": item("c")}},
        {
            "Update": {
                **here,
                "Key": item("e"),
                "UpdateExpression": "SET n = :n",
                "ExpressionAttributeValues": {":n": {"N": "1"}},
            }
        },
    ]
    api.call("TransactWriteItems", TransactItems=actions)
    refused = [{"Put": {**here, "Item": item("f")}}, {"Delete": {**here, "Key": item("none"), **exists}}]
    refusal(api, "TransactWriteItems", TransactItems=refused)
    changes = Reader(api).changes()
    assert sorted(changes[:3]) == [("INSERT", "a"), ("INSERT", "b"), ("INSERT", "c")]
    assert changes[3] == ("REMOVE", "a")
    assert sorted(changes[4:]) == [("INSERT", "d"), ("INSERT", "e"), ("REMOVE", "c")]


def test_an_iterator_begins_where_its_type_says(api: Api) -> None:
    streamed(api)
    reader = Reader(api)
    latest = reader.iterator("LATEST")
    for pk in "abc":
        put(api, pk)
    numbers = [record["dynamodb"]["SequenceNumber"] for record in reader.records()]

    def read(kind: str, **members: Any) -> list[str]:
        found = reader.records(reader.iterator(kind, **members))
        return [record["dynamodb"]["SequenceNumber"] for record in found]

    assert [r["dynamodb"]["SequenceNumber"] for r in reader.records(latest)] == numbers
    assert read("TRIM_HORIZON") == numbers
    assert read("LATEST") == []
    assert read("AT_SEQUENCE_NUMBER", SequenceNumber=numbers[1]) == numbers[1:]
    assert read("AFTER_SEQUENCE_NUMBER", SequenceNumber=numbers[1]) == numbers[2:]
    assert read("AFTER_SEQUENCE_NUMBER", SequenceNumber=numbers[2]) == []
    start = reader.described()["Shards"][0]["SequenceNumberRange"]["StartingSequenceNumber"]
    assert read("AT_SEQUENCE_NUMBER", SequenceNumber=start) == numbers


def test_an_iterator_may_begin_at_a_time(ours: Api) -> None:
    """AT_TIMESTAMP is younger than the Local of 2020."""
    streamed(ours)
    put(ours, "a")
    reader = Reader(ours)
    at = reader.records()[0]["dynamodb"]["ApproximateCreationDateTime"]
    for moment in (0, at, at - 0.5, at - 100_000):
        assert len(reader.records(reader.iterator("AT_TIMESTAMP", Timestamp=moment))) == 1
    assert reader.records(reader.iterator("AT_TIMESTAMP", Timestamp=at + 1e-3)) == []
    for members in ({}, {"Timestamp": at + 3600}, {"Timestamp": at, "SequenceNumber": "1" * 21}):
        with pytest.raises(ValidationError):
            reader.iterator("AT_TIMESTAMP", **members)
    with pytest.raises(ValidationError):
        reader.iterator("LATEST", Timestamp=at)


def test_pages_follow_each_other_and_the_last_waits_for_more(api: Api) -> None:
    streamed(api)
    for pk in "abcde":
        put(api, pk)
    reader = Reader(api)
    seen: list[str] = []
    iterator = reader.iterator()
    for expected in (2, 2, 1, 0):
        page = reader.page(iterator, Limit=2)
        assert len(page["Records"]) == expected
        seen += [record["dynamodb"]["Keys"]["pk"]["S"] for record in page["Records"]]
        iterator = page["NextShardIterator"]
    put(api, "f")
    seen += [record["dynamodb"]["Keys"]["pk"]["S"] for record in reader.records(iterator)]
    assert seen == list("abcdef")


def test_a_page_ends_at_one_megabyte(ours: Api) -> None:
    """Local gives a thousand records of any size (API reference, "GetRecords")."""
    streamed(ours)
    for pk in "abcd":
        put(ours, pk, text={"S": "x" * 390_000})
    reader = Reader(ours)
    page = reader.page()
    assert len(page["Records"]) == 2
    rest = reader.records(page["NextShardIterator"])
    assert len(page["Records"]) + len(rest) == 4


def test_a_record_larger_than_a_page_is_still_read(ours: Api) -> None:
    """Both images of the largest items are 800 KB; Local gives a thousand records of any size."""
    streamed(ours)
    for letter in "ab":
        put(ours, "a", text={"S": letter * 400_000})
    reader = Reader(ours)
    page = reader.page()
    assert [len(page["Records"]), len(reader.records(page["NextShardIterator"]))] == [1, 1]


def test_requests_for_iterators_are_held_to_their_rules(api: Api) -> None:
    streamed(api)
    put(api, "a")
    reader = Reader(api)
    number = reader.records()[0]["dynamodb"]["SequenceNumber"]
    for kind, members in (
        ("AT_SEQUENCE_NUMBER", {}),
        ("AFTER_SEQUENCE_NUMBER", {}),
        ("LATEST", {"SequenceNumber": number}),
        ("TRIM_HORIZON", {"SequenceNumber": number}),
        ("AT_SEQUENCE_NUMBER", {"SequenceNumber": "12"}),
        ("AT_SEQUENCE_NUMBER", {"SequenceNumber": "0" * 21}),
        ("NOWHERE", {}),
    ):
        with pytest.raises(ValidationError):
            reader.iterator(kind, **members)
    for other in ({"ShardId": "shardId-00000000000000000000-00000000"}, {"StreamArn": reader.arn[:-3] + "xyz"}):
        with pytest.raises(ResourceNotFound):
            reader.iterator(**other)


def test_a_number_that_no_record_has_yet_is_refused(ours: Api) -> None:
    """Local answers InternalFailure."""
    streamed(ours)
    reader = Reader(ours)
    for number in ("9" * 30, "x" * 21, "٣" * 21):
        with pytest.raises(ValidationError):
            reader.iterator("AT_SEQUENCE_NUMBER", SequenceNumber=number)


@pytest.mark.parametrize("iterator", ["rubbish", "a|1|b", "arn:aws:dynamodb:local:0:table/x/stream/y|1|WzEsMiwzXQ=="])
def test_a_made_up_iterator_is_refused(api: Api, iterator: str) -> None:
    assert isinstance(refusal(api, "GetRecords", ShardIterator=iterator), ValidationError)


def test_pages_have_bounds(api: Api) -> None:
    streamed(api)
    reader = Reader(api)
    iterator = reader.iterator()
    assert isinstance(refusal(api, "GetRecords", ShardIterator=iterator, Limit=1001), ValidationError)
    assert isinstance(refusal(api, "GetRecords", ShardIterator=iterator, Limit=0), ValidationError)
    assert isinstance(refusal(api, "DescribeStream", StreamArn=reader.arn, Limit=101), ValidationError)
    assert isinstance(refusal(api, "ListStreams", Limit=101), ValidationError)
    assert isinstance(refusal(api, "ListStreams", Limit=0), ValidationError)
    assert isinstance(refusal(api, "DescribeStream", StreamArn=reader.arn[:-3] + "xyz"), ResourceNotFound)
    assert isinstance(refusal(api, "DescribeStream"), ValidationError)
    assert isinstance(refusal(api, "GetRecords"), ValidationError)


def test_there_is_one_shard_and_none_behind_it(ours: Api) -> None:
    """Local takes the last shard for a missing stream, and knows no filter."""
    streamed(ours)
    reader = Reader(ours)
    assert [shard["ShardId"] for shard in reader.described(Limit=1)["Shards"]] == [reader.shard]
    assert reader.described(ExclusiveStartShardId=reader.shard)["Shards"] == []
    children = {"Type": "CHILD_SHARDS", "ShardId": reader.shard}
    assert reader.described(ShardFilter=children)["Shards"] == []


def test_streams_are_listed_in_pages(api: Api) -> None:
    tables = [f"{api.table}-{letter}" for letter in "abc"]
    for table in tables:
        streamed(api, table=table)
    seen: list[str] = []
    members: Json = {"Limit": 2}
    for _ in range(100):
        page = api.call("ListStreams", **members)
        assert len(page["Streams"]) <= 2
        seen += [stream["TableName"] for stream in page["Streams"]]
        if "LastEvaluatedStreamArn" not in page:
            break
        # Local shows a page in another order than the one it pages by.
        assert api.is_local or page["LastEvaluatedStreamArn"] == page["Streams"][-1]["StreamArn"]
        members["ExclusiveStartStreamArn"] = page["LastEvaluatedStreamArn"]
    assert sorted(name for name in seen if name in tables) == tables
    assert api.call("ListStreams", TableName="never-made") == {"Streams": []}


def test_the_stream_of_a_deleted_table_can_be_read_to_its_end(ours: Api) -> None:
    """Local forgets the stream with its table; the service keeps it for 24 hours (guide, "Reading and processing")."""
    streamed(ours)
    put(ours, "a")
    put(ours, "b")
    reader = Reader(ours)
    ours.on("DeleteTable")
    assert [stream["StreamArn"] for stream in ours.on("ListStreams")["Streams"]] == [reader.arn]
    described = reader.described()
    assert described["StreamStatus"] == "DISABLED"
    (shard,) = described["Shards"]
    page = reader.page(Limit=1)
    last = reader.page(page["NextShardIterator"])
    ending = last["Records"][-1]["dynamodb"]["SequenceNumber"]
    assert shard["SequenceNumberRange"]["EndingSequenceNumber"] == ending
    assert "NextShardIterator" not in last
    streamed(ours, "KEYS_ONLY")
    arns = [stream["StreamArn"] for stream in ours.on("ListStreams")["Streams"]]
    assert len(arns) == 2
    assert reader.arn in arns
    assert ours.on("DescribeTable")["Table"]["LatestStreamArn"] != reader.arn


@pytest.mark.parametrize("view", VIEWS)
def test_indexes_add_nothing_to_a_stream(ours: Api, view: str) -> None:
    """Said of the table, so that an index's writes cannot be mistaken for changes; not asked of Local to save time."""
    index = {
        "IndexName": "by_group",
        "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }
    ours.on(
        "CreateTable",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "g")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        GlobalSecondaryIndexes=[index],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": view},
    )
    for group in "ab":
        ours.put({"pk": {"S": "a"}, "g": {"S": group}})
    assert Reader(ours).changes() == [("INSERT", "a"), ("MODIFY", "a")]


def switch(api: Api, **stream: Any) -> Json:
    answer: Json = api.on("UpdateTable", StreamSpecification=stream)["TableDescription"]
    return answer


def test_a_stream_is_switched_on_and_off(api: Api) -> None:
    create(api, {"StreamEnabled": False})
    put(api, "before")
    on = switch(api, StreamEnabled=True, StreamViewType="NEW_IMAGE")
    assert on["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    reader = Reader(api)
    assert reader.arn == on["LatestStreamArn"]
    put(api, "during")
    open_ended = reader.page()
    off = switch(api, StreamEnabled=False)
    assert "StreamSpecification" not in off
    assert off["LatestStreamArn"] == on["LatestStreamArn"]
    put(api, "after")
    assert reader.changes() == [("INSERT", "during")]
    described = reader.described()
    assert (described["StreamStatus"], described["StreamViewType"]) == ("DISABLED", "NEW_IMAGE")
    (record,) = open_ended["Records"]
    ending = described["Shards"][0]["SequenceNumberRange"]["EndingSequenceNumber"]
    assert ending == record["dynamodb"]["SequenceNumber"]
    last = reader.page(open_ended["NextShardIterator"])
    assert (last["Records"], last.get("NextShardIterator")) == ([], None)


def test_a_stream_is_not_switched_on_or_off_twice(api: Api) -> None:
    create(api, {"StreamEnabled": False})
    enabled = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    for stream in ({"StreamEnabled": False}, {"StreamEnabled": True}, {**enabled, "StreamEnabled": False}):
        assert isinstance(api.refused("UpdateTable", StreamSpecification=stream), ValidationError)
    switch(api, **enabled)
    for view in ("KEYS_ONLY", "NEW_IMAGE"):
        message = api.message("UpdateTable", StreamSpecification={"StreamEnabled": True, "StreamViewType": view})
        assert message.startswith("Table already has an enabled stream")
    switch(api, StreamEnabled=False)
    message = api.message("UpdateTable", StreamSpecification={"StreamEnabled": False})
    assert message.startswith("Table has no stream to disable")


def test_a_stream_that_is_switched_on_again_is_another(api: Api) -> None:
    streamed(api, "KEYS_ONLY")
    put(api, "first")
    first = Reader(api)
    switch(api, StreamEnabled=False)
    put(api, "between")
    latest = switch(api, StreamEnabled=True, StreamViewType="NEW_AND_OLD_IMAGES")["LatestStreamArn"]
    put(api, "second")
    assert {stream["StreamArn"] for stream in api.on("ListStreams")["Streams"]} == {first.arn, latest}
    assert first.changes() == [("INSERT", "first")]
    (shard,) = api.call("DescribeStream", StreamArn=latest)["StreamDescription"]["Shards"]
    place = {"StreamArn": latest, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
    (record,) = first.records(api.call("GetShardIterator", **place)["ShardIterator"])
    assert record["dynamodb"]["NewImage"]["pk"] == {"S": "second"}
