"""The listener's own browser speaks: nothing is synthesised here, so no sound goes over the wire."""

from __future__ import annotations

from live_translation.speech.dynamics import NEUTRAL, EmotionDynamics
from live_translation.speech.engines.engine import UnknownVoice


class BrowserVoices:
    """An engine without voices: listeners get captions, and their page may read them aloud."""

    @property
    def name(self) -> str:
        """`browser`."""
        return "browser"

    @property
    def description(self) -> str:
        """Who speaks."""
        return "The listener's own browser reads the captions aloud, with whatever voices it has."

    def languages(self) -> frozenset[str]:
        """None: the page decides by what the browser has."""
        return frozenset()

    async def synthesise(self, text: str, language: str, dynamics: EmotionDynamics = NEUTRAL) -> bytes:
        """Always raises `UnknownVoice`."""
        raise UnknownVoice(self.name, language)

    async def close(self) -> None:
        """There is nothing to release."""
