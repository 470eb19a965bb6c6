"""The figures by which partial results are judged, and which sessions take part."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialRules:
    """The figures of one session; times in seconds.

    `enabled`, `min_stability` (0.70 to 0.95) and `max_buffer_timeout` (2 to 10) are the speaker's, the others the
    operator's or fixed.
    """

    enabled: bool = True
    min_stability: float = 0.85
    max_buffer_timeout: float = 5.0
    pause: float = 2.0
    orphan: float = 15.0
    no_stability: float = 3.0
    per_second: int = 5
    reorder: float = 2.0
    healthy: float = 10.0
    waiting_words: int = 25
    """Ten seconds of speech at 150 words a minute."""
    rewritten_percent: float = 30.0
    corrected_percent: float = 20.0


def is_rolled_out(session_id: str, percentage: int) -> bool:
    """True for this share (0 to 100) of the sessions; the same session always gets the same answer."""
    drawn = int.from_bytes(hashlib.sha256(session_id.encode()).digest()[:4], "big")
    return drawn % 100 < percentage
