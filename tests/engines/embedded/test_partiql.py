"""PartiQL's texts: whatever is written, it is answered or refused; and what is known of a table may be outdated."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynalayer.engines.embedded import EmbeddedConnection
from dynalayer.engines.embedded.grammar.syntax import (
    And,
    Call,
    Comparison,
    In,
    Not,
    Or,
    Placeholder,
)
from dynalayer.engines.embedded.grammar.syntax import (
    Path as AttributePath,
)
from dynalayer.engines.embedded.partiql.parser import parse
from dynalayer.engines.embedded.partiql.syntax import Select
from dynalayer.protocol import ValidationError
from tests.engines.embedded.calls import call, create

TEXT = """
SELECT * FROM things WHERE AND OR NOT IN BETWEEN IS MISSING NULL TRUE ORDER BY ASC DESC INSERT INTO VALUE UPDATE SET
REMOVE DELETE RETURNING ALL OLD EXISTS AS ( ) [ ] { } << >> , . : ; ? = <> != <= + - 1 2.5 1e3 'text' "id" id n size(n)
begins_with(id, 'a') list_append set_add -- /* */ ' " ` é
"""
WORDS = TEXT.split()


@pytest.fixture(scope="module")
def connection() -> Iterator[EmbeddedConnection]:
    with EmbeddedConnection.memory() as opened:
        create(opened)
        yield opened


STARTS = st.sampled_from(
    [
        "SELECT * FROM things WHERE",
        "SELECT",
        "INSERT INTO things VALUE {'id': 'a',",
        "UPDATE things SET n =",
        "DELETE FROM things WHERE id = 'a' AND",
        "",
    ]
)


@settings(deadline=None, max_examples=300)
@given(STARTS, st.lists(st.sampled_from(WORDS), max_size=12))
def test_any_row_of_words_is_answered_or_refused(start: str, words: list[str]) -> None:
    with EmbeddedConnection.memory() as opened:
        create(opened)
        for parameters in ({}, {"Parameters": [{"S": "a"}]}):
            with suppress(ValidationError):
                call(opened, "ExecuteStatement", Statement=" ".join([start, *words]) or " ", **parameters)


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(ValidationError):
        parse(text)


def where(text: str) -> object:
    statement = parse(f"SELECT * FROM things WHERE {text}").statement
    assert isinstance(statement, Select)
    return statement.where


def equal(name: str, number: int) -> Comparison:
    return Comparison("=", AttributePath((name,)), Placeholder(f":{number}"))


def test_not_binds_tighter_than_and_and_and_than_or() -> None:
    assert where("a = 1 OR NOT b = 2 AND c = 3") == Or((equal("a", 0), And((Not(equal("b", 1)), equal("c", 2)))))
    assert where("NOT (a = 1 OR b = 2) AND c = 3") == And((Not(Or((equal("a", 0), equal("b", 1)))), equal("c", 2)))


def test_needless_parentheses_mean_nothing() -> None:
    assert where("(((a = 1)) AND ((b = 2)))") == where("a = 1 AND b = 2")


def test_keywords_and_functions_are_read_in_any_case() -> None:
    assert where('Not "a" iN (1) aNd BEGINS_WITH(b, 2)') == And(
        (
            Not(In(AttributePath(("a",)), (Placeholder(":0"),))),
            Call("begins_with", (AttributePath(("b",)), Placeholder(":1"))),
        )
    )


def test_a_quoted_name_may_be_a_keyword_and_hold_quotes() -> None:
    assert where('"select"."a""b"[2][\'c d\'] = 1') == Comparison(
        "=", AttributePath(("select", 'a"b', 2, "c d")), Placeholder(":0")
    )


def test_comments_are_skipped() -> None:
    assert where("a = 1 -- AND b = 2\n AND /* c\n */ d = 3") == And((equal("a", 0), equal("d", 1)))


def test_statements_of_a_batch_run_once_when_another_process_has_changed_the_table(tmp_path: Path) -> None:
    path = tmp_path / "engine.db"
    with EmbeddedConnection.file(path) as ours, EmbeddedConnection.file(path) as theirs:
        create(ours)
        create(ours, "others")
        call(ours, "ExecuteStatement", Statement="SELECT * FROM others WHERE id = 'a'")
        call(
            theirs,
            "UpdateTimeToLive",
            TableName="others",
            TimeToLiveSpecification={"AttributeName": "t", "Enabled": True},
        )
        inserts = [{"Statement": f"INSERT INTO {table} VALUE {{'id': 'a'}}"} for table in ("things", "others")]
        responses = call(ours, "BatchExecuteStatement", Statements=inserts)["Responses"]
        assert responses == [{"TableName": "things"}, {"TableName": "others"}]
