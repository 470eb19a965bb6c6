"""Streams by the clock and under fire: retention, expired iterators, time to live, kill -9, several writers."""

from __future__ import annotations

import signal
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dynalayer.engines.embedded import EmbeddedConnection
from dynalayer.protocol import Connection, ExpiredIterator, ResourceNotFound, TransactionCanceled, TrimmedDataAccess
from tests.engines.embedded.calls import Json, call, count_up, create
from tests.engines.embedded.test_durability import COUNTER, WRITER, run
from tests.engines.embedded.test_expiry import NOW, Clock

DAY = 86400
BOTH = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["memory", "file"])
def connection(request: pytest.FixtureRequest, clock: Clock, tmp_path: Path) -> Iterator[EmbeddedConnection]:
    path = "memory:" if request.param == "memory" else tmp_path / "engine.db"
    with EmbeddedConnection(path, clock=clock, durability="relaxed") as opened:
        create(opened, StreamSpecification=BOTH)
        yield opened


def put(connection: Connection, key: str, **attributes: Json) -> None:
    call(connection, "PutItem", TableName="things", Item={"id": {"S": key}, **attributes})


def delete_table(connection: Connection) -> None:
    call(connection, "DeleteTable", TableName="things")


def arns(connection: Connection) -> list[str]:
    return [stream["StreamArn"] for stream in call(connection, "ListStreams", TableName="things")["Streams"]]


def iterator(connection: Connection, kind: str = "TRIM_HORIZON", **members: Any) -> str:
    arn = arns(connection)[-1]
    (shard,) = call(connection, "DescribeStream", StreamArn=arn)["StreamDescription"]["Shards"]
    place = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": kind, **members}
    return str(call(connection, "GetShardIterator", **place)["ShardIterator"])


def page(connection: Connection, place: str, **members: Any) -> Json:
    return call(connection, "GetRecords", ShardIterator=place, **members)


def records(connection: Connection) -> list[Json]:
    """Everything that the stream holds."""
    found: list[Json] = []
    place = iterator(connection)
    while batch := (answer := page(connection, place))["Records"]:
        found += batch
        place = answer["NextShardIterator"]
    return found


def keys(connection: Connection) -> list[str]:
    return [record["dynamodb"]["Keys"]["id"]["S"] for record in records(connection)]


def test_an_iterator_expires_after_fifteen_minutes(connection: EmbeddedConnection, clock: Clock) -> None:
    place = iterator(connection)
    clock.now += 900
    following = page(connection, place)["NextShardIterator"]
    clock.now += 1
    with pytest.raises(ExpiredIterator):
        page(connection, place)
    assert page(connection, following)["Records"] == []


def test_records_are_kept_for_a_day(connection: EmbeddedConnection, clock: Clock) -> None:
    put(connection, "first")
    clock.now += DAY / 2
    put(connection, "second")
    clock.now = NOW + DAY
    assert keys(connection) == ["first", "second"]
    clock.now += 1
    assert keys(connection) == ["second"]
    clock.now += DAY
    assert keys(connection) == []
    put(connection, "third")
    assert keys(connection) == ["third"]


def test_what_has_been_trimmed_is_told_as_such(connection: EmbeddedConnection, clock: Clock) -> None:
    put(connection, "first")
    clock.now += DAY - 60
    put(connection, "second")
    numbers = [record["dynamodb"]["SequenceNumber"] for record in records(connection)]
    place = iterator(connection)
    clock.now += 61
    with pytest.raises(TrimmedDataAccess):
        page(connection, place)
    for kind in ("AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"):
        with pytest.raises(TrimmedDataAccess):
            iterator(connection, kind, SequenceNumber=numbers[0])
        iterator(connection, kind, SequenceNumber=numbers[1])


def test_trimming_in_the_background_changes_nothing_for_readers(connection: EmbeddedConnection, clock: Clock) -> None:
    for n in range(700):
        put(connection, f"old{n}")
    clock.now += DAY - 60
    place = iterator(connection)
    put(connection, "young")
    clock.now += 61
    before = keys(connection)
    assert connection.expire() == 0
    assert keys(connection) == before == ["young"]
    with pytest.raises(TrimmedDataAccess):
        page(connection, place)
    clock.now += DAY
    connection.expire()
    assert keys(connection) == []
    put(connection, "next")
    assert keys(connection) == ["next"]


