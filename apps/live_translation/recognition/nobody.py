"""Where no engine is: every language is refused, in words."""

from __future__ import annotations

from live_translation.recognition.engine import LanguageNotRecognised, Stream


class Nobody:
    """Hears nothing."""

    @property
    def name(self) -> str:
        """`none`."""
        return "none"

    @property
    def languages(self) -> frozenset[str]:
        """None."""
        return frozenset()

    async def open(self, language: str) -> Stream:
        """Refuse."""
        raise LanguageNotRecognised("no recognition engine is installed here")

    async def close(self) -> None:
        """Nothing is open."""
