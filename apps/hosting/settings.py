"""Settings from environment variables: each field of a dataclass names its variable, and what it may hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import Field, field, fields
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


class BadSetting(ValueError):
    """An environment variable holds a value that the service cannot work with."""


def whole(default: int, variable: str, low: int, high: int) -> int:
    """A whole number from `low` to `high`."""
    value: int = field(default=default, metadata={"variable": variable, "low": low, "high": high})
    return value


def decimal(default: float, variable: str, low: float, high: float) -> float:
    """A number from `low` to `high`, written without an exponent."""
    value: float = field(default=default, metadata={"variable": variable, "low": low, "high": high})
    return value


def text(default: str, variable: str, *, secret: bool = False) -> str:
    """A text; one that is `secret` is not shown where the settings are printed."""
    value: str = field(default=default, repr=not secret, metadata={"variable": variable})
    return value


def switch(default: bool, variable: str) -> bool:
    """`true` or `false`."""
    value: bool = field(default=default, metadata={"variable": variable, "low": False, "high": True})
    return value


def given(cls: type[DataclassInstance], environment: Mapping[str, str]) -> dict[str, Any]:
    """The fields whose variables are set; raises `BadSetting` naming the variable."""
    found: dict[str, Any] = {}
    for each in fields(cls):
        value = environment.get(each.metadata["variable"], "").strip()
        if value:
            found[each.name] = _READERS[type(each.default)](each.metadata["variable"], value)
    return found


def check_bounds(settings: DataclassInstance) -> None:
    """Raises `BadSetting` for a number that is out of its bounds."""
    for each in fields(settings):
        if "low" in each.metadata:
            _check(each, getattr(settings, each.name))


def _check(each: Field[Any], value: Any) -> None:
    low, high = each.metadata["low"], each.metadata["high"]
    if not low <= value <= high:
        raise BadSetting(f"{each.metadata['variable']} must be from {low} to {high}, got {value}")


def _whole_number(variable: str, value: str) -> int:
    if not (value.isascii() and value.removeprefix("-").isdigit()):
        raise BadSetting(f"{variable} must be a whole number, got {value!r}")
    return int(value)


def _decimal_number(variable: str, value: str) -> float:
    if not re.fullmatch(r"-?[0-9]{1,9}(\.[0-9]{1,9})?", value, re.ASCII):
        raise BadSetting(f"{variable} must be a number, got {value!r}")
    return float(value)


def _true_or_false(variable: str, value: str) -> bool:
    if value.lower() not in ("true", "false"):
        raise BadSetting(f"{variable} must be true or false, got {value!r}")
    return value.lower() == "true"


_READERS: Final[Mapping[type, Callable[[str, str], object]]] = {
    int: _whole_number,
    float: _decimal_number,
    bool: _true_or_false,
    str: lambda variable, value: value,
}
