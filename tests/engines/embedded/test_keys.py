"""The order of encoded keys is DynamoDB's order."""

from __future__ import annotations

from base64 import b64encode
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from dynalayer.engines.embedded.tables.keys import ENCODERS, after_prefix, encode_number
from dynalayer.protocol import numbers
from tests.protocol.test_numbers import NUMBERS


@given(NUMBERS, NUMBERS)
def test_numbers_are_ordered_by_value(left: Decimal, right: Decimal) -> None:
    a, b = encode_number(numbers.to_text(left)), encode_number(numbers.to_text(right))
    assert (a < b) == (left < right)
    assert (a == b) == (left == right)


@given(st.integers(-1000, 1000), st.integers(-1000, 1000))
def test_small_numbers_are_ordered_by_value(left: int, right: int) -> None:
    assert (encode_number(str(left)) < encode_number(str(right))) == (left < right)


@given(st.text(), st.text())
def test_texts_are_ordered_by_their_utf8_bytes(left: str, right: str) -> None:
    encode = ENCODERS["S"]
    assert (encode(left) < encode(right)) == (left.encode() < right.encode())


@given(st.binary())
def test_binary_keys_are_their_bytes(key: bytes) -> None:
    assert ENCODERS["B"](b64encode(key).decode()) == key


@given(st.binary(min_size=1), st.binary())
def test_the_end_of_a_prefix_lies_above_all_that_begin_with_it_and_below_all_else(prefix: bytes, other: bytes) -> None:
    end = after_prefix(prefix)
    within = other >= prefix and (end is None or other < end)
    assert within == other.startswith(prefix)
