"""The injected clock, and the two units that the tables keep time in."""

from __future__ import annotations

from collections.abc import Callable

Clock = Callable[[], float]
"""Gives seconds since 1970."""


def milliseconds(clock: Clock) -> int:
    """The time for events."""
    return int(clock() * 1000)


def seconds(clock: Clock) -> int:
    """The time for attributes that expire items."""
    return int(clock())
