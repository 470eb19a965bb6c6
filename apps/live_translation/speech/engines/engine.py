"""What every synthesis engine is to the rest of the application: sentences in, sound of one format out."""

from __future__ import annotations

from typing import Final, Protocol

from live_translation.speech.dynamics import NEUTRAL, EmotionDynamics

SAMPLE_RATE: Final = 16_000
BYTES_PER_SECOND: Final = 2 * SAMPLE_RATE
"""All sound here is PCM of 16 bits (s16le), one channel, 16 kHz."""


class SynthesisError(Exception):
    """A sentence could not be spoken; the message never contains any of it, so it may be logged."""


class UnknownVoice(SynthesisError):
    """The engine has no voice for the language; trying again is of no use."""

    def __init__(self, engine: str, language: str) -> None:
        super().__init__(f"{engine} has no voice for {language!r}")
        self.language = language


class SynthesisTimeout(SynthesisError):
    """The sound did not come within the time limit."""


class SynthesisFailed(SynthesisError):
    """The engine broke, or answered that it cannot speak this sentence."""


class Synthesiser(Protocol):
    """Speaks sentences in languages named by ISO 639-1 codes such as `es`."""

    @property
    def name(self) -> str:
        """The engine's name, short enough for a page."""
        ...

    @property
    def description(self) -> str:
        """One honest sentence for the page: which engine speaks, and how it sounds."""
        ...

    def languages(self) -> frozenset[str]:
        """The languages that it has a voice for."""
        ...

    async def synthesise(self, text: str, language: str, dynamics: EmotionDynamics = NEUTRAL) -> bytes:
        """The sound of a sentence, as PCM (s16le, one channel, 16 kHz).

        Raises `UnknownVoice`, `SynthesisTimeout` or `SynthesisFailed`, and no other error.
        """
        ...

    async def close(self) -> None:
        """Release processes and connections; safe to call twice. Afterwards every sentence fails."""
        ...
