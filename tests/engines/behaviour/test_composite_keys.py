"""Global indexes whose keys have several attributes; the DynamoDB Local of 2020 knows none, they came in 2025."""

from __future__ import annotations

import itertools
import operator
from typing import Any

import pytest

from dynalayer.protocol import ValidationError
from tests.engines.behaviour.conftest import THROUGHPUT, Api, Json

ALL = {"ProjectionType": "ALL"}
KINDS = {"pk": "S", "sk": "S", "h1": "S", "h2": "N", "r1": "S", "r2": "N", "r3": "B"}


def elements(hashes: str, ranges: str = "") -> list[Json]:
    keys = [(name, "HASH") for name in hashes.split()] + [(name, "RANGE") for name in ranges.split()]
    return [{"AttributeName": name, "KeyType": kind} for name, kind in keys]


def creation(key_schema: list[Json], kinds: dict[str, str]) -> Json:
    index = {
        "IndexName": "many",
        "KeySchema": key_schema,
        "Projection": ALL,
        "ProvisionedThroughput": THROUGHPUT,
    }
    return {
        "AttributeDefinitions": [{"AttributeName": n, "AttributeType": kind} for n, kind in kinds.items()],
        "KeySchema": elements("pk", "sk"),
        "ProvisionedThroughput": THROUGHPUT,
        "GlobalSecondaryIndexes": [index],
    }


def make(api: Api) -> None:
    api.on("CreateTable", **creation(elements("h1 h2", "r1 r2 r3"), KINDS))


def item(sk: str, r1: str = "a", r2: str = "1", r3: str = "AA==", h1: str = "g", h2: str = "7") -> Json:
    key = {"pk": {"S": "p"}, "sk": {"S": sk}, "h1": {"S": h1}, "h2": {"N": h2}}
    return {**key, "r1": {"S": r1}, "r2": {"N": r2}, "r3": {"B": r3}}


HASHES = {":h1": {"S": "g"}, ":h2": {"N": "7"}}


def found(api: Api, condition: str = "", values: Json | None = None, **members: Any) -> list[str]:
    text = "h1 = :h1 AND h2 = :h2" + condition
    answer = api.query(text, {**HASHES, **(values or {})}, IndexName="many", **members)
    return [one["sk"]["S"] for one in answer["Items"]]


def test_all_attributes_of_the_partition_key_choose_the_partition(ours: Api) -> None:
    make(ours)
    for sk, h1, h2 in (("a", "g", "7"), ("b", "g", "8"), ("c", "h", "7")):
        ours.put(item(sk, h1=h1, h2=h2))
    assert found(ours) == ["a"]


def test_items_are_ordered_by_the_attributes_of_the_sort_key_from_left_to_right(ours: Api) -> None:
    make(ours)
    texts, numbers, binaries = ("a", "a\x00", "ab", "b"), ("-5", "2", "10"), ("AA==", "AAE=", "/w==")
    keys = list(itertools.product(texts, numbers, binaries))
    for number, (r1, r2, r3) in enumerate(keys):
        ours.put(item(f"{number:03}", r1, r2, r3))
    expected = [f"{number:03}" for number in range(len(keys))]
    assert found(ours) == expected
    assert found(ours, ScanIndexForward=False) == expected[::-1]


COMPARISONS = {"<": operator.lt, "<=": operator.le, "=": operator.eq, ">=": operator.ge, ">": operator.gt}


@pytest.mark.parametrize("sign", COMPARISONS)
def test_the_last_attribute_named_may_be_compared(ours: Api, sign: str) -> None:
    make(ours)
    for r1, r2 in itertools.product("abc", (-10, 2, 9)):
        ours.put(item(f"{r1}{r2}", r1, str(r2)))
    first = [f"{r1}{r2}" for r1, r2 in itertools.product("abc", (-10, 2, 9)) if COMPARISONS[sign](r1, "b")]
    assert found(ours, f" AND r1 {sign} :a", {":a": {"S": "b"}}) == first
    second = [f"b{r2}" for r2 in (-10, 2, 9) if COMPARISONS[sign](r2, 2)]
    assert found(ours, f" AND r1 = :a AND r2 {sign} :n", {":a": {"S": "b"}, ":n": {"N": "2"}}) == second


