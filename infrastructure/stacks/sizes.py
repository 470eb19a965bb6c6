"""How large each function is, how long it may take, and how long its logs are kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Size:
    """Memory in MB and time in seconds; API Gateway itself waits at most 29 s for an answer."""

    memory: int
    seconds: int


SIZES: Final = {
    "authorizer": Size(128, 10),
    "connect": Size(256, 29),
    # Sentences are translated and posted to their listeners in this one.
    "messages": Size(1024, 29),
    "disconnect": Size(256, 29),
    "welcome": Size(256, 30),
    "jobs": Size(512, 60),
}

PIPELINE: Final = "messages"


def retention_days(function: str, *, is_dev: bool) -> int:
    """The pipeline's logs a week in dev and a month elsewhere, the others a day: they are about people's sessions."""
    if function != PIPELINE:
        return 1
    return 7 if is_dev else 30
