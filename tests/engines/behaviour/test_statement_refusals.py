"""Statements of PartiQL that cannot be.

The DynamoDB Local of 2020 does not know PartiQL, so these tests hold the engine to the documentation: API reference,
"ExecuteStatement" and its siblings; guide, "PartiQL for DynamoDB reference".
"""

from __future__ import annotations

import time
from contextlib import suppress

import pytest

from dynalayer.protocol import ValidationError
from tests.engines.behaviour.conftest import Api, Json
from tests.engines.behaviour.statements import MALFORMED, rows, run, stocked, told


@pytest.fixture
def shop(ours: Api) -> Api:
    return stocked(ours)


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
        "SELECT * FROM $t WHERE pk = 'a'" + " AND sk<>1" * 800,
        "SELECT " + ",".join(["a.b[0]"] * 1000) + " FROM $t",
        "'" * 8191,
        '"' * 8191,
        "/*" * 4000,
        "<" * 8000,
        "?" * 8000,
        "SELECT * FROM $t WHERE pk IN [" + ",".join(map(str, range(1500))) + "]",
    ],
    ids=range(16),
)
def test_a_hostile_statement_is_answered_or_refused_quickly(shop: Api, text: str) -> None:
    begun = time.perf_counter()
    with suppress(ValidationError):
        run(shop, text)
    assert time.perf_counter() - begun < 1
