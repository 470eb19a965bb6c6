"""The translation cache: at most so many entries, of which the least recently used goes first.

How the victim is found: every entry bears the same `recency`, the partition key of a small index that is ordered by
`lastAccessedAt`, so the least recently used entry is the first of a query that reads one item; nothing is scanned. A
ring of buckets by hour would spread the writes but only approximate the order. The one index partition takes 1,000
writes a second, that is as many hits; past that, shard `recency` and evict from the shard whose head is oldest.

How the bound is held: a counter item moves in one transaction with each entry that comes or goes, and the addition is
refused at the bound. DynamoDB deletes expired entries without telling, so a counter drifts upwards; when it says that
the cache is full, and at most once a minute, the entries are counted one by one and the counter is set right.
"""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, auto
from typing import Final

from dynalayer import (
    AsyncDatabase,
    Change,
    ConditionFailed,
    Create,
    Delete,
    ItemNotFound,
    Put,
    TransactionCanceled,
    Update,
)
from live_translation.clock import Clock, milliseconds
from live_translation.tables import CacheCounter, CachedTranslation

_COUNTER: Final = CacheCounter.key("counter")
_RECOUNT_AFTER_MS: Final = 60_000
_ROUNDS: Final = 50
_REFUSED: Final = "ConditionalCheckFailed"
_CANDIDATES: Final = 10


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

    def __str__(self) -> str:
        digest = hashlib.sha256(self.text.encode()).hexdigest()[:16]
        return f"{self.source_language}:{self.target_language}:{digest}"


def comparable(text: str) -> str:
    """Composed Unicode without outer spaces; case counts, because US is not us and Polish is not polish."""
    return unicodedata.normalize("NFC", text).strip()


class _Added(Enum):
    """What became of an addition; busy if others wrote at the same moment."""

    done = auto()
    taken = auto()
    full = auto()
    busy = auto()


class CachedTranslationsRepository:
    """Keeps translations for `ttl_seconds` and never more than `maximum` of them."""

    def __init__(
        self, database: AsyncDatabase, clock: Clock, *, maximum: int = 10_000, ttl_seconds: int = 3_600
    ) -> None:
        self._database = database
        self._clock = clock
        self._maximum = maximum
        self._ttl_seconds = ttl_seconds

    async def get(self, wanted: CacheKey) -> CachedTranslation | None:
        """The entry, counted as a hit; None if there is none, it has expired, or it is of another text."""
        found = await self._database.get(CachedTranslation.key(str(wanted)))
        if found is None or comparable(found.source_text) != wanted.text:
            return None
        await self._count_hit(found)
        return found

    async def _count_hit(self, found: CachedTranslation) -> None:
        changes = (
            CachedTranslation.access_count.add(1),
            CachedTranslation.last_accessed_at.set(milliseconds(self._clock)),
        )
        try:
            await self._database.update(found.key, *changes)
        except ItemNotFound:
            # Evicted or expired since it was read: what was read is right, and a write would only make a torso.
            return

    async def store(
        self, key: CacheKey, translated_text: str, *, engine: str = "", confidence: float | None = None
    ) -> bool:
        """Keep a translation, in place of an entry of the same key; False if the cache is too busy to make room."""
        entry = self._entry(key, translated_text, engine, confidence)
        for _ in range(_ROUNDS):
            added = await self._add(entry)
            if added is _Added.done or (added is _Added.taken and await self._replace(entry)):
                return True
            if added is _Added.full:
                await self._make_room()
        return False

    def _entry(self, key: CacheKey, text: str, engine: str, confidence: float | None) -> CachedTranslation:
        now = milliseconds(self._clock)
        return CachedTranslation(
            cache_key=str(key),
            source_language=key.source_language,
            target_language=key.target_language,
            source_text=key.source_text,
            translated_text=text,
            engine=engine,
            confidence=None if confidence is None else Decimal(str(confidence)),
            created_at=now,
            last_accessed_at=now,
            ttl=now // 1000 + self._ttl_seconds,
        )

    async def _add(self, entry: CachedTranslation) -> _Added:
        """Write a new entry and count it, if its key is free and there is room."""
        add = Put(entry, CachedTranslation.cache_key.missing())
        count = Update(_COUNTER, _counted(1), CacheCounter.entries < self._maximum)
        try:
            await self._database.transact(add, count)
        except TransactionCanceled as error:
            codes = [reason.code for reason in error.reasons]
            if codes[0] == _REFUSED:
                return _Added.taken
            if codes[1] == _REFUSED:
                return _Added.full
            if "TransactionConflict" not in codes:
                raise
            return _Added.busy
        return _Added.done

    async def _replace(self, entry: CachedTranslation) -> bool:
        """Write over an entry, expired or not; False if it is gone by now."""
        try:
            await self._database.put(entry, if_=CachedTranslation.cache_key.exists())
        except ConditionFailed:
            return False
        return True

    async def _make_room(self) -> None:
        counter = await self._database.get(_COUNTER, consistent=True)
        if counter is None:
            await self._start_counting()
        elif counter.entries >= self._maximum and not await self._recounted(counter):
            await self._evict()

    async def _start_counting(self) -> None:
        try:
            await self._database.run(
                Create(CacheCounter(entries=await self.count(), counted_at=milliseconds(self._clock)))
            )
        except ConditionFailed:
            return

    async def _recounted(self, counter: CacheCounter) -> bool:
        """Set the counter right if that has not been done for a minute and it was wrong."""
        now = milliseconds(self._clock)
        if now - counter.counted_at < _RECOUNT_AFTER_MS:
            return False
        entries = await self.count()
        changes = (CacheCounter.entries.set(entries), CacheCounter.counted_at.set(now))
        try:
            await self._database.update(_COUNTER, *changes, if_=CacheCounter.writes == counter.writes)
        except ConditionFailed:
            return True
        return entries < counter.entries

    async def count(self) -> int:
        """Count the entries that are there, expired or not, one by one."""
        entries = 0
        async for _ in self._database.query(CachedTranslation.by_last_access("all").expired()):
            entries += 1
        return entries

    async def _evict(self) -> None:
        """Delete the least recently used entry, unless room has been made meanwhile.

        Several candidates are read because the index may still name entries that are gone.
        """
        oldest_first = CachedTranslation.by_last_access("all").expired()
        page = await self._database.page(oldest_first, size=_CANDIDATES)
        for victim in page.items:
            unused = CachedTranslation.last_accessed_at == victim.last_accessed_at
            full = CacheCounter.entries >= self._maximum
            try:
                await self._database.transact(Delete(victim.key, unused), Update(_COUNTER, _counted(-1), full))
            except TransactionCanceled as error:
                if error.reasons[1].code == _REFUSED:
                    return
            else:
                return

    async def size(self) -> int:
        """How many entries the counter says there are."""
        counter = await self._database.get(_COUNTER, consistent=True)
        return 0 if counter is None else counter.entries


def _counted(change: int) -> tuple[Change[CacheCounter], ...]:
    # The number of writes tells a recount whether entries came and went under its eyes.
    return CacheCounter.entries.add(change), CacheCounter.writes.add(1)
