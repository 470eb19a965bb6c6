from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest
from live_translation.speech import (
    EmotionDynamics,
    Polly,
    SynthesisError,
    SynthesisFailed,
    SynthesisTimeout,
    UnknownVoice,
)
from live_translation.speech.voices import VOICES

from tests.live_translation.standin import Answer, Asked, StandIn, standing_in

pytestmark = pytest.mark.anyio


def spoken(asked: Asked) -> Answer:
    return Answer(body=b"\x01\x00" * 1_600, content_type="audio/pcm")


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with standing_in(spoken) as service:
        yield service


@pytest.fixture
def engine(service: StandIn) -> Polly:
    return Polly(endpoint=service.url, region="eu-west-1")


async def test_a_sentence_goes_over_the_wire_and_comes_back_as_sound(engine: Polly, service: StandIn) -> None:
    assert await engine.synthesise("Hola & adiós", "ca") == b"\x01\x00" * 1_600
    (asked,) = service.asked
    assert asked.operation == "/v1/speech"
    assert asked.fields == {
        "Engine": "neural",
        "LanguageCode": "ca-ES",
        "OutputFormat": "pcm",
        "SampleRate": "16000",
        "Text": '<speak><prosody rate="medium"><prosody volume="medium">Hola &amp; adiós</prosody></prosody></speak>',
        "TextType": "ssml",
        "VoiceId": "Arlet",
    }


@pytest.mark.parametrize("language", ["ar", "hi", "ru", "sv", "tr"])
async def test_a_voice_without_a_neural_version_is_asked_for_as_standard(
    engine: Polly, service: StandIn, language: str
) -> None:
    await engine.synthesise("x", language, EmotionDynamics("angry", 1.0))
    assert service.asked[0].fields["Engine"] == "standard"
    assert "<emphasis" in service.asked[0].fields["Text"]


async def test_an_excited_sentence_in_a_neural_voice_has_no_emphasis(engine: Polly, service: StandIn) -> None:
    await engine.synthesise("x", "es", EmotionDynamics("excited", 1.0))
    assert "<emphasis" not in service.asked[0].fields["Text"]


def test_every_voice_and_language_is_one_that_the_service_knows() -> None:
    session = pytest.importorskip("botocore.session")
    model = session.get_session().get_service_model("polly")
    assert {voice.name for voice in VOICES.values()} <= set(model.shape_for("VoiceId").enum)
    assert {voice.language_code for voice in VOICES.values()} <= set(model.shape_for("LanguageCode").enum)


@pytest.mark.parametrize(("status", "attempts"), [(400, 1), (500, 2)])
async def test_a_refusal_is_told_without_the_text(engine: Polly, service: StandIn, status: int, attempts: int) -> None:
    body = msgspec.json.encode({"message": "secreto"})
    service.answer = lambda asked: Answer(status, body, "application/json", "InvalidSsmlException")
    with pytest.raises(SynthesisFailed, match="InvalidSsmlException") as caught:
        await engine.synthesise("secreto", "es")
    assert "secreto" not in str(caught.value)
    assert len(service.asked) == attempts


async def test_an_answer_that_does_not_come_is_given_up(service: StandIn) -> None:
    engine = Polly(endpoint=service.url, region="eu-west-1", read_seconds=0.05)
    service.gate.clear()
    with pytest.raises(SynthesisTimeout):
        await engine.synthesise("x", "es")


async def test_what_cannot_be_spoken_is_not_sent(engine: Polly, service: StandIn) -> None:
    with pytest.raises(UnknownVoice):
        await engine.synthesise("x", "xx")
    with pytest.raises(SynthesisFailed, match="over the limit"):
        await engine.synthesise("x" * 3_001, "es")
    await engine.close()
    with pytest.raises(SynthesisError, match="closed"):
        await engine.synthesise("x", "es")
    assert service.asked == []
