"""Translates with Amazon Translate: between any two of its languages."""

from __future__ import annotations

from typing import Any, Final

from live_translation.awsclients import AwsClient, error_code, is_timeout
from live_translation.translation.engines.engine import (
    Translation,
    TranslationFailed,
    TranslationTimeout,
    UnsupportedPair,
    untouched,
)
from live_translation.translation.engines.wire import has_words

MAX_BYTES: Final = 10_000
"""The longest text of one request, as UTF-8 (Amazon Translate guidelines and quotas)."""

_SUPPORTED: Final = """
    af am ar az bg bn bs ca cs cy da de el en es et fa fi fr ga gu ha he hi hr ht hu hy id is it ja ka kk kn ko lt lv
    mk ml mn mr ms mt nl no pa pl ps pt ro ru si sk sl so sq sr sv sw ta te th tl tr uk ur uz vi zh
"""

LANGUAGES: Final = frozenset(_SUPPORTED.split())
"""The languages that it names by two letters (Amazon Translate Developer Guide, "Supported languages")."""

_CODES: Final = {"nb": "no", "iw": "he", "in": "id"}
"""Other codes for some of them."""


class AmazonTranslate:
    """Translates sentences by TranslateText; `endpoint` and `region` as the AWS configuration says."""

    def __init__(self, *, endpoint: str | None = None, region: str | None = None, read_seconds: float = 0.9) -> None:
        self._aws = AwsClient("translate", read_seconds=read_seconds, endpoint=endpoint, region=region)
        self._closed = False

    @property
    def name(self) -> str:
        """`Amazon Translate`."""
        return "Amazon Translate"

    @property
    def description(self) -> str:
        """Which engine speaks."""
        return f"Amazon Translate: neural translation in the cloud, between any two of {len(LANGUAGES)} languages."

    def languages(self, source: str) -> frozenset[str]:
        """All languages but the source; none from a language that it does not know."""
        return LANGUAGES - {source} if _code(source) in LANGUAGES else frozenset()

    async def translate(self, text: str, source: str, target: str) -> Translation:
        """Translate up to `MAX_BYTES`; raises `UnsupportedPair`, `TranslationTimeout` or `TranslationFailed`."""
        if _code(source) == _code(target) or not has_words(text):
            return untouched(text)
        if not {_code(source), _code(target)} <= LANGUAGES:
            raise UnsupportedPair(self.name, source, target)
        if self._closed:
            raise TranslationFailed(f"{self.name} is closed")
        valid = text.encode("utf-8", "replace")
        if len(valid) > MAX_BYTES:
            raise TranslationFailed(f"a text of {len(valid)} bytes is over the limit of {MAX_BYTES}")
        try:
            translated = await self._aws.call(
                _text,
                "translate_text",
                Text=valid.decode(),
                SourceLanguageCode=_code(source),
                TargetLanguageCode=_code(target),
            )
        except Exception as error:
            if is_timeout(error):
                raise TranslationTimeout(f"{self.name} did not answer in time") from None
            code = error_code(error)
            if code == "UnsupportedLanguagePairException":
                raise UnsupportedPair(self.name, source, target) from None
            raise TranslationFailed(f"{self.name} answered {code}") from None
        return Translation(translated, self.name, None)

    async def close(self) -> None:
        """Take no more texts."""
        self._closed = True
        self._aws.close()


def _code(language: str) -> str:
    return _CODES.get(language, language)


def _text(answer: Any) -> str:
    return str(answer["TranslatedText"])
