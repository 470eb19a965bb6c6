"""Amazon Transcribe's adapter against the SDK's own reader of events; it was never run on AWS."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from live_translation.recognition import LanguageNotRecognised, StreamBroken, TranscribeRecogniser
from live_translation.recognition.transcribe import STABLE, UNSTABLE, recognised

deserialize = pytest.importorskip("amazon_transcribe.deserialize")

pytestmark = pytest.mark.anyio


def item(content: str, stable: bool | None = None, kind: str = "pronunciation") -> dict[str, Any]:
    return {"Content": content, "Type": kind, "StartTime": 0.1, "EndTime": 0.3, "Stable": stable}


def event(text: str, items: list[dict[str, Any]], *, is_partial: bool) -> Any:
    """What the service sends (its developer guide, "Streaming response"), read as the SDK reads it."""
    result = {
        "ResultId": "abc-1",
        "StartTime": 0.5,
        "EndTime": 1.9,
        "IsPartial": is_partial,
        "Alternatives": [{"Transcript": text, "Items": items}],
    }
    body = json.dumps({"Transcript": {"Results": [result]}}).encode()
    return deserialize.TranscribeStreamingEventParser().parse(Raw(body))


class Raw:
    """One message of the event stream."""

    def __init__(self, payload: bytes) -> None:
        self.payload = payload
        self.headers = {":message-type": "event", ":event-type": "TranscriptEvent"}

    def to_response_dict(self) -> dict[str, Any]:
        return {"status_code": 200, "headers": self.headers, "body": self.payload}


def test_each_word_has_its_stability_and_a_mark_belongs_to_the_word_before() -> None:
    items = [item("Hola", True), item(",", True, "punctuation"), item("mundo", True), item(".", False, "punctuation")]
    (found,) = recognised(event("Hola, mundo.", items, is_partial=True), "s")
    assert (found.result_id, found.text, found.is_partial) == ("s-abc-1", "Hola, mundo.", True)
    assert found.stabilities == (STABLE, UNSTABLE)
    assert (found.start, found.end) == (0.5, 1.9)


def test_without_stabilities_nothing_is_claimed() -> None:
    (found,) = recognised(event("Hola", [item("Hola")], is_partial=True), "s")
    assert found.stabilities == ()


def test_a_final_is_final() -> None:
    (found,) = recognised(event("Hola.", [item("Hola")], is_partial=False), "s")
    assert (found.is_partial, found.text) == (False, "Hola.")


class Service:
    """Stands for the SDK's stream: keeps what is sent, says what it is told to."""

    def __init__(self, says: list[Any], problem: Exception | None = None) -> None:
        self.asked: dict[str, Any] = {}
        self.sent: list[bytes] = []
        self.ended = False
        self._says = says
        self._problem = problem

    async def start_stream_transcription(self, **parameters: Any) -> "Service":
        self.asked = parameters
        return self

    @property
    def input_stream(self) -> "Service":
        return self

    @property
    def output_stream(self) -> AsyncIterator[Any]:
        return self._speak()

    async def send_audio_event(self, audio_chunk: bytes) -> None:
        self.sent.append(audio_chunk)

    async def end_stream(self) -> None:
        self.ended = True

    async def _speak(self) -> AsyncIterator[Any]:
        for each in self._says:
            yield each
        if self._problem is not None:
            raise self._problem


async def test_sound_goes_in_and_results_come_out() -> None:
    service = Service([event("Hola.", [item("Hola")], is_partial=False)])
    stream = await TranscribeRecogniser("eu-west-1", service).open("es")
    assert stream.feed(b"ab" * 100) == 0
    await stream.finish()
    assert [each.text async for each in stream.results()] == ["Hola."]
    assert (service.sent, service.ended) == ([b"ab" * 100], True)
    assert service.asked["language_code"] == "es-US"
    assert service.asked["enable_partial_results_stabilization"] is True


async def test_what_the_service_raises_breaks_the_stream_and_says_no_word() -> None:
    service = Service([], RuntimeError("a transcript"))
    stream = await TranscribeRecogniser("eu-west-1", service).open("es")
    with pytest.raises(StreamBroken, match="RuntimeError") as caught:
        _ = [each async for each in stream.results()]
    assert "transcript" not in str(caught.value)


async def test_a_service_that_cannot_be_reached_breaks_the_stream() -> None:
    class Unreachable:
        async def start_stream_transcription(self, **parameters: Any) -> None:
            raise OSError

    with pytest.raises(StreamBroken, match="OSError"):
        await TranscribeRecogniser("eu-west-1", Unreachable()).open("es")


async def test_a_language_it_does_not_stream_is_refused() -> None:
    with pytest.raises(LanguageNotRecognised, match="'ca'"):
        await TranscribeRecogniser("eu-west-1", Service([])).open("ca")
