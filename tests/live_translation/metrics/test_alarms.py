import pytest
from live_translation.metrics import catalog
from live_translation.metrics.alarms import (
    ALARMS,
    PERIOD_SECONDS,
    PIPELINE_ALARMS,
    function_errors,
    in_words,
    is_on,
)
from live_translation.metrics.histogram import Histogram
from live_translation.metrics.tally import Tally

from dynalayer.infra import Alarm, Metric

NOW = 1_800_000_000.0
LAST, BEFORE = int(NOW) - 10, int(NOW) - PERIOD_SECONDS - 10


def named(beginning: str) -> Alarm:
    [found] = [alarm for alarm in ALARMS if alarm.name.startswith(beginning)]
    return found


def counted(**counts: float) -> Tally:
    return Tally(counts={getattr(catalog, name.upper()).id: count for name, count in counts.items()})


def test_the_four_alarms_of_the_pipeline_are_those_of_the_first_system() -> None:
    declared = [
        (alarm.name, alarm.of.name, alarm.of.statistic, alarm.comparison, alarm.threshold, alarm.periods)
        for alarm in PIPELINE_ALARMS
        if isinstance(alarm.of, Metric)
    ]
    assert declared == [
        ("translation-cache-hit-rate-low-{env}", "CacheHitRate", "Average", "<", 30, 2),
        ("broadcast-success-rate-low-{env}", "BroadcastSuccessRate", "Average", "<", 95, 2),
        ("buffer-overflow-rate-high-{env}", "BufferOverflowRate", "Average", ">", 5, 2),
        ("failed-languages-high-{env}", "FailedLanguagesCount", "Sum", ">", 10, 2),
    ]


@pytest.mark.parametrize("alarm", ALARMS, ids=lambda alarm: alarm.name)
def test_every_alarm_watches_a_metric_that_is_told_and_keeps_still_without_data(alarm: Alarm) -> None:
    told = {(each.namespace, each.name, each.unit.value) for each in catalog.METRICS.values()}
    told |= {(each.metric.namespace, each.metric.name, each.metric.unit.value) for each in catalog.RATIOS}
    assert isinstance(alarm.of, Metric)
    assert (alarm.of.namespace, alarm.of.name, alarm.of.unit) in told
    assert alarm.of.dimensions == {}
    assert not is_on(alarm, {}, NOW)
    assert not is_on(alarm, {LAST: Tally(), BEFORE: Tally()}, NOW)


def test_an_alarm_goes_off_when_all_its_periods_are_past_the_threshold() -> None:
    low = named("translation-cache-hit-rate-low")
    bad, good = counted(cache_requests=100, cache_hits=29), counted(cache_requests=100, cache_hits=30)
    assert is_on(low, {LAST: bad, BEFORE: bad}, NOW)
    assert not is_on(low, {LAST: bad, BEFORE: good}, NOW)
    assert not is_on(low, {LAST: good, BEFORE: good}, NOW)
    assert not is_on(low, {LAST: bad}, NOW)


def test_overflows_go_off_by_their_share_of_what_was_added() -> None:
    high = named("buffer-overflow-rate-high")
    for overflowed, on in ((5, False), (6, True)):
        bucket = counted(buffer_added=100, buffer_overflow=overflowed)
        assert is_on(high, {LAST: bucket, BEFORE: bucket}, NOW) is on


def test_slow_creation_goes_off_by_its_95th_percentile() -> None:
    slow = named("session-creation-latency-high")
    histogram = Histogram()
    for latency in [10.0] * 90 + [3_000.0] * 10:
        histogram.add(latency)
    bucket = Tally(timings={catalog.SESSION_CREATION_LATENCY.id: histogram})
    assert is_on(slow, {LAST: bucket, BEFORE: bucket}, NOW)


def test_sums_are_of_the_whole_period() -> None:
    many = named("failed-languages-high")
    six = counted(failed_languages_count=6)
    two_periods = {LAST: six, LAST - 5: six, BEFORE: six, BEFORE - 5: six}
    assert is_on(many, two_periods, NOW)
    del two_periods[BEFORE]
    assert not is_on(many, two_periods, NOW)


def test_what_is_on_is_said_in_words() -> None:
    bucket = counted(cache_requests=100, cache_hits=12)
    assert in_words({LAST: bucket, BEFORE: bucket}, NOW) == ["Few translations are cached: 12 % in the last 5 minutes."]
    many = {LAST: counted(connection_errors=140)}
    assert in_words(many, NOW) == ["Many clients are refused: 140 in the last 5 minutes."]


def test_active_sessions_are_held_against_what_was_planned_for() -> None:
    high = named("active-sessions-high")
    for sessions, on in ((9, False), (10, True)):
        assert (
            is_on(high, {LAST: Tally(gauges={catalog.ACTIVE_SESSIONS.id: sessions})}, NOW, {"maxActiveSessions": 10})
            is on
        )


def test_each_lambda_function_has_an_alarm_of_its_own() -> None:
    alarm = function_errors("connect-{env}")
    assert isinstance(alarm.of, Metric)
    assert (alarm.of.namespace, alarm.of.dimensions) == ("AWS/Lambda", {"FunctionName": "connect-{env}"})
    assert (alarm.comparison, alarm.threshold, alarm.periods) == (">", 10, 1)
