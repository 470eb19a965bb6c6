"""Moments, days, times of day and durations, each in a text or number whose order is theirs."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from dynalayer.protocol import InvalidValue, numbers

from .codec import Codec, Wire, content_of, refuse, typed_wire

_MICROSECOND = timedelta(microseconds=1)
_MILLION = Decimal(1_000_000)


def utc_text(value: datetime) -> str:
    """An aware datetime as ISO 8601 in UTC with microseconds and `Z`: of fixed width, so text order is time order."""
    if value.tzinfo is None:
        raise InvalidValue("expected a datetime with a time zone, got one without (use datetime.now(UTC))")
    if value.tzinfo is UTC:
        return value.isoformat(timespec="microseconds")[:-6] + "Z"
    try:
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    except OverflowError:
        raise InvalidValue("expected a datetime of the years 1 to 9999 in UTC") from None


def _write_datetime(value: object) -> Wire:
    if not isinstance(value, datetime):
        raise refuse(value, "datetime")
    return {"S": utc_text(value)}


def _write_date(value: object) -> Wire:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise refuse(value, "date")
    return {"S": value.isoformat()}


def _write_time(value: object) -> Wire:
    if not isinstance(value, time):
        raise refuse(value, "time")
    if value.tzinfo is not None:
        raise InvalidValue("expected a time without a time zone: a zone needs a day to tell its offset")
    return {"S": value.isoformat(timespec="microseconds")}


def _write_duration(value: object) -> Wire:
    if not isinstance(value, timedelta):
        raise refuse(value, "timedelta")
    return {"N": numbers.to_text(Decimal(value // _MICROSECOND) / _MILLION)}


def _read_duration(wire: Wire) -> timedelta:
    microseconds = Decimal(content_of(wire, "N")) * _MILLION
    if microseconds != int(microseconds):
        raise InvalidValue("expected seconds with at most six decimals")
    return timedelta(microseconds=int(microseconds))


def _write_epoch(value: object) -> Wire:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise refuse(value, "datetime with a time zone")
    return {"N": str(int(value.timestamp()))}


EPOCH_SECONDS = Codec(
    "datetime", "N", _write_epoch, lambda w: datetime.fromtimestamp(int(content_of(w, "N")), UTC), wire=Wire
)
"""A datetime stored as whole seconds since 1970, the form that DynamoDB's TTL needs."""

TIMES: dict[Any, Codec] = {
    datetime: Codec(
        "datetime",
        "S",
        _write_datetime,
        lambda w: datetime.fromisoformat(content_of(w, "S")),
        typed_wire("S", datetime),
        lambda w: f"{w}.S",
    ),
    date: Codec(
        "date",
        "S",
        _write_date,
        lambda w: date.fromisoformat(content_of(w, "S")),
        typed_wire("S", date),
        lambda w: f"{w}.S",
    ),
    time: Codec(
        "time",
        "S",
        _write_time,
        lambda w: time.fromisoformat(content_of(w, "S")),
        typed_wire("S", time),
        lambda w: f"{w}.S",
    ),
    timedelta: Codec("timedelta", "N", _write_duration, _read_duration),
}
