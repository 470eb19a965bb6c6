"""Statements of PartiQL that cannot be.

The DynamoDB Local of 2020 does not know PartiQL, so these tests hold the engine to the documentation: API reference,
"ExecuteStatement" and its siblings; guide, "PartiQL for DynamoDB reference".
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from dynalayer.protocol import SerializationError, ValidationError
from tests.engines.behaviour.conftest import Api, Json
from tests.engines.behaviour.statements import MALFORMED, batch, rows, run, stocked, told
from tests.patience import ends


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
        'SELECT "" FROM $t',
        "SELECT a[b] FROM $t",
        "SELECT a[1.5] FROM $t",
        "DELETE FROM $t WHERE pk = 'a' RETURNING SOME OLD *",
        "EXISTS(SELECT * FROM $t.byg WHERE g = 'x')",
        "`ion`",
        ";",
    ],
)
def test_a_statement_that_cannot_be_read_is_told_so(shop: Api, statement: str) -> None:
    assert told(shop, statement).message.startswith(MALFORMED)


@pytest.mark.parametrize("given", [(), ({"S": "a"}, {"S": "b"})])
@pytest.mark.parametrize("statement", ["SELECT * FROM $t WHERE pk = ?", "INSERT INTO $t VALUE {'pk': ?}"])
def test_parameters_are_as_many_as_question_marks(shop: Api, statement: str, given: tuple[Json, ...]) -> None:
    error = told(shop, statement, *given)
    assert error.message == "Number of parameters in request and statement don't match."


def test_an_item_is_a_map_also_as_a_parameter(shop: Api) -> None:
    assert told(shop, "INSERT INTO $t VALUE ?", {"S": "a"}).message.startswith(MALFORMED)
    assert told(shop, "INSERT INTO $t VALUE ?").message.startswith("Number of parameters")
    run(shop, "INSERT INTO $t VALUE ?", {"M": {"pk": {"S": "new"}, "sk": {"N": "1"}}})
    assert len(rows(shop, "SELECT * FROM $t WHERE pk = 'new'")) == 1


@pytest.mark.parametrize("parameter", [{"S": 5}, {"N": True}, 5, {"L": {}}])
def test_parameters_of_the_wrong_shape_are_no_json_of_the_api(shop: Api, parameter: Any) -> None:
    assert told(shop, "SELECT * FROM $t WHERE pk = ?", parameter).code == "SerializationException"
    with pytest.raises(SerializationError):
        batch(shop, {"Statement": "SELECT * FROM $t WHERE pk = ? AND sk = 1", "Parameters": [parameter]})


@pytest.mark.parametrize(
    "where", ["pk = 5", "pk = 5 AND sk = 1", "pk = 'a' AND sk > 'b'", "pk IN ['a', 5] ORDER BY pk", "pk = ''"]
)
def test_keys_are_of_the_type_and_size_of_the_table(shop: Api, where: str) -> None:
    assert told(shop, f"SELECT * FROM $t WHERE {where}").code == "ValidationException"


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
    with ends(), suppress(ValidationError):
        run(shop, text)
