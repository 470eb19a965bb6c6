"""PartiQL. The DynamoDB Local of 2020 does not know it, so these tests hold the engine to the documentation:
API reference, "ExecuteStatement" and its siblings; guide, "PartiQL for DynamoDB reference"."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

import pytest

from dynalayer.protocol import CancellationReason, DuplicateItem, ServiceError, TransactionCanceled, ValidationError
from tests.engines.behaviour.conftest import Api, Json

ADA = {"pk": {"S": "ada"}, "sk": {"N": "1"}}
MALFORMED = "Statement wasn't well formed, can't be processed: "


@pytest.fixture
def shop(ours: Api) -> Api:
    """A table of three partitions, with an index that projects its keys only."""
    ours.create("pk:S sk:N", byg=("g:S", "ALL"), lean=("g:S", "KEYS_ONLY"))
    for pk, sk in (("ada", 1), ("ada", 2), ("ada", 3), ("bob", 1), ("cyd", 1)):
        ours.put({"pk": {"S": pk}, "sk": {"N": str(sk)}, "n": {"N": str(sk * 10)}, "g": {"S": "x"}})
    return ours


def run(api: Api, statement: str, *parameters: Json, **members: Any) -> Json:
    if parameters:
        members["Parameters"] = list(parameters)
    return api.call("ExecuteStatement", Statement=statement.replace("$t", f'"{api.table}"'), **members)


def rows(api: Api, statement: str, *parameters: Json, **members: Any) -> list[Json]:
    items: list[Json] = run(api, statement, *parameters, **members)["Items"]
    return items


def places(items: list[Json]) -> list[str]:
    return [item["pk"]["S"] + item["sk"]["N"] for item in items]


def told(api: Api, statement: str, *parameters: Json, **members: Any) -> ServiceError:
    with pytest.raises(ServiceError) as caught:
        run(api, statement, *parameters, **members)
    return caught.value


def batch(api: Api, *statements: str | Json, **members: Any) -> Json:
    return api.call("BatchExecuteStatement", Statements=_requests(api, statements), **members)


def transact(api: Api, *statements: str | Json, **members: Any) -> Json:
    return api.call("ExecuteTransaction", TransactStatements=_requests(api, statements), **members)


def _requests(api: Api, statements: tuple[str | Json, ...]) -> list[Json]:
    requests = [{"Statement": one} if isinstance(one, str) else one for one in statements]
    return [{**one, "Statement": one["Statement"].replace("$t", f'"{api.table}"')} for one in requests]


# Literals and inserts


def test_every_kind_of_literal_is_stored_as_its_type(shop: Api) -> None:
    literals = (
        "'s': 'it''s', 'n': -1.50, 'e': 12E2, 'b': true, 'f': FALSE, 'z': null, 'l': [1, 'a', []], 'm': {'k': {}}"
    )
    run(shop, f"INSERT INTO $t VALUE {{'pk': 'new', 'sk': 1, {literals}, 'ss': <<'a', 'b'>>, 'ns': <<1, 2.0>>}}")
    item = shop.get({"pk": {"S": "new"}, "sk": {"N": "1"}})
    assert item == {
        "pk": {"S": "new"},
        "sk": {"N": "1"},
        "s": {"S": "it's"},
        "n": {"N": "-1.5"},
        "e": {"N": "1200"},
        "b": {"BOOL": True},
        "f": {"BOOL": False},
        "z": {"NULL": True},
        "l": {"L": [{"N": "1"}, {"S": "a"}, {"L": []}]},
        "m": {"M": {"k": {"M": {}}}},
        "ss": {"SS": ["a", "b"]},
        "ns": {"NS": ["1", "2"]},
    }


def test_parameters_stand_for_values_of_any_type_in_any_place(shop: Api) -> None:
    run(shop, "INSERT INTO $t VALUE {'pk': ?, 'sk': 1, 'l': [?, {'k': ?}]}", {"S": "p"}, {"B": "AAA="}, {"BOOL": True})
    (item,) = rows(shop, "SELECT l FROM $t WHERE pk = ? AND sk = ?", {"S": "p"}, {"N": "1"})
    assert item == {"l": {"L": [{"B": "AAA="}, {"M": {"k": {"BOOL": True}}}]}}


def test_an_insert_answers_with_no_items(shop: Api) -> None:
    assert run(shop, "INSERT INTO $t VALUE {'pk': 'new', 'sk': 1}") == {"Items": []}


def test_an_insert_of_a_known_key_is_a_duplicate(shop: Api) -> None:
    error = told(shop, "INSERT INTO $t VALUE {'pk': 'ada', 'sk': 1, 'n': 0}")
    assert (type(error), error.message) == (DuplicateItem, "Duplicate primary key exists in table")
    assert shop.get(ADA)["n"] == {"N": "10"}


def test_an_insert_without_its_key_is_refused_as_a_put_is(shop: Api) -> None:
    assert told(shop, "INSERT INTO $t VALUE {'pk': 'ada'}").message.endswith("Missing the key sk in the item")


# Selects


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


# Pages


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


# Updates and deletions


def test_an_update_sets_adds_and_removes(shop: Api) -> None:
    clauses = "SET n = n + 5, m = {'l': [1]} SET s = set_add(s, <<'a', 'b'>>) SET t = g REMOVE g, absent"
    (item,) = rows(shop, f"UPDATE $t {clauses} WHERE pk = 'ada' AND sk = 1 RETURNING ALL NEW *")
    changed = {"n": {"N": "15"}, "m": {"M": {"l": {"L": [{"N": "1"}]}}}, "s": {"SS": ["a", "b"]}, "t": {"S": "x"}}
    assert item == {**ADA, **changed}
    clauses = "SET m.l = list_append(m.l, [2]) SET s = set_delete(s, <<'a'>>) SET n = n - ?"
    (item,) = rows(shop, f"UPDATE $t {clauses} WHERE sk = 1 AND pk = 'ada' RETURNING MODIFIED NEW *", {"N": "0.5"})
    assert item == {"m": {"M": {"l": {"L": [{"N": "1"}, {"N": "2"}]}}}, "s": {"SS": ["b"]}, "n": {"N": "14.5"}}


def test_an_update_returns_the_images_asked_for(shop: Api) -> None:
    text = "UPDATE $t SET n = n + 1 WHERE pk = 'bob' AND sk = 1 RETURNING"
    assert rows(shop, f"{text} MODIFIED OLD *") == [{"n": {"N": "10"}}]
    assert rows(shop, f"{text} ALL OLD *")[0]["n"] == {"N": "11"}
    assert rows(shop, f"{text} modified new *") == [{"n": {"N": "13"}}]
    assert rows(shop, text.removesuffix(" RETURNING")) == []


@pytest.mark.parametrize("where", ["pk = 'nobody' AND sk = 1", "pk = 'ada' AND sk = 1 AND n > 10"])
def test_an_update_that_meets_no_item_fails(shop: Api, where: str) -> None:
    error = told(shop, f"UPDATE $t SET n = 0 WHERE {where}")
    assert (error.code, error.message) == ("ConditionalCheckFailedException", "The conditional request failed")
    assert places(rows(shop, "SELECT * FROM $t WHERE n = 0")) == []


def test_a_failed_condition_shows_the_item_if_asked(shop: Api) -> None:
    statement = "DELETE FROM $t WHERE pk = 'ada' AND sk = 1 AND (n > 10 OR n IS MISSING)"
    error = told(shop, statement, ReturnValuesOnConditionCheckFailure="ALL_OLD")
    assert error.to_wire()["Item"]["n"] == {"N": "10"}
    assert "Item" not in told(shop, statement).to_wire()


def test_a_deletion_returns_the_old_item_if_asked(shop: Api) -> None:
    statement = "DELETE FROM $t WHERE pk = 'ada' AND sk = 1 AND n = 10 RETURNING ALL OLD *"
    assert rows(shop, statement)[0]["n"] == {"N": "10"}
    assert rows(shop, statement) == []
    assert told(shop, statement.replace("ALL", "MODIFIED")).code == "ValidationException"


@pytest.mark.parametrize(
    "where",
    [
        "",
        "WHERE pk = 'ada'",
        "WHERE pk = 'ada' AND sk > 1",
        "WHERE pk = 'ada' AND sk IN [1]",
        "WHERE pk = 'ada' OR sk = 1",
    ],
)
@pytest.mark.parametrize("write", ["UPDATE $t SET n = 1", "DELETE FROM $t"])
def test_a_change_needs_an_equality_on_every_key_attribute(shop: Api, write: str, where: str) -> None:
    message = "Where clause does not contain a mandatory equality on all key attributes"
    assert told(shop, f"{write} {where}").message == message


def test_a_key_attribute_cannot_be_changed(shop: Api) -> None:
    error = told(shop, "UPDATE $t SET sk = 2 WHERE pk = 'ada' AND sk = 1")
    assert error.message.endswith("Cannot update attribute sk. This attribute is part of the key")


@pytest.mark.parametrize("value", ["set_add(other, <<1>>)", "set_add(s, 1)", "set_add(s, [1])", "set_delete(s)"])
def test_set_functions_take_their_own_path_and_a_set(shop: Api, value: str) -> None:
    assert told(shop, f"UPDATE $t SET s = {value} WHERE pk = 'ada' AND sk = 1").code == "ValidationException"


# What is refused before anything is looked at


@pytest.mark.parametrize(
    "statement",
    [
        "SELEC * FROM $t",
        "SELECT * FROM",
        "SELECT FROM $t",
        "SELECT * FROM $t WHERE",
        "SELECT * FROM $t WHERE a",
        "SELECT * FROM $t WHERE a = ",
        "SELECT * FROM $t WHERE (a = 1",
        "SELECT * FROM $t WHERE a = 1)",
        "SELECT * FROM $t WHERE a = 'open",
        "SELECT * FROM $t WHERE a IS 5",
        "SELECT * FROM $t WHERE a IN 5",
        "SELECT * FROM $t LIMIT 5",
        "SELECT * FROM $t WHERE a = 1 GROUP BY a",
        "SELECT * FROM my-table",
        "SELECT * FROM $t; SELECT * FROM $t",
        "INSERT INTO $t VALUE 5",
        "INSERT INTO $t VALUE {'pk': a}",
        "INSERT INTO $t VALUE {'pk': 'a', 'pk': 'b'}",
        "UPDATE $t WHERE pk = 'a'",
        "UPDATE $t SET a WHERE pk = 'a'",
        "UPDATE $t.byg SET a = 1",
        "DELETE $t",
        "CREATE TABLE x",
        "`ion`",
        ";",
    ],
)
def test_a_statement_that_cannot_be_read_is_told_so(shop: Api, statement: str) -> None:
    assert told(shop, statement).message.startswith(MALFORMED)


@pytest.mark.parametrize("given", [(), ({"S": "a"}, {"S": "b"})])
def test_parameters_are_as_many_as_question_marks(shop: Api, given: tuple[Json, ...]) -> None:
    error = told(shop, "SELECT * FROM $t WHERE pk = ?", *given)
    assert error.message == "Number of parameters in request and statement don't match."


@pytest.mark.parametrize("literal", ["<<>>", "<<1, 'a'>>", "<<true>>", "<<1, 1>>", "1e126", "<<[1]>>"])
def test_values_that_cannot_be_stored_are_refused(shop: Api, literal: str) -> None:
    assert told(shop, f"SELECT * FROM $t WHERE a = {literal}").code == "ValidationException"


def test_statements_have_at_most_8192_characters(shop: Api) -> None:
    text = "SELECT * FROM $t WHERE pk = 'a' AND sk = 1 "
    room = 8192 - len(text.replace("$t", f'"{shop.table}"'))
    assert rows(shop, text + " " * room) == []
    error = told(shop, text + " " * (room + 1))
    assert error.message.endswith("Member must have length less than or equal to 8192")


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM $t WHERE " + "(" * 3900 + "a = 1" + ")" * 3900,
        "SELECT * FROM $t WHERE " + "NOT " * 1900 + "a = 1",
        "SELECT * FROM $t WHERE " + "a=1 or(b=1 and(" * 75 + "a = 1" + "))" * 75,
        "SELECT * FROM $t WHERE " + "a=1 or(b=1 and(" * 400 + "a = 1" + "))" * 400,
        "SELECT * FROM $t WHERE a = " + "[" * 8000,
        "SELECT * FROM $t WHERE a = " + "{'a':" * 1500,
        "SELECT * FROM $t WHERE a = " + "size(" * 1500,
        "SELECT * FROM $t WHERE " + " or ".join(["a=1"] * 1000),
        "SELECT " + ",".join(["a.b[0]"] * 1000) + " FROM $t",
        "'" * 8191,
        '"' * 8191,
        "/*" * 4000,
        "<" * 8000,
        "?" * 8000,
        "SELECT * FROM $t WHERE pk IN [" + ",".join(map(str, range(1500))) + "]",
    ],
    ids=range(15),
)
def test_a_hostile_statement_is_answered_or_refused_quickly(shop: Api, text: str) -> None:
    begun = time.perf_counter()
    with suppress(ValidationError):
        run(shop, text)
    assert time.perf_counter() - begun < 1


# Batches


def test_a_batch_reads_items_each_for_itself(shop: Api) -> None:
    answer = batch(
        shop,
        "SELECT n FROM $t WHERE pk = 'ada' AND sk = 1",
        "SELECT n FROM $t WHERE pk = 'nobody' AND sk = 1",
        {"Statement": "SELECT n FROM $t WHERE pk = ? AND sk = 1 AND n = 10", "Parameters": [{"S": "bob"}]},
    )
    found = [{"Item": {"n": {"N": "10"}}}, {}, {"Item": {"n": {"N": "10"}}}]
    assert answer["Responses"] == [{"TableName": shop.table, **one} for one in found]


def test_a_batch_tells_what_is_wrong_with_each_statement(shop: Api) -> None:
    key = "Select statements within BatchExecuteStatement must specify the primary key in the where clause."
    responses = batch(
        shop,
        "SELECT * FROM $t WHERE pk = 'ada'",
        "SELECT * FROM nowhere WHERE pk = 'ada' AND sk = 1",
        "SELECT",
        "SELECT * FROM $t WHERE pk = 'ada' AND sk = ?",
    )["Responses"]
    assert responses[0] == {"Error": {"Code": "ValidationError", "Message": key}, "TableName": shop.table}
    assert responses[1]["Error"]["Code"] == "ResourceNotFound"
    assert responses[2]["Error"]["Message"].startswith(MALFORMED)
    assert responses[3]["Error"]["Message"].startswith("Number of parameters")


def test_a_batch_writes_what_it_can(shop: Api) -> None:
    failing = "UPDATE $t SET n = 0 WHERE pk = 'bob' AND sk = 1 AND n > 10"
    responses = batch(
        shop,
        "INSERT INTO $t VALUE {'pk': 'new', 'sk': 1}",
        "INSERT INTO $t VALUE {'pk': 'ada', 'sk': 1}",
        {"Statement": failing, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"},
        "DELETE FROM $t WHERE pk = 'cyd' AND sk = 1",
    )["Responses"]
    assert [response.get("Error", {}).get("Code") for response in responses] == [
        None,
        "DuplicateItem",
        "ConditionalCheckFailed",
        None,
    ]
    assert responses[2]["Error"]["Item"]["n"] == {"N": "10"}
    assert places(rows(shop, "SELECT * FROM $t WHERE pk IN ['new', 'cyd']")) == ["new1"]


def test_a_batch_reads_or_writes(shop: Api) -> None:
    with pytest.raises(ServiceError) as caught:
        batch(shop, "SELECT * FROM $t WHERE pk = 'ada' AND sk = 1", "DELETE FROM $t WHERE pk = 'ada' AND sk = 1")
    assert caught.value.code == "ValidationException"
    assert shop.get(ADA) is not None


def test_a_batch_has_one_to_25_statements(shop: Api) -> None:
    for count in (0, 26):
        with pytest.raises(ServiceError, match="at 'statements' failed to satisfy constraint"):
            batch(shop, *["SELECT * FROM $t WHERE pk = 'ada' AND sk = 1"] * count)


def test_a_batch_tells_what_each_statement_consumed(shop: Api) -> None:
    statement = "SELECT * FROM $t WHERE pk = 'ada' AND sk = 1"
    consistent = {"Statement": statement, "ConsistentRead": True}
    consumed = batch(shop, statement, consistent, ReturnConsumedCapacity="TOTAL")["ConsumedCapacity"]
    assert [each["CapacityUnits"] for each in consumed] == [0.5, 1.0]


# Transactions


def test_a_transaction_reads_items_of_one_moment(shop: Api) -> None:
    answer = transact(
        shop,
        "SELECT n FROM $t WHERE pk = 'ada' AND sk = 1",
        "SELECT * FROM $t WHERE pk = 'nobody' AND sk = 1",
        ReturnConsumedCapacity="TOTAL",
    )
    assert answer["Responses"] == [{"Item": {"n": {"N": "10"}}}, {}]
    assert answer["ConsumedCapacity"][0]["CapacityUnits"] == 4.0


def test_a_transaction_writes_all_or_nothing(shop: Api) -> None:
    insert, delete = "INSERT INTO $t VALUE {'pk': 'new', 'sk': 1}", "DELETE FROM $t WHERE pk = 'ada' AND sk = 1"
    exists = "EXISTS (SELECT * FROM $t WHERE pk = 'bob' AND sk = 1 AND n = {})"
    with pytest.raises(TransactionCanceled) as caught:
        transact(shop, insert, delete, exists.format(11), "UPDATE $t SET n = 0 WHERE pk = 'cyd' AND sk = 1")
    assert [reason.code for reason in caught.value.reasons] == ["None", "None", "ConditionalCheckFailed", "None"]
    assert places(rows(shop, "SELECT * FROM $t WHERE pk IN ['new', 'ada'] AND sk = 1")) == ["ada1"]
    assert transact(shop, insert, delete, exists.format(10)) == {"Responses": [{}, {}, {}]}
    assert places(rows(shop, "SELECT * FROM $t WHERE pk IN ['new', 'ada'] AND sk = 1")) == ["new1"]


def test_a_cancelled_transaction_names_duplicates_and_shows_items_if_asked(shop: Api) -> None:
    failing = "UPDATE $t SET n = 0 WHERE pk = 'bob' AND sk = 1 AND n > 10"
    with pytest.raises(TransactionCanceled) as caught:
        transact(
            shop,
            "INSERT INTO $t VALUE {'pk': 'ada', 'sk': 1}",
            {"Statement": failing, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"},
        )
    duplicate, failed = caught.value.reasons
    assert duplicate == CancellationReason("DuplicateItem", "Duplicate primary key exists in table")
    assert failed.item is not None
    assert failed.item["n"] == {"N": "10"}


@pytest.mark.parametrize(
    "statements",
    [
        ("SELECT * FROM $t WHERE pk = 'ada' AND sk = 1", "DELETE FROM $t WHERE pk = 'bob' AND sk = 1"),
        ("SELECT * FROM $t WHERE pk = 'ada'",),
        ("SELECT * FROM $t.byg WHERE g = 'x'",),
        ("SELECT",),
        ("UPDATE $t SET n = 1 WHERE pk = 'ada' AND sk = 1 RETURNING ALL NEW *",),
        ("EXISTS(SELECT * FROM $t WHERE pk = 'ada')",),
        ("DELETE FROM $t WHERE pk = 'ada' AND sk = 1", "INSERT INTO $t VALUE {'pk': 'ada', 'sk': 1}"),
    ],
)
def test_a_transaction_that_cannot_be_is_refused(shop: Api, statements: tuple[str, ...]) -> None:
    with pytest.raises(ServiceError) as caught:
        transact(shop, *statements)
    assert caught.value.code == "ValidationException"


def test_exists_belongs_to_transactions(shop: Api) -> None:
    exists = "EXISTS(SELECT * FROM $t WHERE pk = 'ada' AND sk = 1)"
    assert told(shop, exists).code == "ValidationException"
    assert batch(shop, exists)["Responses"][0]["Error"]["Code"] == "ValidationError"


def test_a_token_makes_a_transaction_count_once(shop: Api) -> None:
    statement = "UPDATE $t SET n = n + 1 WHERE pk = 'ada' AND sk = 1"
    for _ in range(3):
        transact(shop, statement, ClientRequestToken="once")
    assert shop.get(ADA)["n"] == {"N": "11"}
    with pytest.raises(ServiceError) as caught:
        transact(shop, statement.replace("+ 1", "+ 2"), ClientRequestToken="once")
    assert caught.value.code == "IdempotentParameterMismatchException"
