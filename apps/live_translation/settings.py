"""What an operator may set, read from environment variables and refused when it makes no sense."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Self


class BadSetting(ValueError):
    """An environment variable holds a value that the service cannot work with."""


def _setting(default: int, variable: str, low: int, high: int) -> int:
    value: int = field(default=default, metadata={"variable": variable, "low": low, "high": high})
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The service's limits; times in seconds unless the name says otherwise."""

    max_listeners_per_session: int = _setting(500, "MAX_LISTENERS_PER_SESSION", 1, 100_000)
    session_max_duration_hours: int = _setting(2, "SESSION_MAX_DURATION_HOURS", 1, 24)
    limit_session_create_per_hour: int = _setting(50, "LIMIT_SESSION_CREATE_PER_HOUR", 1, 1_000_000)
    limit_listener_join_per_minute: int = _setting(10, "LIMIT_LISTENER_JOIN_PER_MINUTE", 1, 1_000_000)
    limit_connection_attempt_per_minute: int = _setting(20, "LIMIT_CONNECTION_ATTEMPT_PER_MINUTE", 1, 1_000_000)
    limit_heartbeat_per_minute: int = _setting(2, "LIMIT_HEARTBEAT_PER_MINUTE", 1, 1_000_000)
    heartbeat_timeout_seconds: int = _setting(90, "HEARTBEAT_TIMEOUT_SECONDS", 1, 3_600)
    max_concurrent_broadcasts: int = _setting(100, "MAX_CONCURRENT_BROADCASTS", 1, 10_000)
    queue_length: int = _setting(64, "LISTENER_QUEUE_LENGTH", 8, 10_000)
    cache_ttl_seconds: int = _setting(3_600, "CACHE_TTL_SECONDS", 1, 86_400)
    max_cache_entries: int = _setting(10_000, "MAX_CACHE_ENTRIES", 1, 1_000_000)
    translate_timeout_ms: int = _setting(2_000, "TRANSLATE_TIMEOUT_MS", 1, 30_000)
    max_message_bytes: int = _setting(32_768, "MAX_MESSAGE_BYTES", 1_024, 131_072)

    def __post_init__(self) -> None:
        for each in fields(self):
            value, low, high = getattr(self, each.name), each.metadata["low"], each.metadata["high"]
            if not low <= value <= high:
                raise BadSetting(f"{each.metadata['variable']} must be from {low} to {high}, got {value}")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Read the variables that are set, defaults for the others; raises `BadSetting` naming the variable."""
        given: dict[str, int] = {}
        for each in fields(cls):
            text = environment.get(each.metadata["variable"], "").strip()
            if text:
                given[each.name] = _whole_number(each.metadata["variable"], text)
        return cls(**given)


def _whole_number(variable: str, text: str) -> int:
    if not (text.isascii() and text.removeprefix("-").isdigit()):
        raise BadSetting(f"{variable} must be a whole number, got {text!r}")
    return int(text)
