from live_translation.metrics import catalog
from live_translation.metrics.figures import HISTORY_BUCKETS, WINDOW_SECONDS, figures
from live_translation.metrics.histogram import Histogram
from live_translation.metrics.recorder import BUCKET_SECONDS
from live_translation.metrics.tally import Tally

NOW = 1_800_000_000.0


def bucket(captions: int, sessions: int = 1, latency: float = 40.0) -> Tally:
    durations = Histogram()
    durations.add(latency)
    return Tally(
        counts={catalog.CAPTIONS_DELIVERED.id: captions},
        timings={catalog.PROCESSING_DURATION.id: durations},
        gauges={catalog.ACTIVE_SESSIONS.id: sessions},
        shares={catalog.MEMORY_BYTES.id: 50 * 2**20},
    )


def test_nothing_yet_is_zeros_and_no_percentages() -> None:
    found = figures({}, NOW)
    assert found["latencyMs"] == {"p50": None, "p95": None, "p99": None}
    assert (found["captions"], found["cacheHitRate"], found["overflowRate"]) == (0, None, None)
    assert (found["at"], found["window"], found["history"]) == (NOW * 1000, WINDOW_SECONDS, [])


def test_the_numbers_at_the_top_are_of_the_last_minute_and_levels_of_now() -> None:
    last = int(NOW) - BUCKET_SECONDS
    buckets = {last: bucket(3, sessions=2), last - 5: bucket(4, sessions=9), last - 120: bucket(100)}
    found = figures(buckets, NOW, ["Something is wrong."])
    assert (found["captions"], found["sessions"], found["memoryMb"]) == (7, 2, 50.0)
    assert abs(found["latencyMs"]["p99"] - 40) < 0.5
    assert found["alarms"] == ["Something is wrong."]


def test_the_history_has_the_same_numbers_of_each_bucket_the_oldest_first() -> None:
    starts = [int(NOW) - BUCKET_SECONDS * number for number in range(200, 0, -1)]
    found = figures({start: bucket(start % 7) for start in starts}, NOW)
    history = found["history"]
    assert [each["at"] for each in history] == [start * 1000 for start in starts[-HISTORY_BUCKETS:]]
    assert [each["captions"] for each in history] == [start % 7 for start in starts[-HISTORY_BUCKETS:]]
    assert set(history[0]) == set(found) - {"window", "alarms", "history"}
