"""The ids listeners type to join a session, such as `faithful-shepherd-417`: drawn at random and validated."""

from __future__ import annotations

import re
import secrets
import warnings
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Protocol, TypeVar

MINIMUM_WORDS = 100
"""Fewer adjectives or nouns than this make ids easy enough to guess for a warning."""

SESSION_ID = re.compile(r"[a-z]+-[a-z]+-[1-9][0-9]{2}", re.ASCII)
"""The form of an id, to be matched in full: `pattern.match` alone would accept a trailing newline or more."""

LONGEST = 128
"""Characters of an id: far more than any two words of the lists have, and few enough for every key that holds it."""

_WORD = re.compile(r"[a-z]+", re.ASCII)
_Choice = TypeVar("_Choice")


class RandomSource(Protocol):
    """The one method that `draw` needs; `random.Random` and `secrets.SystemRandom` have it."""

    def choice(self, seq: Sequence[_Choice], /) -> _Choice:
        """Return one element, each with the same probability."""
        ...


class TooFewWords(UserWarning):
    """A word list has under `MINIMUM_WORDS` usable words, so ids collide and are guessed more easily."""


def is_session_id(text: str) -> bool:
    """Tell whether `text` has the form of an id: two words of ASCII letters and a number from 100 to 999."""
    return len(text) <= LONGEST and SESSION_ID.fullmatch(text) is not None


def draw(random: RandomSource = secrets.SystemRandom()) -> str:  # noqa: B008
    """Return a new id; whether it is free is for the conditional write that creates the session to say.

    The id is a listener's only credential, so the default source is the operating system's.
    """
    adjectives, nouns = word_lists()
    return f"{random.choice(adjectives)}-{random.choice(nouns)}-{random.choice(range(100, 1000))}"


@cache
def word_lists() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the adjectives and the nouns in use, read once; warns with `TooFewWords` below `MINIMUM_WORDS`."""
    blacklist = frozenset(read_words(_file("blacklist")))
    adjectives = read_words(_file("adjectives"), without=blacklist)
    nouns = read_words(_file("nouns"), without=blacklist | frozenset(adjectives))
    for kind, words in (("adjectives", adjectives), ("nouns", nouns)):
        warn_if_few(kind, words)
    return adjectives, nouns


def read_words(text: str, without: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """Return the distinct words of a list, in order: one a line, `#` opens a comment, blanks are ignored.

    Raises `ValueError` for a word with anything but lower-case ASCII letters, which no id could hold.
    """
    words = [line.partition("#")[0].strip() for line in text.splitlines()]
    wrong = [word for word in words if word and not _WORD.fullmatch(word)]
    if wrong:
        raise ValueError(f"not lower-case ASCII letters only: {', '.join(map(repr, wrong))}")
    return tuple(word for word in dict.fromkeys(words) if word and word not in without)


def warn_if_few(kind: str, words: Sequence[str]) -> None:
    """Warn with `TooFewWords` when a list is shorter than `MINIMUM_WORDS`."""
    if len(words) < MINIMUM_WORDS:
        warnings.warn(f"only {len(words)} {kind} for session ids, want {MINIMUM_WORDS}", TooFewWords, stacklevel=2)


def _file(name: str) -> str:
    return files("live_translation.sessions").joinpath("words", f"{name}.txt").read_text(encoding="utf-8")
