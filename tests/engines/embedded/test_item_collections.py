"""The size of an item collection is kept as items come and go, and bounds what a partition with local indexes holds."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path

import pytest

from dynalayer.engines.embedded import EmbeddedConnection
from dynalayer.protocol import ItemCollectionTooLarge, TransactionCanceled
from dynalayer.protocol.limits import COLLECTION_BYTES
from tests.engines.embedded.calls import Json, call
from tests.engines.embedded.consistency import faults

KEY = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
INDEX_KEY = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with a table that has a local index."""
    with EmbeddedConnection.file(tmp_path / "engine.db") as connection:
        call(
            connection,
            "CreateTable",
            TableName="things",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "at")],
            KeySchema=KEY,
            LocalSecondaryIndexes=[
                {"IndexName": "by_at", "KeySchema": INDEX_KEY, "Projection": {"ProjectionType": "KEYS_ONLY"}}
            ],
        )
    return tmp_path / "engine.db"


def put(connection: EmbeddedConnection, **attributes: str) -> Json:
    item = {"pk": {"S": "p"}, "sk": {"S": "s"}, **{name: {"S": text} for name, text in attributes.items()}}
    return call(connection, "PutItem", TableName="things", Item=item, ReturnItemCollectionMetrics="SIZE")


def sizes(path: Path) -> list[int]:
    with sqlite3.connect(path) as raw:
        found = [row[0] for row in raw.execute("SELECT size FROM collections_1_1")]
    raw.close()
    return found


def set_size(path: Path, size: int) -> None:
    with sqlite3.connect(path) as raw:
        raw.execute("UPDATE collections_1_1 SET size = ?", (size,))
    raw.close()


def test_items_and_their_entries_are_added_up(path: Path) -> None:
    with EmbeddedConnection.file(path) as connection:
        put(connection, x="1234")
        assert sizes(path) == [11]
        put(connection, x="1234", at="1")
        assert sizes(path) == [14 + 9]
        key = {"pk": {"S": "p"}, "sk": {"S": "s"}}
        call(connection, "DeleteItem", TableName="things", Key=key)
        assert sizes(path) == []


def test_the_range_is_one_gigabyte_wide(path: Path) -> None:
    with EmbeddedConnection.file(path) as connection:
        put(connection)
        set_size(path, 3 * 1024**3 + 5)
        assert put(connection, x="1")["ItemCollectionMetrics"]["SizeEstimateRangeGB"] == [3.0, 4.0]


def test_a_full_collection_takes_no_more_but_shrinks(path: Path) -> None:
    with EmbeddedConnection.file(path) as connection:
        put(connection, x="12")
        set_size(path, COLLECTION_BYTES)
        with pytest.raises(ItemCollectionTooLarge):
            put(connection, x="123")
        put(connection, x="1")
        assert sizes(path) == [COLLECTION_BYTES - 1]


def test_a_transaction_names_the_action_that_would_pass_the_limit(path: Path) -> None:
    with EmbeddedConnection.file(path) as connection:
        put(connection, x="12")
        set_size(path, COLLECTION_BYTES)
        item = {"pk": {"S": "p"}, "sk": {"S": "other"}}
        actions = [{"Put": {"TableName": "things", "Item": item}}]
        with pytest.raises(TransactionCanceled) as caught:
            call(connection, "TransactWriteItems", TransactItems=actions)
        assert [reason.code for reason in caught.value.reasons] == ["ItemCollectionSizeLimitExceeded"]


def test_sizes_follow_every_kind_of_write(path: Path) -> None:
    draw = random.Random(5)
    with EmbeddedConnection.file(path, durability="relaxed") as connection:
        for number in range(300):
            key = {"pk": {"S": draw.choice("pq")}, "sk": {"S": draw.choice("abcd")}}
            item = {**key, **({"at": {"S": draw.choice("xy")}} if number % 3 else {}), "x": {"S": "x" * number}}
            match draw.randrange(5):
                case 0:
                    call(connection, "PutItem", TableName="things", Item=item)
                case 1:
                    call(connection, "DeleteItem", TableName="things", Key=key)
                case 2:
                    call(connection, "BatchWriteItem", RequestItems={"things": [{"PutRequest": {"Item": item}}]})
                case 3:
                    action = {"Put": {"TableName": "things", "Item": item}}
                    call(connection, "TransactWriteItems", TransactItems=[action])
                case _:
                    change = {"UpdateExpression": "SET y = :y REMOVE #at", "ExpressionAttributeNames": {"#at": "at"}}
                    values = {":y": {"S": "y" * number}}
                    call(
                        connection,
                        "UpdateItem",
                        TableName="things",
                        Key=key,
                        ExpressionAttributeValues=values,
                        **change,
                    )
    assert faults(path) == []
