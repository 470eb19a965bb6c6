"""Hears speech with Amazon Transcribe streaming, which costs money for every second of sound."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from live_translation.recognition.backlog import Backlog
from live_translation.recognition.engine import (
    SAMPLE_RATE,
    LanguageNotRecognised,
    Recognised,
    Stream,
    StreamBroken,
)

CODES: Final[Mapping[str, str]] = {
    "ar": "ar-SA",
    "de": "de-DE",
    "en": "en-US",
    "es": "es-US",
    "fr": "fr-FR",
    "hi": "hi-IN",
    "it": "it-IT",
    "ja": "ja-JP",
    "ko": "ko-KR",
    "nl": "nl-NL",
    "pl": "pl-PL",
    "pt": "pt-BR",
    "ru": "ru-RU",
    "sv": "sv-SE",
    "zh": "zh-CN",
}
"""What Transcribe calls the languages that it streams (its developer guide, "Supported languages")."""

STABLE: Final = 0.99
"""Transcribe says of each word only whether it is stable; a stable word is not changed any more."""
UNSTABLE: Final = 0.5

_log = logging.getLogger(__name__)


def recognised(event: Any, name: str) -> list[Recognised]:
    """The results of one `TranscriptEvent` of the SDK, each of its first alternative."""
    found: list[Recognised] = []
    for result in event.transcript.results or ():
        alternatives = result.alternatives or ()
        if not alternatives or not result.result_id:
            continue
        text = alternatives[0].transcript or ""
        is_partial = bool(result.is_partial)
        sure = _stabilities(alternatives[0].items or ()) if is_partial else ()
        start, end = float(result.start_time or 0), float(result.end_time or 0)
        found.append(Recognised(f"{name}-{result.result_id}", text.strip(), is_partial, sure, start, end))
    return found


def _stabilities(items: Any) -> tuple[float, ...]:
    sure: list[float] = []
    for item in items:
        if item.stable is None:
            return ()
        stability = STABLE if item.stable else UNSTABLE
        if item.item_type == "punctuation" and sure:
            # A mark belongs to the word before it.
            sure[-1] = min(sure[-1], stability)
        else:
            sure.append(stability)
    return tuple(sure)


class TranscribeStream:
    """One speaker's sound with one stream of the SDK."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._name = secrets.token_hex(4)
        self._waiting = Backlog()
        self._has_more = asyncio.Event()
        self._is_finishing = False
        self._sender = asyncio.create_task(self._send())

    def feed(self, pcm: bytes) -> int:
        """Take sound in; of more than five seconds the oldest chunks are dropped."""
        if self._is_finishing:
            return 0
        dropped = self._waiting.put(pcm)
        self._has_more.set()
        return dropped

    async def results(self) -> AsyncIterator[Recognised]:
        """What Transcribe hears; ids are unique over all streams."""
        try:
            async for event in self._stream.output_stream:
                if hasattr(event, "transcript"):
                    for result in recognised(event, self._name):
                        yield result
        except (asyncio.CancelledError, GeneratorExit):
            raise
        except Exception as error:
            # The SDK raises what the connection, the signer and the service each have of their own.
            raise StreamBroken(f"Amazon Transcribe: {type(error).__name__}") from error
        finally:
            await self.abort()

    async def finish(self) -> None:
        """Send what waits, then the end."""
        self._is_finishing = True
        self._has_more.set()
        with suppress(asyncio.CancelledError):
            await self._sender

    async def abort(self) -> None:
        """Stop sending."""
        self._is_finishing = True
        self._sender.cancel()
        with suppress(asyncio.CancelledError):
            await self._sender

    async def _send(self) -> None:
        try:
            while self._waiting or not self._is_finishing:
                while self._waiting:
                    await self._stream.input_stream.send_audio_event(audio_chunk=self._waiting.take())
                self._has_more.clear()
                if not self._is_finishing:
                    await self._has_more.wait()
            await self._stream.input_stream.end_stream()
        except Exception as error:
            # The results, whose reader is told, end with it.
            _log.warning("sound not sent to Amazon Transcribe: %s", type(error).__name__)


class TranscribeRecogniser:
    """Amazon Transcribe in one region; credentials come from where the SDK looks for them."""

    def __init__(self, region: str, client: Any = None) -> None:
        self._region = region
        self._client = client

    @property
    def name(self) -> str:
        """`Amazon Transcribe`."""
        return "Amazon Transcribe"

    @property
    def languages(self) -> frozenset[str]:
        """Those in `CODES`."""
        return frozenset(CODES)

    async def open(self, language: str) -> Stream:
        """Begin to listen, with partial results that settle early."""
        if language not in CODES:
            raise LanguageNotRecognised(f"{self.name} does not hear {language!r}")
        try:
            if self._client is None:
                self._client = import_module("amazon_transcribe.client").TranscribeStreamingClient(region=self._region)
            stream = await self._client.start_stream_transcription(
                language_code=CODES[language],
                media_sample_rate_hz=SAMPLE_RATE,
                media_encoding="pcm",
                enable_partial_results_stabilization=True,
                partial_results_stability="high",
            )
        except Exception as error:
            raise StreamBroken(f"Amazon Transcribe: {type(error).__name__}") from error
        return TranscribeStream(stream)

    async def close(self) -> None:
        """Nothing is kept between streams."""
        self._client = None


def is_installed() -> bool:
    """True where the extra `aws` is."""
    return find_spec("amazon_transcribe") is not None
