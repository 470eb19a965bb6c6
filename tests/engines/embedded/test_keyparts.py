"""Several values as one key: it sorts as they do, one after the other, and a part of them is a prefix."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynalayer.engines.embedded.tables.keyparts import KeyPart, KeySide, escaped, joined
from dynalayer.engines.embedded.tables.keys import after_prefix
from dynalayer.protocol import ValidationError

# Bytes around the marks that end and escape a value, so that most examples meet them.
VALUES = st.lists(st.sampled_from([0x00, 0x01, 0x02, 0xFE, 0xFF]), min_size=1, max_size=4).map(bytes)
TUPLES = st.lists(VALUES, min_size=3, max_size=3)


@given(TUPLES, TUPLES)
def test_keys_sort_as_their_values_do(left: list[bytes], right: list[bytes]) -> None:
    assert (joined(left) < joined(right)) == (left < right)
    assert (joined(left) == joined(right)) == (left == right)


@given(TUPLES, VALUES)
def test_a_key_begins_with_its_first_value_and_with_no_other(values: list[bytes], other: bytes) -> None:
    assert joined(values).startswith(joined(values[:1]))
    assert joined(values).startswith(joined([other])) == (values[0] == other)


@given(TUPLES, VALUES)
def test_the_keys_behind_a_value_are_behind_all_that_begin_with_it(values: list[bytes], other: bytes) -> None:
    end = after_prefix(joined([other]))
    assert end is not None
    assert (joined(values) >= end) == (values[0] > other)


@given(TUPLES, VALUES)
def test_a_prefix_of_a_value_is_a_prefix_of_the_key(values: list[bytes], prefix: bytes) -> None:
    low = escaped(prefix)
    end = after_prefix(low)
    within = joined(values) >= low and (end is None or joined(values) < end)
    assert within == values[0].startswith(prefix)


def side(count: int) -> KeySide:
    return KeySide(tuple(KeyPart.range(f"r{number}", "S") for number in range(count)))


def test_a_side_of_one_attribute_is_that_attribute_s_key() -> None:
    assert side(1).of({"r0": {"S": "a\x00"}}, "index") == b"a\x00"


def test_a_side_of_no_attribute_is_empty() -> None:
    assert side(0).of({}, "index") == b""


def test_an_item_without_an_attribute_has_no_key() -> None:
    assert side(2).of({"r0": {"S": "a"}}, "index") is None


def test_sizes_are_added_up_for_the_limit() -> None:
    assert side(2).of({"r0": {"S": "a" * 512}, "r1": {"S": "b" * 512}}, "index") is not None
    with pytest.raises(ValidationError, match="Aggregated size of all range keys"):
        side(2).of({"r0": {"S": "a" * 512}, "r1": {"S": "b" * 513}}, "index")
