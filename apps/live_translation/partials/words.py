"""Texts as words: where they begin and end, which end a sentence, and how far two texts differ."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rapidfuzz.distance import Levenshtein

# Chinese, Japanese, Thai, Lao and Khmer are written without spaces: there, each character counts as a word.
_UNSPACED: Final = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0eff\u1780-\u17ff"
_TOKEN: Final = re.compile(rf"[{_UNSPACED}][\u3002\uff01\uff1f\u3001\uff0c]?|[^\s{_UNSPACED}]+")
_MARKS: Final = ".,!?;:…'\"`´’‘“”«»‹›¿¡()[]{}。，、！？；：「」"
_SENTENCE_END: Final = re.compile(r"[.?!…。？！][\"'’”»)\]」]*$")


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a text: what it is compared by, and where it stands."""

    plain: str
    start: int
    stop: int
    ends_sentence: bool


def tokens_of(text: str) -> list[Token]:
    """The words of a text; marks between spaces count as one too."""
    return [
        Token(plain(found.group()), found.start(), found.end(), _SENTENCE_END.search(found.group()) is not None)
        for found in _TOKEN.finditer(text)
    ]


def plain(word: str) -> str:
    """A word without case and without the marks around it."""
    return word.strip(_MARKS).casefold()


def slice_of(text: str, tokens: Sequence[Token], start: int, stop: int) -> str:
    """The text from one word up to another, as it was written."""
    return text[tokens[start].start : tokens[stop - 1].stop] if start < stop else ""


def percent_changed(old: str, new: str) -> float:
    """By how much of the longer text the two differ: Levenshtein distance in percent."""
    longer = max(len(old), len(new))
    return 100 * Levenshtein.distance(old, new) / longer if longer else 0.0


def percent_rewritten(old: str, new: str) -> float:
    """By how much a text was changed that may also have grown: what was only added does not count."""
    return percent_changed(old, new[: len(old)])


def closed(text: str) -> str:
    """The text with the full stop that a recogniser leaves out where the speaker stopped."""
    if not text or not text[-1].isalnum():
        return text
    return text + ("。" if re.match(rf"[{_UNSPACED}]", text[-1]) and not "\u0e00" <= text[-1] <= "\u17ff" else ".")


class Said:
    """The words of a result that have gone out, and where in a later version of it the rest begins.

    Of a very long result only the last words are kept; those `before` count as they stand.
    """

    KEPT: Final = 64

    def __init__(self, before: int = 0) -> None:
        self._words: list[str] = []
        self._before = before

    def __len__(self) -> int:
        return self._before + len(self._words)

    def change_to(self, words: Sequence[str]) -> float:
        """By how many percent the words that went out differ from `words`, which stand for them now."""
        return percent_changed(" ".join(self._words), " ".join(words[self._before :]))

    def add(self, words: Sequence[str]) -> None:
        """Note that these have gone out."""
        self._words.extend(words)
        spare = max(0, len(self._words) - self.KEPT)
        self._before += spare
        del self._words[:spare]

    def rest_of(self, words: Sequence[str]) -> int:
        """The number of `words` that stand for what has gone out: the rest adds to it.

        Words that are as they were make this plain. If they were corrected, it is the part from the beginning that is
        most like what went out; among equals, one with the same last word, then one of the same length, is taken.
        """
        newer = list(words[self._before :])
        count = len(self._words)
        if newer[:count] == self._words:
            return self._before + count
        slack = 4 + count // 2
        choices = range(max(0, min(count - slack, len(newer))), min(len(newer), count + slack) + 1)

        def unlikeness(length: int) -> tuple[int, bool, int]:
            is_other_end = not length or not count or newer[length - 1] != self._words[-1]
            return Levenshtein.distance(self._words, newer[:length]), is_other_end, abs(length - count)

        return min(len(words), self._before + min(choices, key=unlikeness))

    def take_back(self, length: int) -> None:
        """Forget what went out after the first `length` words."""
        del self._words[max(0, length - self._before) :]
        self._before = min(self._before, length)
