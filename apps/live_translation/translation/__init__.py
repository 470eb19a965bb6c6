"""Translation of sentences: Apertium where it is installed, else a phrasebook that knows only the bundled talk."""

from __future__ import annotations

from live_translation.awsclients import AwsUnavailable
from live_translation.translation.engines.amazon import AmazonTranslate
from live_translation.translation.engines.apertium import ApertiumTranslator
from live_translation.translation.engines.engine import (
    UNTRANSLATED,
    Prepares,
    Translation,
    TranslationError,
    TranslationFailed,
    TranslationTimeout,
    Translator,
    UnsupportedPair,
)
from live_translation.translation.engines.phrasebook import Phrasebook

__all__ = [
    "SHOWN_TARGETS",
    "UNTRANSLATED",
    "AmazonTranslate",
    "ApertiumTranslator",
    "Phrasebook",
    "Prepares",
    "Translation",
    "TranslationError",
    "TranslationFailed",
    "TranslationTimeout",
    "Translator",
    "UnsupportedPair",
    "open_translator",
]

SHOWN_TARGETS = frozenset({"ca", "en", "fr", "it", "pt"})
"""What the page offers a Spanish speaker's listeners; Apertium is chosen only where it reaches all of them."""


ENGINES = ("apertium", "phrasebook", "amazon")


def open_translator(preferred: str | None = None, *, region: str | None = None) -> Translator:
    """Return the engine to use here: `preferred`, one of `ENGINES`, else the best one installed.

    Raises `TranslationError` if Apertium is asked for and misses a pair, or Amazon Translate and cannot be called, and
    `ValueError` for an unknown engine. Nothing is started before the first text.
    """
    if preferred not in (None, "", *ENGINES):
        raise ValueError(f"unknown translation engine {preferred!r}; there are {', '.join(ENGINES)}")
    if preferred == "amazon":
        try:
            return AmazonTranslate(region=region)
        except AwsUnavailable as error:
            raise TranslationError(str(error)) from None
    if preferred == "phrasebook":
        return Phrasebook()
    apertium = ApertiumTranslator()
    missing = SHOWN_TARGETS - apertium.languages("es")
    if not missing:
        return apertium
    if preferred == "apertium":
        pairs = ", ".join(f"es→{target}" for target in sorted(missing))
        raise TranslationError(f"Apertium misses {pairs} here; `scripts/debian.sh translation` installs them")
    return Phrasebook()
