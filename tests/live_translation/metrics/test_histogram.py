from math import ceil

from hypothesis import given
from hypothesis import strategies as st
from live_translation.metrics.histogram import RELATIVE_ERROR, SMALLEST, Histogram

durations = st.floats(min_value=SMALLEST, max_value=10_000_000, allow_nan=False)


def of(values: list[float]) -> Histogram:
    histogram = Histogram()
    for value in values:
        histogram.add(value)
    return histogram


@given(st.lists(durations, min_size=1, max_size=200), st.sampled_from([1, 50, 90, 95, 99, 100]))
def test_a_percentile_is_right_to_one_per_cent(values: list[float], percent: int) -> None:
    exact = sorted(values)[max(1, ceil(len(values) * percent / 100)) - 1]
    found = of(values).percentile(percent)
    assert found is not None
    assert abs(found - exact) <= exact * RELATIVE_ERROR * 1.000001


@given(st.lists(durations, max_size=50), st.lists(durations, max_size=50))
def test_two_histograms_together_are_the_histogram_of_all(some: list[float], others: list[float]) -> None:
    both = of(some)
    both.merge(of(others))
    whole = of(some + others)
    assert (both.count, both.low, both.high, both.cells) == (whole.count, whole.low, whole.high, whole.cells)


def test_without_values_there_is_no_percentile() -> None:
    assert Histogram().percentile(99) is None


def test_what_takes_no_time_is_taken_for_a_microsecond() -> None:
    assert of([0.0, -1.0]).percentile(50) == SMALLEST


@given(st.lists(durations, min_size=1, max_size=50))
def test_all_values_are_given_back_as_often_as_they_came(values: list[float]) -> None:
    given_back = list(of(values).values())
    assert sum(count for _, count in given_back) == len(values)
    assert [value for value, _ in given_back] == sorted(value for value, _ in given_back)


def test_values_are_counted_up_to_a_bound() -> None:
    histogram = of([1.0, 10.0, 100.0])
    assert [histogram.at_most(bound) for bound in (0.5, 5, 50, 500)] == [0, 1, 2, 3]
