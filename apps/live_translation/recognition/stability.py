"""How surely a word stays as it is, for engines that do not say: by how many hypotheses in a row have kept it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

HYPOTHESIS_SECONDS: Final = 0.2
"""How much sound lies between two hypotheses; the figures below hold for that."""

_KEPT: Final = (0, 1, 3, 6, 9, 12, 15)
_SURVIVED: Final = (0.50, 0.69, 0.75, 0.78, 0.85, 0.90, 0.95)
"""The share of words that, once kept so often, stood in the same place of the final: counted over 24 sentences of four
voices through pocketsphinx (2,330 words of hypotheses), and rounded down at the upper end."""

NEWEST: Final = 0.5
"""The last word is still being spoken: it is never surer than this."""


class Keeping:
    """Compares each hypothesis of an utterance with the one before; a word counts as kept if all before it are too."""

    def __init__(self) -> None:
        self._words: list[str] = []
        self._kept: list[int] = []

    def hear(self, words: Sequence[str]) -> tuple[float, ...]:
        """The stability of each word of the next hypothesis, 0.0 to 1.0."""
        same = 0
        while same < min(len(words), len(self._words)) and words[same] == self._words[same]:
            same += 1
        self._kept = [count + 1 for count in self._kept[:same]] + [0] * (len(words) - same)
        self._words = list(words)
        sure = [_SURVIVED[bisect_right(_KEPT, count) - 1] for count in self._kept]
        if sure:
            sure[-1] = min(sure[-1], NEWEST)
        return tuple(sure)
