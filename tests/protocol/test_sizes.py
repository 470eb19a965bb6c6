"""Sizes are counted as DynamoDB counts them; the figures were read off DynamoDB Local's TableSizeBytes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynalayer.protocol import check_item, from_plain, item_size, value_size

PLAIN = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(10**37), 10**37),
        st.text(),
        st.binary(),
        st.sets(st.text(), min_size=1),
        st.sets(st.integers(-1000, 1000), min_size=1),
    ),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(min_size=1), inner)),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 1),
        ("1", 2),
        ("10", 2),
        ("100", 2),
        ("1000", 2),
        ("12", 2),
        ("123", 3),
        ("-1", 3),
        ("-123", 4),
        ("0.1", 2),
        ("0.01", 2),
        ("0.001", 2),
        ("0.012", 3),
        ("1.5", 3),
        ("12.5", 3),
        ("123.456", 5),
        ("9" * 38, 20),
    ],
)
def test_a_number_takes_a_byte_and_one_for_each_pair_of_digits(text: str, size: int) -> None:
    assert value_size({"N": text}) == size


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": "é"}, 2),
        ({"B": "AQ=="}, 1),
        ({"B": "AQID"}, 3),
        ({"BOOL": True}, 1),
        ({"NULL": True}, 1),
        ({"L": []}, 3),
        ({"L": [{"N": "1"}, {"S": "ab"}]}, 9),
        ({"M": {}}, 3),
        ({"M": {"ab": {"S": "x"}, "c": {"N": "1"}}}, 11),
        ({"SS": ["ab", "c"]}, 3),
        ({"NS": ["1", "22"]}, 4),
        ({"BS": ["AQ=="]}, 1),
    ],
)
def test_every_type_has_its_size(value: dict[str, Any], size: int) -> None:
    assert value_size(value) == size
    assert item_size({"name": value}) == 4 + size


@given(st.dictionaries(st.text(min_size=1), PLAIN, max_size=5))
def test_checking_an_item_counts_the_same_size(plain: dict[str, Any]) -> None:
    item = {name: from_plain(value) for name, value in plain.items()}
    assert check_item(item) == item_size(item)
