"""The states of alarms: the tables of the CloudWatch guide, row by row, and what holds for any series."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynalayer.infra import Alarm, Math, Metric, Sample, Setting, decide, evaluate, over_time, percentage, sample

HITS = Metric("Shop", "Failures", "Sum", unit="Count")
NOW = 1_700_000_040 // 60 * 60
MISSING = ("missing", "ignore", "breaching", "notBreaching")

# "Configuring how CloudWatch alarms treat missing data": X breaches, 0 does not, - is missing, newest last; then the
# states under missing, ignore (with the state before, here kept as "?"), breaching, notBreaching.
THREE_OF_THREE = [
    ("0-X-X", "OK OK OK OK"),
    ("----0", "OK OK OK OK"),
    ("-----", "INSUFFICIENT_DATA ? ALARM OK"),
    ("0XX-X", "ALARM ALARM ALARM ALARM"),
    ("--X--", "ALARM ? ALARM OK"),
]
TWO_OF_THREE = [
    ("0-X-X", "ALARM ALARM ALARM ALARM"),
    ("00X0X", "ALARM ALARM ALARM ALARM"),
    ("0-X--", "OK OK ALARM OK"),
    ("----0", "OK OK ALARM OK"),
    ("---X-", "ALARM ? ALARM OK"),
]
ROWS = [(3, *row) for row in THREE_OF_THREE] + [(2, *row) for row in TWO_OF_THREE]


def alarm(missing="notBreaching", *, of=HITS, comparison=">", threshold=10.0, periods=3, datapoints=None):
    return Alarm(
        "failures-{env}",
        of,
        comparison,
        threshold,
        periods=periods,
        datapoints=datapoints,
        missing=missing,
        description="too many",
    )


def values(text):
    return [{"X": 11.0, "0": 1.0, "-": None}[letter] for letter in reversed(text)]


@pytest.mark.parametrize(("needed", "text", "states"), ROWS, ids=[f"{n} of 3, {text}" for n, text, _ in ROWS])
def test_the_tables_of_the_guide_hold(needed, text, states):
    for missing, expected in zip(MISSING, states.split(), strict=True):
        for before in ("OK", "ALARM"):
            found = decide(alarm(missing, datapoints=needed), values(text), before)
            assert found == (before if expected == "?" else expected), missing


@pytest.mark.parametrize("text", ["----X", "---X-"])
def test_one_young_breach_does_not_set_off_an_alarm_of_three(text):
    assert decide(alarm("missing"), values(text), "OK") == "OK"


def test_two_of_two_needs_both_periods():
    two = alarm(periods=2)
    assert evaluate(two, [sample(HITS, NOW - 10, 11)], NOW) == "OK"
    assert evaluate(two, [sample(HITS, NOW - 10, 11), sample(HITS, NOW - 310, 11)], NOW) == "ALARM"


@pytest.mark.parametrize(("comparison", "state"), [(">", "OK"), (">=", "ALARM"), ("<", "OK"), ("<=", "ALARM")])
def test_the_threshold_itself_breaches_only_comparisons_with_equality(comparison, state):
    assert evaluate(alarm(comparison=comparison, periods=1), [sample(HITS, NOW - 1, 10)], NOW) == state


def test_a_sample_belongs_to_the_period_that_begins_at_its_time():
    one = alarm(periods=1, missing="missing")
    assert decide(one, [None] * 3, "OK") == "INSUFFICIENT_DATA"
    assert evaluate(one, [sample(HITS, NOW - 300, 11), sample(HITS, NOW, 0)], NOW) == "ALARM"


def test_an_alarm_is_evaluated_each_minute_with_periods_that_slide():
    one = alarm(periods=1)
    changes = list(over_time(one, [sample(HITS, NOW, 11)], NOW - 60, NOW + 600))
    assert [(change.at - NOW, change.state) for change in changes] == [(-60, "OK"), (60, "ALARM")]


def test_the_last_breach_is_looked_at_again_until_it_leaves_the_evaluation_range():
    one = alarm(periods=1)
    changes = list(over_time(one, [sample(HITS, NOW, 11)], NOW, NOW + 1800))
    assert [(change.at - NOW, change.state) for change in changes] == [(0, "OK"), (60, "ALARM"), (960, "OK")]


@pytest.mark.parametrize(
    "other",
    [
        Sample("Other", "Failures", NOW - 1, 99, unit="Count"),
        Sample("Shop", "Others", NOW - 1, 99, unit="Count"),
        Sample("Shop", "Failures", NOW - 1, 99, unit="Percent"),
        Sample("Shop", "Failures", NOW - 1, 99, unit="Count", dimensions={"SessionId": "golden-eagle-427"}),
    ],
    ids=["namespace", "name", "unit", "dimensions"],
)
def test_what_is_sent_under_another_name_unit_or_dimension_is_another_metric(other):
    assert evaluate(alarm("missing"), [other], NOW) == "INSUFFICIENT_DATA"


@pytest.mark.parametrize(
    ("statistic", "value"),
    [
        ("Sum", 10),
        ("Average", 2.5),
        ("Minimum", 1),
        ("Maximum", 4),
        ("SampleCount", 4),
        ("p50", 2),
        ("p99", 4),
        ("p0", 1),
    ],
)
def test_each_statistic_makes_one_value_of_a_period(statistic, value):
    metric = Metric("Shop", "Latency", statistic, unit="Milliseconds")
    sent = [sample(metric, NOW - 1 - n, n) for n in (3, 1, 4, 2)]
    assert evaluate(alarm(of=metric, comparison=">=", threshold=value, periods=1), sent, NOW) == "ALARM"
    assert evaluate(alarm(of=metric, comparison=">", threshold=value, periods=1), sent, NOW) == "OK"


FAILED = Metric("Shop", "Failed", "Sum", unit="Count")
ASKED = Metric("Shop", "Asked", "Sum", unit="Count")


def test_a_percentage_without_traffic_is_no_data_and_sets_off_nothing():
    low = alarm("missing", of=percentage(FAILED, ASKED), comparison="<", threshold=95.0, periods=1)
    assert evaluate(low, [], NOW) == "INSUFFICIENT_DATA"
    assert evaluate(low, [sample(ASKED, NOW - 1, 0)], NOW) == "INSUFFICIENT_DATA"


def test_a_percentage_counts_what_was_not_sent_as_none():
    high = alarm(of=percentage(FAILED, ASKED), threshold=5.0, periods=1, missing="missing")
    assert evaluate(high, [sample(ASKED, NOW - 1, 100)], NOW) == "OK"
    assert evaluate(high, [sample(ASKED, NOW - 1, 100), sample(FAILED, NOW - 2, 5)], NOW) == "OK"
    assert evaluate(high, [sample(ASKED, NOW - 1, 100), sample(FAILED, NOW - 2, 6)], NOW) == "ALARM"


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("a + b * 2", 8),
        ("-a + 10 + 0 * b", 8),
        ("a ^ 3 - 1 + 0 * b", 7),
        ("IF(a < b AND b > 0, 4, 9)", 4),
        ("IF(a > b || a == b, 4, 9)", 9),
        ("CEIL(b / a) + FLOOR(b / a) - ABS(0 - a)", 1),
        ("FILL(b / (a - a), 6)", 6),
    ],
)
def test_expressions_are_those_of_metric_math(expression, value):
    metrics = {"a": Metric("Shop", "A", "Sum", unit=None), "b": Metric("Shop", "B", "Sum", unit=None)}
    sent = [Sample("Shop", "A", NOW - 1, 2), Sample("Shop", "B", NOW - 1, 3)]
    exact = alarm(of=Math(expression, metrics), comparison=">=", threshold=value, periods=1)
    above = alarm(of=Math(expression, metrics), comparison=">", threshold=value, periods=1)
    assert (evaluate(exact, sent, NOW), evaluate(above, sent, NOW)) == ("ALARM", "OK")


def test_a_threshold_may_be_a_share_of_a_setting():
    most = alarm(threshold=Setting("maxFailures", 20) * 0.5, periods=1)
    sent = [sample(HITS, NOW - 1, 11)]
    assert evaluate(most, sent, NOW) == "ALARM"
    assert evaluate(most, sent, NOW, settings={"maxFailures": 40}) == "OK"


points = st.lists(st.sampled_from([11.0, 1.0, None]), min_size=5, max_size=5)
kinds = st.sampled_from(MISSING)
states = st.sampled_from(["OK", "ALARM", "INSUFFICIENT_DATA"])


@given(points, kinds, states, st.integers(1, 3))
def test_enough_real_data_decides_alone(newest_first, missing, before, needed):
    known = [value for value in newest_first if value is not None]
    if len(known) >= 3:
        expected = "ALARM" if sum(value > 10 for value in known[:3]) >= needed else "OK"
        assert decide(alarm(missing, datapoints=needed), newest_first, before) == expected


@given(points, kinds, states, st.integers(1, 3), st.integers(0, 4))
def test_a_further_breach_never_ends_an_alarm(newest_first, missing, before, needed, place):
    one = alarm(missing, datapoints=needed)
    worse = [11.0 if n == place and value is not None else value for n, value in enumerate(newest_first)]
    if decide(one, newest_first, before) == "ALARM" and before == "ALARM":
        assert decide(one, worse, before) == "ALARM"


@given(points, states, st.integers(1, 3))
def test_missing_data_taken_for_good_is_never_worse_than_taken_for_bad(newest_first, before, needed):
    good = decide(alarm("notBreaching", datapoints=needed), newest_first, before)
    bad = decide(alarm("breaching", datapoints=needed), newest_first, before)
    assert (good, bad) in {("OK", "OK"), ("OK", "ALARM"), ("ALARM", "ALARM")}


@given(st.lists(st.tuples(st.integers(0, 3000), st.floats(0, 100)), max_size=30), st.randoms(use_true_random=False))
def test_the_order_in_which_samples_come_does_not_matter(sent, chance: random.Random):
    samples = [sample(HITS, NOW - age, value) for age, value in sent]
    shuffled = chance.sample(samples, len(samples))
    assert evaluate(alarm("missing"), samples, NOW) == evaluate(alarm("missing"), shuffled, NOW)
