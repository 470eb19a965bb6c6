"""What can go wrong in a recipe that a caller should tell apart."""

from __future__ import annotations

from dynalayer import DynalayerError


class RecipeError(DynalayerError):
    """The base of the errors of the recipes."""


class LeaseLost(RecipeError):
    """A lease has run out and another holder has it, or may have it by now: stop what it protects."""


class LeaseTaken(RecipeError):
    """Somebody else holds the lease; `retry_after` tells in how many seconds it runs out unless it is renewed."""

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class StillRunning(RecipeError):
    """The same call is being made elsewhere; `retry_after` tells in how many seconds it may be taken over."""

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class PayloadMismatch(RecipeError):
    """An idempotency key was used again with other arguments: the caller makes keys that are not unique."""


class ResultNotKept(RecipeError):
    """The call was made before, and its result was not stored: too large, or not wanted."""


class TakenOver(RecipeError):
    """A call took longer than its time to run, and another run has taken its place: it may have been made twice."""
