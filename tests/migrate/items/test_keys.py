from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynalayer.migrate.items import key_from, key_text

values = st.one_of(
    st.text(),
    st.integers(),
    st.decimals(allow_nan=False),
    st.floats(allow_nan=False),
    st.booleans(),
    st.binary(),
    st.datetimes(),
    st.datetimes(timezones=st.just(UTC)),
    st.dates(),
    st.times(),
    st.timedeltas(),
    st.uuids(),
)


@given(st.lists(values, min_size=1, max_size=4).map(tuple))
def test_a_key_that_is_kept_is_read_back_as_it_was(key: tuple[object, ...]) -> None:
    again = key_from(key_text(key))
    assert again == key
    assert [type(each) for each in again] == [type(each) for each in key]


@given(st.lists(values, min_size=1, max_size=3).map(tuple), st.lists(values, min_size=1, max_size=3).map(tuple))
def test_two_keys_have_one_text_only_if_they_are_the_same(one: tuple[object, ...], other: tuple[object, ...]) -> None:
    if key_text(one) == key_text(other):
        assert one == other


def test_every_kind_of_column_that_keys_have_is_known() -> None:
    key = ("a", 1, Decimal("1.10"), date(2024, 1, 2), datetime(2024, 1, 2), time(1), timedelta(1), b"x", UUID(int=1))
    assert key_from(key_text(key)) == key


def test_what_is_no_key_is_refused() -> None:
    with pytest.raises(TypeError, match="list is no value of a key"):
        key_text(([],))
