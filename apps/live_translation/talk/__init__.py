"""The bundled talk: a guided night at an observatory, in Spanish, and how a recogniser would deliver it."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TypedDict, cast

__all__ = ["LANGUAGES", "Final", "Partial", "Sentence", "Talk", "load_phrases", "load_talk", "partials"]

LANGUAGES = ("ca", "en", "fr", "it", "pt")
"""The ISO 639-1 codes the talk is translated to, by hand."""

LOWEST_STABILITY = 0.5
HIGHEST_STABILITY = 0.95
_SETTLED_STABILITY = 0.8
_CLOSING_MARKS = ".!?…»"


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a talk; a refrain keeps its text but not its `id`."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Talk:
    """A talk in the order it is given; `language` is an ISO 639-1 code."""

    title: str
    language: str
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Partial:
    """What was heard so far; `stability` (0.0 to 1.0) is how surely it stays as it is."""

    text: str
    stability: float


@dataclass(frozen=True, slots=True)
class Final:
    """The whole sentence, which is not changed any more."""

    text: str


class _TalkFile(TypedDict):
    title: str
    language: str
    sentences: list[dict[str, str]]


@cache
def load_talk() -> Talk:
    """Return the bundled talk, read once."""
    content = cast(_TalkFile, json.loads(_read("observatorio.json")))
    sentences = tuple(Sentence(entry["id"], entry["text"]) for entry in content["sentences"])
    return Talk(content["title"], content["language"], sentences)


@cache
def load_phrases(language: str) -> Mapping[str, str]:
    """Return the talk's translations to one of `LANGUAGES`, by Spanish sentence; raises `KeyError` for any other."""
    if language not in LANGUAGES:
        raise KeyError(language)
    content = json.loads(_read(f"observatorio.{language}.json"))
    return cast(Mapping[str, str], content["translations"])


def partials(sentence: Sentence, seed: int) -> Iterator[Partial | Final]:
    """Yield what a recogniser would: growing partial results, the last word at times misheard, then the final.

    Stability rises to 0.95, from 0.5 where there is more than one partial result. The same seed gives the same results.
    """
    chance = random.Random(f"{seed}:{sentence.id}")
    words = sentence.text.rstrip(_CLOSING_MARKS).split()
    lengths = _lengths(len(words), chance)
    for step, length in enumerate(lengths, start=1):
        stability = _stability(step, len(lengths))
        heard = words[:length]
        if stability < _SETTLED_STABILITY and chance.random() < 0.3:
            heard[-1] = _misheard(heard[-1])
        yield Partial(" ".join(heard), stability)
    yield Final(sentence.text)


def _lengths(words: int, chance: random.Random) -> list[int]:
    lengths: list[int] = []
    heard = 0
    while heard < words:
        heard = min(words, heard + chance.randint(1, 3))
        lengths.append(heard)
    return lengths


def _stability(step: int, steps: int) -> float:
    if steps == 1:
        return HIGHEST_STABILITY
    rise = (HIGHEST_STABILITY - LOWEST_STABILITY) * (step - 1) / (steps - 1)
    return round(LOWEST_STABILITY + rise, 2)


def _misheard(word: str) -> str:
    return word[: (len(word) + 1) // 2]


def _read(name: str) -> str:
    return files(__name__).joinpath(name).read_text(encoding="utf-8")
