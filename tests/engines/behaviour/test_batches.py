"""BatchGetItem and BatchWriteItem."""

from __future__ import annotations

import pytest

from dynalayer.protocol import ResourceNotFound, ValidationError
from tests.engines.behaviour.conftest import Api, Json


def item(n: int) -> Json:
    return {"id": {"S": f"{n}"}}


def put(n: int) -> Json:
    return {"PutRequest": {"Item": item(n)}}


def delete(n: int) -> Json:
    return {"DeleteRequest": {"Key": item(n)}}


def test_a_batch_writes_and_deletes_in_several_tables(api: Api) -> None:
    api.create("id:S")
    other = api.create("id:S", table=f"{api.table}-other")
    api.put(item(1))
    answer = api.call("BatchWriteItem", RequestItems={api.table: [delete(1), put(2)], other: [put(3)]})
    assert answer == {"UnprocessedItems": {}}
    assert api.on("Scan")["Items"] == [item(2)]
    assert api.call("Scan", TableName=other)["Items"] == [item(3)]


def test_a_batch_get_returns_what_is_there(api: Api) -> None:
    api.create("id:S")
    for n in range(3):
        api.put({**item(n), "a": {"S": "x"}, "b": {"S": "y"}})
    wanted = {api.table: {"Keys": [item(0), item(2), item(9)], "ProjectionExpression": "id, a"}}
    answer = api.call("BatchGetItem", RequestItems=wanted, ReturnConsumedCapacity="TOTAL")
    found = sorted(answer["Responses"][api.table], key=str)
    assert found == sorted([{**item(0), "a": {"S": "x"}}, {**item(2), "a": {"S": "x"}}], key=str)
    assert answer["UnprocessedKeys"] == {}
    # Local reads a missing item for nothing; the service charges its least ("Read and write operations" in the guide).
    units = 1.0 if api.is_local else 1.5
    assert answer["ConsumedCapacity"] == [{"TableName": api.table, "CapacityUnits": units}]


@pytest.mark.parametrize(
    "requests",
    [
        [],
        [{}],
        [{**put(1), **delete(2)}],
        [put(1), put(1)],
        [put(1), delete(1)],
        [put(n) for n in range(26)],
        [{"PutRequest": {"Item": {"other": {"S": "1"}}}}],
        [{"DeleteRequest": {"Key": {"other": {"S": "1"}}}}],
    ],
)
def test_an_unsound_batch_write_changes_nothing(api: Api, requests: list[Json]) -> None:
    api.create("id:S")
    with pytest.raises(ValidationError):
        api.call("BatchWriteItem", RequestItems={api.table: requests})
    assert api.on("Scan")["Count"] == 0


@pytest.mark.parametrize("keys", [[], [item(1), item(1)], [item(n) for n in range(101)], [{"other": {"S": "1"}}]])
def test_an_unsound_batch_get_is_refused(api: Api, keys: list[Json]) -> None:
    api.create("id:S")
    with pytest.raises(ValidationError):
        api.call("BatchGetItem", RequestItems={api.table: {"Keys": keys}})


def test_a_batch_of_nothing_is_refused(api: Api) -> None:
    for operation in ("BatchGetItem", "BatchWriteItem"):
        with pytest.raises(ValidationError):
            api.call(operation, RequestItems={})


def test_a_batch_on_a_missing_table_writes_nothing(api: Api) -> None:
    api.create("id:S")
    with pytest.raises(ResourceNotFound):
        api.call("BatchWriteItem", RequestItems={api.table: [put(1)], "missing-table": [put(1)]})
    assert api.on("Scan")["Count"] == 0


def test_25_writes_and_100_keys_are_allowed(api: Api) -> None:
    api.create("id:S")
    for start in range(0, 100, 25):
        api.call("BatchWriteItem", RequestItems={api.table: [put(n) for n in range(start, start + 25)]})
    answer = api.call("BatchGetItem", RequestItems={api.table: {"Keys": [item(n) for n in range(100)]}})
    assert len(answer["Responses"][api.table]) == 100


def test_what_passes_16_megabytes_comes_back_as_unprocessed(api: Api) -> None:
    api.create("id:S")
    for n in range(45):
        api.put({**item(n), "d": {"S": "x" * 390_000}})
    request = {api.table: {"Keys": [item(n) for n in range(45)]}}
    answer = api.call("BatchGetItem", RequestItems=request)
    found = len(answer["Responses"][api.table])
    left = answer["UnprocessedKeys"][api.table]["Keys"]
    assert 0 < found < 45
    assert found + len(left) == 45
    assert len(api.call("BatchGetItem", RequestItems=answer["UnprocessedKeys"])["Responses"][api.table]) == len(left)
