"""What clients send as sound, checked; each refusal is the wire contract's."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from live_translation.errors import audio_chunk_too_large, invalid_audio_format, invalid_parameter

FORMAT: Final[Mapping[str, object]] = {"format": "pcm", "sampleRate": 16_000, "channels": 1, "encoding": "s16le"}
"""The one format that is heard."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Sound, and its number if the client numbers it."""

    pcm: bytes
    number: int | None


def declares_format(fields: Mapping[str, Any]) -> bool:
    """True if a message says which format its sound has, and that is the right one.

    Raises `ServiceProblem` `INVALID_AUDIO_FORMAT` for another one.
    """
    given = {name: fields[name] for name in FORMAT if fields.get(name) is not None}
    for name, value in given.items():
        if value != FORMAT[name] or isinstance(value, bool):
            raise invalid_audio_format(f"{name} must be {FORMAT[name]}", name)
    return "sampleRate" in given and ("format" in given or "encoding" in given)


def chunk(fields: Mapping[str, Any], smallest: int, largest: int) -> Chunk:
    """The sound of `sendAudio` and `audioChunk`; `smallest` and `largest` in bytes. Raises `ServiceProblem`."""
    field = "audioData" if fields.get("audioData") is not None else "data"
    text = fields.get(field)
    if not isinstance(text, str):
        raise invalid_parameter("audioData", "must be the sound as base64")
    # Four characters are three bytes: what is far too long need not be decoded to be refused.
    if len(text) > largest * 4 / 3 + 4:
        raise audio_chunk_too_large(largest)
    try:
        pcm = b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise invalid_parameter(field, "must be the sound as base64") from None
    if len(pcm) > largest:
        raise audio_chunk_too_large(largest)
    if len(pcm) < smallest:
        raise invalid_parameter(field, f"must have {smallest} to {largest:,} bytes of sound")
    if len(pcm) % 2:
        raise invalid_audio_format("a sample has two bytes, so their number must be even", field)
    return Chunk(pcm, _number(fields))


def _number(fields: Mapping[str, Any]) -> int | None:
    for name in ("sequenceNumber", "chunkIndex", "chunkId"):
        value = fields.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 53:
            return value
    return None
