"""The state of an alarm by the rules that CloudWatch documents; pure, so an alarm can be tried without the service.

The rules are those of the CloudWatch guide, "Using Amazon CloudWatch alarms": "Evaluating an alarm", "Configuring how
CloudWatch alarms treat missing data" and "Avoiding premature transitions to alarm state".
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from dynalayer.infra.metrics.expressions import Value
from dynalayer.infra.metrics.series import Sample, value_of
from dynalayer.infra.settings import number_of

from .alarm import Alarm

State = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]

SPARE: Final = 2
"""Periods looked at beyond those that are needed, for where some have no data.

The guide says that the number depends on the period without giving it; its examples have two.
"""


@dataclass(frozen=True, slots=True)
class Moment:
    """The state that an alarm got at a time, in seconds since 1970."""

    at: float
    state: State


def evaluate(
    alarm: Alarm,
    samples: Iterable[Sample],
    now: float,
    before: State = "INSUFFICIENT_DATA",
    *,
    settings: Mapping[str, float] | None = None,
) -> State:
    """The state of an alarm at `now` (seconds since 1970), after these samples and the state `before`.

    The last period ends at the last full minute, with periods under a minute at the last full ten seconds.
    """
    step = 60 if alarm.of.period >= 60 else 10
    end = now // step * step
    kept = list(samples)
    values = [
        value_of(alarm.of, kept, end - (age + 1) * alarm.of.period, end - age * alarm.of.period)
        for age in range(alarm.periods + SPARE)
    ]
    return decide(alarm, values, before, settings=settings)


def over_time(
    alarm: Alarm, samples: Iterable[Sample], since: float, until: float, *, settings: Mapping[str, float] | None = None
) -> Iterator[Moment]:
    """The changes of an alarm's state when it is evaluated each minute from `since` to `until` (seconds since 1970)."""
    kept = list(samples)
    state: State = "INSUFFICIENT_DATA"
    at = since
    while at <= until:
        found = evaluate(alarm, kept, at, state, settings=settings)
        if found != state:
            yield Moment(at, found)
        state = found
        at += 60


def decide(
    alarm: Alarm, newest_first: Sequence[Value], before: State, *, settings: Mapping[str, float] | None = None
) -> State:
    """The state of an alarm whose last periods had these values, None for those without data."""
    compare = _COMPARISONS[alarm.comparison]
    threshold = number_of(alarm.threshold, settings or {})
    breaches = [None if value is None else compare(value, threshold) for value in newest_first]
    known = [breach for breach in breaches if breach is not None]
    if len(known) >= alarm.periods:
        return _state(sum(known[: alarm.periods]) >= alarm.needed)
    filled = alarm.periods - len(known)
    if alarm.missing == "breaching":
        return _state(sum(known) + filled >= alarm.needed)
    if alarm.missing == "notBreaching" or sum(known) >= alarm.needed:
        return _state(sum(known) >= alarm.needed)
    return _with_gaps(alarm, breaches, known, before)


def _with_gaps(alarm: Alarm, breaches: Sequence[bool | None], known: Sequence[bool], before: State) -> State:
    if not known:
        return before if alarm.missing == "ignore" else "INSUFFICIENT_DATA"
    if not all(known):
        return "OK"
    oldest = max(age for age, breach in enumerate(breaches, 1) if breach)
    if alarm.missing == "missing" and oldest >= alarm.needed:
        return "ALARM"
    # All that is known is breaching, but it is too young to go off: the guide says only that it does not.
    return before


def _state(breaching: bool) -> State:
    return "ALARM" if breaching else "OK"


_COMPARISONS: Final[dict[str, Callable[[float, float], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
