"""PartiQL reads items, a page at a time.

The DynamoDB Local of 2020 does not know PartiQL, so these tests hold the engine to the documentation: API reference,
"ExecuteStatement" and its siblings; guide, "PartiQL for DynamoDB reference".
"""

from __future__ import annotations

import pytest

from tests.engines.behaviour.conftest import Api
from tests.engines.behaviour.statements import ADA, places, rows, run, stocked, told


@pytest.fixture
def shop(ours: Api) -> Api:
    return stocked(ours)


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("pk = 'ada' AND sk = 2", ["ada2"]),
        ("2 = sk AND 'ada' = pk", ["ada2"]),
        ("pk = 'ada' AND sk = 9", []),
        ("pk = 'ada' AND sk = 2 AND n = 21", []),
        ("pk = 'ada'", ["ada1", "ada2", "ada3"]),
        ("pk = 'ada' AND sk > 1", ["ada2", "ada3"]),
        ("pk = 'ada' AND sk BETWEEN 1 AND 2", ["ada1", "ada2"]),
        ("pk = 'ada' AND sk NOT BETWEEN 1 AND 2", ["ada3"]),
        ("pk = 'ada' AND sk >= 1 AND sk < 3 AND sk <> 2", ["ada1"]),
        ("pk = 'ada' AND sk != 2", ["ada1", "ada3"]),
        ("pk = 'ada' AND (sk = 1 OR n = 30)", ["ada1", "ada3"]),
        ("pk = 'ada' AND sk IN [3, 1]", ["ada1", "ada3"]),
        ("pk = 'ada' AND n NOT IN (10, 30)", ["ada2"]),
        ("pk = 'ada' AND NOT (n = 10 OR n = 30)", ["ada2"]),
        ("pk IN ['cyd', 'bob', 'cyd', 'nobody']", ["cyd1", "bob1"]),
        ("pk = 'bob' OR pk = 'cyd'", ["bob1", "cyd1"]),
        ("pk = 'bob' OR (pk = 'ada' AND n > 20)", ["bob1", "ada3"]),
        ("pk IN ['ada', 'bob'] AND sk = 1", ["ada1", "bob1"]),
    ],
)
def test_a_select_finds_what_its_condition_says(shop: Api, where: str, found: list[str]) -> None:
    assert places(rows(shop, f"SELECT * FROM $t WHERE {where}")) == found


@pytest.mark.parametrize(
    ("where", "count"),
    [
        ("n > 10", 2),
        ("n = 10 OR n = 30", 4),
        ("n = 10 AND NOT pk = 'ada'", 2),
        ("absent IS MISSING", 5),
        ("n IS NOT MISSING", 5),
        ("n IS NULL", 0),
        ("n IS NOT NULL", 5),
        ("begins_with(pk, 'a')", 3),
        ("CONTAINS(\"pk\", 'o')", 1),
        ("attribute_type(n, 'N')", 5),
        ("size(pk) > 3", 0),
        ("sk > 1", 2),
    ],
)
def test_a_select_without_the_partition_key_scans(shop: Api, where: str, count: int) -> None:
    assert len(rows(shop, f"SELECT * FROM $t WHERE {where}")) == count


def test_a_select_list_names_nested_values_by_the_last_part_of_their_paths(shop: Api) -> None:
    run(shop, "UPDATE $t SET m = {'in': {'deep': [7, 8]}, 'quoted name': 1} WHERE pk = 'ada' AND sk = 1")
    listed = 'm."in".deep, m[\'in\'].deep[1], m."quoted name", absent'
    (item,) = rows(shop, f"SELECT {listed} FROM $t WHERE pk = 'ada' AND sk = 1")
    assert item == {"deep": {"L": [{"N": "7"}, {"N": "8"}]}, "deep[1]": {"N": "8"}, "quoted name": {"N": "1"}}


def test_an_alias_may_stand_before_paths(shop: Api) -> None:
    assert rows(shop, "SELECT t.n FROM $t AS t WHERE t.pk = 'bob'") == [{"n": {"N": "10"}}]
    assert len(rows(shop, "SELECT t.* FROM $t t WHERE t.pk = 'ada'")) == 3


def test_columns_cannot_be_renamed(shop: Api) -> None:
    assert told(shop, "SELECT n AS m FROM $t").code == "ValidationException"


def test_items_come_in_the_order_of_the_sort_key(shop: Api) -> None:
    assert places(rows(shop, "SELECT * FROM $t WHERE pk = 'ada' ORDER BY sk DESC")) == ["ada3", "ada2", "ada1"]
    assert places(rows(shop, "SELECT * FROM $t WHERE pk = 'ada' ORDER BY sk")) == ["ada1", "ada2", "ada3"]


def test_partitions_come_in_the_order_of_the_partition_key_if_asked(shop: Api) -> None:
    found = rows(shop, "SELECT * FROM $t WHERE pk IN ['cyd', 'ada', 'bob'] ORDER BY pk DESC, sk DESC")
    assert places(found) == ["cyd1", "bob1", "ada3", "ada2", "ada1"]


