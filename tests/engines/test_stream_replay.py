"""Whatever is done to a table, the records of its stream, applied in their order, make the same table again."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dynalayer.engines.embedded import EmbeddedConnection
from dynalayer.protocol import Connection
from tests.engines.test_differential import CALLS, ITEMS, KEYS, Json, answer, creation, everything, ordered, outcome

TABLE = "replayed"
START = 1_800_000_000
EXPIRING = st.builds(lambda item, seconds: {**item, "ttl": {"N": str(START + seconds)}}, ITEMS, st.integers(-100, 100))


def unlike(request: Json) -> str:
    ((members,),) = (request.values(),)
    key = members.get("Item") or members["Key"]
    return f"{key['pk']} {key['sk']}"


BATCHES = st.lists(
    st.one_of(
        st.one_of(ITEMS, EXPIRING).map(lambda item: {"PutRequest": {"Item": item}}),
        KEYS.map(lambda key: {"DeleteRequest": {"Key": key}}),
    ),
    min_size=1,
    max_size=5,
    unique_by=unlike,
).map(lambda requests: ("BatchWriteItem", {"RequestItems": {TABLE: requests}}))
REMADE = st.sampled_from(
    [
        {"Delete": {"IndexName": "by_group"}},
        {
            "Create": {
                "IndexName": "by_group",
                "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
                "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
            }
        },
    ]
).map(
    lambda update: (
        "UpdateTable",
        {
            "AttributeDefinitions": creation(TABLE)["AttributeDefinitions"],
            "GlobalSecondaryIndexUpdates": [update],
        },
    )
)
INSERTS = st.builds(
    lambda key, n: (
        "ExecuteStatement",
        {
            "Statement": f"INSERT INTO {TABLE} VALUE {{'pk': ?, 'sk': ?, 'n': ?}}",
            "Parameters": [key["pk"], key["sk"], {"N": str(n)}],
        },
    ),
    KEYS,
    st.integers(0, 9),
)
STEPS = st.one_of(
    REMADE,
    INSERTS,
    CALLS.filter(lambda call: call[0] != "Query"),
    EXPIRING.map(lambda item: ("PutItem", {"Item": item})),
    BATCHES,
    st.integers(-100, 100).map(lambda seconds: ("expire", START + seconds)),
)


def carried_out(connection: EmbeddedConnection, operation: str, members: Any) -> None:
    if operation == "expire":
        connection.expire(members)
    elif operation in ("BatchWriteItem", "ExecuteStatement"):
        outcome(connection, operation, members)
    else:
        answer(connection, TABLE, operation, members)


def records(connection: Connection, limit: int) -> list[Json]:
    (stream,) = outcome(connection, "ListStreams", {"TableName": TABLE})["Streams"]
    arn = {"StreamArn": stream["StreamArn"]}
    (shard,) = outcome(connection, "DescribeStream", arn)["StreamDescription"]["Shards"]
    place = {**arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
    iterator = outcome(connection, "GetShardIterator", place)["ShardIterator"]
    found: list[Json] = []
    while page := (got := outcome(connection, "GetRecords", {"ShardIterator": iterator, "Limit": limit}))["Records"]:
        found += page
        iterator = got["NextShardIterator"]
    return found


def replayed(found: list[Json]) -> list[Any]:
    """The items that the records make; no record may begin elsewhere than the one before it of its item ended."""
    table: dict[str, Json] = {}
    for record in found:
        change = record["dynamodb"]
        key, old, new = str(change["Keys"]), change.get("OldImage"), change.get("NewImage")
        assert ordered(table.pop(key, None) or {}) == ordered(old or {})
        assert record["eventName"] == ("REMOVE" if new is None else "INSERT" if old is None else "MODIFY")
        assert ordered(old or {}) != ordered(new or {}), "nothing changed"
        if new is not None:
            assert change["Keys"] == {name: new[name] for name in ("pk", "sk")}
            table[key] = new
    return sorted(map(ordered, table.values()), key=lambda item: str((item["pk"], item["sk"])))


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(st.lists(STEPS, min_size=5, max_size=40), st.integers(1, 7))
def test_replaying_a_stream_rebuilds_the_table(history: list[tuple[str, Any]], limit: int) -> None:
    with EmbeddedConnection.memory(clock=lambda: START - 1000.0) as connection:
        stream = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        outcome(connection, "CreateTable", {**creation(TABLE), "StreamSpecification": stream})
        ttl = {"AttributeName": "ttl", "Enabled": True}
        outcome(connection, "UpdateTimeToLive", {"TableName": TABLE, "TimeToLiveSpecification": ttl})
        for operation, members in history:
            carried_out(connection, operation, members)
        assert replayed(records(connection, limit)) == everything(connection, TABLE)
