"""Speech to text: pocketsphinx on this machine for English, Amazon Transcribe where an operator wants it."""

from __future__ import annotations

from live_translation.recognition import sphinx, transcribe
from live_translation.recognition.backlog import Backlog
from live_translation.recognition.engine import (
    BYTES_PER_SECOND,
    SAMPLE_RATE,
    LanguageNotRecognised,
    NoRoomForStreams,
    Recognised,
    Recogniser,
    RecognitionError,
    Stream,
    StreamBroken,
)
from live_translation.recognition.nobody import Nobody
from live_translation.recognition.sphinx import SphinxRecogniser
from live_translation.recognition.transcribe import TranscribeRecogniser

__all__ = [
    "BYTES_PER_SECOND",
    "ENGINES",
    "SAMPLE_RATE",
    "Backlog",
    "LanguageNotRecognised",
    "NoRoomForStreams",
    "Nobody",
    "Recognised",
    "Recogniser",
    "RecognitionError",
    "SphinxRecogniser",
    "Stream",
    "StreamBroken",
    "TranscribeRecogniser",
    "open_recogniser",
]

ENGINES = ("pocketsphinx", "transcribe", "none")


def open_recogniser(preferred: str = "", *, limit: int = 0, region: str = "us-east-1") -> Recogniser:
    """The engine to use here: `preferred` (one of `ENGINES`), else pocketsphinx if it is installed.

    Amazon Transcribe costs money, so it is never chosen without being asked for. `limit` is how many speakers may be
    heard on this machine at once (0: as its cores allow). Nothing is started before the first speaker. Raises
    `RecognitionError` if the engine asked for is not installed, `ValueError` for an unknown one.
    """
    if preferred not in ("", *ENGINES):
        raise ValueError(f"unknown recognition engine {preferred!r}; there are {', '.join(ENGINES)}")
    if preferred == "transcribe":
        if not transcribe.is_installed():
            raise RecognitionError("Amazon Transcribe needs the extra 'aws': pip install 'dynalayer-apps[aws]'")
        return TranscribeRecogniser(region)
    if preferred == "pocketsphinx" and not sphinx.is_installed():
        raise RecognitionError("pocketsphinx is not installed: pip install 'dynalayer-apps[live]'")
    if preferred != "none" and sphinx.is_installed():
        return SphinxRecogniser(limit)
    return Nobody()