@pytest.mark.parametrize("limit", [None, 1, 2, 5])
@pytest.mark.parametrize("where", ["pk IN ['ada', 'bob', 'cyd', 'nobody']", "pk IN ['cyd', 'ada'] AND n > 10"])
@pytest.mark.parametrize(("direction", "ascending"), [("", True), ("DESC", False)])
def test_the_sort_key_orders_items_across_partitions(
    shop: Api, limit: int | None, where: str, direction: str, ascending: bool
) -> None:
    for pk, sk in (("bob", 2), ("cyd", -7), ("cyd", 12)):
        shop.put({"pk": {"S": pk}, "sk": {"N": str(sk)}, "n": {"N": str(sk * 10)}})
    statement = f"SELECT sk FROM $t WHERE {where} ORDER BY sk {direction}"
    members = {} if limit is None else {"Limit": limit}
    answer = run(shop, statement, **members)
    found = answer["Items"]
    while "NextToken" in answer:
        answer = run(shop, statement, NextToken=answer["NextToken"], **members)
        found += answer["Items"]
    wanted = [-7, 1, 1, 1, 2, 2, 3, 12] if "bob" in where else [2, 3, 12]
    assert [int(item["sk"]["N"]) for item in found] == (wanted if ascending else wanted[::-1])
    assert all(item.keys() == {"sk"} for item in found)


@pytest.mark.parametrize(
    ("rest", "message"),
    [
        ("ORDER BY sk", "Must have WHERE clause in the statement when using ORDER BY clause."),
        (
            "WHERE n = 1 ORDER BY sk",
            "Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause.",
        ),
        ("WHERE pk = 'a' ORDER BY n", "Variable Reference n in ORDER BY clause must be part of the primary key"),
    ],
)
def test_only_keys_can_order_items(shop: Api, rest: str, message: str) -> None:
    assert told(shop, f"SELECT * FROM $t {rest}").message == message


def test_an_index_is_read_by_its_name_after_the_table(shop: Api) -> None:
    assert len(rows(shop, "SELECT * FROM $t.\"byg\" WHERE g = 'x' AND n > 10")) == 2
    assert rows(shop, "SELECT * FROM $t.lean WHERE g = 'x'", Limit=1) == [{**ADA, "g": {"S": "x"}}]
    assert told(shop, "SELECT * FROM $t.nope").message == "The table does not have the specified index: nope"


def test_an_index_shows_only_what_it_projects(shop: Api) -> None:
    assert told(shop, "SELECT n FROM $t.lean WHERE g = 'x'").message.endswith("lean does not project [n]")


def test_consistent_reads_of_a_global_index_are_refused(shop: Api) -> None:
    error = told(shop, "SELECT * FROM $t.byg WHERE g = 'x'", ConsistentRead=True)
    assert error.message == "Consistent reads are not supported on global secondary indexes"


def test_a_missing_table_is_not_found(ours: Api) -> None:
    assert told(ours, "SELECT * FROM nowhere").code == "ResourceNotFoundException"


@pytest.mark.parametrize(
    ("statement", "units"),
    [
        ("SELECT * FROM $t WHERE pk = 'ada' AND sk = 1", 1.0),
        ("SELECT * FROM $t WHERE pk = 'ada'", 1.0),
        ("SELECT * FROM $t WHERE pk IN ['ada', 'bob', 'nobody']", 3.0),
        ("SELECT * FROM $t", 1.0),
        ("UPDATE $t SET big = 'x' WHERE pk = 'ada' AND sk = 1", 2.0),
        ("DELETE FROM $t WHERE pk = 'nobody' AND sk = 1", 1.0),
    ],
)
def test_a_statement_consumes_what_its_operation_does(shop: Api, statement: str, units: float) -> None:
    answer = run(shop, statement, ReturnConsumedCapacity="TOTAL", ConsistentRead=True)
    assert answer["ConsumedCapacity"] == {"TableName": shop.table, "CapacityUnits": units}


@pytest.mark.parametrize(
    "where",
    ["", "WHERE pk = 'ada'", "WHERE pk IN ['ada', 'bob', 'cyd']", "WHERE n > 10", "WHERE pk = 'ada' AND sk <> 2"],
)
@pytest.mark.parametrize("limit", [1, 2, 5])
def test_pages_hold_every_item_once(shop: Api, where: str, limit: int) -> None:
    statement = f"SELECT * FROM $t {where}"
    answer = run(shop, statement, Limit=limit)
    found, calls = answer["Items"], 1
    while "NextToken" in answer:
        answer = run(shop, statement, Limit=limit, NextToken=answer["NextToken"])
        assert len(answer["Items"]) <= limit
        found += answer["Items"]
        calls += 1
    assert found == rows(shop, statement)
    assert calls < 10


def test_a_page_tells_the_key_that_it_ended_at(shop: Api) -> None:
    assert run(shop, "SELECT n FROM $t WHERE pk = 'ada'", Limit=1)["LastEvaluatedKey"] == ADA


