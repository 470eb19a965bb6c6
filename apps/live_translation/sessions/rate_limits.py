"""Rate limits: a token bucket for each caller, held by one conditional write at a time."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Final

from dynalayer import AsyncDatabase, ConditionFailed
from live_translation.clock import Clock, milliseconds
from live_translation.errors import hashed
from live_translation.sessions.failures import SERVICE_FAILURES as SERVICE_FAILURES
from live_translation.tables import Bucket

_RETENTION_SECONDS: Final = 3_600
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


class RateLimitsRepository:
    """Admits or refuses requests; N at once admit exactly as many as there are tokens."""

    def __init__(self, database: AsyncDatabase, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def check_rate_limit(self, limit: Limit, value: str) -> tuple[bool, int]:
        """Take a token: (True, 0), or (False, whole seconds until there is one, at least 1).

        Admits when the database does not answer, with a warning; every other error is raised.
        """
        try:
            return await self._take(limit, limit.identifier(value))
        except SERVICE_FAILURES as error:
            _log.warning("rate limit %s not checked for %s: %s", limit.operation, hashed(value), type(error).__name__)
            return True, 0

    async def _take(self, limit: Limit, identifier: str) -> tuple[bool, int]:
        # Each lost round was won by another request, which took a token, so this ends once the bucket is empty.
        for _ in range(2 * limit.requests + 2):
            bucket = await self._database.get(Bucket.key(identifier), consistent=True)
            # A clock that is set back must not give the same time twice.
            now = max(milliseconds(self._clock), bucket.refilled_at if bucket else 0)
            credit = _credit(limit, bucket, now)
            lacking = limit.seconds * 1000 - credit
            if lacking > 0:
                return False, _whole_seconds(lacking, limit.requests)
            if await self._store(limit, identifier, bucket, -lacking, now):
                return True, 0
        return False, 1

    async def _store(self, limit: Limit, identifier: str, old: Bucket | None, credit: int, now: int) -> bool:
        """Write the bucket if nobody has since it was read."""
        expires_at = now // 1000 + limit.seconds + _RETENTION_SECONDS
        bucket = Bucket(identifier=identifier, credit=credit, refilled_at=now, expires_at=expires_at)
        try:
            if old is None:
                await self._database.create(bucket)
            else:
                unchanged = (Bucket.credit == old.credit) & (Bucket.refilled_at == old.refilled_at)
                await self._database.put(bucket, if_=unchanged)
        except ConditionFailed:
            return False
        return True


def _credit(limit: Limit, bucket: Bucket | None, now: int) -> int:
    """What the bucket holds now; a token is worth the milliseconds of the window."""
    full = limit.requests * limit.seconds * 1000
    if bucket is None:
        return full
    return min(full, bucket.credit + (now - bucket.refilled_at) * limit.requests)


def _whole_seconds(lacking: int, per_millisecond: int) -> int:
    return max(1, -(-lacking // (per_millisecond * 1000)))
