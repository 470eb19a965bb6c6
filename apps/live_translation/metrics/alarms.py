"""The alarms of the service as data, and whether they are on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from live_translation.metrics import catalog
from live_translation.metrics.kinds import Counter, Gauge, Metric, Ratio, Timing
from live_translation.metrics.tally import Tally, together

PERIOD_SECONDS: Final = 300
"""What one value of an alarm is about."""

Statistic = Literal["Average", "Sum", "p95"]
Comparison = Literal["LessThanThreshold", "GreaterThanThreshold"]
_COMPARE: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """An alarm of CloudWatch's: on when so many periods in a row are past the threshold; no data is no breach."""

    name: str
    words: str
    of: Metric | Ratio
    statistic: Statistic
    comparison: Comparison
    threshold: float
    evaluation_periods: int = 2
    period: int = PERIOD_SECONDS
    missing: str = "notBreaching"

    @property
    def metric(self) -> Metric:
        """The undimensioned metric that is watched."""
        return self.of.metric if isinstance(self.of, Ratio) else self.of


def pipeline_alarms(environment: str = "prod") -> tuple[Alarm, ...]:
    """The four alarms of the translation pipeline."""
    return (
        Alarm(
            name=f"translation-cache-hit-rate-low-{environment}",
            words="Few translations come from the cache",
            of=catalog.CACHE_HIT_RATE,
            statistic="Average",
            comparison="LessThanThreshold",
            threshold=30,
        ),
        Alarm(
            name=f"broadcast-success-rate-low-{environment}",
            words="Captions do not reach all listeners",
            of=catalog.BROADCAST_SUCCESS_RATE,
            statistic="Average",
            comparison="LessThanThreshold",
            threshold=95,
        ),
        Alarm(
            name=f"buffer-overflow-rate-high-{environment}",
            words="Listeners lose audio because their buffers overflow",
            of=catalog.BUFFER_OVERFLOW_RATE,
            statistic="Average",
            comparison="GreaterThanThreshold",
            threshold=5,
        ),
        Alarm(
            name=f"failed-languages-high-{environment}",
            words="Sentences are missing in some languages",
            of=catalog.FAILED_LANGUAGES_COUNT,
            statistic="Sum",
            comparison="GreaterThanThreshold",
            threshold=10,
        ),
    )


def session_alarms(environment: str = "prod", max_active_sessions: int = 100) -> tuple[Alarm, ...]:
    """The alarms of session management; on Lambda its own metric `Errors` of each function is watched besides."""
    return (
        Alarm(
            name=f"session-creation-latency-high-{environment}",
            words="Sessions take long to start",
            of=catalog.SESSION_CREATION_LATENCY,
            statistic="p95",
            comparison="GreaterThanThreshold",
            threshold=2_000,
        ),
        Alarm(
            name=f"connection-errors-high-{environment}",
            words="Many clients are refused",
            of=catalog.CONNECTION_ERRORS,
            statistic="Sum",
            comparison="GreaterThanThreshold",
            threshold=100,
            evaluation_periods=1,
        ),
        Alarm(
            name=f"active-sessions-high-{environment}",
            words=f"Over 90 % of {max_active_sessions} sessions are in use",
            of=catalog.ACTIVE_SESSIONS,
            statistic="Average",
            comparison="GreaterThanThreshold",
            threshold=0.9 * max_active_sessions,
            evaluation_periods=1,
        ),
        Alarm(
            name=f"handler-errors-high-{environment}",
            words="The service meets errors of its own",
            of=catalog.HANDLER_ERRORS,
            statistic="Sum",
            comparison="GreaterThanThreshold",
            threshold=10,
            evaluation_periods=1,
        ),
    )


def alarms(environment: str = "prod", max_active_sessions: int = 100) -> tuple[Alarm, ...]:
    """All of them."""
    return (*pipeline_alarms(environment), *session_alarms(environment, max_active_sessions))


def is_on(alarm: Alarm, buckets: Mapping[int, Tally], now: float) -> bool:
    """True if each of the alarm's last periods is past its threshold."""
    return all(
        value is not None and _COMPARE[alarm.comparison](value, alarm.threshold)
        for value in last_values(alarm, buckets, now)
    )


def last_values(alarm: Alarm, buckets: Mapping[int, Tally], now: float) -> list[float | None]:
    """The alarm's value in each of its last periods, the newest first; None where there is nothing to measure."""
    values: list[float | None] = []
    for number in range(alarm.evaluation_periods):
        end = now - number * alarm.period
        within = [tally for start, tally in buckets.items() if end - alarm.period <= start < end]
        values.append(_value(alarm, within))
    return values


def in_words(watched: Sequence[Alarm], buckets: Mapping[int, Tally], now: float) -> list[str]:
    """A sentence for each alarm that is on."""
    told: list[str] = []
    for alarm in watched:
        if is_on(alarm, buckets, now):
            value = last_values(alarm, buckets, now)[0] or 0.0
            told.append(f"{alarm.words}: {_shown(value)}{_unit(alarm)}, {_bound(alarm)}.")
    return told


def _value(alarm: Alarm, tallies: Sequence[Tally]) -> float | None:
    of = alarm.of
    if isinstance(of, Ratio):
        return together(tallies).ratio(of)
    if isinstance(of, Timing):
        return together(tallies).histogram(of).percentile(float(alarm.statistic.removeprefix("p")))
    if isinstance(of, Gauge):
        levels = [level for tally in tallies if (level := tally.level(of)) is not None]
        return sum(levels) / len(levels) if levels else None
    assert isinstance(of, Counter)
    return together(tallies).sum(of) if tallies else None


def _shown(value: float) -> str:
    return f"{value:,.1f}".removesuffix(".0")


def _unit(alarm: Alarm) -> str:
    return {"Percent": " %", "Milliseconds": " ms"}.get(alarm.metric.unit.value, "")


def _bound(alarm: Alarm) -> str:
    side = "at least" if alarm.comparison == "LessThanThreshold" else "at most"
    return f"which should be {side} {_shown(alarm.threshold)}{_unit(alarm)}"
