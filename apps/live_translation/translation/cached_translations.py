"""The translation cache: what an entry is, how long it lasts, and what it is found by.

At most so many entries, of which the least recently used goes first: `dynalayer.recipes.Lru` holds the bound. Every
entry bears the same `recency`, the partition key of a small index that is ordered by `lastAccessedAt`. One index
partition takes 1,000 writes a second, that is as many hits; past that, shard `recency` and keep a bound for each shard.

Entries hold what was said and its translation, for `CACHE_TTL_SECONDS` (an hour) and no longer: from then on they are
not given out, and the table's expiry deletes them. Nothing in them says who said it, or in which session. The text
itself is kept because its hash has 64 bits: it is compared before use. Where nothing that was said may be written down
at all, `MAX_CACHE_ENTRIES=0` does without the cache.
"""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

from dynalayer import Key
from dynalayer.recipes import Lru
from live_translation.tables import CachedTranslation, cache_numbers


@dataclass(frozen=True, slots=True)
class CacheKey:
    """One text to be translated from one language to another; `source_text` is as it was spoken."""

    source_language: str
    target_language: str
    source_text: str

    @property
    def text(self) -> str:
        """The text that is hashed and compared."""
        return comparable(self.source_text)

    @property
    def key(self) -> Key[CachedTranslation]:
        """Where the translation is kept."""
        return CachedTranslation.key(str(self))

    def is_of(self, entry: CachedTranslation) -> bool:
        """True if the entry is of this text, and not of another one with the same hash."""
        return comparable(entry.source_text) == self.text

    def entry(
        self, text: str, engine: str, confidence: float | None, now_ms: int, ttl_seconds: int
    ) -> CachedTranslation:
        """The translation `text` as it is kept."""
        return CachedTranslation(
            cache_key=str(self),
            source_language=self.source_language,
            target_language=self.target_language,
            source_text=self.source_text,
            translated_text=text,
            engine=engine,
            confidence=None if confidence is None else Decimal(str(confidence)),
            created_at=now_ms,
            last_accessed_at=now_ms,
            ttl=now_ms // 1000 + ttl_seconds,
        )

    def __str__(self) -> str:
        digest = hashlib.sha256(self.text.encode("utf-8", "replace")).hexdigest()[:16]
        return f"{self.source_language}:{self.target_language}:{digest}"


def comparable(text: str) -> str:
    """Composed Unicode without outer spaces; case counts, because US is not us and Polish is not polish."""
    return unicodedata.normalize("NFC", text).strip()


def translation_cache(maximum: int = 10_000) -> Lru[CachedTranslation]:
    """The cache's bound: at most `maximum` entries, exactly, in the exact order of their last use."""
    return Lru(
        CachedTranslation,
        CachedTranslation.last_accessed_at,
        CachedTranslation.by_last_access("all"),
        name="translations",
        most=maximum,
        hits=CachedTranslation.access_count,
        per_second=1_000,
        sizes=cache_numbers,
    )
