"""Two engines, one history: whatever sequence of calls hypothesis makes up, both answer the same.

What DynamoDB Local (2020) does otherwise, and is normalised away here:
- Local lets UpdateItem give a local index's key another type, so its updates leave the type as it is;
- the order of a scan and of items with equal index keys is nobody's promise, so such answers are compared as sets;
- attributes of an item and elements of a set come in any order;
- UPDATED_NEW and UPDATED_OLD of a nested path hold the whole attribute in Local and only the path in the service, so
  only top-level attributes are updated with these;
- Local keeps numbers within lists and maps as they were written ("2.50"); the service normalises them, so nested
  numbers are in normal form from the start; nor does it normalise a sum that it returns ("-5.0");
- Local looks at the conditions of a transaction before it looks for two actions on one item, so each item has one;
- texts of errors differ, their codes do not; an update that cannot be made cancels a transaction in the service (code
  "ValidationError"), while Local answers with the bare ValidationException.
"""

from __future__ import annotations

import itertools
import time
from typing import Any

import msgspec
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dynalayer.engines.embedded import EmbeddedConnection
from dynalayer.engines.remote import RemoteConnection
from dynalayer.protocol import Connection, ServiceError, TransactionCanceled

Json = dict[str, Any]
THROUGHPUT = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
_tables = itertools.count()

PARTITIONS = st.sampled_from([{"S": "p"}, {"S": "q"}])
SORTS = st.sampled_from([{"N": n} for n in ("-7", "-0.5", "0", "1", "1.5", "20", "1E3")])
KEYS = st.fixed_dictionaries({"pk": PARTITIONS, "sk": SORTS})
GROUPS = st.sampled_from([{"S": "g"}, {"S": "h"}])
SCALARS = st.one_of(
    st.sampled_from([{"N": n} for n in ("0", "1", "-3", "2.5", "100")]),
    st.sampled_from([{"S": s} for s in ("a", "ab", "é")]),
    st.just({"BOOL": True}),
)
VALUES = st.one_of(
    SCALARS,
    st.sampled_from([{"N": n} for n in ("2.50", "-0", "1E2")]),
    st.just({"SS": ["a", "b"]}),
    st.just({"NS": ["1", "2"]}),
    st.lists(SCALARS, max_size=3).map(lambda elements: {"L": elements}),
    st.dictionaries(st.sampled_from(["x", "y"]), SCALARS, max_size=2).map(lambda members: {"M": members}),
)
ITEMS = st.builds(
    lambda key, extra: {**key, **extra},
    KEYS,
    st.fixed_dictionaries({}, optional={"g": GROUPS, "a": VALUES, "b": VALUES, "c": VALUES}),
)
CONDITIONS = st.sampled_from(
    [
        None,
        "attribute_exists(pk)",
        "attribute_not_exists(pk)",
        "attribute_exists(a) AND NOT attribute_exists(b)",
        "a = b OR a <> c",
        "contains(a, :v) OR begins_with(b, :s)",
        "a < :n",
        "size(a) > :n",
        "a IN (:v, :n)",
        "a BETWEEN :n AND :m",
        "attribute_type(a, :t)",
        "a.x = :v OR b[0] = :v",
    ]
)
UPDATES = st.sampled_from(
    [
        "SET a = :v",
        "SET a = b, b = a",
        "SET a = if_not_exists(a, :n) + :n",
        "SET a = a + :n",
        "SET a.x = :v",
        "SET a[1] = :v, a[0] = :n",
        "SET c = list_append(if_not_exists(c, :l), :l)",
        "REMOVE a, b",
        "REMOVE a.x, b[0], b[1]",
        "ADD a :n",
        "ADD a :set",
        "DELETE a :set",
        "SET g = :s",
        "REMOVE g",
        "SET b = a.x REMOVE a.y",
        "ADD c :n SET a = :v REMOVE b",
    ]
)
PLACEHOLDERS = st.fixed_dictionaries(
    {
        ":v": SCALARS,
        ":n": st.sampled_from([{"N": "1"}, {"N": "-2.5"}]),
        ":m": st.just({"N": "50"}),
        ":s": GROUPS,
        ":t": st.sampled_from([{"S": "N"}, {"S": "L"}]),
        ":l": st.just({"L": [{"N": "7"}]}),
        ":set": st.sampled_from([{"SS": ["b", "c"]}, {"NS": ["2", "3"]}]),
    }
)


