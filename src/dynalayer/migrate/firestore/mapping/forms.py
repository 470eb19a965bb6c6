"""The forms that a contract may ask for: the shapes that applications left in their documents, made one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import Any, Final

from dynalayer.migrate.contract import Form, Rule
from dynalayer.migrate.firestore.values import Timestamp
from dynalayer.migrate.items import Unconvertible, text_of
from dynalayer.schema import shard_of

from .values import time_text

_PAIRS: Final = (("seconds", "nanoseconds"), ("_seconds", "_nanoseconds"))
_MILLION: Final = 1_000_000


def formed(value: Any, rule: Rule) -> Any:
    """A value that is not null in the form that its rule asks for; raises `Unconvertible`."""
    return value if rule.form is None else _FORMS[rule.form](value, rule)


def moment_of(value: Any) -> Timestamp:
    """A timestamp, a map of seconds and nanoseconds as clients of Firestore show one, or a text of ISO 8601."""
    if isinstance(value, Timestamp):
        return value
    if isinstance(value, dict):
        for seconds, nanoseconds in _PAIRS:
            whole, rest = value.get(seconds), value.get(nanoseconds)
            if len(value) == 2 and isinstance(whole, int) and isinstance(rest, int):
                return Timestamp.of_nanoseconds(whole * 1_000_000_000 + rest)
    if isinstance(value, str):
        try:
            read = datetime.fromisoformat(value)
        except ValueError:
            raise Unconvertible("a text that is no date and time of ISO 8601") from None
        return Timestamp.of(read if read.tzinfo is not None else read.replace(tzinfo=UTC))
    raise Unconvertible(f"{_kind(value)} is no moment")


def _kind(value: Any) -> str:
    return {dict: "a map", list: "a list", str: "a text", bool: "true or false"}.get(type(value), type(value).__name__)


def _iso(value: Any, rule: Rule) -> str:
    return time_text(moment_of(value), rule.digits)


def _millis(value: Any, rule: Rule) -> Any:
    return value if _is_number(value) else moment_of(value).total_nanoseconds // _MILLION


def _seconds(value: Any, rule: Rule) -> Any:
    return value if _is_number(value) else moment_of(value).seconds


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _list(value: Any, rule: Rule) -> list[Any]:
    if isinstance(value, list):
        return value
    if isinstance(value, str) and rule.separator is not None:
        return [part for part in (each.strip() for each in value.split(rule.separator)) if part]
    return [value]


def _number(value: Any, rule: Rule) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return Decimal(value.strip())
    except InvalidOperation:
        raise Unconvertible("a text that is no number") from None


def _text(value: Any, rule: Rule) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    # What is no number stays for the policy of those.
    return text_of(value) if isinstance(value, int) or (isinstance(value, float) and isfinite(value)) else value


def _shard(value: Any, rule: Rule) -> int:
    if not isinstance(value, str) or rule.shards is None:
        raise Unconvertible(f"{_kind(value)} has no shard here, only a text has one")
    return shard_of({"S": value}, rule.shards)


_FORMS: Final[Mapping[Form, Callable[[Any, Rule], Any]]] = {
    "iso": _iso,
    "millis": _millis,
    "seconds": _seconds,
    "list": _list,
    "number": _number,
    "text": _text,
    "shard": _shard,
}
