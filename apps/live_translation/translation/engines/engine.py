"""What every translation engine is to the rest of the application: one interface, one answer, four errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

UNTRANSLATED = "none"
"""The `engine` of a `Translation` that needed none: source and target are one language, or there are no words."""


class TranslationError(Exception):
    """A text could not be translated; the message never contains any of the text, so it may be logged."""


class UnsupportedPair(TranslationError):
    """The engine cannot translate from the one language to the other; trying again is of no use."""

    def __init__(self, engine: str, source: str, target: str) -> None:
        super().__init__(f"{engine} does not translate from {source!r} to {target!r}")
        self.source = source
        self.target = target


class TranslationTimeout(TranslationError):
    """No answer came within the time limit; the next text may well be answered."""


class TranslationFailed(TranslationError):
    """The engine answered that it cannot translate this text, or broke twice while trying."""


@dataclass(frozen=True, slots=True)
class Translation:
    """A translated text, the engine that spoke, and how far to trust it.

    `confidence` is the share of words the engine knew, 0.0 to 1.0; None where the engine cannot say or the text
    has no words.
    """

    text: str
    engine: str
    confidence: float | None


class Translator(Protocol):
    """Translates sentences between languages named by ISO 639-1 codes such as `es`; made for one event loop."""

    @property
    def name(self) -> str:
        """The engine's name, short enough to stand under a caption."""
        ...

    @property
    def description(self) -> str:
        """One honest sentence for the page: which engine speaks, between which languages, and what it lacks."""
        ...

    def languages(self, source: str) -> frozenset[str]:
        """Return the targets this engine reaches from `source`, without `source`; empty if it knows none."""
        ...

    async def translate(self, text: str, source: str, target: str) -> Translation:
        """Translate `text`; the same language on both sides gives it back untouched.

        Raises `UnsupportedPair`, `TranslationTimeout` or `TranslationFailed`, and no other error.
        """
        ...

    async def close(self) -> None:
        """Release processes and files; safe to call twice. Afterwards every translation fails."""
        ...


@runtime_checkable
class Prepares(Protocol):
    """A translator that loads something for each pair and can do so before the first text."""

    def is_ready(self, source: str, target: str) -> bool:
        """True if there is nothing to load for this pair at the moment."""
        ...

    async def prepare(self, source: str, target: str) -> None:
        """Return once a text can be translated without loading anything; raises `TranslationError` if it cannot."""
        ...


def untouched(text: str) -> Translation:
    """Return `text` as its own translation, which no engine spoke."""
    return Translation(text, UNTRANSLATED, None)