def guarded(members: Json, condition: str | None, values: Json, *texts: str) -> Json:
    """A statement with its condition and those values that its expressions use."""
    if condition is not None:
        members = {**members, "ConditionExpression": condition}
    words = " ".join((*texts, condition or "")).replace(",", " ").replace("(", " ").replace(")", " ").split()
    used = {name: value for name, value in values.items() if name in words}
    return {**members, "ExpressionAttributeValues": used} if used else members


PUTS = st.builds(lambda item, c, v: guarded({"Item": item}, c, v), ITEMS, CONDITIONS, PLACEHOLDERS)
DELETES = st.builds(lambda key, c, v: guarded({"Key": key}, c, v), KEYS, CONDITIONS, PLACEHOLDERS)
CHANGES = st.builds(
    lambda key, u, c, v: guarded({"Key": key, "UpdateExpression": u}, c, v, u), KEYS, UPDATES, CONDITIONS, PLACEHOLDERS
)
OLD = st.sampled_from(["NONE", "ALL_OLD"])
QUERIES = st.builds(
    lambda condition, values, more: {
        "KeyConditionExpression": condition,
        "ExpressionAttributeValues": {name: value for name, value in values.items() if name in condition},
        **more,
    },
    st.sampled_from(
        [
            "pk = :p",
            "pk = :p AND sk > :x",
            "pk = :p AND sk <= :x",
            "pk = :p AND sk BETWEEN :x AND :y",
            "sk = :x AND pk = :p",
        ]
    ),
    st.fixed_dictionaries(
        {":p": PARTITIONS, ":x": SORTS.filter(lambda v: v["N"] != "1E3"), ":y": st.just({"N": "30"})}
    ),
    st.fixed_dictionaries(
        {},
        optional={
            "ScanIndexForward": st.booleans(),
            "Limit": st.integers(1, 3),
            "ProjectionExpression": st.just("sk, a, b[0]"),
        },
    ),
)
INDEX_QUERIES = st.builds(
    lambda group, name: {
        "IndexName": name,
        "KeyConditionExpression": "g = :g",
        "ExpressionAttributeValues": {":g": group},
        "Limit": 2,
    },
    GROUPS,
    st.sampled_from(["by_group", "keys_by_group"]),
)
LOCAL_INDEX_QUERIES = st.builds(
    lambda condition, values, more: {
        "KeyConditionExpression": condition,
        "ExpressionAttributeValues": {name: value for name, value in values.items() if name in condition},
        **more,
    },
    st.sampled_from(["pk = :p", "pk = :p AND g = :g", "pk = :p AND g > :g", "pk = :p AND begins_with(g, :g)"]),
    st.fixed_dictionaries({":p": PARTITIONS, ":g": GROUPS}),
    st.fixed_dictionaries(
        {"IndexName": st.sampled_from(["near", "near_keys", "near_some"])},
        optional={
            "ScanIndexForward": st.booleans(),
            "ConsistentRead": st.booleans(),
            "Limit": st.integers(1, 3),
            "Select": st.sampled_from(["ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES"]),
        },
    ),
)
ACTIONS = st.one_of(
    PUTS.map(lambda members: {"Put": members}),
    DELETES.map(lambda members: {"Delete": members}),
    CHANGES.map(lambda members: {"Update": members}),
    st.builds(lambda key: {"ConditionCheck": {"Key": key, "ConditionExpression": "attribute_exists(pk)"}}, KEYS),
)


def target(action: Json) -> str:
    """The item that an action of a transaction is about."""
    ((members,),) = (action.values(),)
    key = members.get("Key") or members["Item"]
    return f"{key['pk']} {key['sk']}"


