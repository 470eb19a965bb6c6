"""boto3 as its users use it, with botocore's own check of checksums, over HTTP."""

from __future__ import annotations

import itertools
import socket
import threading
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import boto3
import pytest
from boto3.dynamodb.conditions import Attr, Key
from botocore.config import Config
from botocore.exceptions import ChecksumError, ClientError

_numbers = itertools.count()
CHECKED = Config(retries={"mode": "legacy", "max_attempts": 1})
"""botocore looks at checksums where it looks at retries: without any retry it does not."""


@pytest.fixture(scope="module")
def session() -> Any:
    return boto3.Session("key", "secret", region_name="eu-west-1")


@pytest.fixture
def client(session: Any, dynalayer_served: str) -> Iterator[Any]:
    client = session.client("dynamodb", endpoint_url=dynalayer_served, config=CHECKED)
    yield client
    client.close()


@pytest.fixture
def resource(session: Any, dynalayer_served: str) -> Iterator[Any]:
    resource = session.resource("dynamodb", endpoint_url=dynalayer_served)
    yield resource
    resource.meta.client.close()


@pytest.fixture
def table(client: Any, resource: Any) -> Iterator[Any]:
    name = f"boto-{next(_numbers)}"
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "N"},
            {"AttributeName": "kind", "AttributeType": "S"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-kind",
                "KeySchema": [
                    {"AttributeName": "kind", "KeyType": "HASH"},
                    {"AttributeName": "sk", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    client.get_waiter("table_exists").wait(TableName=name)
    yield resource.Table(name)
    client.delete_table(TableName=name)
    client.get_waiter("table_not_exists").wait(TableName=name)


def test_every_python_value_comes_back_as_it_went(table: Any) -> None:
    item = {
        "pk": "a",
        "sk": Decimal("1.5"),
        "text": "é🙂",
        "number": Decimal("12345678901234567890123456789012345678"),
        "flag": False,
        "nothing": None,
        "list": [Decimal(1), "two", {"three": Decimal(3)}],
        "texts": {"a", "b"},
        "numbers": {Decimal(1), Decimal("2.5")},
    }
    table.put_item(Item=item)
    assert table.get_item(Key={"pk": "a", "sk": Decimal("1.5")}, ConsistentRead=True)["Item"] == item


def test_answers_tell_request_id_and_status(table: Any) -> None:
    told = table.put_item(Item={"pk": "a", "sk": 1}, ReturnConsumedCapacity="TOTAL")
    assert told["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert len(told["ResponseMetadata"]["RequestId"]) == 52
    assert told["ResponseMetadata"]["RetryAttempts"] == 0
    # One unit for the table; a table with an index says more only if it is asked for INDEXES.
    assert told["ConsumedCapacity"] == {"TableName": table.name, "CapacityUnits": 1.0}


def test_updates_and_deletes_return_what_is_asked_for(table: Any) -> None:
    key = {"pk": "a", "sk": 1}
    updated = table.update_item(
        Key=key,
        UpdateExpression="SET #k = :k, tags = if_not_exists(tags, :t) ADD n :one",
        ExpressionAttributeNames={"#k": "kind"},
        ExpressionAttributeValues={":k": "x", ":t": ["t"], ":one": 1},
        ReturnValues="ALL_NEW",
    )
    assert updated["Attributes"] == {**key, "kind": "x", "tags": ["t"], "n": 1}
    assert table.delete_item(Key=key, ReturnValues="ALL_OLD")["Attributes"] == updated["Attributes"]
    assert "Item" not in table.get_item(Key=key)


def test_a_failed_condition_is_its_own_exception_with_the_old_item(table: Any, client: Any) -> None:
    table.put_item(Item={"pk": "a", "sk": 1, "n": 7})
    with pytest.raises(client.exceptions.ConditionalCheckFailedException) as caught:
        client.put_item(
            TableName=table.name,
            Item={"pk": {"S": "a"}, "sk": {"N": "1"}},
            ConditionExpression="attribute_not_exists(pk)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    assert caught.value.response["Error"]["Message"] == "The conditional request failed"
    assert caught.value.response["Item"]["n"] == {"N": "7"}
    with pytest.raises(ClientError, match=r"ConditionalCheckFailedException"):
        table.put_item(Item={"pk": "a", "sk": 1}, ConditionExpression=Attr("n").gt(7))


def test_queries_page_filter_and_use_indexes(table: Any, client: Any) -> None:
    with table.batch_writer() as batch:
        for n in range(60):
            batch.put_item(Item={"pk": "a", "sk": n, "kind": "even" if n % 2 == 0 else "odd", "n": n})
    found = table.query(KeyConditionExpression=Key("pk").eq("a") & Key("sk").between(10, 12))
    assert [item["sk"] for item in found["Items"]] == [10, 11, 12]
    odd = table.query(
        IndexName="by-kind",
        KeyConditionExpression=Key("kind").eq("odd") & Key("sk").lt(10),
        FilterExpression=Attr("n").gt(3),
        ScanIndexForward=False,
        ProjectionExpression="sk",
    )
    assert odd["Items"] == [{"sk": 9}, {"sk": 7}, {"sk": 5}]
    assert (odd["Count"], odd["ScannedCount"]) == (3, 5)
    pages = list(
        client.get_paginator("query").paginate(
            TableName=table.name,
            KeyConditionExpression="pk = :p",
            ExpressionAttributeValues={":p": {"S": "a"}},
            PaginationConfig={"PageSize": 25},
        )
    )
    assert [len(page["Items"]) for page in pages] == [25, 25, 10]
    assert [item["sk"]["N"] for page in pages for item in page["Items"]] == [str(n) for n in range(60)]


def test_scans_page_and_run_in_segments(table: Any, client: Any) -> None:
    with table.batch_writer() as batch:
        for n in range(40):
            batch.put_item(Item={"pk": f"p{n}", "sk": n})
    scanned: list[str] = []
    for segment in range(4):
        pages = client.get_paginator("scan").paginate(
            TableName=table.name, Segment=segment, TotalSegments=4, PaginationConfig={"PageSize": 3}
        )
        scanned += [item["pk"]["S"] for page in pages for item in page["Items"]]
    assert sorted(scanned) == sorted(f"p{n}" for n in range(40))
    assert table.scan(Select="COUNT")["Count"] == 40


def test_batches_get_and_write(table: Any, resource: Any) -> None:
    requests = [{"PutRequest": {"Item": {"pk": "a", "sk": n}}} for n in range(25)]
    assert resource.batch_write_item(RequestItems={table.name: requests})["UnprocessedItems"] == {}
    keys = [{"pk": "a", "sk": n} for n in (0, 24, 25)]
    got = resource.batch_get_item(RequestItems={table.name: {"Keys": keys}})
    assert sorted(item["sk"] for item in got["Responses"][table.name]) == [0, 24]
    assert got["UnprocessedKeys"] == {}


def test_transactions_write_all_or_nothing_and_say_why(table: Any, client: Any) -> None:
    def put(n: int, **more: Any) -> dict[str, Any]:
        return {"Put": {"TableName": table.name, "Item": {"pk": {"S": "a"}, "sk": {"N": str(n)}}, **more}}

    client.transact_write_items(TransactItems=[put(1), put(2)], ClientRequestToken="one")
    client.transact_write_items(TransactItems=[put(1), put(2)], ClientRequestToken="one")
    with pytest.raises(client.exceptions.IdempotentParameterMismatchException):
        client.transact_write_items(TransactItems=[put(3)], ClientRequestToken="one")
    with pytest.raises(client.exceptions.TransactionCanceledException) as caught:
        client.transact_write_items(TransactItems=[put(3), put(2, ConditionExpression="attribute_not_exists(pk)")])
    reasons = caught.value.response["CancellationReasons"]
    assert [reason["Code"] for reason in reasons] == ["None", "ConditionalCheckFailed"]
    keys = [{"Get": {"TableName": table.name, "Key": {"pk": {"S": "a"}, "sk": {"N": str(n)}}}} for n in (2, 3)]
    assert ["Item" in each for each in client.transact_get_items(TransactItems=keys)["Responses"]] == [True, False]


def test_tables_are_described_listed_and_in_use(table: Any, client: Any) -> None:
    described = client.describe_table(TableName=table.name)["Table"]
    assert described["TableStatus"] == "ACTIVE"
    assert described["CreationDateTime"].year >= 2024
    assert table.item_count == 0
    assert table.name in {
        name for page in client.get_paginator("list_tables").paginate() for name in page["TableNames"]
    }
    with pytest.raises(client.exceptions.ResourceInUseException):
        client.create_table(
            TableName=table.name,
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.describe_table(TableName="missing")


def test_time_to_live_is_set_and_told(table: Any, client: Any) -> None:
    client.update_time_to_live(TableName=table.name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "ends"})
    told = client.describe_time_to_live(TableName=table.name)["TimeToLiveDescription"]
    assert told == {"TimeToLiveStatus": "ENABLED", "AttributeName": "ends"}


def test_what_happened_is_read_from_the_stream(table: Any, session: Any, dynalayer_served: str) -> None:
    table.put_item(Item={"pk": "a", "sk": 1, "n": 1})
    table.put_item(Item={"pk": "a", "sk": 1, "n": 2})
    table.delete_item(Key={"pk": "a", "sk": 1})
    streams = session.client("dynamodbstreams", endpoint_url=dynalayer_served)
    arn = streams.list_streams(TableName=table.name)["Streams"][0]["StreamArn"]
    (shard,) = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")[
        "ShardIterator"
    ]
    records = streams.get_records(ShardIterator=iterator)["Records"]
    streams.close()
    assert [record["eventName"] for record in records] == ["INSERT", "MODIFY", "REMOVE"]
    assert records[1]["dynamodb"]["OldImage"]["n"] == {"N": "1"}
    assert records[1]["dynamodb"]["NewImage"]["n"] == {"N": "2"}


def test_tables_are_changed_tagged_and_backed_up(table: Any, client: Any) -> None:
    arn = client.describe_table(TableName=table.name)["Table"]["TableArn"]
    client.tag_resource(ResourceArn=arn, Tags=[{"Key": "team", "Value": "shop"}])
    assert client.list_tags_of_resource(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "shop"}]
    client.update_table(TableName=table.name, DeletionProtectionEnabled=True)
    with pytest.raises(ClientError, match="ValidationException"):
        client.delete_table(TableName=table.name)
    client.update_table(TableName=table.name, DeletionProtectionEnabled=False)
    client.update_continuous_backups(
        TableName=table.name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    backups = client.describe_continuous_backups(TableName=table.name)["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    assert client.describe_limits()["TableMaxReadCapacityUnits"] > 0
    assert client.describe_endpoints()["Endpoints"]


def test_statements_are_executed_alone_in_batches_and_in_transactions(table: Any, client: Any) -> None:
    insert = f"INSERT INTO \"{table.name}\" VALUE {{'pk': ?, 'sk': ?, 'n': 1}}"
    select = f'SELECT n FROM "{table.name}" WHERE pk = ? AND sk = ?'

    def key(n: int) -> list[dict[str, str]]:
        return [{"S": "a"}, {"N": str(n)}]

    client.execute_statement(Statement=insert, Parameters=key(1))
    with pytest.raises(client.exceptions.DuplicateItemException):
        client.execute_statement(Statement=insert, Parameters=key(1))
    client.execute_transaction(TransactStatements=[{"Statement": insert, "Parameters": key(n)} for n in (2, 3)])
    done = client.batch_execute_statement(Statements=[{"Statement": select, "Parameters": key(n)} for n in (1, 3, 9)])
    assert [each.get("Item") for each in done["Responses"]] == [{"n": {"N": "1"}}, {"n": {"N": "1"}}, None]
    found = client.execute_statement(Statement=f"SELECT sk FROM \"{table.name}\" WHERE pk = 'a'", Limit=2)
    assert [item["sk"]["N"] for item in found["Items"]] == ["1", "2"]
    assert found["NextToken"]


def test_an_answer_whose_checksum_is_wrong_would_be_noticed(session: Any) -> None:
    """What stands behind the other tests: botocore compares x-amz-crc32 with every answer that it gets."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = session.client(
            "dynamodb",
            endpoint_url=f"http://127.0.0.1:{listener.getsockname()[1]}",
            config=CHECKED,
        )
        wrong = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\nx-amz-crc32: 1\r\n\r\n{}"
        answering = threading.Thread(target=_answer_twice, args=(listener, wrong))
        answering.start()
        with pytest.raises(ChecksumError):
            client.list_tables()
        answering.join()
        client.close()


def _answer_twice(listener: socket.socket, answer: bytes) -> None:
    for _ in range(2):
        connection, _ = listener.accept()
        with connection:
            while not connection.recv(65536).endswith(b"{}"):
                pass
            connection.sendall(answer)
