import math

from hypothesis import given
from hypothesis import strategies as st
from live_translation.partials import Partial
from live_translation.partials.window import RateWindow, lowest


def test_of_a_window_the_most_stable_is_kept_and_the_rest_is_given_back() -> None:
    window = RateWindow(5)
    weak, strong = Partial("r", "a", 0.5), Partial("r", "b", 0.9)
    assert window.offer(weak, 0.0) is None
    assert window.offer(strong, 0.05) is weak
    assert window.offer(Partial("r", "c", 0.6), 0.1) == Partial("r", "c", 0.6)
    assert window.take() is strong


def test_of_equally_stable_ones_the_latest_is_kept() -> None:
    window = RateWindow(5)
    older, newer = Partial("r", "a"), Partial("r", "b")
    window.offer(older, 0.0)
    assert window.offer(newer, 0.1) is older
    assert window.take() is newer


def test_a_window_ends_a_fifth_of_a_second_after_it_was_opened() -> None:
    window = RateWindow(5)
    assert window.ends_at is None
    window.offer(Partial("r", "a"), 7.0)
    window.offer(Partial("r", "b"), 7.1)
    assert window.ends_at == 7.2
    window.take()
    assert window.ends_at is None


def test_what_was_withdrawn_does_not_come_and_does_not_make_room_for_more() -> None:
    window = RateWindow(5)
    window.offer(Partial("r", "a"), 0.0)
    assert window.withdraw("other") is None
    assert window.withdraw("r") == Partial("r", "a")
    window.offer(Partial("s", "b"), 0.1)
    assert window.ends_at == 0.2
    assert window.take_early() == Partial("s", "b")
    assert window.ends_at == 0.2


def test_the_stability_of_a_text_is_that_of_its_least_stable_word() -> None:
    assert lowest(Partial("r", "a b", (0.99, 0.4))) == 0.4
    assert lowest(Partial("r", "a b", (0.99, None))) == 0.0
    assert [lowest(Partial("r", "a", each)) for each in (None, math.nan, 7.0, -0.1)] == [0.0] * 4


@given(st.lists(st.tuples(st.integers(0, 400), st.sampled_from([0.1, 0.5, 0.9])), max_size=60))
def test_no_second_sees_more_than_five(arrivals: list[tuple[int, float]]) -> None:
    window, taken, offered, dropped, now = RateWindow(5), [], 0, 0, 0.0
    for gap, stability in arrivals:
        now += gap / 1000
        if window.ends_at is not None and window.ends_at <= now:
            taken.append(window.ends_at)
            window.take()
        offered += 1
        dropped += window.offer(Partial("r", "a", stability), now) is not None
    assert all(later - earlier > 0.999_999 for earlier, later in zip(taken, taken[5:], strict=False))
    assert offered == dropped + len(taken) + (window.take() is not None)
