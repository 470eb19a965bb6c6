"""Positions as texts, and which shards are to be read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynalayer import InvalidValue, Position
from dynalayer.streams import BEGINNING, ENDED, childless, ready, table_of, without_passed

ARN = "arn:aws:dynamodb:eu-west-1:1:table/shop/stream/2026-11-20T10:00:00.000"
PLACES = st.dictionaries(st.text(min_size=1), st.text())
# a was split into b and c, b into d and e; x follows from a shard that is gone.
TREE = {"a": None, "b": "a", "c": "a", "d": "b", "e": "b", "x": "gone"}


@given(PLACES, st.floats(allow_nan=False, allow_infinity=False), st.text(), st.text())
def test_a_position_comes_back_from_its_text(places: dict[str, str], since: float, shard: str, number: str) -> None:
    position = Position(ARN, since, since, places, shard, number)
    again = Position.parse(str(position))
    assert (again.stream, again.since, again.places) == (ARN, since, position.places)
    assert again.table == "shop"


@given(st.integers(0, 200), st.sampled_from("Aa0_-.é"))
def test_a_damaged_position_is_refused(at: int, wrong: str) -> None:
    text = str(Position(ARN, 0.0, 0.0, {"shard": "1"}))
    # The last character may stand for bits that are not used.
    at %= len(text) - 1
    if wrong != text[at]:
        with pytest.raises(InvalidValue, match="position"):
            Position.parse(text[:at] + wrong + text[at + 1 :])


@pytest.mark.parametrize("text", ["", "1.", "2.abc", "rubbish", "1.é", "1." + "A" * 40])
def test_what_is_no_position_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue):
        Position.parse(text)


def test_the_table_is_read_from_the_arn() -> None:
    assert [table_of(arn) for arn in (ARN, "x", "arn:aws:kinesis:eu-west-1:1:stream/shop")] == ["shop", "", ""]


def test_parents_are_read_before_their_children() -> None:
    assert ready(TREE, {}) == ["a", "x"]
    assert ready(TREE, {"a": "17"}) == ["x"]
    assert ready(TREE, {"a": ENDED, "x": BEGINNING}) == ["b", "c"]
    assert ready(TREE, {"c": "3", "b": ENDED, "x": ENDED}) == ["d", "e"]


def test_a_shard_with_a_child_that_was_begun_is_not_read_again() -> None:
    assert ready(TREE, {"d": "5", "x": ENDED}) == ["c", "e"]
    assert without_passed(TREE, {"a": ENDED, "b": ENDED, "d": "5", "c": ENDED}) == {"d": "5", "c": ENDED}


def test_a_shard_that_ended_is_known_to_have_no_children_yet() -> None:
    assert childless(TREE, {"d": ENDED})
    assert not childless(TREE, {"a": ENDED, "c": "1"})


def test_shards_that_name_each_other_as_parents_end() -> None:
    assert ready({"a": "b", "b": "a"}, {"a": "1"}) == []
