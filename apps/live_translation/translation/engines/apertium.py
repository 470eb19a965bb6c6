"""Translates with this machine's Apertium pairs, offline: rules and dictionaries, a millisecond a sentence."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from live_translation.translation.engines.engine import Translation, TranslationFailed, UnsupportedPair, untouched
from live_translation.translation.engines.modes import MODES_DIRECTORY, Pair, installed_pairs
from live_translation.translation.engines.pipeline import Pipeline
from live_translation.translation.engines.wire import TRAILER, from_wire, has_words, to_wire

MAX_CHARACTERS = 10_000
"""The longest text accepted: some ten minutes of speech, so that no single caller holds a pair for long."""

_ANY_WORD = "si"
"""Makes every stage of a pair read its dictionaries."""


class ApertiumTranslator:
    """Keeps one running pipeline for each pair in use; 45 to 170 MB of memory each, stopped when idle.

    `timeout` (seconds) bounds the wait for a turn at a pair, and then the answer. `load_limit` (seconds) is how long a
    pair may load its dictionaries before it counts as stuck. `idle` (seconds) is how long an unused pair stays loaded.
    """

    def __init__(
        self,
        *,
        timeout: float = 2.0,
        load_limit: float = 20.0,
        idle: float = 300.0,
        modes: Path = MODES_DIRECTORY,
    ) -> None:
        self._pipelines: Mapping[Pair, Pipeline] = {
            pair: Pipeline("-".join(pair), stages, timeout=timeout, load_limit=load_limit, idle=idle, trailer=TRAILER)
            for pair, stages in installed_pairs(modes).items()
        }

    @property
    def name(self) -> str:
        """`Apertium`."""
        return "Apertium"

    @property
    def description(self) -> str:
        """Which engine speaks, and how well."""
        if not self._pipelines:
            return "Apertium, with no language pair installed."
        return (
            "Apertium: rule-based translation running on this machine. From Spanish, Catalan and Portuguese read well, "
            "Italian fairly; French and English give the gist."
        )

    def languages(self, source: str) -> frozenset[str]:
        """Return the installed targets from `source`."""
        return frozenset(target for known, target in self._pipelines if known == source)

    def is_ready(self, source: str, target: str) -> bool:
        """True if the pair is loaded, or is none that could be."""
        pipeline = self._pipelines.get((source, target))
        return pipeline is None or pipeline.is_ready

    async def prepare(self, source: str, target: str) -> None:
        """Have a pair load its dictionaries; at once if it has. Raises `UnsupportedPair` or `TranslationError`."""
        if source == target:
            return
        pipeline = self._pipelines.get((source, target))
        if pipeline is None:
            raise UnsupportedPair(self.name, source, target)
        await pipeline.prepare(to_wire(_ANY_WORD))

    async def translate(self, text: str, source: str, target: str) -> Translation:
        """Translate up to `MAX_CHARACTERS`; the first text of a pair waits for its dictionaries (30 to 200 ms).

        A cancelled call costs the pair nothing. Raises `UnsupportedPair`, `TranslationTimeout`, `TranslationFailed`.
        """
        if source == target:
            return untouched(text)
        pipeline = self._pipelines.get((source, target))
        if pipeline is None:
            raise UnsupportedPair(self.name, source, target)
        if len(text) > MAX_CHARACTERS:
            raise TranslationFailed(f"a text of {len(text)} characters is over the limit of {MAX_CHARACTERS}")
        if not has_words(text):
            return untouched(text)
        translated, confidence = from_wire(await pipeline.ask(to_wire(text)), target)
        return Translation(translated, self.name, confidence)

    async def close(self) -> None:
        """End every process and reap it; waits for calls in progress, at most `timeout` each."""
        await asyncio.gather(*(pipeline.close() for pipeline in self._pipelines.values()))

    def process_ids(self, source: str, target: str) -> tuple[int, ...]:
        """Return the ids of the pair's running processes, for operators and tests; empty while it is stopped."""
        pipeline = self._pipelines.get((source, target))
        return pipeline.process_ids if pipeline else ()
