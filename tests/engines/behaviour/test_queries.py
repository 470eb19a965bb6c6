"""Query and Scan."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from dynalayer.protocol import ValidationError
from tests.engines.behaviour.conftest import Api, Json

P: Json = {":p": {"S": "p"}}
NUMBERS = [-300, -20, -1, 0, 1, 2, 3, 10, 25, 100]


def fill(api: Api) -> None:
    """Ten items of one partition in a table with two indexes, put in disorder."""
    api.create(
        "pk:S sk:N",
        by_kind=("kind:S", "KEYS_ONLY"),
        by_kind_and_code=("kind:S code:B", {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["x"]}),
    )
    for n in sorted(NUMBERS, key=str):
        code = base64.b64encode(bytes([abs(n) % 256])).decode()
        api.put(
            {
                "pk": {"S": "p"},
                "sk": {"N": str(n)},
                "kind": {"S": "even" if n % 2 == 0 else "odd"},
                "code": {"B": code},
                "x": {"N": str(n)},
                "y": {"S": "y"},
            }
        )
    api.put({"pk": {"S": "q"}, "sk": {"N": "1"}})


def sks(answer: Json) -> list[int]:
    return [int(item["sk"]["N"]) for item in answer["Items"]]


@pytest.mark.parametrize(
    ("condition", "values", "expected"),
    [
        ("pk = :p", {}, NUMBERS),
        (":p = pk", {}, NUMBERS),
        ("pk = :p AND sk = :a", {":a": 3}, [3]),
        ("sk < :a AND pk = :p", {":a": 1}, [-300, -20, -1, 0]),
        ("pk = :p AND sk <= :a", {":a": 1}, [-300, -20, -1, 0, 1]),
        ("pk = :p AND sk > :a", {":a": 10}, [25, 100]),
        ("pk = :p AND :a <= sk", {":a": 10}, [10, 25, 100]),
        ("pk = :p AND sk BETWEEN :a AND :b", {":a": -1, ":b": 2}, [-1, 0, 1, 2]),
        ("pk = :p AND sk = :a", {":a": 4}, []),
        ("(pk = :p) AND (sk = :a)", {":a": 3}, [3]),
    ],
)
def test_a_query_reads_one_partition_in_the_order_of_its_numbers(
    api: Api, condition: str, values: dict[str, int], expected: list[int]
) -> None:
    fill(api)
    given = {**P, **{name: {"N": str(n)} for name, n in values.items()}}
    answer = api.query(condition, given)
    assert sks(answer) == expected
    assert (answer["Count"], answer["ScannedCount"]) == (len(expected), len(expected))
    assert sks(api.query(condition, given, ScanIndexForward=False)) == expected[::-1]


def test_text_keys_are_ordered_by_their_utf8_bytes(api: Api) -> None:
    api.create()
    texts = ["A", "B", "a", "aa", "ab", "b", "é", "ﬀ", "😀"]
    for text in reversed(texts):
        api.put({"pk": {"S": "p"}, "sk": {"S": text}})
    assert [item["sk"]["S"] for item in api.query("pk = :p", P)["Items"]] == texts


def test_text_keys_are_found_by_prefix_in_its_very_case(ours: Api) -> None:
    """Local takes "A" to begin with "a" in key conditions; the service compares bytes."""
    ours.create()
    for text in ("A", "a", "aa", "ab", "b"):
        ours.put({"pk": {"S": "p"}, "sk": {"S": text}})
    found = ours.query("pk = :p AND begins_with(sk, :a)", {**P, ":a": {"S": "a"}})["Items"]
    assert [item["sk"]["S"] for item in found] == ["a", "aa", "ab"]


def test_binary_keys_are_ordered_as_unsigned_bytes(api: Api) -> None:
    api.create("pk:S sk:B")
    keys = [b"\x00", b"\x00\xff", b"\x01", b"\x7f", b"\x80", b"\xff", b"\xff\xff"]
    for key in reversed(keys):
        api.put({"pk": {"S": "p"}, "sk": {"B": base64.b64encode(key).decode()}})
    found = [base64.b64decode(item["sk"]["B"]) for item in api.query("pk = :p", P)["Items"]]
    assert found == keys
    prefix = {":a": {"B": base64.b64encode(b"\xff").decode()}}
    found = api.query("pk = :p AND begins_with(sk, :a)", {**P, **prefix})["Items"]
    assert len(found) == 2


def pages(api: Api, operation: str, **members: Any) -> Iterator[Json]:
    while True:
        answer = api.on(operation, **members)
        yield answer
        if "LastEvaluatedKey" not in answer:
            return
        members["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


@pytest.mark.parametrize("forward", [True, False])
@pytest.mark.parametrize("limit", [1, 3, 5, 10])
def test_pages_join_up_without_gap_or_overlap(api: Api, limit: int, forward: bool) -> None:
    fill(api)
    members: Json = {
        "KeyConditionExpression": "pk = :p",
        "ExpressionAttributeValues": P,
        "Limit": limit,
        "ScanIndexForward": forward,
    }
    read = [n for page in pages(api, "Query", **members) for n in sks(page)]
    assert read == (NUMBERS if forward else NUMBERS[::-1])


def test_a_page_that_is_exactly_full_has_a_key_to_go_on_from(api: Api) -> None:
    fill(api)
    answer = api.query("pk = :p", P, Limit=10)
    assert answer["LastEvaluatedKey"] == {"pk": {"S": "p"}, "sk": {"N": "100"}}
    after = api.query("pk = :p", P, Limit=10, ExclusiveStartKey=answer["LastEvaluatedKey"])
    assert (after["Count"], "LastEvaluatedKey" in after) == (0, False)
    assert "LastEvaluatedKey" not in api.query("pk = :p", P, Limit=11)


def test_pages_of_an_index_join_up_among_equal_keys(api: Api) -> None:
    fill(api)
    members: Json = {
        "IndexName": "by_kind",
        "KeyConditionExpression": "kind = :k",
        "ExpressionAttributeValues": {":k": {"S": "even"}},
        "Limit": 2,
    }
    read = [n for page in pages(api, "Query", **members) for n in sks(page)]
    assert sorted(read) == [n for n in NUMBERS if n % 2 == 0]


def test_a_filter_works_after_the_limit_and_counts_apart(api: Api) -> None:
    fill(api)
    members: Json = {"FilterExpression": "x > :z", "Limit": 5}
    answer = api.query("pk = :p", {**P, ":z": {"N": "0"}}, **members)
    assert (sks(answer), answer["Count"], answer["ScannedCount"]) == ([1], 1, 5)
    assert answer["LastEvaluatedKey"] == {"pk": {"S": "p"}, "sk": {"N": "1"}}


def test_count_returns_no_items(api: Api) -> None:
    fill(api)
    answer = api.query("pk = :p", P, Select="COUNT")
    assert (answer["Count"], answer["ScannedCount"], "Items" in answer) == (10, 10, False)


def test_an_index_is_sparse_and_shows_what_it_projects(api: Api) -> None:
    fill(api)
    even = {":k": {"S": "even"}}
    answer = api.query("kind = :k", even, IndexName="by_kind", Limit=1)
    assert answer["Items"][0].keys() == {"pk", "sk", "kind"}
    answer = api.query("kind = :k", even, IndexName="by_kind_and_code", Limit=1)
    assert answer["Items"][0].keys() == {"pk", "sk", "kind", "code", "x"}
    assert answer["LastEvaluatedKey"].keys() == {"pk", "sk", "kind", "code"}
    assert api.on("Scan", IndexName="by_kind", Select="COUNT")["Count"] == 10
    assert api.on("Scan", Select="COUNT")["Count"] == 11


def test_an_index_follows_changes_of_its_key(api: Api) -> None:
    fill(api)
    key = {"pk": {"S": "p"}, "sk": {"N": "3"}}
    api.update(key, "SET kind = :k", {":k": {"S": "prime"}})
    assert sks(api.query("kind = :k", {":k": {"S": "prime"}}, IndexName="by_kind")) == [3]
    api.update(key, "REMOVE kind")
    assert api.query("kind = :k", {":k": {"S": "prime"}}, IndexName="by_kind")["Count"] == 0
    api.on("DeleteItem", Key={"pk": {"S": "p"}, "sk": {"N": "1"}})
    assert sorted(sks(api.query("kind = :k", {":k": {"S": "odd"}}, IndexName="by_kind"))) == [-1, 25]


def test_an_index_key_of_another_type_is_refused_when_written(api: Api) -> None:
    fill(api)
    item = {"pk": {"S": "p"}, "sk": {"N": "1"}, "kind": {"N": "1"}}
    message = api.message("PutItem", Item=item)
    if not api.is_local:
        # Local stops after the first words.
        assert message == (
            "One or more parameter values were invalid: "
            "Type mismatch for Index Key kind Expected: S Actual: N IndexName: by_kind"
        )


def test_an_update_may_not_give_an_index_key_another_type(ours: Api) -> None:
    """Local lets it pass and then holds an index with a key of the wrong type; the service refuses."""
    fill(ours)
    key = {"pk": {"S": "p"}, "sk": {"N": "3"}}
    refused = ours.message(
        "UpdateItem", Key=key, UpdateExpression="SET kind = :k", ExpressionAttributeValues={":k": {"N": "1"}}
    )
    assert refused == "The update expression attempted to update the secondary index key to unsupported type"


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ("sk = :n", "Query condition missed key schema element"),
        ("pk > :p", "Query key condition not supported"),
        ("pk = :p AND x = :n", "Query condition missed key schema element"),
        ("pk = :p AND sk > :n AND sk < :m", "must only contain one condition per key"),
        ("pk = :p AND pk = :p", "must only contain one condition per key"),
        ("pk = :p OR sk = :n", "Invalid operator used in KeyConditionExpression: OR"),
        ("NOT pk = :p", "Invalid operator used in KeyConditionExpression: NOT"),
        ("pk = :p AND sk <> :n", "Invalid operator used in KeyConditionExpression: <>"),
        ("pk = :p AND sk IN (:n)", "Invalid operator used in KeyConditionExpression: IN"),
        ("pk = :p AND attribute_exists(sk)", "Invalid operator used in KeyConditionExpression: attribute_exists"),
        ("pk = :p AND size(sk) = :n", "cannot contain nested operations"),
        ("pk = :p AND sk = x", "Multiple attribute names used in one condition"),
        ("pk = :p AND sk.a = :n", "Key attributes must be scalars"),
        ("pk = :n", "Condition parameter type does not match schema type"),
        ("pk = :p AND sk = :p", "Condition parameter type does not match schema type"),
        ("pk = :p AND begins_with(sk, :n)", "operator or function: begins_with, operand type: N"),
        ("pk = :p AND sk BETWEEN :m AND :n", "requires upper bound to be greater than or equal to lower bound"),
        ("pk = :p AND", 'Syntax error; token: "<EOF>"'),
        ("", "The expression can not be empty;"),
    ],
)
def test_a_key_condition_has_one_equality_and_one_condition_at_most(api: Api, condition: str, reason: str) -> None:
    fill(api)
    given = {":p": {"S": "p"}, ":n": {"N": "3"}, ":m": {"N": "9"}}
    values = {name: value for name, value in given.items() if name in condition}
    assert reason in api.message("Query", KeyConditionExpression=condition, ExpressionAttributeValues=values or P)


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"FilterExpression": "sk > :z"}, "can only contain non-primary key attributes: Primary key attribute: sk"),
        ({"Select": "SPECIFIC_ATTRIBUTES"}, "Must specify the AttributesToGet or ProjectionExpression"),
        ({"Select": "ALL_PROJECTED_ATTRIBUTES"}, "can be used only when Querying using an IndexName"),
        ({"Select": "COUNT", "ProjectionExpression": "x"}, "when choosing to get only the Count"),
        ({"IndexName": "none"}, "The table does not have the specified index: none"),
        ({"Limit": 0}, "greater than or equal to 1"),
        ({"ProjectionExpression": "x, x"}, "Two document paths overlap with each other"),
    ],
)
def test_parameters_of_a_query_must_go_together(api: Api, members: Json, reason: str) -> None:
    fill(api)
    values = {**P, ":z": {"N": "0"}} if ":z" in str(members) else P
    assert reason in api.message("Query", KeyConditionExpression="pk = :p", ExpressionAttributeValues=values, **members)


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"ConsistentRead": True}, "Consistent reads are not supported on global secondary indexes"),
        ({"Select": "ALL_ATTRIBUTES"}, "Select type ALL_ATTRIBUTES is not supported"),
        ({"ProjectionExpression": "y"}, "does not project [y]"),
        ({"FilterExpression": "y = :k"}, "does not project one or more filter attributes: [y]"),
    ],
)
def test_an_index_gives_only_what_it_holds(ours: Api, members: Json, reason: str) -> None:
    """Local fetches from the table what a global index does not project; the service refuses to."""
    fill(ours)
    values = {":k": {"S": "even"}}
    assert reason in ours.message(
        "Query",
        IndexName="by_kind_and_code",
        KeyConditionExpression="kind = :k",
        ExpressionAttributeValues=values,
        **members,
    )


@pytest.mark.parametrize(
    "start",
    [
        {},
        {"pk": {"S": "p"}},
        {"pk": {"S": "p"}, "sk": {"S": "1"}},
        {"pk": {"S": "p"}, "sk": {"N": "1"}, "x": {"N": "1"}},
        {"pk": {"S": "other"}, "sk": {"N": "1"}},
    ],
)
def test_a_query_starts_at_a_key_of_its_own(api: Api, start: Json) -> None:
    fill(api)
    members: Json = {"KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": P}
    assert isinstance(api.refused("Query", ExclusiveStartKey=start, **members), ValidationError)


def test_a_query_starts_within_its_own_bounds(api: Api) -> None:
    fill(api)
    values = {**P, ":n": {"N": "3"}}
    members: Json = {"KeyConditionExpression": "pk = :p AND sk > :n", "ExpressionAttributeValues": values}
    message = api.message("Query", ExclusiveStartKey={"pk": {"S": "p"}, "sk": {"N": "1"}}, **members)
    assert message == "The provided starting key does not match the range key predicate"


def fill_30_large(api: Api) -> None:
    api.create("pk:S sk:N")
    for n in range(30):
        api.put({"pk": {"S": "p"}, "sk": {"N": str(n)}, "d": {"S": "x" * 50_000}})


def test_a_page_ends_at_one_megabyte(api: Api) -> None:
    fill_30_large(api)
    answer = api.query("pk = :p", P, Select="COUNT")
    assert (answer["Count"], answer["LastEvaluatedKey"]["sk"]) == (21, {"N": "20"})


def test_the_megabyte_is_counted_before_the_filter(ours: Api) -> None:
    """Local counts what passes the filter; the service what is read ("a single Query ... before the filter")."""
    fill_30_large(ours)
    answer = ours.query("pk = :p", {**P, ":none": {"S": "none"}}, FilterExpression="d = :none")
    assert (answer["Count"], answer["ScannedCount"]) == (0, 21)
    assert answer["LastEvaluatedKey"]["sk"] == {"N": "20"}


def test_a_scan_reads_everything_once(api: Api) -> None:
    fill(api)
    read = [item["sk"]["N"] for page in pages(api, "Scan", Limit=3) for item in page["Items"]]
    assert sorted(read) == sorted([*map(str, NUMBERS), "1"])


@pytest.mark.parametrize("total", [1, 2, 3, 7])
def test_segments_share_all_items_among_them(api: Api, total: int) -> None:
    api.create("id:S")
    for n in range(25):
        api.put({"id": {"S": f"item {n}"}})
    found = [
        item["id"]["S"]
        for segment in range(total)
        for page in pages(api, "Scan", Segment=segment, TotalSegments=total, Limit=4)
        for item in page["Items"]
    ]
    assert sorted(found) == sorted(f"item {n}" for n in range(25))


@pytest.mark.parametrize(
    "members",
    [{"Segment": 0}, {"TotalSegments": 2}, {"Segment": 2, "TotalSegments": 2}, {"Segment": 0, "TotalSegments": 0}],
)
def test_segments_must_be_sound(api: Api, members: Json) -> None:
    api.create("id:S")
    assert isinstance(api.refused("Scan", **members), ValidationError)


def test_a_read_costs_by_the_size_of_what_was_read_of_table_or_index(api: Api) -> None:
    fill(api)
    answer = api.query("pk = :p", P, ConsistentRead=True, ReturnConsumedCapacity="TOTAL", Select="COUNT")
    assert answer["ConsumedCapacity"] == {"TableName": api.table, "CapacityUnits": 1.0}
    answer = api.on("Scan", IndexName="by_kind", ReturnConsumedCapacity="INDEXES", Select="COUNT")
    assert answer["ConsumedCapacity"] == {
        "TableName": api.table,
        "CapacityUnits": 0.5,
        "Table": {"CapacityUnits": 0.0},
        "GlobalSecondaryIndexes": {"by_kind": {"CapacityUnits": 0.5}},
    }


@pytest.mark.parametrize("forward", [True, False])
def test_pages_among_equal_hash_and_range_keys_of_an_index_join_up(api: Api, forward: bool) -> None:
    api.create("pk:S sk:N", by_kind_and_code=("kind:S code:B", "KEYS_ONLY"))
    for n in range(7):
        api.put({"pk": {"S": f"{n % 2}"}, "sk": {"N": str(n)}, "kind": {"S": "k"}, "code": {"B": "AQ=="}})
    members: Json = {
        "IndexName": "by_kind_and_code",
        "KeyConditionExpression": "kind = :k AND code = :c",
        "ExpressionAttributeValues": {":k": {"S": "k"}, ":c": {"B": "AQ=="}},
        "Limit": 2,
        "ScanIndexForward": forward,
    }
    assert sorted(n for page in pages(api, "Query", **members) for n in sks(page)) == list(range(7))
