"""Pocketsphinx at work: finds where somebody speaks, and what; blocking, so it runs in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any, Final

from live_translation.recognition.engine import BYTES_PER_SECOND, Recognised
from live_translation.recognition.stability import HYPOTHESIS_SECONDS, Keeping

LONGEST_UTTERANCE_SECONDS: Final = 30.0
"""Who does not draw breath for so long is cut: the decoder's memory and work grow with an utterance."""


class Ear:
    """Hears one stream after another; the result ids are numbers that go on through all of them."""

    def __init__(self) -> None:
        self._sphinx: Any = import_module("pocketsphinx")
        self._decoder: Any = self._sphinx.Decoder(samprate=16_000, loglevel="FATAL")
        self._utterance = 0
        self._reset()

    def hear(self, pcm: bytes) -> Iterator[Recognised]:
        """Take sound in and give what is new."""
        self._waiting += pcm
        size = self._endpointer.frame_bytes
        while len(self._waiting) >= size:
            frame = bytes(self._waiting[:size])
            del self._waiting[:size]
            self._heard += size
            yield from self._frame(frame)

    def finish(self) -> Iterator[Recognised]:
        """Give what is left, and be ready for another stream."""
        if self._keeping is not None:
            rest = self._endpointer.end_stream(bytes(self._waiting)) if self._waiting else None
            if rest:
                self._decoder.process_raw(rest, full_utt=False)
            yield from self._end()
        self._reset()

    def _reset(self) -> None:
        self._endpointer: Any = self._sphinx.Endpointer()
        self._waiting = bytearray()
        self._heard = self._since_hypothesis = 0
        self._keeping: Keeping | None = None
        self._start = 0.0

    def _frame(self, frame: bytes) -> Iterator[Recognised]:
        speech = self._endpointer.process(frame)
        if speech is None:
            return
        if self._keeping is None:
            self._begin()
        self._decoder.process_raw(speech, full_utt=False)
        self._since_hypothesis += len(speech)
        if not self._endpointer.in_speech or self._now() - self._start >= LONGEST_UTTERANCE_SECONDS:
            yield from self._end()
        elif self._since_hypothesis >= HYPOTHESIS_SECONDS * BYTES_PER_SECOND:
            self._since_hypothesis = 0
            yield from self._partial()

    def _begin(self) -> None:
        self._keeping = Keeping()
        self._since_hypothesis = 0
        self._utterance += 1
        self._start = float(self._endpointer.speech_start)
        if self._now() - self._start > 1.0:
            # A long utterance was cut and goes on.
            self._start = self._now()
        self._decoder.start_utt()

    def _partial(self) -> Iterator[Recognised]:
        text = self._hypothesis()
        if text and self._keeping is not None:
            sure = self._keeping.hear(text.split())
            yield Recognised(str(self._utterance), text, True, sure, self._start, self._now())

    def _end(self) -> Iterator[Recognised]:
        self._decoder.end_utt()
        self._keeping = None
        # A final comes even if it turns out that nothing was said: partial results may have been sent.
        yield Recognised(str(self._utterance), self._hypothesis(), False, (), self._start, self._now())

    def _hypothesis(self) -> str:
        found = self._decoder.hyp()
        return str(found.hypstr) if found is not None else ""

    def _now(self) -> float:
        return self._heard / BYTES_PER_SECOND
