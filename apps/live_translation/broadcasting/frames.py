"""The messages that listeners get: a caption, and sound in frames that fit the gateway's limit."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from live_translation.ports import to_text
from live_translation.speech import BYTES_PER_SECOND, SAMPLE_RATE
from live_translation.translation.translating import Translated

MAX_FRAME_BYTES: Final = 32 * 1024
"""The longest message in one WebSocket frame (API Gateway quotas, "WebSocket frame size")."""

CHUNK_BYTES: Final = BYTES_PER_SECOND // 2
"""Half a second of sound: 21.4 KB as base64, and whole samples."""

CHUNK_SECONDS: Final = CHUNK_BYTES / BYTES_PER_SECOND


@dataclass(frozen=True, slots=True)
class Heading:
    """What all messages about a final in one language have in common."""

    session_id: str
    segment_id: str
    number: int
    source_language: str
    language: str


def caption(heading: Heading, spoken: Translated, now_ms: int) -> str:
    """The `caption` message, ready to be sent."""
    return to_text(
        {
            "type": "caption",
            "timestamp": now_ms,
            "sessionId": heading.session_id,
            "segmentId": heading.segment_id,
            "sequenceNumber": heading.number,
            "sourceLanguage": heading.source_language,
            "targetLanguage": heading.language,
            "text": spoken.text,
            "confidence": spoken.confidence,
            "engine": spoken.engine,
        }
    )


def audio_frames(heading: Heading, sound: bytes, now_ms: int) -> Iterator[tuple[str, int]]:
    """The `audio` messages of a sentence in their order, ready to be sent, each with the bytes of sound in it."""
    count = -(-len(sound) // CHUNK_BYTES)
    for index in range(count):
        chunk = sound[index * CHUNK_BYTES : (index + 1) * CHUNK_BYTES]
        yield (
            to_text(
                {
                    "type": "audio",
                    "timestamp": now_ms,
                    "sessionId": heading.session_id,
                    "segmentId": heading.segment_id,
                    "sequenceNumber": heading.number,
                    "chunkIndex": index,
                    "chunkCount": count,
                    "sourceLanguage": heading.source_language,
                    "targetLanguage": heading.language,
                    "format": "pcm",
                    "sampleRate": SAMPLE_RATE,
                    "channels": 1,
                    "audioData": base64.b64encode(chunk).decode(),
                }
            ),
            len(chunk),
        )