CALLS = st.one_of(
    st.builds(lambda m, r: ("PutItem", {**m, "ReturnValues": r}), PUTS, OLD),
    st.builds(lambda m, r: ("PutItem", {**m, "ReturnValues": r}), ITEMS.map(lambda item: {"Item": item}), OLD),
    st.builds(lambda m, r: ("DeleteItem", {**m, "ReturnValues": r}), DELETES, OLD),
    st.builds(lambda m, r: ("UpdateItem", {**m, "ReturnValues": r}), CHANGES, st.sampled_from(["ALL_OLD", "ALL_NEW"])),
    QUERIES.map(lambda members: ("Query", members)),
    INDEX_QUERIES.map(lambda members: ("Query", members)),
    LOCAL_INDEX_QUERIES.map(lambda members: ("Query", members)),
    st.lists(ACTIONS, min_size=1, max_size=4, unique_by=lambda action: target(action)).map(
        lambda actions: ("TransactWriteItems", {"TransactItems": actions})
    ),
)


def ordered(value: Any) -> Any:
    """An answer with its sets in one order, and without the zeros that Local leaves behind a sum."""
    if isinstance(value, dict):
        if isinstance(number := value.get("N"), str) and "." in number:
            return {"N": number.rstrip("0").rstrip(".")}
        return {name: sorted(member) if name in ("SS", "NS") else ordered(member) for name, member in value.items()}
    return [ordered(member) for member in value] if isinstance(value, list) else value


def outcome(connection: Connection, operation: str, members: Json) -> Any:
    try:
        return msgspec.json.decode(connection.call(operation, msgspec.json.encode(members)))
    except TransactionCanceled as error:
        codes = [reason.code for reason in error.reasons]
        return ["ValidationException"] if "ValidationError" in codes else codes
    except ServiceError as error:
        return [error.code]


def answer(connection: Connection, table: str, operation: str, members: Json) -> Any:
    if operation == "TransactWriteItems":
        actions = [
            {kind: {**action, "TableName": table} for kind, action in one.items()} for one in members["TransactItems"]
        ]
        return outcome(connection, operation, {"TransactItems": actions})
    members = {**members, "TableName": table}
    if operation != "Query":
        found = outcome(connection, operation, members)
        return {name: found.get(name) for name in ("Attributes",)} if isinstance(found, dict) else found
    pages = all_pages(connection, members)
    if "IndexName" in members and not (pages and isinstance(pages[-1], list)):
        items = [item for page in pages for item in page["Items"]]
        return [[page["Count"] for page in pages], sorted(items, key=lambda item: str(sorted(item.items())))]
    return pages


def all_pages(connection: Connection, members: Json) -> list[Any]:
    pages: list[Any] = []
    while True:
        page = outcome(connection, "Query", members)
        pages.append(page)
        if isinstance(page, list) or "LastEvaluatedKey" not in page:
            return pages
        members = {**members, "ExclusiveStartKey": page["LastEvaluatedKey"]}


def everything(connection: Connection, table: str) -> list[Any]:
    items = outcome(connection, "Scan", {"TableName": table})["Items"]
    return sorted(map(ordered, items), key=lambda item: str((item["pk"], item["sk"])))


def creation(table: str) -> Json:
    def index(name: str, projection: str) -> Json:
        return {
            "IndexName": name,
            "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": projection},
            "ProvisionedThroughput": THROUGHPUT,
        }

    return {
        "TableName": table,
        "ProvisionedThroughput": THROUGHPUT,
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": kind} for name, kind in (("pk", "S"), ("sk", "N"), ("g", "S"))
        ],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        "GlobalSecondaryIndexes": [index("by_group", "ALL"), index("keys_by_group", "KEYS_ONLY")],
        "LocalSecondaryIndexes": [
            near("near", {"ProjectionType": "ALL"}),
            near("near_keys", {"ProjectionType": "KEYS_ONLY"}),
            near("near_some", {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["a", "b"]}),
        ],
    }


