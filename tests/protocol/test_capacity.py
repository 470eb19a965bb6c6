"""Asking for the cost of a call, and reading it from the answer."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynalayer.protocol import Consumed, asking, consumed_of, without_capacity

ASKED = '"ReturnConsumedCapacity"'
texts = st.text(max_size=20) | st.sampled_from([ASKED, "ReturnConsumedCapacity", "}", '"}', "{"])
requests = st.dictionaries(texts, texts | st.dictionaries(texts, texts, max_size=3), max_size=4)


@given(requests)
def test_a_request_is_asked_with_and_otherwise_the_same(request: dict[str, object]) -> None:
    body = msgspec.json.encode(request)
    sent, added = asking("GetItem", body, "INDEXES")
    found = msgspec.json.decode(sent)
    if request.get("ReturnConsumedCapacity", "NONE") == "NONE":
        assert added
        assert found == {**request, "ReturnConsumedCapacity": "INDEXES"}
    else:
        assert (sent, added) == (body, False)


@pytest.mark.parametrize("body", [b"", b"not json", b"[]", b'{"a":'])
def test_what_is_no_request_stays_as_it_is(body: bytes) -> None:
    assert asking("GetItem", body) == (body, False)


def test_a_call_that_costs_no_units_is_not_asked() -> None:
    assert asking("ListTables", b"{}") == (b"{}", False)


def test_the_units_of_a_sum_are_those_of_the_table() -> None:
    answer = b'{"Item":{},"ConsumedCapacity":{"TableName":"shop","CapacityUnits":0.5}}'
    assert consumed_of("GetItem", b"{}", answer) == (Consumed("shop", read=Decimal("0.5")),)
    assert consumed_of("PutItem", b"{}", answer) == (Consumed("shop", write=Decimal("0.5")),)
    assert without_capacity(answer) == b'{"Item":{}}'


def test_the_units_of_a_write_are_told_apart_by_index() -> None:
    answer = (
        b'{"ConsumedCapacity":{"TableName":"shop","CapacityUnits":4.0,"Table":{"CapacityUnits":1.0},'
        b'"LocalSecondaryIndexes":{"l":{"CapacityUnits":1.0}},"GlobalSecondaryIndexes":{"g":{"CapacityUnits":2.0}}}}'
    )
    found = {(each.table, each.index): each.write for each in consumed_of("PutItem", b"{}", answer)}
    assert found == {("shop", None): 1, ("shop", "l"): 1, ("shop", "g"): 2}


def test_a_query_of_an_index_takes_nothing_of_its_table() -> None:
    answer = (
        b'{"ConsumedCapacity":{"TableName":"shop","CapacityUnits":2.5,"Table":{"CapacityUnits":0.0},'
        b'"GlobalSecondaryIndexes":{"g":{"CapacityUnits":2.5}}}}'
    )
    assert consumed_of("Query", b"{}", answer) == (Consumed("shop", "g", Decimal("2.5")),)


def test_a_transaction_tells_reads_and_writes_of_each_table() -> None:
    answer = (
        b'{"ConsumedCapacity":[{"TableName":"a","CapacityUnits":4.0,"WriteCapacityUnits":4.0},'
        b'{"TableName":"b","CapacityUnits":2.0,"ReadCapacityUnits":2.0}]}'
    )
    told = consumed_of("TransactWriteItems", b"{}", answer)
    assert told == (Consumed("a", write=Decimal(4)), Consumed("b", read=Decimal(2)))


@pytest.mark.parametrize(
    ("body", "writes"),
    [
        (b'{"Statement":" select * from \\"a\\""}', False),
        (b'{"Statement":"INSERT INTO a VALUE {}"}', True),
        (b'{"Statements":[{"Statement":"UPDATE a"}]}', True),
        (b'{"TransactStatements":[{"Statement":"EXISTS(SELECT 1)"}]}', False),
    ],
)
def test_a_statement_writes_if_its_text_says_so(body: bytes, writes: bool) -> None:
    [told] = consumed_of("ExecuteStatement", body, b'{"ConsumedCapacity":{"TableName":"a","CapacityUnits":1.0}}')
    assert (told.write == 1, told.read == 1) == (writes, not writes)


@pytest.mark.parametrize("answer", [b"", b"{", b"[]", b"{}", b'{"ConsumedCapacity":null}', b'{"ConsumedCapacity":7}'])
def test_an_answer_that_tells_nothing_costs_nothing(answer: bytes) -> None:
    assert consumed_of("GetItem", b"{}", answer) == ()


@given(
    member=st.sampled_from(["first", "last", "between"]),
    units=st.integers(0, 9).map(lambda n: n / 2),
    item=st.dictionaries(
        st.sampled_from(["ConsumedCapacity", "a"]),
        st.sampled_from(
            [
                {"S": '"ConsumedCapacity":{"CapacityUnits":7}'},
                {"M": {"ConsumedCapacity": {"N": "1"}}},
                {"M": {"TableName": {"S": "}"}}},
            ]
        ),
    ),
    detailed=st.booleans(),
)
def test_what_is_stored_is_never_taken_for_the_cost(
    member: str, units: float, item: dict[str, object], detailed: bool
) -> None:
    told: dict[str, object] = {"CapacityUnits": units, "TableName": "shop"}
    if detailed:
        told = {"CapacityUnits": units, "Table": {"CapacityUnits": units}, "TableName": "shop"}
    rest: dict[str, object] = {"Item": item}
    answer = {"ConsumedCapacity": told, **rest} if member == "first" else {**rest, "ConsumedCapacity": told}
    if member == "between":
        answer["ItemCollectionMetrics"] = {}
    found = consumed_of("GetItem", b"{}", msgspec.json.encode(answer))
    assert [(each.table, each.read) for each in found] == [("shop", Decimal(str(units)))]
    assert consumed_of("GetItem", b"{}", msgspec.json.encode(rest)) == ()
