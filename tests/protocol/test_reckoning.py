"""What reading one item takes, reckoned from its answer."""

from __future__ import annotations

import base64
from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from dynalayer.protocol import Consumed, item_size, reckoned

digits = st.integers(-(10**38) + 1, 10**38 - 1).map(str)
fractions = st.decimals(-(10**6), 10**6, places=6).map(lambda number: format(number, "f").rstrip("0").rstrip("."))
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
binaries = st.binary(max_size=12).map(lambda given: base64.b64encode(given).decode())
leaves: st.SearchStrategy[dict[str, Any]] = st.one_of(
    texts.map(lambda text: {"S": text}),
    (digits | fractions).map(lambda text: {"N": text}),
    binaries.map(lambda text: {"B": text}),
    st.booleans().map(lambda given: {"BOOL": given}),
    st.just({"NULL": True}),
    st.lists(texts, min_size=1, max_size=4, unique=True).map(lambda given: {"SS": given}),
    st.lists(digits, min_size=1, max_size=4, unique=True).map(lambda given: {"NS": given}),
    st.lists(binaries, min_size=1, max_size=4, unique=True).map(lambda given: {"BS": given}),
)
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=4).map(lambda given: {"L": given})
        | st.dictionaries(texts, inner, max_size=4).map(lambda given: {"M": given})
    ),
    max_leaves=12,
)
items = st.dictionaries(texts, values, max_size=6)


def answer(item: dict[str, Any]) -> bytes:
    return msgspec.json.encode({"Item": item})


@given(items)
def test_the_json_of_an_item_is_never_shorter_than_what_is_counted_of_it(item: dict[str, Any]) -> None:
    assert item_size(item) <= len(msgspec.json.encode(item))


@given(items, st.integers(0, 20_000), st.booleans())
def test_it_is_one_unit_for_each_4_kb_that_are_begun(item: dict[str, Any], more: int, consistent: bool) -> None:
    whole = {**item, "more": {"S": "x" * more}}
    units = -(-item_size(whole) // 4096) * (Decimal(1) if consistent else Decimal("0.5"))
    assert reckoned("shop", consistent, answer(whole)) == (Consumed("shop", read=units),)


def test_the_bounds_are_those_of_the_service() -> None:
    for size, units in ((4096, 1), (4097, 2), (8192, 2), (8193, 3)):
        item = {"a": {"S": "x" * (size - 1)}}
        assert item_size(item) == size
        assert reckoned("shop", True, answer(item)) == (Consumed("shop", read=Decimal(units)),)


def test_an_item_that_is_not_there_takes_a_unit_and_what_takes_the_same_is_one_object() -> None:
    assert reckoned("shop", True, b"{}") == (Consumed("shop", read=Decimal(1)),)
    assert reckoned("shop", False, b"{}") == (Consumed("shop", read=Decimal("0.5")),)
    assert reckoned("shop", False, b"{}") is reckoned("shop", False, answer({"a": {"S": "x"}}))


def test_nothing_is_told_of_what_cannot_be_read() -> None:
    assert reckoned("shop", False, b"x" * 5000) == ()