def test_a_token_goes_with_its_statement_and_parameters_only(shop: Api) -> None:
    statement = "SELECT * FROM $t WHERE pk = ?"
    token = run(shop, statement, {"S": "ada"}, Limit=1)["NextToken"]
    assert told(shop, statement, {"S": "bob"}, NextToken=token).message == "NextToken does not match request"
    assert told(shop, "SELECT * FROM $t", NextToken=token).message == "NextToken does not match request"
    for broken in ("nonsense", "é", token[:-6], "W10="):
        assert told(shop, statement, {"S": "ada"}, NextToken=broken).code == "ValidationException"


def test_a_page_ends_at_one_megabyte_also_across_partitions(ours: Api) -> None:
    ours.create("pk:S")
    for name in "abcdefg":
        ours.put({"pk": {"S": name}, "x": {"S": "x" * 300_000}})
    statement = "SELECT pk FROM $t WHERE pk IN ['a', 'b', 'c', 'd', 'e', 'f', 'g'] AND n IS MISSING ORDER BY pk"
    first = run(ours, statement)
    assert 3 <= len(first["Items"]) <= 5
    second = run(ours, statement, NextToken=first["NextToken"])
    assert [item["pk"]["S"] for item in first["Items"] + second["Items"]] == list("abcdefg")


def test_several_attributes_choose_a_partition_of_an_index_together(ours: Api) -> None:
    names = {"pk": "S", "h": "S", "i": "N", "r": "S", "s": "N"}
    keys = [("h", "HASH"), ("i", "HASH"), ("r", "RANGE"), ("s", "RANGE")]
    index = {
        "IndexName": "many",
        "KeySchema": [{"AttributeName": name, "KeyType": kind} for name, kind in keys],
        "Projection": {"ProjectionType": "ALL"},
    }
    ours.on(
        "CreateTable",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": kind} for name, kind in names.items()],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        GlobalSecondaryIndexes=[index],
    )
    for h, i, s in (("a", 1, 1), ("a", 2, 1), ("b", 1, 1), ("b", 1, 2), ("b", 2, 3), ("b", 2, 4)):
        run(ours, f"INSERT INTO $t VALUE {{'pk': '{h}{i}{s}', 'h': '{h}', 'i': {i}, 'r': 'r', 's': {s}}}")
    # A limit of one item read tells a query from a scan, which would have begun at another partition.
    text = "SELECT pk FROM $t.many WHERE s > 1 AND r = 'r' AND i = 1 AND h = 'b'"
    assert rows(ours, text, Limit=1) == [{"pk": {"S": "b12"}}]
    text = "SELECT pk FROM $t.many WHERE h = 'b' AND i IN [2, 1] AND r = 'r' ORDER BY r, s DESC"
    assert [item["pk"]["S"] for item in rows(ours, text)] == ["b24", "b23", "b12", "b11"]
    numbers, names = ", ".join(map(str, range(500))), ", ".join(f"'{n}'" for n in range(500))
    text = f"SELECT * FROM $t.many WHERE h IN [{names}] AND i IN [{numbers}]"
    assert "number of operands: 250000" in told(ours, text).message
    for order in ("s", "r, s DESC", "s, r"):
        assert told(ours, f"SELECT pk FROM $t.many WHERE h = 'b' AND i = 1 ORDER BY {order}").message == (
            "ORDER BY clause must name the sort key attributes in their order, all in one direction"
        )


def test_a_prefix_bounds_the_sort_key(ours: Api) -> None:
    ours.create("pk:S sk:S")
    for sk in ("a1", "b1", "b2", "c1"):
        run(ours, f"INSERT INTO $t VALUE {{'pk': 'p', 'sk': '{sk}'}}")
    text = "SELECT sk FROM $t WHERE begins_with(sk, 'b') AND pk = 'p'"
    assert rows(ours, text, Limit=1) == [{"sk": {"S": "b1"}}]
    assert len(rows(ours, text)) == 2


def test_a_local_index_orders_a_partition_and_fetches_what_it_does_not_project(ours: Api) -> None:
    index = {
        "IndexName": "late",
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}],
        "Projection": {"ProjectionType": "KEYS_ONLY"},
    }
    ours.on(
        "CreateTable",
        AttributeDefinitions=[
            {"AttributeName": n, "AttributeType": k} for n, k in (("pk", "S"), ("sk", "S"), ("at", "N"))
        ],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        BillingMode="PAY_PER_REQUEST",
        LocalSecondaryIndexes=[index],
    )
    for pk, sk, at in (("p", "a", 3), ("p", "b", 1), ("p", "c", 2), ("q", "d", 0)):
        run(ours, f"INSERT INTO $t VALUE {{'pk': '{pk}', 'sk': '{sk}', 'at': {at}, 'x': 'x{sk}'}}")
    text = "SELECT x FROM $t.late WHERE pk = 'p' AND at >= 2 ORDER BY at DESC"
    assert rows(ours, text, ConsistentRead=True) == [{"x": {"S": "xa"}}, {"x": {"S": "xc"}}]
    text = "SELECT sk FROM $t.late WHERE pk IN ['p', 'q'] AND at <> 2 ORDER BY at"
    assert [item["sk"]["S"] for item in rows(ours, text, ReturnConsumedCapacity="INDEXES")] == ["d", "b", "a"]
