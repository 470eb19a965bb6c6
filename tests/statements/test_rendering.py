from decimal import Decimal
from typing import Any

import pytest

from dynalayer import Condition, InvalidValue
from dynalayer.statements.rendering import Placeholders, render_condition

from .shop import Note, Order


def rendered(condition: Condition[Any]) -> str:
    """The expression with its placeholders filled in, as a person would write it."""
    to = Placeholders()
    text = render_condition(condition, to)
    for name, placeholder in to.names.items():
        text = text.replace(placeholder, name)
    for placeholder, wire in to.values.items():
        text = text.replace(placeholder, str(next(iter(wire.values()))))
    return text


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (Order.lines == 1, "lines = 1"),
        (Order.lines != 1, "lines <> 1"),
        (Order.total < Decimal("1.50"), "total < 1.5"),
        (Order.lines <= Order.rank, "lines <= rank"),
        (Order.total > 5, "total > 5"),
        (Order.lines >= 2, "lines >= 2"),
        (Order.lines.between(1, 3), "lines BETWEEN 1 AND 3"),
        (Order.lines.is_in([1, 2]), "lines IN (1, 2)"),
        (Order.state.exists(), "attribute_exists(state)"),
        (Order.state.missing(), "attribute_not_exists(state)"),
        (Order.state == None, "attribute_not_exists(state)"),  # noqa: E711
        (Order.state != None, "attribute_exists(state)"),  # noqa: E711
        (Order.customer.begins_with("a"), "begins_with(customer, a)"),
        (Order.customer.contains("a"), "contains(customer, a)"),
        (Order.tags.contains("a"), "contains(tags, a)"),
        (Order.names.contains("a"), "contains(names, a)"),
        ((Order.lines == 1) & (Order.rank == 2), "lines = 1 AND rank = 2"),
        ((Order.lines == 1) | (Order.rank == 2) & (Order.rank < 9), "lines = 1 OR rank = 2 AND rank < 9"),
        (~(Order.lines == 1), "NOT lines = 1"),
        (~((Order.lines == 1) | (Order.rank == 2)), "NOT (lines = 1 OR rank = 2)"),
        (~~(Order.lines == 1), "NOT NOT lines = 1"),
    ],
)
def test_a_condition_is_written_as_the_service_reads_it(condition: Condition[Any], text: str) -> None:
    assert rendered(condition) == text


def test_a_name_used_twice_has_one_placeholder() -> None:
    to = Placeholders()
    assert render_condition((Order.lines > 1) & (Order.lines < 9), to) == "#0 > :0 AND #0 < :1"
    assert to.names == {"lines": "#0"}


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: Order.lines == "x", r"Order\.lines: expected int, got str"),
        (lambda: Order.total > 1.5, r"Order\.total: expected Decimal, got float"),
        (lambda: Order.total > Decimal("Infinity"), r"Order\.total: NaN and infinity"),
        (lambda: Order.tags.contains(1), r"Order\.tags: expected str, got int"),
        (lambda: Order.lines.is_in([]), "takes 1 to 100 values, got 0"),
        (lambda: Order.lines.is_in(range(101)), "takes 1 to 100 values, got 101"),
        (lambda: Note.stars.between(1, None), r"Note\.stars: expected int, got NoneType"),
    ],
)
def test_a_condition_with_a_wrong_value_is_refused_at_once(build: Any, words: str) -> None:
    with pytest.raises(InvalidValue, match=words):
        build()


def test_conditions_are_joined_with_operators_and_not_with_words() -> None:
    with pytest.raises(TypeError, match="join conditions with"):
        bool(Order.lines == 1)
