"""What DescribeTable counts: of the moment while that is cheap, and from a sample where it is not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dynalayer.engines.embedded import EmbeddedConnection
from dynalayer.engines.embedded.storage.store import MemoryStorage
from dynalayer.engines.embedded.tables import catalog, counting
from tests.engines.embedded.calls import Json, call, create


@pytest.fixture
def connection() -> Iterator[EmbeddedConnection]:
    """A database with a table that has an index on all attributes and one on keys only."""
    key = [{"AttributeName": "g", "KeyType": "HASH"}]
    projections = {"whole": "ALL", "keys": "KEYS_ONLY"}
    indexes = [
        {"IndexName": name, "KeySchema": key, "Projection": {"ProjectionType": kind}}
        for name, kind in projections.items()
    ]
    with EmbeddedConnection.memory() as opened:
        create(opened, more=[{"AttributeName": "g", "AttributeType": "S"}], GlobalSecondaryIndexes=indexes)
        yield opened


def fill(connection: EmbeddedConnection, count: int) -> None:
    for first in range(0, count, 25):
        items = [{"id": {"S": f"{n:04}"}, "g": {"S": "a"}, "x": {"S": "12345"}} for n in range(first, first + 25)]
        batch = [{"PutRequest": {"Item": item}} for item in items]
        call(connection, "BatchWriteItem", RequestItems={"things": batch})


def figures(connection: EmbeddedConnection) -> dict[str, tuple[int, int]]:
    table: Json = call(connection, "DescribeTable", TableName="things")["Table"]
    found = {"": (table["ItemCount"], table["TableSizeBytes"])}
    for index in table["GlobalSecondaryIndexes"]:
        found[index["IndexName"]] = (index["ItemCount"], index["IndexSizeBytes"])
    return found


def test_items_and_entries_are_counted_and_measured(connection: EmbeddedConnection) -> None:
    fill(connection, 50)
    call(connection, "PutItem", TableName="things", Item={"id": {"S": "none"}})
    assert figures(connection) == {"": (51, 50 * 14 + 6), "whole": (50, 50 * 14), "keys": (50, 50 * 8)}
    call(connection, "DeleteItem", TableName="things", Key={"id": {"S": "0000"}})
    assert figures(connection)["whole"] == (49, 49 * 14)


def test_a_large_index_is_measured_by_a_sample(connection: EmbeddedConnection) -> None:
    count = 2 * counting.SAMPLE
    fill(connection, count)
    assert figures(connection) == {"": (count, count * 14), "whole": (count, count * 14), "keys": (count, count * 8)}


class Timer:
    """Tells whatever time it is set to; `each` is how long anything takes."""

    now = 0.0
    each = 0.0

    def __call__(self) -> float:
        self.now += self.each
        return self.now


@pytest.mark.parametrize(("seconds", "after", "counted"), [(0.001, 0.0, 1), (2.0, 100.0, 0), (2.0, 300.0, 1)])
def test_what_took_long_to_count_is_kept_for_a_hundred_times_as_long(
    seconds: float, after: float, counted: int
) -> None:
    storage, timer = MemoryStorage(), Timer()
    counts = counting.Counts(timer)
    description = {
        "TableName": "things",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    }
    with storage.writing as connection:
        catalog.create(connection, catalog.Definition(description=description))
        found = catalog.record(connection, "things")
        timer.each = seconds
        assert counts.describe(connection, found)["ItemCount"] == 0
        connection.execute(f"INSERT INTO {found.rows} VALUES (x'61', x'', 3, NULL, x'7b7d')")
        timer.now += after
        assert counts.describe(connection, found)["ItemCount"] == counted
    storage.close()
