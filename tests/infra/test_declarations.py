"""What is refused when infrastructure is declared, in words."""

import pytest

from dynalayer import DefinitionError, Table
from dynalayer.infra import (
    Alarm,
    Dashboard,
    Graph,
    Infrastructure,
    Math,
    Metric,
    Output,
    Setting,
    Topic,
    arn_of,
    name_of,
    stream_of,
    table_alarms,
)

FAILURES = Metric("Shop", "Failures", "Sum", unit="Count")
orders = Table("Orders", pk="id")


def alarm(name="failures-{env}", of=FAILURES, **changed):
    given = {"periods": 2, "missing": "notBreaching", "description": "too many", **changed}
    return Alarm(name, of, ">", 10, **given)


@pytest.mark.parametrize("statistic", ["Mean", "p101", "p99.", "P95", "p100.1", ""])
def test_a_statistic_is_one_that_cloudwatch_has(statistic):
    with pytest.raises(DefinitionError, match="the statistic is one of Average"):
        Metric("Shop", "Latency", statistic, unit="Milliseconds")


@pytest.mark.parametrize("statistic", ["Average", "p0", "p50", "p99.9", "p100", "p100.0"])
def test_percentiles_are_statistics(statistic):
    assert Metric("Shop", "Latency", statistic, unit="Milliseconds").statistic == statistic


@pytest.mark.parametrize("period", [0, 1, 15, 59, 90, -60])
def test_a_period_is_one_that_cloudwatch_keeps(period):
    with pytest.raises(DefinitionError, match="multiple of 60"):
        Metric("Shop", "Latency", "Average", unit=None, period=period)


def test_an_alarm_says_what_missing_data_is_taken_for():
    with pytest.raises(TypeError, match="missing"):
        Alarm("failures", FAILURES, ">", 10, periods=1, description="")  # type: ignore[call-arg]
    with pytest.raises(DefinitionError, match="missing is one of breaching, notBreaching, ignore, missing"):
        alarm(missing="ok")


def test_an_alarm_cannot_need_more_periods_than_it_looks_at():
    with pytest.raises(DefinitionError, match="of 2 periods, 3 can never be breaching"):
        alarm(datapoints=3)


def test_an_alarm_looks_at_most_at_a_day():
    alarm(periods=288)
    with pytest.raises(DefinitionError, match="looks at 289 x 300 seconds, at most 86400"):
        alarm(periods=289)


@pytest.mark.parametrize(
    ("expression", "names", "words"),
    [
        ("a / b", ["a"], "'b' has no metric"),
        ("a", ["a", "b"], "'b' is not in the expression"),
        ("a +", ["a"], "cannot be read"),
        ("A + 1", ["A"], "small letter"),
    ],
)
def test_an_expression_and_its_metrics_fit_together(expression, names, words):
    with pytest.raises(DefinitionError, match=words):
        Math(expression, dict.fromkeys(names, FAILURES))


def test_the_metrics_of_an_expression_have_one_period():
    with pytest.raises(DefinitionError, match="different periods"):
        Math("a + b", {"a": FAILURES, "b": Metric("Shop", "Asked", "Sum", unit="Count", period=60)})


def test_a_stack_has_no_two_of_one_name():
    with pytest.raises(DefinitionError, match=r"stack 'shop': the alarm 'failures-{env}' is declared twice"):
        Infrastructure("shop", alarms=[alarm(), alarm()])
    with pytest.raises(DefinitionError, match="the table 'Orders' is declared twice"):
        Infrastructure("shop", tables=[orders], uses=[orders])


def test_an_output_tells_of_what_the_stack_makes_or_uses():
    with pytest.raises(DefinitionError, match="the output 'OrdersTableArn' tells of Table"):
        Infrastructure("shop", outputs=[Output("OrdersTableArn", arn_of(orders))])
    Infrastructure("shop", uses=[orders], outputs=[Output("OrdersTableName", name_of(orders))])


def test_the_stream_of_a_table_without_one_cannot_be_told():
    with pytest.raises(DefinitionError, match="'Orders' is declared without a stream"):
        stream_of(orders)


@pytest.mark.parametrize("name", ["Orders-Table", "", "x" * 256])
def test_an_output_has_a_name_of_letters_and_digits(name):
    with pytest.raises(DefinitionError, match="letters and digits"):
        Output(name, "text")


def test_rows_of_a_dashboard_have_one_to_four_graphs():
    with pytest.raises(DefinitionError, match="row 2 has 0 graphs"):
        Dashboard("shop", [[Graph("failures", [FAILURES])], []])
    with pytest.raises(DefinitionError, match="'failures' shows no metric"):
        Graph("failures", [])


def test_the_display_name_of_a_topic_has_a_bound():
    with pytest.raises(DefinitionError, match="at most 100"):
        Topic("alarms", "x" * 101)


def test_a_stack_knows_the_settings_of_its_alarms():
    stack = Infrastructure("shop", alarms=[alarm()], settings=[Setting("maxItems", 5)])
    assert list(stack.known_settings) == ["maxItems"]
    limited = Alarm("x", FAILURES, ">", Setting("maxSessions", 9), periods=1, missing="missing", description="")
    assert list(Infrastructure("shop", alarms=[limited]).known_settings) == ["maxSessions"]


def test_a_table_has_alarms_for_throttles_and_errors_and_if_wanted_for_latency():
    names = [each.name for each in table_alarms(orders, latency_ms=50, operations=["GetItem"])]
    assert names == [
        "Orders-read-throttles-{env}",
        "Orders-write-throttles-{env}",
        "Orders-system-errors-{env}",
        "Orders-GetItem-latency-{env}",
    ]
    assert not table_alarms(orders, throttles=False, system_errors=False)


@pytest.mark.parametrize("name", ["", "alarms of {env}", "a" * 257])
def test_names_are_those_that_the_services_take(name):
    with pytest.raises(DefinitionError, match="a name has letters"):
        Topic(name)
    with pytest.raises(DefinitionError, match="a name has letters"):
        Dashboard(name, [[Graph("failures", [FAILURES])]])
