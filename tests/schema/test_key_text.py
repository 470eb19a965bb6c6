from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dynalayer import InvalidValue
from dynalayer.schema.key_text import ESCAPES, decimal_text, escape, key_text_for, read_decimal_text, unescape

numbers = st.builds(
    lambda sign, digits, exponent: Decimal((sign, tuple(map(int, str(digits))), exponent)),
    st.integers(0, 1),
    st.integers(0, 10**38 - 1),
    st.integers(-130, 88),
).filter(lambda n: not n or -130 <= n.adjusted() <= 125)
texts = st.text(st.characters(exclude_categories=["Cs"]))
separator_sets = st.frozensets(st.sampled_from(sorted(ESCAPES)), max_size=4).map(lambda s: s | {"#"})


@given(numbers, numbers)
@example(Decimal(70), Decimal(71))
@example(Decimal("-1.2"), Decimal("-1.23"))
@example(Decimal(0), Decimal("1E-130"))
def test_numbers_sort_as_their_texts_do(a: Decimal, b: Decimal) -> None:
    assert (a < b) == (decimal_text(a) < decimal_text(b))
    assert (a == b) == (decimal_text(a) == decimal_text(b))


@given(numbers, numbers, st.sampled_from(sorted(ESCAPES)))
def test_numbers_keep_their_order_whatever_separator_follows(a: Decimal, b: Decimal, separator: str) -> None:
    assert (a < b) == (decimal_text(a) + separator < decimal_text(b) + separator)


@given(numbers)
def test_a_number_comes_back_exactly(number: Decimal) -> None:
    assert read_decimal_text(decimal_text(number)) == number


@given(texts, separator_sets, st.booleans())
def test_escaped_text_holds_no_separator_and_comes_back(text: str, separators: frozenset[str], inner: bool) -> None:
    escaped = escape(text, separators, inner=inner)
    assert not separators & set(escaped)
    assert unescape(escaped, separators) == text


@given(texts, texts, separator_sets, st.booleans())
def test_escaping_keeps_the_order_of_texts(a: str, b: str, separators: frozenset[str], inner: bool) -> None:
    assert (a < b) == (escape(a, separators, inner=inner) < escape(b, separators, inner=inner))


@given(texts, texts)
def test_text_before_a_hash_sorts_as_if_it_stood_alone(a: str, b: str) -> None:
    hashes = frozenset("#")
    assert (a < b) == (escape(a, hashes, inner=True) + "#" < escape(b, hashes, inner=True) + "#")


@given(texts, texts)
def test_a_prefix_stays_a_prefix(a: str, b: str) -> None:
    hashes = frozenset("#")
    assert escape(a + b, hashes, inner=True).startswith(escape(a, hashes, inner=True))


class Colour(Enum):
    red = "r"
    blue = "b"


@pytest.mark.parametrize(
    "value",
    ["a#b", 0, -17, 10**37, Decimal("-0.5"), date(2026, 11, 20), UUID(int=7), Colour.blue, True, b"\x00\xff"],
)
def test_every_type_of_key_part_comes_back(value: Any) -> None:
    text = key_text_for(type(value))
    assert text.read(text.write(value)) == value


def test_datetimes_of_different_zones_sort_by_the_moment() -> None:
    text = key_text_for(datetime)
    noon = datetime(2026, 11, 20, 12, tzinfo=UTC)
    later = datetime(2026, 11, 20, 8, 0, 1, tzinfo=timezone(timedelta(hours=-5)))
    assert text.write(noon) < text.write(later)
    assert text.read(text.write(later)) == later


@pytest.mark.parametrize(
    ("annotation", "value", "words"),
    [
        (str, "", "must not be empty"),
        (str, 7, "expected str, got int"),
        (int, True, "expected int, got bool"),
        (int, "7", "expected int, got str"),
        (int, 10**39 - 1, "38"),
        (Decimal, 1.5, "expected Decimal, got float"),
        (Decimal, Decimal("NaN"), "NaN"),
        (datetime, datetime(2026, 1, 1), "time zone"),
        (date, datetime(2026, 1, 1), "expected date"),
        (UUID, "x", "expected UUID"),
        (bool, 1, "expected bool"),
        (bytes, b"", "must not be empty"),
        (Colour, "r", "expected Colour"),
    ],
)
def test_a_value_that_cannot_be_a_key_part_is_refused(annotation: Any, value: Any, words: str) -> None:
    with pytest.raises(InvalidValue, match=words):
        key_text_for(annotation).write(value)


def test_a_padded_number_has_a_fixed_width_and_a_bound() -> None:
    text = key_text_for(int, "06d")
    assert text.write(42) == "000042"
    assert text.read("000042") == 42
    for wrong in (-1, 10**6, "1"):
        with pytest.raises(InvalidValue):
            text.write(wrong)


@pytest.mark.parametrize(("annotation", "spec"), [(float, ""), (list[str], ""), (str, "06d"), (int, "x"), (int, "6d")])
def test_types_and_formats_without_an_order_are_refused(annotation: Any, spec: str) -> None:
    with pytest.raises(TypeError):
        key_text_for(annotation, spec)
