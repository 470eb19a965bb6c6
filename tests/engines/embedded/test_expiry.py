"""Expired items are deleted in the background, by the clock given."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dynalayer.engines.embedded import EmbeddedConnection
from dynalayer.protocol.limits import TTL_PAST_SECONDS
from tests.engines.embedded.calls import call, create, read

NOW = 1_800_000_000.0


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def connection(clock: Clock) -> Iterator[EmbeddedConnection]:
    with EmbeddedConnection.memory(clock=clock) as opened:
        index = {
            "IndexName": "by_kind",
            "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
        create(
            opened,
            more=[{"AttributeName": "kind", "AttributeType": "S"}],
            GlobalSecondaryIndexes=[index],
        )
        yield opened


def switch_on(connection: EmbeddedConnection) -> None:
    ttl = {"AttributeName": "ttl", "Enabled": True}
    call(connection, "UpdateTimeToLive", TableName="things", TimeToLiveSpecification=ttl)


def put(connection: EmbeddedConnection, key: str, ttl: object) -> None:
    value = ttl if isinstance(ttl, dict) else {"N": str(ttl)}
    item = {"id": {"S": key}, "kind": {"S": "k"}, "ttl": value}
    call(connection, "PutItem", TableName="things", Item=item)


def kinds(connection: EmbeddedConnection) -> int:
    values = {":k": {"S": "k"}}
    condition = {"KeyConditionExpression": "kind = :k", "ExpressionAttributeValues": values}
    return int(call(connection, "Query", TableName="things", IndexName="by_kind", **condition)["Count"])


def test_an_item_is_deleted_when_its_time_has_come_from_table_and_index(connection: EmbeddedConnection) -> None:
    switch_on(connection)
    put(connection, "gone", int(NOW) - 1)
    put(connection, "stays", int(NOW) + 1)
    assert connection.expire() == 1
    assert read(connection, "gone") is None
    assert read(connection, "stays") is not None
    assert kinds(connection) == 1


def test_reads_may_still_see_an_expired_item(connection: EmbeddedConnection) -> None:
    switch_on(connection)
    put(connection, "old", int(NOW) - 1)
    assert read(connection, "old") is not None


def test_items_put_before_the_setting_expire_too(connection: EmbeddedConnection) -> None:
    put(connection, "old", int(NOW) - 1)
    switch_on(connection)
    assert connection.expire() == 1


def test_only_numbers_not_further_past_than_five_years_count(connection: EmbeddedConnection) -> None:
    switch_on(connection)
    put(connection, "text", {"S": str(int(NOW) - 1)})
    put(connection, "ancient", int(NOW) - TTL_PAST_SECONDS - 1)
    put(connection, "huge", "9E125")
    put(connection, "fraction", f"{NOW - 0.5}")
    assert connection.expire() == 1
    assert read(connection, "fraction") is None


def test_writes_delete_expired_items_a_minute_apart(connection: EmbeddedConnection, clock: Clock) -> None:
    switch_on(connection)
    for n in range(150):
        put(connection, f"{n}", int(NOW) + 10)
    clock.now = NOW + 61
    put(connection, "first", int(NOW) + 1000)
    assert kinds(connection) == 51
    put(connection, "second", int(NOW) + 1000)
    assert kinds(connection) == 2


def test_an_item_that_is_renewed_in_time_stays(connection: EmbeddedConnection) -> None:
    switch_on(connection)
    put(connection, "a", int(NOW) - 1)
    put(connection, "a", int(NOW) + 100)
    assert connection.expire() == 0


def test_switched_off_nothing_expires(connection: EmbeddedConnection) -> None:
    switch_on(connection)
    put(connection, "a", int(NOW) - 1)
    off = {"AttributeName": "ttl", "Enabled": False}
    call(connection, "UpdateTimeToLive", TableName="things", TimeToLiveSpecification=off)
    assert connection.expire() == 0


def test_tokens_are_forgotten_after_ten_minutes(connection: EmbeddedConnection, clock: Clock) -> None:
    def add() -> None:
        update = {
            "TableName": "things",
            "Key": {"id": {"S": "a"}},
            "UpdateExpression": "ADD n :n",
            "ExpressionAttributeValues": {":n": {"N": "1"}},
        }
        call(connection, "TransactWriteItems", TransactItems=[{"Update": update}], ClientRequestToken="token")

    add()
    clock.now += 599
    add()
    assert read(connection, "a")["n"] == {"N": "1"}
    clock.now += 2
    add()
    assert read(connection, "a")["n"] == {"N": "2"}
