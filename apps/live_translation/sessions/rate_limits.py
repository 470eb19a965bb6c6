"""Rate limits: a token bucket for each caller, each answer one conditional write."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from functools import cache

from dynalayer import AsyncDatabase
from dynalayer.recipes import RateLimiter
from live_translation.errors import hashed
from live_translation.sessions.failures import SERVICE_FAILURES as SERVICE_FAILURES
from live_translation.tables import rate_limits

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `requests` at once, and as many again in `seconds`; `operation` and `kind` name the bucket."""

    operation: str
    kind: str
    requests: int
    seconds: int

    def identifier(self, value: str) -> str:
        """The bucket of one caller."""
        return f"{self.operation}:{self.kind}:{value}"


@cache
def limiter_of(limit: Limit) -> RateLimiter:
    """What takes the tokens of a limit; its buckets lie under the identifiers of the limit."""
    return RateLimiter(
        rate_limits,
        limit.operation,
        capacity=limit.requests,
        refill=limit.requests,
        per=limit.seconds,
        prefix=limit.identifier(""),
    )


class RateLimitsRepository:
    """Admits or refuses requests; N at once admit exactly as many as there are tokens."""

    def __init__(self, database: AsyncDatabase) -> None:
        self._database = database

    async def check_rate_limit(self, limit: Limit, value: str) -> tuple[bool, int]:
        """Take a token: (True, 0), or (False, whole seconds until there is one, at least 1).

        Admits when the database does not answer, with a warning; every other error is raised.
        """
        try:
            decision = await self._database.run(limiter_of(limit).take(value))
        except SERVICE_FAILURES as error:
            _log.warning("rate limit %s not checked for %s: %s", limit.operation, hashed(value), type(error).__name__)
            return True, 0
        return (True, 0) if decision else (False, max(1, math.ceil(decision.retry_after)))
