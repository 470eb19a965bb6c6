"""The one interface of all that observe."""

from __future__ import annotations

from collections.abc import Sequence

from dynalayer.protocol import Detail

from .events import Answered, BreakerChanged, Called, Counted, Retrying, Sending


class Observer:
    """Is told of the calls of a database; derive from it and fill in what you want to know.

    Methods are called by the thread or task that makes the call, one after the other, and must not wait. An error in
    one is logged, and the call goes on. What nobody fills in costs nothing. `wants_*` say what should be found out for
    it: the `capacity` that calls consume (in one sum, or of each index), the `sites` they come from, hashes of `keys`.

    One that is not `immediate` is told of calls that have ended a moment later, of many at a time and by a thread of
    the library's: then a call only notes what happened. See `gathered`. If it `counts` besides, calls that succeed at
    their first attempt may come as `counted` in place of events; if it `chooses`, it is asked at the end of each of
    them whether it wants to be told of it at all. Where all others do so too, next to nothing is made for each call.
    """

    wants_capacity: Detail | None = None
    wants_sites: bool = False
    wants_keys: bool = False
    immediate: bool = True
    counts: bool = False
    chooses: bool = False

    def is_idle(self) -> bool:
        """Whether nothing would come of telling it how a call has ended; asked at the end of each."""
        return False

    def sending(self, event: Sending) -> None:
        """An attempt is about to be signed and sent."""

    def answered(self, event: Answered) -> None:
        """An attempt was answered without an error."""

    def retrying(self, event: Retrying) -> None:
        """An attempt failed, and another is made after a wait."""

    def breaker_changed(self, event: BreakerChanged) -> None:
        """A circuit breaker changed its state."""

    def ended(self, event: Called) -> None:
        """A call has ended, with its result or with an error."""

    def gathered(self, events: Sequence[Called]) -> None:
        """Calls that have ended, each after those that its thread ended before; of one that is not `immediate`."""
        for event in events:
            self.ended(event)

    def counted(self, calls: Sequence[Counted]) -> None:
        """Calls that succeeded at their first attempt, by what they are about; of one that `counts`."""

    def wants(self, seconds: float) -> bool:
        """Whether it wants to be told of a call that took so long; of one that `chooses`, within the call."""
        return True

    def chosen(self, events: Sequence[Called]) -> None:
        """Calls that it wants; of one that `chooses`."""
