from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from dynalayer.migrate.firestore import Timestamp

moments = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999_999))


@given(moments)
def test_a_moment_is_written_with_six_digits_and_read_back(moment: datetime) -> None:
    text = Timestamp.of(moment.replace(tzinfo=UTC)).text(6)
    assert len(text) == 27
    assert datetime.fromisoformat(text) == moment.replace(tzinfo=UTC)


@given(moments, moments)
def test_texts_sort_as_the_moments_do(one: datetime, other: datetime) -> None:
    first, second = (Timestamp.of(each.replace(tzinfo=UTC)) for each in (one, other))
    assert (first.text(6) < second.text(6)) == (first < second) == (one < other)


@given(st.integers(-(10**18), 10**18))
def test_nanoseconds_are_kept(count: int) -> None:
    assert Timestamp.of_nanoseconds(count).total_nanoseconds == count


def test_digits_may_be_fewer_or_more() -> None:
    moment = Timestamp(int(timedelta(days=1).total_seconds()), 123_456_789)
    assert moment.text(0) == "1970-01-02T00:00:00Z"
    assert moment.text(3) == "1970-01-02T00:00:00.123Z"
    assert moment.text(9) == "1970-01-02T00:00:00.123456789Z"
