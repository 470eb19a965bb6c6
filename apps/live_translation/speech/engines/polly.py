"""Speaks with Amazon Polly: neural voices where the language has one."""

from __future__ import annotations

from typing import Any, Final

from live_translation.awsclients import AwsClient, error_code, is_timeout
from live_translation.speech.dynamics import NEUTRAL, EmotionDynamics
from live_translation.speech.engines.engine import SAMPLE_RATE, SynthesisFailed, SynthesisTimeout, UnknownVoice
from live_translation.speech.ssml import ssml
from live_translation.speech.voices import VOICES

MAX_CHARACTERS: Final = 3_000
"""Characters of one request that are billed (Amazon Polly quotas); SSML tags do not count."""


class Polly:
    """Speaks sentences by SynthesizeSpeech, as PCM of 16 kHz; `endpoint` and `region` as the AWS configuration says."""

    def __init__(self, *, endpoint: str | None = None, region: str | None = None, read_seconds: float = 2.0) -> None:
        self._aws = AwsClient("polly", read_seconds=read_seconds, endpoint=endpoint, region=region)
        self._closed = False

    @property
    def name(self) -> str:
        """`Amazon Polly`."""
        return "Amazon Polly"

    @property
    def description(self) -> str:
        """How it sounds."""
        neural = sum(voice.neural for voice in VOICES.values())
        return f"Amazon Polly: natural voices in {neural} languages, standard ones in {len(VOICES) - neural} more."

    def languages(self) -> frozenset[str]:
        """The languages that have a voice."""
        return frozenset(VOICES)

    async def synthesise(self, text: str, language: str, dynamics: EmotionDynamics = NEUTRAL) -> bytes:
        """The sound of a sentence; raises `UnknownVoice`, `SynthesisTimeout` or `SynthesisFailed`."""
        voice = VOICES.get(language)
        if voice is None:
            raise UnknownVoice(self.name, language)
        if self._closed:
            raise SynthesisFailed(f"{self.name} is closed")
        if len(text) > MAX_CHARACTERS:
            raise SynthesisFailed(f"a sentence of {len(text)} characters is over the limit of {MAX_CHARACTERS}")
        try:
            return await self._aws.call(
                _sound,
                "synthesize_speech",
                Engine=voice.engine,
                LanguageCode=voice.language_code,
                OutputFormat="pcm",
                SampleRate=str(SAMPLE_RATE),
                Text=ssml(text, dynamics, neural=voice.neural),
                TextType="ssml",
                VoiceId=voice.name,
            )
        except Exception as error:
            if is_timeout(error):
                raise SynthesisTimeout(f"{self.name} did not answer in time") from None
            raise SynthesisFailed(f"{self.name} answered {error_code(error)}") from None

    async def close(self) -> None:
        """Take no more sentences."""
        self._closed = True
        self._aws.close()


def _sound(answer: Any) -> bytes:
    with answer["AudioStream"] as stream:
        sound: bytes = stream.read()
    return sound
