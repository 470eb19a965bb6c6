from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from live_translation.hearing.quality import CLIPPING_SAMPLE, QualityMeter

from tests.live_translation.hearing.test_pcm import tone

LOUD, QUIET, SILENT, BETWEEN = tone(8_000), tone(300), tone(50), tone(200)


def heard(meter: QualityMeter, *sounds: tuple[bytes, int], start: float = 0.0) -> list[tuple[float, str]]:
    """Each sound is a tenth of a second, so many times."""
    found: list[tuple[float, str]] = []
    tenths = round(10 * start)
    for sound, times in sounds:
        for _ in range(times):
            tenths += 1
            found += [(tenths / 10, warning.issue) for warning in meter.feed(sound, tenths / 10)]
    return found


def test_speech_is_well() -> None:
    assert heard(QualityMeter(), (LOUD, 100), (SILENT, 40), (LOUD, 100)) == []


def test_silence_is_told_after_five_seconds_and_once_a_minute() -> None:
    assert heard(QualityMeter(), (SILENT, 50)) == []
    assert heard(QualityMeter(), (SILENT, 1_300)) == [
        (pytest.approx(each, abs=0.11), "silence") for each in (5.1, 65.1, 125.1)
    ]


def test_silence_is_over_only_above_forty_decibels() -> None:
    assert heard(QualityMeter(), (SILENT, 30), (BETWEEN, 5), (SILENT, 21)) == [(5.6, "silence")]
    assert heard(QualityMeter(), (SILENT, 30), (LOUD, 1), (SILENT, 50)) == []


@pytest.mark.parametrize(("clipped", "is_told"), [(16, False), (17, True)])
def test_more_than_one_percent_of_clipped_samples_is_told(clipped: int, is_told: bool) -> None:
    window = array("h", [CLIPPING_SAMPLE] * clipped + [1_000] * (1_600 - clipped)).tobytes()
    assert bool(heard(QualityMeter(), (window, 1))) is is_told
    assert heard(QualityMeter(), (window, 700)) == ([(0.1, "clipping"), (60.1, "clipping")] if is_told else [])


def test_low_speech_is_told_once_there_were_five_seconds_of_it() -> None:
    assert heard(QualityMeter(), (QUIET, 49)) == []
    assert heard(QualityMeter(), (QUIET, 60)) == [(5.0, "low_level")]
    assert heard(QualityMeter(), (LOUD, 1), (QUIET, 49)) == []


def test_issues_do_not_hide_each_other() -> None:
    found = heard(QualityMeter(), (tone(32_767), 1), (SILENT, 60))
    assert [issue for _, issue in found] == ["clipping", "silence"]


def test_the_meter_knows_whether_something_is_heard() -> None:
    meter = QualityMeter()
    assert not meter.is_heard
    meter.feed(LOUD, 0.0)
    assert meter.is_heard
    meter.feed(SILENT, 0.1)
    assert not meter.is_heard


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(1, 4_000), min_size=1, max_size=40), st.sampled_from([LOUD, QUIET, SILENT]))
def test_it_does_not_matter_how_the_sound_is_cut(cuts: list[int], sound: bytes) -> None:
    whole, cut = QualityMeter(), QualityMeter()
    pcm = sound * 60
    issues = {each.issue for each in whole.feed(pcm, 0.0)}
    found: set[str] = set()
    place = 0
    for size in [*cuts, len(pcm)]:
        found |= {each.issue for each in cut.feed(pcm[place : place + 2 * size], 0.0)}
        place += 2 * size
    assert found == issues
    assert cut.level == whole.level
