"""What an operator may set, read from environment variables and refused when it makes no sense."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import urlsplit

from hosting.settings import BadSetting, check_bounds, decimal, given, switch, text, whole

__all__ = ["LEVELS", "RENAMED", "BadSetting", "Settings"]


LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR")
RENAMED: Final = {
    "LIMIT_SESSION_CREATE_PER_HOUR": "RATE_LIMIT_SESSIONS_PER_HOUR",
    "LIMIT_LISTENER_JOIN_PER_MINUTE": "RATE_LIMIT_LISTENER_JOINS_PER_MIN",
    "LIMIT_CONNECTION_ATTEMPT_PER_MINUTE": "RATE_LIMIT_CONNECTION_ATTEMPTS_PER_MIN",
    "LIMIT_HEARTBEAT_PER_MINUTE": "RATE_LIMIT_HEARTBEATS_PER_MIN",
}
"""What the variables of earlier versions are called now; both names are read, and the new one wins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The service's limits; times in seconds unless the name says otherwise."""

    max_listeners_per_session: int = whole(500, "MAX_LISTENERS_PER_SESSION", 1, 100_000)
    session_max_duration_hours: int = whole(2, "SESSION_MAX_DURATION_HOURS", 1, 24)
    connection_max_duration_hours: int = whole(2, "CONNECTION_MAX_DURATION_HOURS", 1, 24)
    connection_refresh_minutes: int = whole(100, "CONNECTION_REFRESH_MINUTES", 1, 1_440)
    connection_warning_minutes: int = whole(105, "CONNECTION_WARNING_MINUTES", 1, 1_440)
    speaker_grace_seconds: int = whole(30, "SPEAKER_GRACE_SECONDS", 0, 600)
    limit_session_create_per_hour: int = whole(50, "RATE_LIMIT_SESSIONS_PER_HOUR", 1, 1_000_000)
    limit_listener_join_per_minute: int = whole(10, "RATE_LIMIT_LISTENER_JOINS_PER_MIN", 1, 1_000_000)
    limit_connection_attempt_per_minute: int = whole(20, "RATE_LIMIT_CONNECTION_ATTEMPTS_PER_MIN", 1, 1_000_000)
    limit_heartbeat_per_minute: int = whole(2, "RATE_LIMIT_HEARTBEATS_PER_MIN", 1, 1_000_000)
    limit_token_per_minute: int = whole(10, "RATE_LIMIT_TOKENS_PER_MIN", 1, 1_000_000)
    heartbeat_timeout_seconds: int = whole(90, "HEARTBEAT_TIMEOUT_SECONDS", 1, 3_600)
    max_concurrent_broadcasts: int = whole(100, "MAX_CONCURRENT_BROADCASTS", 1, 10_000)
    queue_length: int = whole(64, "LISTENER_QUEUE_LENGTH", 8, 10_000)
    cache_ttl_seconds: int = whole(3_600, "CACHE_TTL_SECONDS", 1, 86_400)
    max_cache_entries: int = whole(10_000, "MAX_CACHE_ENTRIES", 0, 1_000_000)
    translate_timeout_ms: int = whole(2_000, "TRANSLATE_TIMEOUT_MS", 1, 30_000)
    translation_engine: str = text("", "TRANSLATION_ENGINE")
    synthesis_timeout_ms: int = whole(5_000, "SYNTHESIS_TIMEOUT_MS", 1, 30_000)
    speech_engine: str = text("", "SPEECH_ENGINE")
    max_message_bytes: int = whole(131_072, "MAX_MESSAGE_BYTES", 1_024, 131_072)
    user_pool_id: str = text("", "USER_POOL_ID")
    client_id: str = text("", "CLIENT_ID")
    region: str = text("us-east-1", "REGION")
    issuer_url: str = text("", "ISSUER_URL")
    jwks_url: str = text("", "JWKS_URL")
    allowed_origins: str = text("", "ALLOWED_ORIGINS")
    trusted_proxies: str = text("", "TRUSTED_PROXIES")
    log_level: str = text("WARNING", "LOG_LEVEL")
    speaker_passcode: str = text("", "SPEAKER_PASSCODE", secret=True)
    operator_passcode: str = text("", "OPERATOR_PASSCODE", secret=True)
    max_active_sessions: int = whole(100, "MAX_ACTIVE_SESSIONS", 1, 1_000_000)
    partial_results_enabled: bool = switch(True, "PARTIAL_RESULTS_ENABLED")
    rollout_percentage: int = whole(100, "ROLLOUT_PERCENTAGE", 0, 100)
    pause_threshold: float = decimal(2.0, "PAUSE_THRESHOLD", 0.5, 10.0)
    orphan_timeout: float = decimal(15.0, "ORPHAN_TIMEOUT", 5.0, 60.0)
    max_rate_per_second: int = whole(5, "MAX_RATE_PER_SECOND", 1, 50)
    recognition_engine: str = text("", "RECOGNITION_ENGINE")
    max_recognition_streams: int = whole(0, "MAX_RECOGNITION_STREAMS", 0, 1_000)
    max_concurrent_streams_per_speaker: int = whole(1, "MAX_CONCURRENT_STREAMS_PER_SPEAKER", 1, 100)
    transcribe_stream_timeout_seconds: int = whole(60, "TRANSCRIBE_STREAM_TIMEOUT_SECONDS", 1, 3_600)
    audio_rate_limit: int = whole(50, "AUDIO_RATE_LIMIT", 1, 1_000)
    audio_chunk_min_bytes: int = whole(100, "AUDIO_CHUNK_MIN_SIZE_BYTES", 2, 32_768)
    audio_chunk_max_bytes: int = whole(32_768, "AUDIO_CHUNK_MAX_SIZE_BYTES", 100, 90_000)

    def __post_init__(self) -> None:
        check_bounds(self)
        self._check_level()
        self._check_issuer()

    def _check_level(self) -> None:
        if self.log_level not in LEVELS:
            raise BadSetting(f"LOG_LEVEL must be one of {', '.join(LEVELS)}, got {self.log_level!r}")

    def _check_issuer(self) -> None:
        if self.user_pool_id and self.issuer_url:
            raise BadSetting("USER_POOL_ID and ISSUER_URL name two issuers; set one of them")
        if (self.user_pool_id or self.issuer_url) and not self.client_id:
            raise BadSetting("CLIENT_ID must name the client that tokens are made for: without it any token would do")
        for variable, url in (("ISSUER_URL", self.issuer_url), ("JWKS_URL", self.jwks_url)):
            parts = urlsplit(url)
            if url and parts.scheme != "https" and parts.hostname not in ("localhost", "127.0.0.1"):
                raise BadSetting(f"{variable} must be an https URL: keys fetched without it could be anybody's")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Read the variables that are set, defaults for the others; raises `BadSetting` naming the variable."""
        environment = {**{new: environment[old] for old, new in RENAMED.items() if old in environment}, **environment}
        return cls(**given(cls, environment))
