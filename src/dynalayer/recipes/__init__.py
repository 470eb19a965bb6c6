"""The patterns people rebuild every time, as plans that either executor runs, on a table of the user's."""

from .counter import Counter
from .errors import (
    LeaseLost,
    LeaseTaken,
    PayloadMismatch,
    RecipeError,
    ResultNotKept,
    StillRunning,
    TakenOver,
)
from .held import AsyncHeldLease, HeldLease, held
from .lease import Holding, Lease
from .ratelimit import Decision, RateLimiter

__all__ = [
    "AsyncHeldLease",
    "Counter",
    "Decision",
    "HeldLease",
    "Holding",
    "Lease",
    "LeaseLost",
    "LeaseTaken",
    "PayloadMismatch",
    "RateLimiter",
    "RecipeError",
    "ResultNotKept",
    "StillRunning",
    "TakenOver",
    "held",
]
