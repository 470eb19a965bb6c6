"""The one interface of all that observe."""

from __future__ import annotations

from dynalayer.protocol import Detail

from .events import Answered, BreakerChanged, Called, Retrying, Sending


class Observer:
    """Is told of the calls of a database; derive from it and fill in what you want to know.

    Methods are called by the thread or task that makes the call, one after the other, and must not wait. An error in
    one is logged, and the call goes on. What nobody fills in costs nothing. `wants_*` say what should be found out for
    it: the `capacity` that calls consume (in one sum, or of each index), the `sites` they come from, hashes of `keys`.
    """

    wants_capacity: Detail | None = None
    wants_sites: bool = False
    wants_keys: bool = False

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
