"""The data access layer: one repository for each table."""

from __future__ import annotations

from live_translation.repositories.cached_translations import CachedTranslationsRepository
from live_translation.repositories.connections import ConnectionsRepository
from live_translation.repositories.rate_limits import Limit, RateLimitsRepository
from live_translation.repositories.sessions import SessionsRepository

__all__ = [
    "CachedTranslationsRepository",
    "ConnectionsRepository",
    "Limit",
    "RateLimitsRepository",
    "SessionsRepository",
]
