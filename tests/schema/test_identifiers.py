from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynalayer import InvalidValue, moment_of_id, sortable_id
from dynalayer.schema import SortableIds


@given(st.lists(st.floats(min_value=0, max_value=2**47 / 1000), min_size=2), st.binary(min_size=10, max_size=10))
def test_identifiers_of_one_maker_only_go_up_whatever_its_clock_does(moments: list[float], chance: bytes) -> None:
    clock = iter(moments)
    ids = SortableIds(lambda: next(clock), lambda count: chance)
    made = [ids() for _ in moments]
    assert made == sorted(set(made))
    assert {len(each) for each in made} == {26}


@given(st.integers(0, 253_402_300_799_000), st.binary(min_size=10, max_size=10))
def test_an_identifier_tells_when_it_was_made(milliseconds: int, chance: bytes) -> None:
    made = SortableIds(lambda: (milliseconds + 0.5) / 1000, lambda count: chance)()
    assert round(moment_of_id(made).timestamp() * 1000) == milliseconds


@given(st.lists(st.integers(0, 2**48 - 1), min_size=2, max_size=2, unique=True), st.binary(min_size=10, max_size=10))
def test_identifiers_of_different_makers_are_in_the_order_of_their_clocks(moments: list[int], chance: bytes) -> None:
    first, second = (SortableIds(lambda m=m: (m + 0.5) / 1000, lambda count: chance)() for m in sorted(moments))
    assert first < second


def test_those_of_this_process_are_of_now() -> None:
    before = datetime.now(UTC)
    first, second = sortable_id(), sortable_id()
    assert first < second
    assert abs((moment_of_id(first) - before).total_seconds()) < 60


@pytest.mark.parametrize("text", ["", "0" * 25, "0" * 27, "U" * 26, "Z" * 26, "0" * 25 + "l"])
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue, match="not an identifier of 26 characters"):
        moment_of_id(text)
