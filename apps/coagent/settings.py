"""What an operator may set, read from environment variables and refused when it makes no sense."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from hosting.settings import BadSetting, check_bounds, given, switch, text, whole

__all__ = ["LEVELS", "TOKEN_KEYS", "BadSetting", "Settings"]

LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR")
TOKEN_KEYS: Final = "COAGENT_TOKEN_KEYS"
SHORTEST_SECRET: Final = 32
"""Characters: as long as the digest that signs with it (RFC 7518, section 3.2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The service's limits and secrets."""

    passcode: str = text("", "COAGENT_PASSCODE", secret=True)
    secret: str = text("", "COAGENT_SECRET", secret=True)
    token_keys: str = text("", TOKEN_KEYS, secret=True)
    session_hours: int = whole(12, "COAGENT_SESSION_HOURS", 1, 720)
    secure_cookies: bool = switch(False, "COAGENT_SECURE_COOKIES")
    max_body_bytes: int = whole(2_500_000, "COAGENT_MAX_BODY_BYTES", 65_536, 10_000_000)
    sign_ins_per_minute: int = whole(20, "COAGENT_SIGN_INS_PER_MINUTE", 1, 100_000)
    trusted_proxies: str = text("", "TRUSTED_PROXIES")
    log_level: str = text("WARNING", "LOG_LEVEL")

    def __post_init__(self) -> None:
        check_bounds(self)
        if self.log_level not in LEVELS:
            raise BadSetting(f"LOG_LEVEL must be one of {', '.join(LEVELS)}, got {self.log_level!r}")
        if 0 < len(self.secret) < SHORTEST_SECRET:
            raise BadSetting(f"COAGENT_SECRET must have at least {SHORTEST_SECRET} characters, chosen by chance")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Read the variables that are set, defaults for the others; raises `BadSetting` naming the variable."""
        return cls(**given(cls, environment))
