from base64 import b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from live_translation.errors import ServiceProblem
from live_translation.hearing.chunks import Chunk, chunk, declares_format

GOOD = {"format": "pcm", "sampleRate": 16_000, "channels": 1, "encoding": "s16le"}


def read(size: int, **fields: Any) -> Chunk:
    return chunk({"audioData": b64encode(bytes(size)).decode(), **fields}, 100, 32_768)


@pytest.mark.parametrize(
    ("size", "code"),
    [
        (0, "INVALID_PARAMETERS"),
        (98, "INVALID_PARAMETERS"),
        (99, "INVALID_PARAMETERS"),
        (101, "INVALID_AUDIO_FORMAT"),
        (32_769, "AUDIO_CHUNK_TOO_LARGE"),
        (32_770, "AUDIO_CHUNK_TOO_LARGE"),
        (90_000, "AUDIO_CHUNK_TOO_LARGE"),
    ],
)
def test_sizes_outside_are_refused_by_their_names(size: int, code: str) -> None:
    with pytest.raises(ServiceProblem) as caught:
        read(size)
    assert caught.value.code == code
    assert caught.value.status == (413 if code == "AUDIO_CHUNK_TOO_LARGE" else 400)


@pytest.mark.parametrize("size", [100, 102, 32_766, 32_768])
def test_sizes_at_the_ends_are_taken(size: int) -> None:
    assert len(read(size).pcm) == size


@pytest.mark.parametrize("data", [None, 7, "", "a", "not base64!!", "YWJj\n" * 40, ["YWJj"]])
def test_what_is_no_base64_is_refused(data: object) -> None:
    with pytest.raises(ServiceProblem, match="INVALID_PARAMETERS"):
        chunk({"audioData": data}, 100, 32_768)


@given(st.binary(min_size=50, max_size=400).map(lambda half: half * 2))
def test_the_sound_is_what_was_sent_under_either_name(pcm: bytes) -> None:
    text = b64encode(pcm).decode()
    assert chunk({"audioData": text}, 100, 32_768) == chunk({"data": text}, 100, 32_768) == Chunk(pcm, None)


def test_numbers_are_taken_where_they_are_numbers() -> None:
    assert read(100, chunkIndex=7).number == 7
    assert read(100, chunkId=8).number == 8
    assert read(100, sequenceNumber=9, chunkId="c-9").number == 9
    for strange in ("c-9", -1, True, 1.5, 1 << 60):
        assert read(100, chunkId=strange).number is None


def test_a_format_is_declared_by_its_encoding_and_rate_b10() -> None:
    assert declares_format(GOOD)
    assert declares_format({"encoding": "s16le", "sampleRate": 16_000})
    assert not declares_format({})
    assert not declares_format({"format": "pcm"})


@pytest.mark.parametrize(
    ("field", "value"),
    [("format", "webm-opus"), ("sampleRate", 48_000), ("sampleRate", "16000"), ("channels", 2), ("channels", True),
     ("encoding", "f32le")],
)  # fmt: skip
def test_another_format_is_refused_b10(field: str, value: object) -> None:
    with pytest.raises(ServiceProblem, match="INVALID_AUDIO_FORMAT") as caught:
        declares_format({**GOOD, field: value})
    assert caught.value.details["field"] == field
