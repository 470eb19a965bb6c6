"""What every recognition engine is to the rest of the application: sound in, growing and final results out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final, Protocol

import msgspec

SAMPLE_RATE: Final = 16_000
BYTES_PER_SECOND: Final = 2 * SAMPLE_RATE
"""Sound is PCM: 16 bits, signed, little-endian, one channel."""


class RecognitionError(Exception):
    """Sound could not be turned into text; the message holds none of either, so it may be logged."""


class LanguageNotRecognised(RecognitionError):
    """No engine here hears this language; trying again is of no use."""


class NoRoomForStreams(RecognitionError):
    """The engine hears as many speakers as it may; later there may be room."""


class StreamBroken(RecognitionError):
    """The stream has ended before its time; another one may be opened."""


class Recognised(msgspec.Struct, frozen=True, array_like=True):
    """What was heard of one utterance; a later one with the same `result_id` replaces it.

    `stabilities` has one number for each word, 0.0 to 1.0; it is empty for finals and for engines that do not say.
    `start` and `end` are in seconds of sound since the stream began.
    """

    result_id: str
    text: str
    is_partial: bool
    stabilities: tuple[float, ...] = ()
    start: float = 0.0
    end: float = 0.0


class Stream(Protocol):
    """One speaker's sound on its way to an engine; made for one event loop and one reader."""

    def feed(self, pcm: bytes) -> int:
        """Take sound in, without waiting; gives how many bytes of the oldest were dropped to make room."""
        ...

    def results(self) -> AsyncIterator[Recognised]:
        """The results as they come, until the stream has been finished; raises `StreamBroken`."""
        ...

    async def finish(self) -> None:
        """No more sound comes: what was heard is finished, and the results end."""
        ...

    async def abort(self) -> None:
        """Let the stream go with all that is in it; safe to call twice."""
        ...


class Recogniser(Protocol):
    """Hears speech in some languages, named by ISO 639-1 codes such as `en`."""

    @property
    def name(self) -> str:
        """The engine's name, short enough to stand under a transcript."""
        ...

    @property
    def languages(self) -> frozenset[str]:
        """What it hears."""
        ...

    async def open(self, language: str) -> Stream:
        """Begin to listen; raises `LanguageNotRecognised`, `NoRoomForStreams` or `StreamBroken`."""
        ...

    async def close(self) -> None:
        """Release processes and connections; safe to call twice."""
        ...
