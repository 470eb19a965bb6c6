"""Translation of sentences: Apertium where it is installed, else a phrasebook that knows only the bundled talk."""

from __future__ import annotations

from live_translation.translation.engines.apertium import ApertiumTranslator
from live_translation.translation.engines.engine import (
    UNTRANSLATED,
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
    "ApertiumTranslator",
    "Phrasebook",
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


def open_translator(preferred: str | None = None) -> Translator:
    """Return the engine to use here: `preferred` (`apertium` or `phrasebook`), else the best one installed.

    Raises `TranslationError` if Apertium is asked for and misses a pair, `ValueError` for an unknown engine. Nothing
    is started before the first text.
    """
    if preferred not in (None, "apertium", "phrasebook"):
        raise ValueError(f"unknown translation engine {preferred!r}; there are 'apertium' and 'phrasebook'")
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