def test_between_and_begins_with_close_the_sort_key(ours: Api) -> None:
    make(ours)
    for r1 in ("a", "ab", "ab\x00c", "b", "c"):
        ours.put(item(r1, r1))
    bounds = {":a": {"S": "ab"}, ":b": {"S": "b"}}
    assert found(ours, " AND r1 BETWEEN :a AND :b", bounds) == ["ab", "ab\x00c", "b"]
    assert found(ours, " AND begins_with(r1, :a)", {":a": {"S": "ab"}}) == ["ab", "ab\x00c"]
    whole = {":a": {"S": "ab"}, ":n": {"N": "1"}, ":x": {"B": "AA=="}}
    assert found(ours, " AND r1 = :a AND r2 = :n AND r3 = :x", whole) == ["ab"]
    assert found(ours, " AND r1 = :a AND r2 = :n AND begins_with(r3, :x)", whole) == ["ab"]


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        ("h1 = :h1", "Query condition missed key schema element: h2"),
        ("h1 = :h1 AND r1 = :a", "Query condition missed key schema element: h2"),
        ("h1 = :h1 AND h2 > :h2", "Query key condition not supported"),
        ("h1 = :h1 AND h2 = :h2 AND r2 = :n", "Query condition missed key schema element: r1"),
        ("h1 = :h1 AND h2 = :h2 AND r1 > :a AND r2 = :n", "Query key condition not supported"),
        ("h1 = :h1 AND h2 = :h2 AND r1 = :a AND r3 = :x", "Query condition missed key schema element: r2"),
        ("h1 = :h1 AND h2 = :h2 AND r1 = :n", "Condition parameter type does not match schema type"),
    ],
)
def test_conditions_that_leave_a_gap_are_refused(ours: Api, condition: str, text: str) -> None:
    make(ours)
    values = {**HASHES, ":a": {"S": "a"}, ":n": {"N": "1"}, ":x": {"B": "AA=="}}
    used = {name: value for name, value in values.items() if name in condition.split()}
    members = {"IndexName": "many", "KeyConditionExpression": condition, "ExpressionAttributeValues": used}
    assert ours.message("Query", **members).endswith(text)


def test_an_item_that_lacks_any_attribute_is_not_in_the_index(ours: Api) -> None:
    make(ours)
    for name in ("h1", "h2", "r1", "r2", "r3"):
        ours.put({key: value for key, value in item(name).items() if key != name})
    assert ours.on("Scan", IndexName="many")["Count"] == 0
    ours.update({"pk": {"S": "p"}, "sk": {"S": "r3"}}, "SET r3 = :x", {":x": {"B": "AA=="}})
    assert found(ours) == ["r3"]
    ours.update({"pk": {"S": "p"}, "sk": {"S": "r3"}}, "REMOVE h2")
    assert found(ours) == []


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"h2": {"S": "7"}}, "Type mismatch for Index Key h2 Expected: N Actual: S IndexName: many"),
        ({"r3": {"S": "x"}}, "Type mismatch for Index Key r3 Expected: B Actual: S IndexName: many"),
        ({"r1": {"S": ""}}, "cannot contain an empty string value. IndexName: many, IndexKey: r1"),
        ({"r1": {"S": "x" * 1022}}, "Aggregated size of all range keys has exceeded the size limit of 1024 bytes"),
    ],
)
def test_unfit_key_attributes_are_refused(ours: Api, change: Json, text: str) -> None:
    make(ours)
    assert ours.message("PutItem", Item={**item("a"), **change}).endswith(text)


@pytest.mark.parametrize(
    ("change", "value", "text"),
    [
        ("SET h2 = :v", {"S": "7"}, "The update expression attempted to update the secondary index key to unsupported"),
        ("ADD r1 :v", {"N": "7"}, "The update expression attempted to update the secondary index key to unsupported"),
        ("SET r1 = :v", {"S": ""}, "The AttributeValue for a key attribute cannot contain an empty string value."),
    ],
)
def test_an_update_to_an_unfit_key_attribute_is_refused(ours: Api, change: str, value: Json, text: str) -> None:
    make(ours)
    key = {"pk": {"S": "p"}, "sk": {"S": "new"}}
    members = {"UpdateExpression": change, "ExpressionAttributeValues": {":v": value}}
    assert text in ours.message("UpdateItem", Key=key, **members)


