from typing import Any

import msgspec
from live_translation.metrics import Recorder, catalog
from live_translation.metrics.emf import MOST_METRICS, MOST_VALUES, Emf, lines
from live_translation.metrics.tally import Tally, together

from tests.live_translation.doubles import START, ManualClock


def written(tally: Tally) -> list[dict[str, Any]]:
    told: list[str] = []
    Emf(told.append).tell(START, tally)
    return [msgspec.json.decode(line) for line in told]


def about(line: dict[str, Any]) -> dict[str, Any]:
    [found] = line["_aws"]["CloudWatchMetrics"]
    return found


def test_an_alarm_finds_each_metric_without_dimensions(clock: ManualClock) -> None:
    recorder = Recorder(clock)
    recorder.count(catalog.CONNECTION_ERRORS, 2, "SESSION_FULL")
    whole, part = written(recorder.roll()[1])
    assert about(whole) == {
        "Namespace": "SessionManagement",
        "Dimensions": [[]],
        "Metrics": [{"Name": "ConnectionErrors", "Unit": "Count"}],
    }
    assert whole["ConnectionErrors"] == 2
    assert about(part)["Dimensions"] == [["ErrorCode"]]
    assert (part["ErrorCode"], part["ConnectionErrors"]) == ("SESSION_FULL", 2)
    assert whole["_aws"]["Timestamp"] == START * 1000


def test_nothing_is_written_of_a_bucket_in_which_nothing_happened() -> None:
    assert written(Tally()) == []


def test_percentages_are_written_only_where_there_was_something_to_measure(clock: ManualClock) -> None:
    recorder = Recorder(clock)
    recorder.count(catalog.CACHE_REQUESTS, 4)
    recorder.count(catalog.CACHE_HITS, 3)
    [line] = written(recorder.roll()[1])
    assert line["CacheHitRate"] == 75
    assert "BroadcastSuccessRate" not in line
    assert {"Name": "CacheHitRate", "Unit": "Percent"} in about(line)["Metrics"]


def test_durations_are_written_as_values_of_which_cloudwatch_makes_percentiles(clock: ManualClock) -> None:
    recorder = Recorder(clock)
    for _ in range(2 * MOST_VALUES + 5):
        recorder.observe(catalog.PROCESSING_DURATION, 40)
    parts = [line["ProcessingDuration"] for line in written(recorder.roll()[1])]
    assert [len(part) for part in parts] == [MOST_VALUES, MOST_VALUES, 5]
    assert set(together([]).timings) == set()
    assert all(abs(value - 40) < 0.5 for part in parts for value in part)


def test_a_line_holds_no_more_metrics_than_cloudwatch_takes() -> None:
    many = Tally(counts={metric.id: 1 for metric in catalog.METRICS.values()})
    assert all(len(about(msgspec.json.decode(line))["Metrics"]) <= MOST_METRICS for line in lines(0, many))


def test_the_names_and_units_are_those_of_the_first_system() -> None:
    told = {(metric.namespace, metric.name, metric.unit.value) for metric in catalog.METRICS.values()}
    told |= {(ratio.metric.namespace, ratio.metric.name, ratio.metric.unit.value) for ratio in catalog.RATIOS}
    assert {
        ("SessionManagement", "SessionCreationLatency", "Milliseconds"),
        ("SessionManagement", "ListenerJoinLatency", "Milliseconds"),
        ("SessionManagement", "ActiveSessions", "Count"),
        ("SessionManagement", "TotalListeners", "Count"),
        ("SessionManagement", "ConnectionErrors", "Count"),
        ("SessionManagement", "RateLimitExceeded", "Count"),
        ("SessionManagement/WebSocket", "ControlMessageLatency", "Milliseconds"),
        ("WebSocketAudioIntegration", "ConnectionTimeout", "Count"),
        ("TranslationPipeline", "CacheHitRate", "Percent"),
        ("TranslationPipeline", "BroadcastSuccessRate", "Percent"),
        ("TranslationPipeline", "BufferOverflowRate", "Percent"),
        ("TranslationPipeline", "ProcessingDuration", "Milliseconds"),
        ("TranslationPipeline", "LanguagesProcessed", "Count"),
        ("TranslationPipeline", "FailedLanguagesCount", "Count"),
        ("TranslationPipeline", "ListenerCount", "Count"),
        ("TranslationPipeline", "CacheSize", "Count"),
        ("TranslationPipeline", "CacheEvictions", "Count"),
        ("TranslationPipeline/AudioBuffer", "BufferOverflow", "Count"),
        ("AudioTranscription/PartialResults", "PartialResultsDropped", "Count"),
        ("AudioTranscription/PartialResults", "PartialToFinalRatio", "None"),
    } <= told
