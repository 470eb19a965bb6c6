from __future__ import annotations

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st
from live_translation.hearing.pcm import SILENCE_DB, clipped_percent, decibels, samples_of, scaled, windows

SAMPLES = st.lists(st.integers(-32_768, 32_767), max_size=200).map(lambda each: array("h", each))


def tone(amplitude: int, seconds: float = 0.1) -> bytes:
    """A square wave, whose level is its amplitude."""
    return array("h", [amplitude, -amplitude] * round(8_000 * seconds)).tobytes()


@given(SAMPLES, st.floats(0, 1))
def test_a_volume_changes_every_sample_and_none_overflows(samples: array[int], volume: float) -> None:
    changed = samples_of(scaled(samples.tobytes(), volume))
    assert len(changed) == len(samples)
    assert all(abs(after - before * volume) <= 1 for before, after in zip(samples, changed, strict=True))


def test_full_volume_costs_nothing_and_none_is_silence() -> None:
    pcm = tone(1_000)
    assert scaled(pcm, 1.0) is pcm
    assert decibels(samples_of(scaled(pcm, 0.0))) == SILENCE_DB


@pytest.mark.parametrize(
    ("amplitude", "level"), [(32_767, 0.0), (16_384, -6.02), (328, -40.0), (104, -50.0), (0, -96.0)]
)
def test_levels_are_below_full_scale(amplitude: int, level: float) -> None:
    assert decibels(samples_of(tone(amplitude))) == pytest.approx(level, abs=0.05)


def test_nothing_is_silent_and_does_not_clip() -> None:
    assert decibels(array("h")) == SILENCE_DB
    assert clipped_percent(array("h"), 100) == 0.0


@given(SAMPLES, st.integers(1, 32_767))
def test_clipping_is_counted_either_way(samples: array[int], threshold: int) -> None:
    over = sum(abs(sample) >= threshold for sample in samples)
    assert clipped_percent(samples, threshold) == (100 * over / len(samples) if samples else 0.0)


@given(SAMPLES, st.integers(1, 50))
def test_windows_hold_all_samples(samples: array[int], length: int) -> None:
    pieces = list(windows(samples, length))
    assert [sample for piece in pieces for sample in piece] == list(samples)
    assert all(len(piece) == length for piece in pieces[:-1])
