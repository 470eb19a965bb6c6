"""Numbers are exact or refused."""

from __future__ import annotations

from decimal import Context, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynalayer.protocol import InvalidValue, numbers

DIGITS = st.integers(min_value=-(10**38) + 1, max_value=10**38 - 1)
CONTEXT = Context(prec=1000, Emax=99999, Emin=-99999)
NUMBERS = st.builds(lambda digits, exponent: Decimal(digits).scaleb(exponent), DIGITS, st.integers(-130, 125)).filter(
    lambda value: value == 0 or -130 <= value.adjusted() <= 125
)


@pytest.mark.parametrize(
    ("given_text", "normal"),
    [
        ("1", "1"),
        ("-0", "0"),
        ("-0.0", "0"),
        ("007", "7"),
        ("1.50", "1.5"),
        ("+5", "5"),
        ("5.", "5"),
        (".5", "0.5"),
        ("1e5", "100000"),
        ("-1.2E3", "-1200"),
        ("1E-5", "0.00001"),
        ("0e500", "0"),
        ("1E125", "1" + "0" * 125),
        ("1E-130", "0." + "0" * 129 + "1"),
        ("1" * 38 + "000", "1" * 38 + "000"),
    ],
)
def test_a_number_is_printed_in_plain_digits_without_needless_zeros(given_text: str, normal: str) -> None:
    assert numbers.normal(given_text) == normal


@pytest.mark.parametrize(
    "text", ["", " 1", "1 ", "abc", "NaN", "Infinity", "1_000", "0x10", "１", "1e", "--1", "1.2.3"]
)
def test_text_that_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue, match="cannot be converted to a numeric value"):
        numbers.normal(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1" * 39, "38 significant digits"),
        ("12345678901234567890123456789012345678.5", "38 significant digits"),
        ("1E126", "overflow"),
        ("-1E126", "overflow"),
        ("1e99999999999", "overflow"),
        ("1E-131", "underflow"),
    ],
)
def test_numbers_that_cannot_be_held_exactly_are_refused(text: str, reason: str) -> None:
    with pytest.raises(InvalidValue, match=reason):
        numbers.normal(text)


@given(NUMBERS)
def test_the_normal_form_has_the_same_value_and_is_its_own_normal_form(value: Decimal) -> None:
    normal = numbers.normal(str(value))
    assert Decimal(normal) == value
    assert numbers.normal(normal) == normal
    assert "E" not in normal


@given(NUMBERS, NUMBERS)
def test_equal_numbers_and_only_those_have_equal_texts(left: Decimal, right: Decimal) -> None:
    assert (numbers.to_text(left) == numbers.to_text(right)) == (left == right)


@given(NUMBERS, NUMBERS)
def test_sums_and_differences_are_exact_or_refused(left: Decimal, right: Decimal) -> None:
    a, b = numbers.to_text(left), numbers.to_text(right)
    for operate, exact in ((numbers.add, exact_sum(left, right)), (numbers.subtract, exact_sum(left, -right))):
        try:
            assert Decimal(operate(a, b)) == exact
        except InvalidValue:
            with pytest.raises(InvalidValue):
                numbers.checked(exact)


def exact_sum(left: Decimal, right: Decimal) -> Decimal:
    scale = 200
    return Decimal(int(left.scaleb(scale, CONTEXT)) + int(right.scaleb(scale, CONTEXT))).scaleb(-scale, CONTEXT)


def test_a_sum_of_far_apart_magnitudes_is_refused_never_rounded() -> None:
    with pytest.raises(InvalidValue, match="38 significant digits"):
        numbers.add("1", numbers.normal("1E-130"))


def test_whole_numbers_have_the_text_of_python() -> None:
    assert numbers.to_text(-(10**17)) == str(-(10**17))
    assert numbers.to_text(10**37) == "1" + "0" * 37


def test_nan_and_infinity_are_no_numbers() -> None:
    for value in (Decimal("NaN"), Decimal("Infinity")):
        with pytest.raises(InvalidValue):
            numbers.checked(value)
