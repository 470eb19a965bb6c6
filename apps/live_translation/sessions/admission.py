"""The rate limits of the service: which caller may do what how often."""

from __future__ import annotations

from live_translation.errors import rate_limited
from live_translation.metrics import NOTHING, Metrics, catalog
from live_translation.sessions.rate_limits import Limit, RateLimitsRepository
from live_translation.settings import Settings


def limits(settings: Settings) -> tuple[Limit, Limit, Limit, Limit, Limit, Limit]:
    """Attempts, joins, heartbeats, tokens, creations of users, and creations where nobody is asked who it is."""
    creations = settings.limit_session_create_per_hour
    return (
        Limit("connection_attempt", "ip", settings.limit_connection_attempt_per_minute, 60),
        Limit("listener_join", "ip", settings.limit_listener_join_per_minute, 60),
        Limit("heartbeat", "connection", settings.limit_heartbeat_per_minute, 60),
        Limit("token", "ip", settings.limit_token_per_minute, 60),
        Limit("session_create", "user", creations, 3_600),
        Limit("session_create", "ip", creations, 3_600),
    )


class Admission:
    """Takes a token for each request; raises `ServiceProblem` 429 when there is none."""

    def __init__(self, rate_limits: RateLimitsRepository, settings: Settings, metrics: Metrics = NOTHING) -> None:
        self._rate_limits = rate_limits
        self._metrics = metrics
        self._attempts, self._joins, self._heartbeats, self._tokens, self._creations, self._unknown_creations = limits(
            settings
        )

    async def attempt(self, source_ip: str) -> None:
        """Any connection, from one address."""
        await self._take(self._attempts, source_ip)

    async def creation(self, user_id: str | None, source_ip: str) -> None:
        """A new session, of one user."""
        if user_id is None:
            await self._take(self._unknown_creations, source_ip)
        else:
            await self._take(self._creations, user_id)

    async def token(self, source_ip: str) -> None:
        """A token, and a guess at the passcode, from one address."""
        await self._take(self._tokens, source_ip)

    async def join(self, source_ip: str) -> None:
        """A listener, from one address."""
        await self._take(self._joins, source_ip)

    async def heartbeat(self, connection_id: str) -> None:
        """A sign of life of one connection."""
        await self._take(self._heartbeats, connection_id)

    async def _take(self, limit: Limit, value: str) -> None:
        is_allowed, retry_after = await self._rate_limits.check_rate_limit(limit, value)
        if not is_allowed:
            self._metrics.count(catalog.RATE_LIMIT_EXCEEDED, 1, limit.operation)
            raise rate_limited(retry_after)
