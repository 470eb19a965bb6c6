"""Queries of an index with several sort attributes give what comparing the attributes one by one would give."""

from __future__ import annotations

import operator
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dynalayer.engines.embedded import EmbeddedConnection
from tests.engines.embedded.calls import Json, call

TEXTS = st.sampled_from(["\x00", "a", "a\x00", "a\x00\x01", "a\x01", "ab", "b", "é", "\U0001f600"])
NUMBERS = st.sampled_from(["-1E2", "-1.5", "-1", "0", "0.5", "1", "12", "1E2"]).map(Decimal)
PAIRS = st.tuples(TEXTS, NUMBERS)
KEYS = (("pk", "S"), ("g", "S"), ("r1", "S"), ("r2", "N"))
SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
}


def created() -> EmbeddedConnection:
    connection = EmbeddedConnection.memory()
    kinds = {"g": "HASH", "r1": "RANGE", "r2": "RANGE"}
    index = {
        "IndexName": "many",
        "KeySchema": [{"AttributeName": name, "KeyType": kind} for name, kind in kinds.items()],
        "Projection": {"ProjectionType": "ALL"},
    }
    call(
        connection,
        "CreateTable",
        TableName="things",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": kind} for name, kind in KEYS],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[index],
    )
    return connection


def ordered(pair: tuple[str, Decimal]) -> tuple[bytes, Decimal]:
    return pair[0].encode(), pair[1]


def value(content: str | Decimal) -> Json:
    return {"S": content} if isinstance(content, str) else {"N": str(content)}


def found(connection: EmbeddedConnection, condition: str, values: Json, **members: Any) -> list[tuple[str, Decimal]]:
    """All pages of two items each."""
    pairs: list[tuple[str, Decimal]] = []
    start: Json = {}
    while True:
        page = call(
            connection,
            "Query",
            TableName="things",
            IndexName="many",
            KeyConditionExpression=f"g = :g{condition}",
            ExpressionAttributeValues={":g": {"S": "g"}, **values},
            Limit=2,
            **members,
            **start,
        )
        pairs += [(item["r1"]["S"], Decimal(item["r2"]["N"])) for item in page["Items"]]
        if "LastEvaluatedKey" not in page:
            return pairs
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


@settings(max_examples=150, deadline=None)
@given(st.lists(PAIRS, max_size=12), PAIRS, PAIRS, st.sampled_from(list(SIGNS)), st.booleans())
def test_every_condition_finds_what_comparing_finds(
    pairs: list[tuple[str, Decimal]], at: tuple[str, Decimal], other: tuple[str, Decimal], sign: str, forward: bool
) -> None:
    with created() as connection:
        for number, (text, count) in enumerate(pairs):
            item = {"pk": {"S": str(number)}, "g": {"S": "g"}, "r1": {"S": text}, "r2": value(count)}
            call(connection, "PutItem", TableName="things", Item=item)
        low, high = sorted([at, other], key=ordered)
        holds = SIGNS[sign]
        cases: list[tuple[str, Json, Callable[[tuple[str, Decimal]], bool]]] = [
            ("", {}, lambda pair: True),
            (f" AND r1 {sign} :a", {":a": value(at[0])}, lambda pair: holds(pair[0].encode(), at[0].encode())),
            (
                f" AND r1 = :a AND r2 {sign} :n",
                {":a": value(at[0]), ":n": value(at[1])},
                lambda pair: pair[0] == at[0] and holds(pair[1], at[1]),
            ),
            (
                " AND r1 BETWEEN :a AND :b",
                {":a": value(low[0]), ":b": value(high[0])},
                lambda pair: low[0].encode() <= pair[0].encode() <= high[0].encode(),
            ),
            (" AND begins_with(r1, :a)", {":a": value(at[0])}, lambda pair: pair[0].startswith(at[0])),
        ]
        for condition, values, meets in cases:
            expected = sorted(filter(meets, pairs), key=ordered, reverse=not forward)
            assert found(connection, condition, values, ScanIndexForward=forward) == expected, condition
