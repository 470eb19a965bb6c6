from live_translation.metrics import NOTHING, Counter, Gauge, Recorder, Share, Timing, Unit, catalog
from live_translation.metrics.recorder import BUCKET_SECONDS, MOST_WORDS, OTHER
from live_translation.metrics.tally import Tally, keyed, together

from tests.live_translation.doubles import ManualClock

errors = Counter("Test", "Errors", dimensions=("Code",))
latency = Timing("Test", "Latency", Unit.milliseconds)


def told(recorder: Recorder) -> Tally:
    return recorder.roll()[1]


def test_every_metric_with_words_has_a_copy_without(clock: ManualClock) -> None:
    recorder = Recorder(clock)
    recorder.count(errors, 2, "NO_SUCH")
    recorder.count(errors, 1, "TOO_MANY")
    assert told(recorder).counts == {"Test:Errors": 3, "Test:Errors=NO_SUCH": 2, "Test:Errors=TOO_MANY": 1}


def test_what_is_no_word_is_counted_and_not_kept(clock: ManualClock) -> None:
    recorder = Recorder(clock)
    for suspicious in ("faithful shepherd", "192.168.0.1/24", "ada@example.org", "x" * 65, ""):
        recorder.count(errors, 1, suspicious)
    recorder.count(errors)
    assert told(recorder).counts == {"Test:Errors": 6, keyed(errors, (OTHER,)): 6}


def test_a_metric_has_only_so_many_words(clock: ManualClock) -> None:
    recorder = Recorder(clock)
    for number in range(MOST_WORDS + 36):
        recorder.count(errors, 1, f"id-{number}")
    counts = told(recorder).counts
    assert len(counts) == MOST_WORDS + 2
    assert counts[keyed(errors, (OTHER,))] == 36


def test_a_bucket_holds_what_happened_in_its_seconds(clock: ManualClock) -> None:
    recorder = Recorder(clock)
    first = int(clock())
    recorder.observe(latency, 10)
    clock.forward(BUCKET_SECONDS)
    start, bucket = recorder.roll()
    recorder.observe(latency, 20)
    assert (start, bucket.histogram(latency).percentile(50)) == (first, 10)
    start, bucket = recorder.roll()
    assert (start, bucket.histogram(latency).percentile(50)) == (first + BUCKET_SECONDS, 20)
    assert recorder.since_start.histogram(latency).count == 2


def test_of_a_gauge_the_last_value_stays_and_it_is_forgotten_when_nobody_looks(clock: ManualClock) -> None:
    recorder = Recorder(clock)
    for value in (5, 3):
        recorder.level(catalog.ACTIVE_SESSIONS, value)
    assert told(recorder).level(catalog.ACTIVE_SESSIONS) == 3
    assert told(recorder).level(catalog.ACTIVE_SESSIONS) is None
    assert recorder.since_start.level(catalog.ACTIVE_SESSIONS) is None


def test_processes_share_the_cpu_and_count_the_same_sessions() -> None:
    sessions, cpu = Gauge("Test", "Sessions"), Share("Test", "Cpu")
    machine = together(Tally(gauges={sessions.id: 3}, shares={cpu.id: share}) for share in (40.0, 20.0))
    assert (machine.level(sessions), machine.level(cpu)) == (3, 60.0)


def test_a_percentage_of_nothing_is_not_told(clock: ManualClock) -> None:
    recorder = Recorder(clock)
    assert [told(recorder).ratio(ratio) for ratio in catalog.RATIOS] == [None] * 4
    recorder.count(catalog.BROADCASTS_DELIVERED, 0)
    assert told(recorder).ratio(catalog.BROADCAST_SUCCESS_RATE) is None


def test_the_success_rate_leaves_out_those_who_are_gone(clock: ManualClock) -> None:
    recorder = Recorder(clock)
    recorder.count(catalog.BROADCASTS_DELIVERED, 9)
    recorder.count(catalog.BROADCASTS_FAILED, 1)
    recorder.count(catalog.LISTENERS_RELEASED, 90)
    assert told(recorder).ratio(catalog.BROADCAST_SUCCESS_RATE) == 90


def test_the_overflow_rate_is_of_the_chunks_added(clock: ManualClock) -> None:
    recorder = Recorder(clock)
    recorder.count(catalog.BUFFER_ADDED, 200)
    recorder.count(catalog.BUFFER_OVERFLOW, 3)
    assert told(recorder).ratio(catalog.BUFFER_OVERFLOW_RATE) == 1.5


def test_no_metric_is_split_by_an_id() -> None:
    words = {word for metric in catalog.METRICS.values() for word in metric.dimensions}
    assert words == {"ErrorCode", "Operation", "SourceLanguage", "ActionType", "Handler", "ErrorType", "Role", "Reason"}


def test_telling_nobody_costs_nothing_and_breaks_nothing() -> None:
    NOTHING.count(errors, 1, "A")
    NOTHING.observe(latency, 1)
    NOTHING.level(catalog.ACTIVE_SESSIONS, 1)
