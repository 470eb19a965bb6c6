"""Sentences that a machine speaks, for ears that are machines too."""

import os
import re
import shutil
import subprocess
import wave
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from rapidfuzz.distance import Levenshtein

SENTENCES = (
    "The meeting starts tomorrow at nine o'clock in the main hall.",
    "We have reduced our costs by thirty percent since last year.",
    "Please close the door when you leave the room.",
)


def require(program: str) -> None:
    """Skips with a spoken reason where the program is missing; fails where CI asks for everything."""
    if shutil.which(program) is None:
        message = f"{program} is not installed; `scripts/debian.sh tests` installs it"
        if os.environ.get("DYNALAYER_REQUIRE_SERVICES") == "1":
            pytest.fail(message)
        pytest.skip(message)


def spoken(text: str, directory: Path, voice: str = "rms", *, silence: float = 0.8) -> bytes:
    """The text as PCM, 16 kHz, 16 bits, mono, with silence around it."""
    require("flite")
    path = directory / "spoken.wav"
    subprocess.run(["flite", "-voice", voice, "-t", text, "-o", str(path)], check=True, capture_output=True)
    with wave.open(BytesIO(path.read_bytes())) as sound:
        assert (sound.getframerate(), sound.getsampwidth(), sound.getnchannels()) == (16_000, 2, 1)
        pcm = sound.readframes(sound.getnframes())
    return bytes(int(0.3 * 32_000)) + pcm + bytes(int(silence * 32_000))


def chunks(pcm: bytes, milliseconds: int = 200) -> Iterator[bytes]:
    size = 32 * milliseconds
    return (pcm[place : place + size] for place in range(0, len(pcm), size))


def words_of(text: str) -> list[str]:
    return re.findall(r"[a-z']+", text.lower())


def errors(said: str, heard: str) -> int:
    """Words that are wrong, missing or too many."""
    return Levenshtein.distance(words_of(said), words_of(heard))
