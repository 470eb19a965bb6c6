from live_translation.metrics import Recorder, catalog
from live_translation.metrics.exposition import exposition, prometheus_name
from prometheus_client.parser import text_string_to_metric_families

from tests.live_translation.doubles import ManualClock


def test_prometheus_reads_what_each_process_has_counted(clock: ManualClock) -> None:
    recorder = Recorder(clock)
    recorder.count(catalog.CONNECTION_ERRORS, 2, "SESSION_FULL")
    recorder.count(catalog.CAPTIONS_DELIVERED, 7)
    for latency in (3, 40, 4_000):
        recorder.observe(catalog.PROCESSING_DURATION, latency)
    recorder.level(catalog.ACTIVE_SESSIONS, 4)
    recorder.roll()
    text = exposition({"a1": recorder.since_start}).decode()
    samples = {
        (
            sample.name,
            *(value for _, value in sorted(sample.labels.items(), key=lambda label: label[0] != "process")),
        ): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert samples["session_management_connection_errors_total", "a1", "SESSION_FULL"] == 2
    assert samples["translation_pipeline_captions_delivered_total", "a1"] == 7
    assert samples["session_management_active_sessions", "a1"] == 4
    duration = prometheus_name(catalog.PROCESSING_DURATION)
    within = {bound: samples[f"{duration}_bucket", "a1", bound] for bound in ("2.5", "5.0", "50.0", "5000.0", "+Inf")}
    assert list(within.values()) == [0, 1, 2, 3, 3]
    assert samples[f"{duration}_count", "a1"] == 3


def test_names_are_in_the_form_of_prometheus() -> None:
    assert prometheus_name(catalog.DYNAMODB_ERRORS) == "session_management_websocket_dynamodb_errors"
    assert prometheus_name(catalog.PROCESSING_DURATION) == "translation_pipeline_processing_duration_milliseconds"
    assert len({prometheus_name(metric) for metric in catalog.METRICS.values()}) == len(catalog.METRICS)
