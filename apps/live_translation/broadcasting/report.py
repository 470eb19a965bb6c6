"""What became of a final, and what its speaker is told of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from live_translation.translation.translating import Translated


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a final segment; `listeners` counts the posts that were taken."""

    segment_id: str
    sequence_number: int
    languages: tuple[str, ...] = ()
    failed_languages: tuple[str, ...] = ()
    from_cache: int = 0
    translated: int = 0
    listeners: int = 0
    failed: int = 0
    released: int = 0
    duplicate: bool = False
    duration_ms: int = 0

    @property
    def cache_hit_rate(self) -> float | None:
        """The percentage of translations that came from the cache; None if none were asked for."""
        asked = self.from_cache + self.translated + len(self.failed_languages)
        return 100 * self.from_cache / asked if asked else None

    @property
    def success_rate(self) -> float | None:
        """The percentage of posts that were taken, of those to listeners who were there; None if there were none."""
        posts = self.listeners + self.failed
        return 100 * self.listeners / posts if posts else None

    def to_message(self, now_ms: int) -> dict[str, Any]:
        """The `segmentProcessed` message of the wire contract."""
        return {
            "type": "segmentProcessed",
            "timestamp": now_ms,
            "segmentId": self.segment_id,
            "sequenceNumber": self.sequence_number,
            "languages": self.languages,
            "failedLanguages": self.failed_languages,
            "fromCache": self.from_cache,
            "translated": self.translated,
            "listeners": self.listeners,
            "duplicate": self.duplicate,
            "durationMs": self.duration_ms,
        }


def report_of(segment_id: str, sequence_number: int, spoken: Mapping[str, Translated | None]) -> Report:
    """The report of a final that has been translated and not yet been posted."""
    found = {language: each for language, each in spoken.items() if each is not None}
    return Report(
        segment_id,
        sequence_number,
        tuple(found),
        tuple(language for language in spoken if language not in found),
        sum(each.from_cache for each in found.values()),
        sum(each.by_engine for each in found.values()),
    )
