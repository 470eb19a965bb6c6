"""Expressions: what is written from a syntax tree is parsed back into it; hostile texts are refused quickly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynalayer.engines.embedded.grammar import ExpressionError, parse_condition, parse_projection, parse_update
from dynalayer.engines.embedded.grammar.syntax import (
    Action,
    And,
    Arithmetic,
    Between,
    Call,
    Comparison,
    In,
    Not,
    Or,
    Path,
    Placeholder,
)
from tests.patience import ends

NAMES = st.sampled_from(["a", "bc", "#n", "x1", "_"[:0] + "Zz"])
PATHS = st.builds(
    lambda first, rest: Path((first, *rest)),
    NAMES,
    st.lists(st.one_of(NAMES, st.integers(0, 99)), max_size=3),
)
OPERANDS: st.SearchStrategy[Any] = st.one_of(
    PATHS,
    st.sampled_from([":v", ":w1"]).map(Placeholder),
    st.builds(lambda path: Call("size", (path,)), PATHS),
)
SIMPLE: st.SearchStrategy[Any] = st.one_of(
    st.builds(Comparison, st.sampled_from(["=", "<>", "<", "<=", ">", ">="]), OPERANDS, OPERANDS),
    st.builds(Between, OPERANDS, OPERANDS, OPERANDS),
    st.builds(lambda first, rest: In(first, tuple(rest)), OPERANDS, st.lists(OPERANDS, min_size=1, max_size=3)),
    st.builds(lambda a, b: Call("contains", (a, b)), OPERANDS, OPERANDS),
)


def joined(kind: type[Any], parts: list[Any]) -> Any:
    """AND within AND and OR within OR are one list, as the parser makes them."""
    first = parts[0]
    head = first.conditions if isinstance(first, kind) else (first,)
    return kind((*head, *parts[1:]))


CONDITIONS: st.SearchStrategy[Any] = st.recursive(
    SIMPLE,
    lambda inner: st.one_of(
        inner.filter(lambda c: not isinstance(c, Not)).map(Not),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: joined(And, parts)),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: joined(Or, parts)),
    ),
    max_leaves=12,
)


def written(node: Any) -> str:
    """The text of a syntax tree, with no more parentheses than it needs."""
    if isinstance(node, Path):
        first, *rest = node.elements
        return f"{first}" + "".join(f"[{e}]" if isinstance(e, int) else f".{e}" for e in rest)
    if isinstance(node, Placeholder):
        return node.name
    if isinstance(node, Call):
        return f"{node.function}({', '.join(map(written, node.operands))})"
    if isinstance(node, Arithmetic):
        return f"{written(node.left)} {node.operator} {written(node.right)}"
    if isinstance(node, Comparison):
        return f"{written(node.left)} {node.operator} {written(node.right)}"
    if isinstance(node, Between):
        return f"{written(node.operand)} BETWEEN {written(node.low)} AND {written(node.high)}"
    if isinstance(node, In):
        return f"{written(node.operand)} IN ({', '.join(map(written, node.options))})"
    if isinstance(node, Not):
        return f"NOT {grouped(node.condition, (And, Or))}"
    # The first part of a chain needs no parentheses of its own kind; later parts do.
    looser = (Or,) if isinstance(node, And) else ()
    parts = [
        grouped(part, looser if position == 0 else (*looser, type(node)))
        for position, part in enumerate(node.conditions)
    ]
    return (" AND " if isinstance(node, And) else " OR ").join(parts)


def grouped(node: Any, kinds: tuple[type[Any], ...]) -> str:
    return f"({written(node)})" if isinstance(node, kinds) else written(node)


@given(CONDITIONS)
def test_a_condition_that_is_written_is_read_as_it_was(condition: Any) -> None:
    assert parse_condition(written(condition)) == condition


@given(st.lists(PATHS, min_size=1, max_size=4))
def test_a_projection_that_is_written_is_read_as_it_was(paths: list[Path]) -> None:
    assert parse_projection(", ".join(map(written, paths))) == tuple(paths)


@given(
    st.lists(
        st.tuples(PATHS, st.one_of(OPERANDS, st.builds(Arithmetic, st.sampled_from("+-"), OPERANDS, OPERANDS))),
        max_size=3,
    ),
    st.lists(PATHS, max_size=3),
    st.lists(st.tuples(PATHS, st.just(Placeholder(":v"))), max_size=2),
)
def test_an_update_that_is_written_is_read_as_it_was(sets: list[Any], removes: list[Path], adds: list[Any]) -> None:
    sections = [
        ("SET", [f"{written(path)} = {written(operand)}" for path, operand in sets]),
        ("REMOVE", [written(path) for path in removes]),
        ("ADD", [f"{written(path)} {operand.name}" for path, operand in adds]),
    ]
    text = " ".join(f"{section} {', '.join(clauses)}" for section, clauses in sections if clauses)
    expected = [Action("SET", path, operand) for path, operand in sets]
    expected += [Action("REMOVE", path, None) for path in removes]
    expected += [Action("ADD", path, operand) for path, operand in adds]
    if expected:
        assert parse_update(text) == tuple(expected)


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (parse_condition, "(" * 4096),
        (parse_condition, "(" * 2046 + "a" + ")" * 2046),
        (parse_condition, "(" * 2000 + "a = :v" + ")" * 2000),
        (parse_condition, "size(" * 800),
        (parse_condition, "a = " + "(" * 4000),
        (parse_condition, "NOT " * 1000 + "a = :v"),
        (parse_condition, " OR ".join(["a=:v"] * 500)),
        (parse_condition, "a" + ".b" * 2000),
        (parse_condition, "a[" + "9" * 4000 + "]"),
        (parse_update, "SET a = " + "if_not_exists(a, " * 200 + ":v" + ")" * 200),
        (parse_update, "SET a = " + "(" * 4000),
        (parse_update, "SET " * 1000),
        (parse_projection, "a," * 2000),
        (parse_condition, "x" * 4097),
    ],
)
def test_hostile_texts_are_refused_within_a_blink(parse: Callable[[str], Any], text: str) -> None:
    with ends(), pytest.raises(ExpressionError):
        parse(text)


def test_149_nested_groups_are_legal() -> None:
    text = "a = :v OR (" * 149 + "a = :v" + ")" * 149
    assert isinstance(parse_condition(text), Or)
