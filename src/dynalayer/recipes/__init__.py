"""The patterns people rebuild every time, as plans that either executor runs, on a table of the user's."""

from ._async_cached import AsyncCached
from ._sync_cached import Cached
from .cache import Cache, Found
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
from .flights import AsyncFlights, Flights
from .held import AsyncHeldLease, HeldLease, held
from .idempotency import Finished, Idempotency, Started
from .idempotent import idempotent
from .lease import Holding, Lease
from .lru import Lru
from .ratelimit import Decision, RateLimiter

__all__ = [
    "AsyncCached",
    "AsyncFlights",
    "AsyncHeldLease",
    "Cache",
    "Cached",
    "Counter",
    "Decision",
    "Finished",
    "Flights",
    "Found",
    "HeldLease",
    "Holding",
    "Idempotency",
    "Lease",
    "LeaseLost",
    "LeaseTaken",
    "Lru",
    "PayloadMismatch",
    "RateLimiter",
    "RecipeError",
    "ResultNotKept",
    "Started",
    "StillRunning",
    "TakenOver",
    "held",
    "idempotent",
]
