"""One text in one language: from the cache, else by the engine, and never twice at the same time."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from typing import Final

from dynalayer import AsyncDatabase
from dynalayer.recipes import AsyncFlights
from live_translation.clock import Clock, milliseconds
from live_translation.metrics import NOTHING, Metrics, catalog
from live_translation.sessions.failures import SERVICE_FAILURES
from live_translation.tables import CachedTranslation
from live_translation.translation import UNTRANSLATED, Prepares, TranslationError, Translator
from live_translation.translation.cached_translations import CacheKey, translation_cache

LOADING_SECONDS: Final = 5.0
"""How long a sentence waits for an engine that is still loading, which is no part of the engine's own time."""

SIZE_EVERY_MS: Final = 60_000
"""So often at most the size of the cache is read, to be told."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Translated:
    """A text ready for its listeners; `confidence` from 0 to 1, None where nobody can say."""

    text: str
    engine: str
    confidence: float | None
    from_cache: bool = False
    by_engine: bool = False


class Translations:
    """Translates each text once for each language, whoever asks here, with `timeout` seconds for the engine.

    At most `maximum` translations are kept, for `ttl_seconds`; 0 keeps none. Two processes that ask for the same text
    at the same moment both ask the engine: that they know of each other would cost more than the second translation.
    """

    def __init__(
        self,
        database: AsyncDatabase,
        translator: Translator,
        clock: Clock,
        *,
        timeout: float,
        maximum: int = 10_000,
        ttl_seconds: int = 3_600,
        metrics: Metrics = NOTHING,
    ) -> None:
        self._database = database
        self._translator = translator
        self._clock = clock
        self._timeout = timeout
        self._cache = translation_cache(maximum) if maximum else None
        self._sized_at = 0
        self._ttl_seconds = ttl_seconds
        self._metrics = metrics
        self._flights = AsyncFlights()
        self._loading: dict[tuple[str, str], asyncio.Task[None]] = {}

    def expect(self, source: str, target: str) -> None:
        """Have the engine load what it needs: somebody waits for texts, and the first one should not wait as well."""
        self._loading_of(source, target)

    def _loading_of(self, source: str, target: str) -> asyncio.Task[None] | None:
        """What is to be waited for before this pair can translate; None if there is nothing to load."""
        translator, pair = self._translator, (source, target)
        if source == target or not isinstance(translator, Prepares) or translator.is_ready(source, target):
            return None
        task = self._loading.get(pair)
        if task is None:
            task = self._loading[pair] = asyncio.create_task(_prepared(translator, source, target))
            task.add_done_callback(lambda done: self._loading.pop(pair, None))
        return task

    async def translate(self, text: str, source: str, target: str) -> Translated | None:
        """The text in the target language, untouched if it is spoken in it; None if it cannot be had."""
        if source == target:
            return Translated(text, UNTRANSLATED, None)
        key = CacheKey(source, target, text)
        is_first = False

        async def find() -> Translated | None:
            nonlocal is_first
            is_first = True
            return await self._find(key)

        # By the text itself and not by its hash: two texts that share one must not share a flight.
        found = await self._flights.once(f"{source}:{target}:{key.text}", find)
        if found is not None and not is_first:
            found = replace(found, from_cache=True, by_engine=False)
        self._note(found)
        return found

    def _note(self, found: Translated | None) -> None:
        self._metrics.count(catalog.CACHE_REQUESTS)
        if found is None:
            self._metrics.count(catalog.FAILED_TRANSLATIONS)
        elif found.from_cache:
            self._metrics.count(catalog.CACHE_HITS)
        else:
            self._metrics.count(catalog.TRANSLATIONS_MADE)

    async def _find(self, key: CacheKey) -> Translated | None:
        entry = await self._look(key)
        if entry is not None:
            confidence = None if entry.confidence is None else float(entry.confidence)
            return Translated(entry.translated_text, entry.engine, confidence, from_cache=True)
        translated = await self._ask(key)
        if translated is not None:
            await self._keep(key, translated)
        return translated

    async def _look(self, key: CacheKey) -> CachedTranslation | None:
        if self._cache is None:
            return None
        try:
            return await self._database.run(self._cache.get(key.key, fits=key.is_of))
        except SERVICE_FAILURES as error:
            _log.warning("translation cache not read: %s", type(error).__name__)
            return None

    async def _ask(self, key: CacheKey) -> Translated | None:
        source, target = key.source_language, key.target_language
        if (loading := self._loading_of(source, target)) is not None:
            await asyncio.wait([loading], timeout=LOADING_SECONDS)
        try:
            async with asyncio.timeout(self._timeout):
                spoken = await self._translator.translate(key.source_text, source, target)
        except (TranslationError, TimeoutError) as error:
            _log.warning("no translation from %s to %s: %s", source, target, type(error).__name__)
            return None
        except Exception as error:
            # An engine promises no other errors; if it breaks its word, the other languages must not pay for it.
            _log.error("translation from %s to %s broke: %s", source, target, type(error).__name__)
            return None
        return Translated(spoken.text, spoken.engine, spoken.confidence, by_engine=True)

    async def _keep(self, key: CacheKey, translated: Translated) -> None:
        if self._cache is None:
            return
        now = milliseconds(self._clock)
        entry = key.entry(translated.text, translated.engine, translated.confidence, now, self._ttl_seconds)
        evicted = self._cache.evicted
        try:
            kept = await self._database.run(self._cache.put(entry))
            if now - self._sized_at >= SIZE_EVERY_MS:
                self._sized_at = now
                size = await self._database.run(self._cache.size())
                self._metrics.level(catalog.CACHE_SIZE, size)
        except SERVICE_FAILURES as error:
            _log.warning("translation not cached: %s", type(error).__name__)
        else:
            if self._cache.evicted > evicted:
                self._metrics.count(catalog.CACHE_EVICTIONS, self._cache.evicted - evicted)
            if not kept:
                _log.warning("translation not cached: no room was made in time")


async def _prepared(translator: Prepares, source: str, target: str) -> None:
    try:
        await translator.prepare(source, target)
    except Exception as error:
        _log.warning("engine not ready from %s to %s: %s", source, target, type(error).__name__)
