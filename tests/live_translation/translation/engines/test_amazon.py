from __future__ import annotations

import asyncio
from collections.abc import Iterator

import msgspec
import pytest
from live_translation.translation import (
    AmazonTranslate,
    TranslationError,
    TranslationFailed,
    TranslationTimeout,
    UnsupportedPair,
    open_translator,
)
from live_translation.translation.engines.amazon import MAX_BYTES

from tests.live_translation.doubles import eventually
from tests.live_translation.standin import Answer, Asked, StandIn, standing_in

pytestmark = pytest.mark.anyio


def translated(asked: Asked) -> Answer:
    text = f"[{asked.fields['TargetLanguageCode']}] {asked.fields['Text']}"
    fields = {
        "TranslatedText": text,
        "SourceLanguageCode": asked.fields["SourceLanguageCode"],
        "TargetLanguageCode": asked.fields["TargetLanguageCode"],
    }
    return Answer(body=msgspec.json.encode(fields))


def refusing(code: str, status: int = 400) -> Answer:
    body = msgspec.json.encode({"__type": code, "message": "the text was: Hola."})
    return Answer(status, body)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with standing_in(translated) as service:
        yield service


@pytest.fixture
def engine(service: StandIn) -> AmazonTranslate:
    return AmazonTranslate(endpoint=service.url, region="eu-west-1")


async def test_a_text_goes_over_the_wire_and_comes_back(engine: AmazonTranslate, service: StandIn) -> None:
    found = await engine.translate("Hola, ¿qué tal?", "es", "ca")
    assert (found.text, found.engine, found.confidence) == ("[ca] Hola, ¿qué tal?", "Amazon Translate", None)
    (asked,) = service.asked
    assert asked.operation == "AWSShineFrontendService_20170701.TranslateText"
    assert asked.fields == {"Text": "Hola, ¿qué tal?", "SourceLanguageCode": "es", "TargetLanguageCode": "ca"}
    assert "/eu-west-1/translate/aws4_request" in asked.authorization


async def test_texts_are_translated_at_the_same_time(engine: AmazonTranslate, service: StandIn) -> None:
    service.gate.clear()
    asking = [asyncio.create_task(engine.translate("Hola.", "es", each)) for each in ("ca", "en", "fr")]
    await eventually(lambda: len(service.asked) == 3)
    service.gate.set()
    assert {found.text for found in await asyncio.gather(*asking)} == {"[ca] Hola.", "[en] Hola.", "[fr] Hola."}


@pytest.mark.parametrize(
    ("text", "source", "target"), [("Hola.", "es", "es"), ("... 12!", "es", "ca"), ("x", "nb", "no")]
)
async def test_what_needs_no_translation_is_not_asked_for(
    engine: AmazonTranslate, service: StandIn, text: str, source: str, target: str
) -> None:
    assert (await engine.translate(text, source, target)).text == text
    assert service.asked == []


@pytest.mark.parametrize(("given", "code"), [("nb", "no"), ("iw", "he"), ("pt", "pt"), ("zh", "zh")])
async def test_languages_are_called_as_the_service_calls_them(
    engine: AmazonTranslate, service: StandIn, given: str, code: str
) -> None:
    await engine.translate("Hola.", "es", given)
    assert service.asked[0].fields["TargetLanguageCode"] == code


async def test_only_what_it_knows_is_asked_for(engine: AmazonTranslate, service: StandIn) -> None:
    assert len(engine.languages("es")) > 60
    assert "es" not in engine.languages("es")
    assert engine.languages("xx") == frozenset()
    with pytest.raises(UnsupportedPair):
        await engine.translate("Hola.", "es", "xx")
    with pytest.raises(TranslationFailed, match="over the limit"):
        await engine.translate("ñ" * (MAX_BYTES // 2 + 1), "es", "ca")
    assert service.asked == []


@pytest.mark.parametrize(
    ("code", "status", "error", "attempts"),
    [
        ("UnsupportedLanguagePairException", 400, UnsupportedPair, 1),
        ("TextSizeLimitExceededException", 400, TranslationFailed, 1),
        ("AccessDeniedException", 400, TranslationFailed, 1),
        ("TooManyRequestsException", 429, TranslationFailed, 2),
        ("InternalServerException", 500, TranslationFailed, 2),
    ],
)
async def test_a_refusal_is_told_without_the_text_and_tried_again_only_if_that_may_help(
    engine: AmazonTranslate, service: StandIn, code: str, status: int, error: type[TranslationError], attempts: int
) -> None:
    service.answer = lambda asked: refusing(code, status)
    with pytest.raises(error) as caught:
        await engine.translate("Hola.", "es", "ca")
    assert "Hola" not in str(caught.value)
    assert len(service.asked) == attempts


async def test_an_answer_that_does_not_come_gives_its_thread_back(service: StandIn) -> None:
    engine = AmazonTranslate(endpoint=service.url, region="eu-west-1", read_seconds=0.05)
    service.gate.clear()
    asking = [engine.translate("Hola.", "es", "ca") for _ in range(40)]
    errors = await asyncio.gather(*asking, return_exceptions=True)
    assert {type(error) for error in errors} == {TranslationTimeout}
    service.gate.set()
    assert (await engine.translate("Hola.", "es", "ca")).text == "[ca] Hola."
    await engine.close()


async def test_nobody_there_is_a_failure() -> None:
    engine = AmazonTranslate(endpoint="http://127.0.0.1:9", region="eu-west-1")
    with pytest.raises(TranslationFailed):
        await engine.translate("Hola.", "es", "ca")


async def test_after_closing_nothing_is_sent(engine: AmazonTranslate, service: StandIn) -> None:
    await engine.close()
    await engine.close()
    with pytest.raises(TranslationFailed, match="closed"):
        await engine.translate("Hola.", "es", "ca")
    assert service.asked == []


async def test_it_can_be_asked_for_by_name() -> None:
    assert open_translator("amazon", region="eu-west-1").name == "Amazon Translate"
