"""Work that any process may do, and one does at a time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from dynalayer import AsyncDatabase
from dynalayer.recipes import Lease, LeaseLost, LeaseTaken, held
from live_translation.tables import rate_limits

R = TypeVar("R")

LEASE_SECONDS: Final = 60.0
"""After this long another process takes over from one that died."""

_DAY: Final = 86_400.0
JOBS: Final = Lease(rate_limits, "job", seconds=LEASE_SECONDS, forget_after=_DAY)
"""The leases lie in the table of the rate limits, which forgets what is old."""


async def in_turn(database: AsyncDatabase, job: str, work: Callable[[], Awaitable[R]]) -> R | None:
    """Do the work unless another process is at it, or takes over because this one was held up; None then."""
    try:
        async with held(database, JOBS, job):
            return await work()
    except (LeaseTaken, LeaseLost):
        return None
