import pytest
from hypothesis import given
from hypothesis import strategies as st
from live_translation.hearing.rate import AudioRate, Verdict


def sent(rate: AudioRate, per_second: float, seconds: float, start: float = 0.0) -> list[tuple[float, Verdict]]:
    times = [start + number / per_second for number in range(round(per_second * seconds))]
    return [(time - start, rate.take(time)) for time in times]


def first(verdicts: list[tuple[float, Verdict]], wanted: Verdict) -> float | None:
    return next((time for time, verdict in verdicts if verdict is wanted), None)


def test_fifty_chunks_a_second_may_go_on_for_ever() -> None:
    assert {verdict for _, verdict in sent(AudioRate(50), 50, 120)} == {Verdict.taken}


def test_of_a_burst_the_first_fifty_are_taken() -> None:
    verdicts = sent(AudioRate(50), 1_000, 0.1)
    assert [verdict for _, verdict in verdicts] == [Verdict.taken] * 50 + [Verdict.dropped] * 50


@pytest.mark.parametrize("per_second", [51, 60, 100, 500, 2_000])
def test_steady_overload_is_warned_of_after_five_seconds_and_ended_after_thirty_r8(per_second: int) -> None:
    verdicts = sent(AudioRate(50), per_second, 33)
    assert first(verdicts, Verdict.warned) == pytest.approx(6.0, abs=1.1)
    assert first(verdicts, Verdict.closed) == pytest.approx(31.0, abs=1.1)
    assert sum(verdict is Verdict.warned for _, verdict in verdicts) == 1


def test_a_clean_second_is_a_new_beginning_r8() -> None:
    rate = AudioRate(50)
    assert first(sent(rate, 100, 4.9), Verdict.warned) is None
    sent(rate, 20, 2.5, start=5.0)
    assert first(sent(rate, 100, 4.9, start=7.5), Verdict.warned) is None


@given(st.lists(st.floats(0, 0.5), max_size=300), st.integers(1, 60))
def test_no_second_has_more_than_may_be(gaps: list[float], limit: int) -> None:
    rate, now, taken = AudioRate(limit), 0.0, list[float]()
    for gap in gaps:
        now += gap
        if rate.take(now) is Verdict.taken:
            taken.append(now)
    assert all(later - earlier >= 0.999_99 for earlier, later in zip(taken, taken[limit:], strict=False))
