"""Translated sentences as sound: how they are to be said, in which voice, and the engines that say them."""

from __future__ import annotations

from live_translation.speech.dynamics import NEUTRAL, EmotionDynamics, Volume
from live_translation.speech.engines.browser import BrowserVoices
from live_translation.speech.engines.engine import (
    BYTES_PER_SECOND,
    SAMPLE_RATE,
    Synthesiser,
    SynthesisError,
    SynthesisFailed,
    SynthesisTimeout,
    UnknownVoice,
)
from live_translation.speech.ssml import ssml

__all__ = [
    "BYTES_PER_SECOND",
    "NEUTRAL",
    "SAMPLE_RATE",
    "BrowserVoices",
    "EmotionDynamics",
    "SynthesisError",
    "SynthesisFailed",
    "SynthesisTimeout",
    "Synthesiser",
    "UnknownVoice",
    "Volume",
    "ssml",
]