def test_one_wrong_attribute_is_refused_though_another_is_missing(ours: Api) -> None:
    make(ours)
    unfit = {"pk": {"S": "p"}, "sk": {"S": "a"}, "h2": {"S": "7"}}
    assert "Type mismatch for Index Key h2" in ours.message("PutItem", Item=unfit)


def test_pages_resume_with_all_keys(ours: Api) -> None:
    make(ours)
    for number in range(7):
        ours.put(item(str(number), r2=str(number // 3)))
    for members in ({}, {"ScanIndexForward": False}):
        seen: list[str] = []
        start: Json = {}
        while True:
            page = ours.query(
                "h1 = :h1 AND h2 = :h2 AND r1 = :a AND r2 < :n",
                {**HASHES, ":a": {"S": "a"}, ":n": {"N": "2"}},
                IndexName="many",
                Limit=2,
                **members,
                **start,
            )
            seen += [one["sk"]["S"] for one in page["Items"]]
            if "LastEvaluatedKey" not in page:
                break
            assert set(page["LastEvaluatedKey"]) == set(KINDS)
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
        assert sorted(seen) == ["0", "1", "2", "3", "4", "5"]


def test_a_starting_key_must_have_all_attributes_and_lie_within_the_condition(ours: Api) -> None:
    make(ours)
    members = {
        "IndexName": "many",
        "KeyConditionExpression": "h1 = :h1 AND h2 = :h2 AND r1 = :a",
        "ExpressionAttributeValues": {**HASHES, ":a": {"S": "a"}},
    }
    short = {name: value for name, value in item("a").items() if name != "r3"}
    assert "does not match the schema" in ours.message("Query", ExclusiveStartKey=short, **members)
    outside = item("a", r1="b")
    assert "does not match the range key predicate" in ours.message("Query", ExclusiveStartKey=outside, **members)


def test_the_index_is_scanned_in_pages(ours: Api) -> None:
    make(ours)
    for number in range(5):
        ours.put(item(str(number), h2=str(number % 2)))
    first = ours.on("Scan", IndexName="many", Limit=3)
    rest = ours.on("Scan", IndexName="many", ExclusiveStartKey=first["LastEvaluatedKey"])
    assert sorted(one["sk"]["S"] for one in first["Items"] + rest["Items"]) == list("01234")


FOUR = {f"{side}{number}": "S" for side in "hr" for number in range(1, 5)}


def test_each_side_has_up_to_four_attributes(ours: Api) -> None:
    kinds = {"pk": "S", "sk": "S", **FOUR}
    ours.on("CreateTable", **creation(elements("h1 h2 h3 h4", "r1 r2 r3 r4"), kinds))
    described = ours.on("DescribeTable")["Table"]["GlobalSecondaryIndexes"][0]
    assert described["KeySchema"] == elements("h1 h2 h3 h4", "r1 r2 r3 r4")
    ours.put({name: {"S": name} for name in kinds})
    condition = " AND ".join(f"{name} = :{name}" for name in FOUR)
    values = {f":{name}": {"S": name} for name in FOUR}
    assert ours.query(condition, values, IndexName="many")["Count"] == 1


@pytest.mark.parametrize(
    "key_schema",
    [
        elements("h1 h2 h3 h4 h5"),
        elements("h1", "r1 r2 r3 r4 r5"),
        elements("h1 h1"),
        elements("h1", "r1 h1"),
        elements("", "r1"),
        [*elements("h1", "r1"), *elements("h2")],
    ],
)
def test_unsound_key_schemas_are_refused(ours: Api, key_schema: list[Json]) -> None:
    kinds = {"pk": "S", "sk": "S", **{element["AttributeName"]: "S" for element in key_schema}}
    assert isinstance(ours.refused("CreateTable", **creation(key_schema, kinds)), ValidationError)


def test_a_table_and_a_local_index_have_one_attribute_on_each_side(ours: Api) -> None:
    kinds = {"pk": "S", "sk": "S", "h1": "S"}
    sound = creation(elements("h1"), kinds)
    assert isinstance(ours.refused("CreateTable", **{**sound, "KeySchema": elements("pk sk")}), ValidationError)
    local = {"IndexName": "near", "KeySchema": elements("pk h1"), "Projection": ALL}
    assert isinstance(ours.refused("CreateTable", **sound, LocalSecondaryIndexes=[local]), ValidationError)
