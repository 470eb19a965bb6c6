"""Answers from the bundled talk's own translations where no engine is installed; it knows nothing else."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from live_translation.talk import LANGUAGES, load_phrases, load_talk
from live_translation.translation.engines.engine import Translation, TranslationFailed, UnsupportedPair, untouched
from live_translation.translation.engines.wire import has_words

_NOT_A_LETTER_OR_DIGIT = re.compile(r"[\W_]+")


class Phrasebook:
    """Knows the sentences of the bundled talk in five languages, by heart, whatever their case and punctuation."""

    def __init__(self) -> None:
        self._source = load_talk().language
        self._phrases: Mapping[str, Mapping[str, str]] = {
            language: {_spoken(text): known for text, known in load_phrases(language).items()} for language in LANGUAGES
        }
        self._closed = False

    @property
    def name(self) -> str:
        """`Phrasebook of the bundled talk`."""
        return "Phrasebook of the bundled talk"

    @property
    def description(self) -> str:
        """What it knows and what it does not."""
        return (
            "Phrasebook of the bundled talk: no translation engine is installed here, so only the sentences "
            f"of “{load_talk().title}” can be shown in other languages."
        )

    def languages(self, source: str) -> frozenset[str]:
        """Return the five languages of the talk's translations for Spanish, none for any other source."""
        return frozenset(LANGUAGES) if source == self._source else frozenset()

    async def translate(self, text: str, source: str, target: str) -> Translation:
        """Look `text` up; raises `TranslationFailed` for a text outside the talk and `UnsupportedPair`."""
        if source == target:
            return untouched(text)
        if target not in self.languages(source):
            raise UnsupportedPair(self.name, source, target)
        if self._closed:
            raise TranslationFailed("the phrasebook is closed")
        if not has_words(text):
            return untouched(text)
        known = self._phrases[target].get(_spoken(text))
        if known is None:
            raise TranslationFailed(
                f"the phrasebook knows only the bundled talk, not this text of {len(text)} characters"
            )
        return Translation(known, self.name, 1.0)

    async def close(self) -> None:
        """Refuse further texts; there is nothing to release."""
        self._closed = True


def _spoken(text: str) -> str:
    """Reduce a sentence to what is heard of it, so that a recogniser's punctuation does not matter."""
    letters = unicodedata.normalize("NFC", text).casefold()
    return _NOT_A_LETTER_OR_DIGIT.sub(" ", letters).strip()
