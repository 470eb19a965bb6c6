"""PartiQL in batches and in transactions.

The DynamoDB Local of 2020 does not know PartiQL, so these tests hold the engine to the documentation: API reference,
"ExecuteStatement" and its siblings; guide, "PartiQL for DynamoDB reference".
"""

from __future__ import annotations

import pytest

from dynalayer.protocol import CancellationReason, ServiceError, TransactionCanceled
from tests.engines.behaviour.conftest import Api
from tests.engines.behaviour.statements import ADA, MALFORMED, batch, places, rows, stocked, told, transact


@pytest.fixture
def shop(ours: Api) -> Api:
    return stocked(ours)


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


def test_a_batch_tells_what_it_consumed_of_each_table(shop: Api) -> None:
    other = shop.create("id:S", table=f"{shop.table}-other")
    statement = "SELECT * FROM $t WHERE pk = 'ada' AND sk = 1"
    consistent = {"Statement": statement, "ConsistentRead": True}
    elsewhere = f"SELECT * FROM \"{other}\" WHERE id = 'a'"
    consumed = batch(shop, statement, elsewhere, consistent, ReturnConsumedCapacity="TOTAL")["ConsumedCapacity"]
    assert consumed == [
        {"TableName": shop.table, "CapacityUnits": 1.5},
        {"TableName": other, "CapacityUnits": 0.5},
    ]


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
