"""The alarms of the service, declared for CloudWatch, and whether they are on by what a machine has counted itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from dynalayer.infra import Alarm, Comparison, Setting, decide
from dynalayer.infra import Metric as Watched
from live_translation.metrics import catalog
from live_translation.metrics.kinds import Counter, Gauge, Metric, Ratio, Timing
from live_translation.metrics.tally import Tally, together

PERIOD_SECONDS: Final = 300
"""What one value of an alarm is about."""

MAX_ACTIVE_SESSIONS: Final = Setting("maxActiveSessions", 100)
"""How many sessions at a time were planned for."""

_SPARE_PERIODS: Final = 2
"""Looked at beyond those that are needed, for where some have no data: as CloudWatch does."""


def _alarm(
    name: str,
    of: Metric | Ratio,
    statistic: str,
    comparison: Comparison,
    threshold: float | Setting,
    description: str,
    *,
    periods: int = 2,
) -> Alarm:
    # Never with dimensions: to CloudWatch, a metric with some is another one.
    metric = of.metric if isinstance(of, Ratio) else of
    watched = Watched(metric.namespace, metric.name, statistic, unit=metric.unit.value, period=PERIOD_SECONDS)
    return Alarm(
        f"{name}-{{env}}",
        watched,
        comparison,
        threshold,
        periods=periods,
        missing="notBreaching",
        description=description,
    )


PIPELINE_ALARMS: Final = (
    _alarm("translation-cache-hit-rate-low", catalog.CACHE_HIT_RATE, "Average", "<", 30, "Few translations are cached"),
    _alarm(
        "broadcast-success-rate-low",
        catalog.BROADCAST_SUCCESS_RATE,
        "Average",
        "<",
        95,
        "Sentences do not reach all listeners",
    ),
    _alarm(
        "buffer-overflow-rate-high",
        catalog.BUFFER_OVERFLOW_RATE,
        "Average",
        ">",
        5,
        "Listeners lose audio because it waits too long for them",
    ),
    _alarm(
        "failed-languages-high",
        catalog.FAILED_LANGUAGES_COUNT,
        "Sum",
        ">",
        10,
        "Sentences are missing in some languages",
    ),
)
"""The four alarms of the translation pipeline."""

SESSION_ALARMS: Final = (
    _alarm(
        "session-creation-latency-high",
        catalog.SESSION_CREATION_LATENCY,
        "p95",
        ">",
        2_000,
        "Sessions take long to start",
    ),
    _alarm("connection-errors-high", catalog.CONNECTION_ERRORS, "Sum", ">", 100, "Many clients are refused", periods=1),
    _alarm(
        "active-sessions-high",
        catalog.ACTIVE_SESSIONS,
        "Average",
        ">",
        MAX_ACTIVE_SESSIONS * 0.9,
        "Nearly as many sessions as were planned for",
        periods=1,
    ),
    _alarm(
        "handler-errors-high", catalog.HANDLER_ERRORS, "Sum", ">", 10, "The service meets its own errors", periods=1
    ),
)
"""The alarms of session management; on Lambda also one of `function_errors` for each function."""

ALARMS: Final = (*PIPELINE_ALARMS, *SESSION_ALARMS)

_KNOWN: Final[Mapping[str, Metric | Ratio]] = {
    **catalog.METRICS,
    **{ratio.metric.id: ratio for ratio in catalog.RATIOS},
}


def function_errors(function: str) -> Alarm:
    """The alarm of one Lambda function, by its name in an environment: {env} stands for that."""
    return Alarm(
        f"{function}-errors",
        Watched(
            "AWS/Lambda", "Errors", "Sum", unit="Count", period=PERIOD_SECONDS, dimensions={"FunctionName": function}
        ),
        ">",
        10,
        periods=1,
        missing="notBreaching",
        description=f"{function} fails",
    )


def is_on(alarm: Alarm, buckets: Mapping[int, Tally], now: float, settings: Mapping[str, float] | None = None) -> bool:
    """True if CloudWatch would have it on, by the buckets' starts in seconds since 1970."""
    return decide(alarm, last_values(alarm, buckets, now), "OK", settings=settings) == "ALARM"


def last_values(alarm: Alarm, buckets: Mapping[int, Tally], now: float) -> list[float | None]:
    """The alarm's value in each of its last periods, the newest first; None where there is nothing to measure."""
    assert isinstance(alarm.of, Watched)
    of, period = _KNOWN[f"{alarm.of.namespace}:{alarm.of.name}"], alarm.of.period
    values: list[float | None] = []
    for number in range(alarm.periods + _SPARE_PERIODS):
        end = now - number * period
        within = [tally for start, tally in buckets.items() if end - period <= start < end]
        values.append(_value(of, alarm.of.statistic, within))
    return values


def in_words(
    buckets: Mapping[int, Tally],
    now: float,
    settings: Mapping[str, float] | None = None,
    alarms: Sequence[Alarm] = ALARMS,
) -> list[str]:
    """A sentence for each alarm that is on."""
    return [
        f"{alarm.description}: {_value_in_words(alarm, buckets, now)}."
        for alarm in alarms
        if is_on(alarm, buckets, now, settings)
    ]


def _value(of: Metric | Ratio, statistic: str, tallies: Sequence[Tally]) -> float | None:
    if isinstance(of, Ratio):
        return together(tallies).ratio(of)
    if isinstance(of, Timing):
        return together(tallies).histogram(of).percentile(float(statistic.removeprefix("p")))
    if isinstance(of, Gauge):
        levels = [level for tally in tallies if (level := tally.level(of)) is not None]
        return sum(levels) / len(levels) if levels else None
    assert isinstance(of, Counter)
    return together(tallies).sum(of) if tallies else None


def _value_in_words(alarm: Alarm, buckets: Mapping[int, Tally], now: float) -> str:
    assert isinstance(alarm.of, Watched)
    value = next(value for value in last_values(alarm, buckets, now) if value is not None)
    unit = {"Percent": " %", "Milliseconds": " ms"}.get(alarm.of.unit or "", "")
    return f"{value:,.1f}".removesuffix(".0") + f"{unit} in the last {PERIOD_SECONDS // 60} minutes"
