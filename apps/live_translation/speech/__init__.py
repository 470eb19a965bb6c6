"""Translated sentences as sound: how they are to be said, in which voice, and the engines that say them."""

from __future__ import annotations

from live_translation.awsclients import AwsUnavailable
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
from live_translation.speech.engines.espeak import EspeakNg
from live_translation.speech.engines.polly import Polly
from live_translation.speech.ssml import ssml

__all__ = [
    "BYTES_PER_SECOND",
    "NEUTRAL",
    "SAMPLE_RATE",
    "BrowserVoices",
    "EmotionDynamics",
    "EspeakNg",
    "Polly",
    "SynthesisError",
    "SynthesisFailed",
    "SynthesisTimeout",
    "Synthesiser",
    "UnknownVoice",
    "Volume",
    "open_synthesiser",
    "ssml",
]

ENGINES = ("espeak-ng", "polly", "browser")


def open_synthesiser(preferred: str | None = None, *, region: str | None = None) -> Synthesiser:
    """The engine to use here: `preferred`, else eSpeak NG where it is installed, else the listeners' browsers.

    Raises `SynthesisError` if the engine asked for cannot be had, `ValueError` for an unknown one. Nothing is started
    before the first sentence.
    """
    if preferred not in (None, "", *ENGINES):
        raise ValueError(f"unknown speech engine {preferred!r}; there are {', '.join(ENGINES)}")
    if preferred == "polly":
        try:
            return Polly(region=region)
        except AwsUnavailable as error:
            raise SynthesisError(str(error)) from None
    if preferred == "browser":
        return BrowserVoices()
    espeak = EspeakNg()
    if espeak.languages():
        return espeak
    if preferred == "espeak-ng":
        raise SynthesisError("eSpeak NG is not installed here; `scripts/debian.sh speech` installs it")
    return BrowserVoices()
