"""A clock that stands still until a test moves it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

START: Final = 1_800_000_000.0
"""15 January 2027, 08:00 UTC."""


class FrozenClock:
    """Seconds since 1970 that pass only as a test says; give it as `clock` and its `sleep` as `sleep` of a database.

    Who sleeps on it goes on at once, and the clock is that much further: retries, pauses of plans and deadlines take
    no real time. `now` may be read and set, `slept` keeps how long each wait was.
    """

    def __init__(self, now: float | datetime = START) -> None:
        self.now = _seconds(now)
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def __repr__(self) -> str:
        return f"FrozenClock({self.moment.isoformat()})"

    @property
    def moment(self) -> datetime:
        """The time as a datetime in UTC."""
        return datetime.fromtimestamp(self.now, UTC)

    def advance(self, seconds: float) -> None:
        """Let so many seconds pass; raises `ValueError` for a negative number, as time does not run back by itself."""
        if seconds < 0:
            raise ValueError(f"{seconds} seconds cannot pass; use set() to put the clock back")
        self.now += seconds

    def set(self, now: float | datetime) -> None:
        """Put the clock to a moment, which may be an earlier one; a datetime must have a time zone."""
        self.now = _seconds(now)

    def sleep(self, seconds: float) -> None:
        """Let the seconds pass that a caller wants to wait."""
        self.slept.append(seconds)
        self.advance(seconds)

    async def async_sleep(self, seconds: float) -> None:
        """The awaited twin of `sleep`; other tasks have their turn meanwhile."""
        import asyncio  # heavy, and only for those who await

        self.sleep(seconds)
        await asyncio.sleep(0)


def _seconds(moment: float | datetime) -> float:
    if not isinstance(moment, datetime):
        return float(moment)
    if moment.tzinfo is None:
        raise ValueError("expected a datetime with a time zone, got one without (use datetime(..., tzinfo=UTC))")
    return moment.timestamp()