def near(name: str, projection: Json) -> Json:
    """A local index on the attribute that the global ones group by."""
    keys = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "g", "KeyType": "RANGE"}]
    return {"IndexName": name, "KeySchema": keys, "Projection": projection}


def added(table: str) -> Json:
    """What makes an index on an attribute that some items have."""
    keys = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "n", "KeyType": "RANGE"}]
    index = {"IndexName": "added", "KeySchema": keys, "Projection": {"ProjectionType": "ALL"}}
    return {
        "TableName": table,
        "AttributeDefinitions": [
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "n", "AttributeType": "N"},
        ],
        "GlobalSecondaryIndexUpdates": [{"Create": {**index, "ProvisionedThroughput": THROUGHPUT}}],
    }


def settle(connection: Connection, table: str) -> None:
    """Wait until no index of the table is being made or removed."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        indexes = outcome(connection, "DescribeTable", {"TableName": table})["Table"]["GlobalSecondaryIndexes"]
        if all(index["IndexStatus"] == "ACTIVE" for index in indexes):
            return
        time.sleep(0.05)


@settings(
    max_examples=60,
    derandomize=True,
    deadline=None,
    database=None,
    # A found difference is printed whole: making it smaller would take minutes of calls to the slower engine.
    phases=(Phase.generate,),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)
@given(st.lists(CALLS, min_size=10, max_size=40))
def test_both_engines_answer_every_history_the_same(dynamodb_local: str, history: list[tuple[str, Json]]) -> None:
    table = f"differential-{next(_tables)}"
    with EmbeddedConnection.memory() as ours, RemoteConnection(dynamodb_local) as local:
        for connection in (ours, local):
            outcome(connection, "CreateTable", creation(table))
        try:
            for operation, members in history:
                results = [ordered(answer(connection, table, operation, members)) for connection in (ours, local)]
                assert results[0] == results[1], (operation, members)
            assert everything(ours, table) == everything(local, table)
        finally:
            outcome(local, "DeleteTable", {"TableName": table})


NUMBERED = st.builds(
    lambda item, number: {"Item": {**item, "n": {"N": number}} if number else item},
    ITEMS,
    st.sampled_from(["", "-1", "0.5", "2", "1E2"]),
)
HISTORIES = st.lists(
    st.one_of(NUMBERED.map(lambda m: ("PutItem", m)), KEYS.map(lambda key: ("DeleteItem", {"Key": key}))),
    min_size=5,
    max_size=30,
)


@settings(
    max_examples=4,
    derandomize=True,
    deadline=None,
    database=None,
    phases=(Phase.generate,),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)
@given(HISTORIES, HISTORIES, PARTITIONS)
def test_an_index_made_in_the_midst_of_a_history_is_the_same_in_both(
    dynamodb_local: str, before: list[tuple[str, Json]], after: list[tuple[str, Json]], partition: Json
) -> None:
    table = f"differential-{next(_tables)}"
    query = {
        "TableName": table,
        "IndexName": "added",
        "KeyConditionExpression": "pk = :p",
        "ExpressionAttributeValues": {":p": partition},
        "Limit": 3,
    }
    found: list[Any] = []
    with EmbeddedConnection.memory() as ours, RemoteConnection(dynamodb_local) as local:
        for connection in (ours, local):
            outcome(connection, "CreateTable", creation(table))
            for operation, members in before:
                answer(connection, table, operation, members)
            outcome(connection, "UpdateTable", added(table))
            settle(connection, table)
            outcome(connection, "UpdateTable", {"TableName": table, **removed("by_group")})
            settle(connection, table)
            for operation, members in after:
                answer(connection, table, operation, members)
            items = [item for page in all_pages(connection, query) for item in page["Items"]]
            numbers = [item["n"]["N"] for item in items]
            everything_read = sorted(map(ordered, items), key=lambda item: str((item["pk"], item["sk"])))
            found.append((numbers, everything_read, everything(connection, table)))
        outcome(local, "DeleteTable", {"TableName": table})
    assert found[0] == found[1]


def removed(index: str) -> Json:
    return {"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": index}}]}
