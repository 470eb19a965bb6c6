"""The short ways give what the long ones give, or leave it to them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynalayer.migrate.contract import AttributeType
from dynalayer.migrate.items import Policies, Rejected, Unconvertible, check_size
from dynalayer.migrate.items.converting import convert, native
from dynalayer.migrate.items.quick import short_ways, short_ways_within
from dynalayer.migrate.source import ColumnInfo
from dynalayer.migrate.source.schema import Kind
from dynalayer.protocol import InvalidValue, Item, item_size, limits

VALUES = (
    st.text(max_size=8)
    | st.sampled_from(["0000-00-00", "2024-02-29", "2024-02-29 01:02:03", "1.50", "NaN", "{}", "a,b", "true", ""])
    | st.integers()
    | st.sampled_from([0, 1, 2, -1, 10**18, 10**38, True, False])
    | st.decimals(allow_nan=True, allow_infinity=True)
    | st.sampled_from([Decimal("-0.00"), Decimal("9.90"), Decimal("100"), Decimal("1E+5"), Decimal("12345678.10")])
    | st.datetimes()
    | st.datetimes(timezones=st.just(UTC))
    | st.dates(min_value=date(1, 1, 1))
    | st.timedeltas(max_value=timedelta(days=30), min_value=timedelta(days=-30))
    | st.binary(max_size=4)
)
COLUMNS = st.none() | st.builds(
    lambda kind, fraction: ColumnInfo("c", kind, str(kind), True, None, None, None, fraction, False),
    st.sampled_from(get_args(Kind)),
    st.integers(0, 6),
)


def long_way(make: Any) -> Any:
    try:
        return make()
    except (Unconvertible, ValueError):
        return "refused"


@given(VALUES, st.sampled_from(get_args(AttributeType)), COLUMNS)
def test_an_attribute_is_the_same_by_the_short_way(value: Any, type_: AttributeType, column: ColumnInfo | None) -> None:
    way = short_ways(type_, column).get(type(value))
    if way is not None:
        try:
            short = way(value)
        except (InvalidValue, KeyError):
            return
        assert short == long_way(lambda: convert(value, type_, column, Policies(), lambda policy: None))


@given(VALUES, COLUMNS)
def test_a_member_of_a_map_is_the_same_by_the_short_way(value: Any, column: ColumnInfo | None) -> None:
    way = short_ways_within(column).get(type(value))
    if way is not None:
        try:
            short = way(value)
        except InvalidValue:
            return
        assert short == long_way(lambda: native(value, column, Policies(), lambda policy: None))


def test_most_values_have_a_short_way() -> None:
    column = ColumnInfo("c", "text", "VARCHAR(9)", True)
    assert short_ways("S", column)[str]("é") == {"S": "é"}
    assert short_ways("N", None)[Decimal](Decimal("9.90")) == {"N": "9.9"}
    assert short_ways_within(column)[datetime](datetime(2024, 2, 29)) == {"S": "2024-02-29T00:00:00"}


@pytest.mark.parametrize("over", [0, 1])
@pytest.mark.parametrize("letter", ["a", "é", "😀"])
def test_an_item_may_have_400_kb_and_not_a_byte_more(letter: str, over: int) -> None:
    item: Item = {"id": {"N": "1" * 38}, "is": {"BOOL": True}, "none": {"NULL": True}, "all": {"L": [{"S": "x"}]}}
    width = len(letter.encode())
    item["text"] = {"S": ""}
    left = limits.ITEM_BYTES - item_size(item)
    item["text"] = {"S": letter * (left // width) + "a" * (left % width + over)}
    if over:
        with pytest.raises(Rejected, match="'text' has the most"):
            check_size(item)
    else:
        check_size(item)
