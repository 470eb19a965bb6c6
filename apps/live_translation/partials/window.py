"""No more than so many partial results a second: of each window the best is kept, until its end."""

from __future__ import annotations

from live_translation.partials.events import Partial, known


def lowest(partial: Partial) -> float:
    """The stability of the least stable word; 0.0 if any is unknown."""
    given = partial.stability if isinstance(partial.stability, tuple) else (partial.stability,)
    return min((known(each) or 0.0 for each in given), default=0.0)


class RateWindow:
    """A window opens with a partial result and hands out the best of those in it at its end: the most stable, and of
    equally stable ones the latest.
    """

    def __init__(self, per_second: int) -> None:
        self._length = 1.0 / per_second
        self._best: Partial | None = None
        self._ends_at: float | None = None

    @property
    def ends_at(self) -> float | None:
        """When the best is to be taken; None while no window is open."""
        return self._ends_at

    def offer(self, partial: Partial, now: float) -> Partial | None:
        """Put a partial result into the window; gives back the one that is dropped for another."""
        best = self._best
        if best is None:
            self._best = partial
            # A window that stands empty, because its only content was withdrawn, is used up to its end all the same.
            self._ends_at = now + self._length if self._ends_at is None else self._ends_at
            return None
        if lowest(partial) >= lowest(best):
            self._best = partial
            return best
        return partial

    def take(self) -> Partial | None:
        """Close the window and give what was kept."""
        best, self._best, self._ends_at = self._best, None, None
        return best

    def take_early(self) -> Partial | None:
        """Give what is kept before the window is over; it stays open, so that the rate holds."""
        best, self._best = self._best, None
        return best

    def withdraw(self, result_id: str) -> Partial | None:
        """Take a result's partial out before its time."""
        if self._best is None or self._best.result_id != result_id:
            return None
        best, self._best = self._best, None
        return best
