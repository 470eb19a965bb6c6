import base64

import msgspec
import pytest
from live_translation.broadcasting.frames import CHUNK_BYTES, MAX_FRAME_BYTES, Heading, audio_frames

LONGEST = Heading("s" * 128, "x" * 64, 10**9, "es", "ca")


def test_the_chunks_of_a_sentence_make_its_sound_again_in_their_order() -> None:
    sound = bytes(number % 251 for number in range(100_000))
    frames = [msgspec.json.decode(text) for text, _ in audio_frames(Heading("a-b-100", "s1", 7, "es", "ca"), sound, 5)]
    assert b"".join(base64.b64decode(frame["audioData"]) for frame in frames) == sound
    assert [frame["chunkIndex"] for frame in frames] == list(range(7))
    assert frames[0] == {
        "type": "audio",
        "timestamp": 5,
        "sessionId": "a-b-100",
        "segmentId": "s1",
        "sequenceNumber": 7,
        "chunkIndex": 0,
        "chunkCount": 7,
        "sourceLanguage": "es",
        "targetLanguage": "ca",
        "format": "pcm",
        "sampleRate": 16_000,
        "channels": 1,
        "audioData": base64.b64encode(sound[:CHUNK_BYTES]).decode(),
    }


@pytest.mark.parametrize(("size", "count"), [(0, 0), (1, 1), (CHUNK_BYTES, 1), (CHUNK_BYTES + 1, 2)])
def test_a_sentence_has_as_many_chunks_as_it_needs(size: int, count: int) -> None:
    frames = list(audio_frames(LONGEST, bytes(size), 0))
    assert len(frames) == count
    assert sum(each for _, each in frames) == size


def test_no_frame_is_over_what_the_gateway_takes_and_none_splits_a_sample() -> None:
    for text, size in audio_frames(LONGEST, b"\xff" * 128_000, 10**13):
        assert len(text.encode()) <= MAX_FRAME_BYTES == 32_768
        assert size % 2 == 0
