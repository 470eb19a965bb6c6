"""Amazon Polly's voice for each language: which one, and which engine can make it speak."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice and its language as Polly names them; `neural` if it has a neural version, which sounds better."""

    name: str
    language_code: str
    neural: bool = True

    @property
    def engine(self) -> str:
        """What Polly calls the engine: a voice asked of one that it does not have is an error."""
        return "neural" if self.neural else "standard"


VOICES: Final[Mapping[str, Voice]] = {
    "ar": Voice("Zeina", "arb", neural=False),
    "ca": Voice("Arlet", "ca-ES"),
    "da": Voice("Sofie", "da-DK"),
    "de": Voice("Vicki", "de-DE"),
    "en": Voice("Joanna", "en-US"),
    "es": Voice("Lupe", "es-US"),
    "fi": Voice("Suvi", "fi-FI"),
    "fr": Voice("Lea", "fr-FR"),
    "hi": Voice("Aditi", "hi-IN", neural=False),
    "it": Voice("Bianca", "it-IT"),
    "ja": Voice("Takumi", "ja-JP"),
    "ko": Voice("Seoyeon", "ko-KR"),
    "nl": Voice("Laura", "nl-NL"),
    "no": Voice("Ida", "nb-NO"),
    "pl": Voice("Ola", "pl-PL"),
    "pt": Voice("Camila", "pt-BR"),
    "ro": Voice("Carmen", "ro-RO", neural=False),
    "ru": Voice("Tatyana", "ru-RU", neural=False),
    "sv": Voice("Astrid", "sv-SE", neural=False),
    "tr": Voice("Filiz", "tr-TR", neural=False),
    "zh": Voice("Zhiyu", "cmn-CN"),
}
"""By ISO 639-1 code (Amazon Polly Developer Guide, "Available voices")."""