def test_writes_trim_a_bounded_number_of_records(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "engine.db"
    with EmbeddedConnection.file(path, clock=clock, durability="relaxed") as connection:
        create(connection, StreamSpecification=BOTH)
        for n in range(600):
            put(connection, f"{n}")
        clock.now += DAY + 1
        left = []
        for n in range(4):
            put(connection, f"new{n}")
            with sqlite3.connect(path) as file:
                left.append(file.execute("SELECT count(*) FROM stream_1").fetchone()[0])
            file.close()
        assert left == [351, 102, 3, 4]


def test_a_stream_that_has_ended_is_told_of_for_a_day(connection: EmbeddedConnection, clock: Clock) -> None:
    put(connection, "a")
    (arn,) = arns(connection)
    delete_table(connection)
    clock.now += DAY
    assert arns(connection) == [arn]
    assert keys_of_ended(connection) == ["a"]
    clock.now += 1
    assert arns(connection) == []
    with pytest.raises(ResourceNotFound):
        call(connection, "DescribeStream", StreamArn=arn)
    connection.expire()
    connection.expire()
    assert arns(connection) == []


def test_streams_that_begin_in_one_moment_differ(connection: EmbeddedConnection) -> None:
    put(connection, "a")
    (first,) = [record["dynamodb"]["SequenceNumber"] for record in records(connection)]
    delete_table(connection)
    create(connection, StreamSpecification=BOTH)
    put(connection, "b")
    assert len(set(arns(connection))) == 2
    (second,) = [record["dynamodb"]["SequenceNumber"] for record in records(connection)]
    assert int(second) > int(first)


def test_a_deletion_by_time_to_live_is_the_services_own(connection: EmbeddedConnection, clock: Clock) -> None:
    ttl = {"AttributeName": "ttl", "Enabled": True}
    call(connection, "UpdateTimeToLive", TableName="things", TimeToLiveSpecification=ttl)
    item = {"ttl": {"N": str(int(NOW) + 1)}, "text": {"S": "x"}}
    put(connection, "a", **item)
    put(connection, "b", **item)
    call(connection, "DeleteItem", TableName="things", Key={"id": {"S": "b"}})
    clock.now += 2
    assert connection.expire() == 1
    *_, by_user, by_service = records(connection)
    assert "userIdentity" not in by_user
    assert by_service["userIdentity"] == {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}
    assert by_service["eventName"] == "REMOVE"
    assert by_service["dynamodb"]["OldImage"] == {"id": {"S": "a"}, **item}
    assert by_service["dynamodb"]["ApproximateCreationDateTime"] == int(NOW) + 2


def test_the_time_of_a_record_is_the_clocks_in_whole_seconds(connection: EmbeddedConnection, clock: Clock) -> None:
    clock.now = NOW + 1.75
    put(connection, "a")
    (record,) = records(connection)
    assert record["dynamodb"]["ApproximateCreationDateTime"] == NOW + 1
    at = {"kind": "AT_TIMESTAMP"}
    assert len(page(connection, iterator(connection, **at, Timestamp=NOW + 1))["Records"]) == 1
    assert len(page(connection, iterator(connection, **at, Timestamp=NOW + 1.5))["Records"]) == 0


def test_a_place_in_time_is_found_among_many(connection: EmbeddedConnection, clock: Clock) -> None:
    for n in range(40):
        put(connection, f"{n}")
        clock.now += 1
    for n in range(40):
        place = iterator(connection, "AT_TIMESTAMP", Timestamp=NOW + n)
        assert page(connection, place, Limit=1)["Records"][0]["dynamodb"]["Keys"] == {"id": {"S": f"{n}"}}


def test_reading_a_record_again_gives_the_same_record(connection: EmbeddedConnection) -> None:
    put(connection, "a")
    put(connection, "b")
    again = records(connection)
    assert again == records(connection)
    assert len({record["eventID"] for record in again}) == 2


def test_a_write_that_fails_leaves_no_record(connection: EmbeddedConnection) -> None:
    put(connection, "a")
    impossible = {
        "TableName": "things",
        "Key": {"id": {"S": "a"}},
        "UpdateExpression": "SET n = n + :n",
        "ExpressionAttributeValues": {":n": {"N": "1"}},
    }
    actions = [{"Put": {"TableName": "things", "Item": {"id": {"S": "b"}}}}, {"Update": impossible}]
    with pytest.raises(TransactionCanceled):
        call(connection, "TransactWriteItems", TransactItems=actions)
    assert keys(connection) == ["a"]


def test_a_table_anew_in_another_process_has_its_own_stream(tmp_path: Path) -> None:
    path = tmp_path / "engine.db"
    with EmbeddedConnection.file(path) as first, EmbeddedConnection.file(path) as second:
        create(first, StreamSpecification=BOTH)
        put(second, "a")
        delete_table(first)
        create(first)
        put(second, "b")
        assert keys_of_ended(first) == ["a"]


def test_another_process_switching_a_stream_on_or_off_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "engine.db"
    with EmbeddedConnection.file(path) as first, EmbeddedConnection.file(path) as second:
        create(first)
        put(second, "before")
        call(first, "UpdateTable", TableName="things", StreamSpecification=BOTH)
        put(second, "during")
        call(first, "UpdateTable", TableName="things", StreamSpecification={"StreamEnabled": False})
        put(second, "after")
        assert keys_of_ended(second) == ["during"]


def keys_of_ended(connection: Connection) -> list[str]:
    answer = page(connection, iterator(connection))
    assert "NextShardIterator" not in answer
    return [record["dynamodb"]["Keys"]["id"]["S"] for record in answer["Records"]]


def test_after_kill_9_the_stream_and_the_table_tell_the_same(tmp_path: Path) -> None:
    path = tmp_path / "engine.db"
    with EmbeddedConnection.file(path) as connection:
        create(connection, StreamSpecification=BOTH)
    for lines in (1, 17, 40):
        with run(WRITER, str(path)) as process:
            assert process.stdout is not None
            assert all(process.stdout.readline() for _ in range(lines))
            process.send_signal(signal.SIGKILL)
        with EmbeddedConnection.file(path) as connection:
            assert replayed(records(connection)) == everything(connection)


def test_two_processes_write_one_ordered_stream(tmp_path: Path) -> None:
    path = tmp_path / "engine.db"
    with EmbeddedConnection.file(path) as connection:
        create(connection, StreamSpecification=BOTH)
    processes = [run(COUNTER, str(path), "500") for _ in range(2)]
    for process in processes:
        with process:
            assert process.wait(timeout=100) == 0
    with EmbeddedConnection.file(path) as connection:
        found = records(connection)
        assert [record["dynamodb"]["NewImage"]["n"]["N"] for record in found] == [str(n) for n in range(1, 1001)]
        numbers = [int(record["dynamodb"]["SequenceNumber"]) for record in found]
        assert numbers == sorted(set(numbers))


def replayed(found: list[Json]) -> dict[str, Json]:
    """The table that the records of a stream make; each must begin where the one before it ended."""
    table: dict[str, Json] = {}
    for record in found:
        change = record["dynamodb"]
        key = change["Keys"]["id"]["S"]
        assert table.pop(key, None) == change.get("OldImage")
        if "NewImage" in change:
            table[key] = change["NewImage"]
    return table


def everything(connection: Connection) -> dict[str, Json]:
    found: dict[str, Json] = {}
    members: Json = {"TableName": "things"}
    while True:
        answer = call(connection, "Scan", **members)
        found |= {item["id"]["S"]: item for item in answer["Items"]}
        if "LastEvaluatedKey" not in answer:
            return found
        members["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def test_a_file_of_version_1_is_brought_to_the_present_one(tmp_path: Path) -> None:
    """Version 1 said that streams were enabled, and had none."""
    path = tmp_path / "engine.db"
    with EmbeddedConnection.file(path) as connection:
        create(connection)
        count_up(connection, "a")
    claim = '{"StreamEnabled": true, "StreamViewType": "KEYS_ONLY"}'
    file = sqlite3.connect(path, isolation_level=None)
    file.execute("DROP INDEX tokens_by_age")
    file.execute("DROP TABLE streams")
    file.execute(
        "UPDATE catalog SET definition = CAST(json_remove(json_set(CAST(definition AS TEXT),"
        " '$.description.StreamSpecification', json(?)), '$.stream') AS BLOB)",
        (claim,),
    )
    file.execute("PRAGMA user_version = 1")
    file.close()
    with EmbeddedConnection.file(path) as connection:
        assert "StreamSpecification" not in call(connection, "DescribeTable", TableName="things")["Table"]
        assert count_up(connection, "a") == 2
        assert arns(connection) == []
