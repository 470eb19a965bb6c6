"""Plain functions as observers."""

from __future__ import annotations

from collections.abc import Callable

from .events import Answered, BreakerChanged, Called, Retrying, Sending
from .observer import Observer


class Hooks(Observer):
    """Calls functions before an attempt is signed, after its answer, before a retry, on a breaker's change, at the end.

    They see what they are given and cannot change it. `Sending` and `Answered` carry the bytes of the call, with the
    values that are in them: what a hook does with these is its own to answer for.
    """

    def __init__(
        self,
        *,
        before_sign: Callable[[Sending], object] | None = None,
        after_response: Callable[[Answered], object] | None = None,
        on_retry: Callable[[Retrying], object] | None = None,
        on_breaker_change: Callable[[BreakerChanged], object] | None = None,
        on_end: Callable[[Called], object] | None = None,
    ) -> None:
        # Set only where given: what an observer does not fill in is not prepared for it.
        given = {
            "sending": before_sign,
            "answered": after_response,
            "retrying": on_retry,
            "breaker_changed": on_breaker_change,
            "ended": on_end,
        }
        for name, function in given.items():
            if function is not None:
                setattr(self, name, function)
