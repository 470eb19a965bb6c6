"""Hears English with pocketsphinx, offline, on this machine: one process for each speaker."""

from __future__ import annotations

import os
import secrets
from collections.abc import AsyncIterator
from importlib.util import find_spec
from typing import Final

import msgspec

from live_translation.recognition.backlog import Backlog
from live_translation.recognition.engine import (
    BYTES_PER_SECOND,
    LanguageNotRecognised,
    Recognised,
    Stream,
)
from live_translation.recognition.frames import Finish, Heard, Ready, Sound
from live_translation.recognition.workers import Worker, Workers

UNDER_WAY: Final = BYTES_PER_SECOND // 2
"""Sound that may be on its way to the worker, so that what waits is known and can be dropped."""

SPEAKERS_PER_CORE: Final = 5
"""A speaker takes 0.10 to 0.20 of a core while speaking."""


class SphinxStream:
    """One speaker's sound with one worker."""

    def __init__(self, workers: Workers, worker: Worker) -> None:
        self._workers = workers
        self._worker = worker
        self._name = secrets.token_hex(4)
        self._waiting = Backlog()
        self._under_way = 0
        self._is_finishing = False
        self._is_given_back = False

    @property
    def process_id(self) -> int:
        """The worker's, for operators and tests."""
        return self._worker.process_id

    def feed(self, pcm: bytes) -> int:
        """Take sound in; of more than five seconds the oldest chunks are dropped."""
        if self._is_finishing:
            return 0
        dropped = self._waiting.put(pcm)
        self._send()
        return dropped

    async def results(self) -> AsyncIterator[Recognised]:
        """What the worker hears; ids are unique over all streams."""
        try:
            while not isinstance(answer := await self._worker.answer(), Ready):
                self._under_way -= answer.taken
                self._send()
                for result in self._named(answer):
                    yield result
        except BaseException:
            await self.abort()
            raise
        await self._give_back(is_usable=True)

    async def finish(self) -> None:
        """Send what waits, then the end; the results go on until all of it was heard."""
        self._is_finishing = True
        while self._waiting:
            self._worker.order(Sound(self._waiting.take()))
        self._worker.order(Finish())

    async def abort(self) -> None:
        """End the worker: in the middle of a stream it cannot be used for another one."""
        self._is_finishing = True
        await self._give_back(is_usable=False)

    def _send(self) -> None:
        while self._waiting and self._under_way < UNDER_WAY:
            pcm = self._waiting.take()
            self._under_way += len(pcm)
            self._worker.order(Sound(pcm))

    def _named(self, answer: Heard) -> list[Recognised]:
        return [msgspec.structs.replace(each, result_id=f"{self._name}-{each.result_id}") for each in answer.results]

    async def _give_back(self, *, is_usable: bool) -> None:
        if not self._is_given_back:
            self._is_given_back = True
            await self._workers.give_back(self._worker, is_usable=is_usable)


class SphinxRecogniser:
    """`limit` speakers at once; by default as many as this machine's cores can hear."""

    def __init__(self, limit: int = 0) -> None:
        self._workers = Workers(limit or SPEAKERS_PER_CORE * (os.cpu_count() or 1))

    @property
    def name(self) -> str:
        """`pocketsphinx`."""
        return "pocketsphinx"

    @property
    def languages(self) -> frozenset[str]:
        """English: the one language whose model comes with it."""
        return frozenset({"en"})

    async def open(self, language: str) -> Stream:
        """Begin to listen; the first speaker waits half a second for the model."""
        if language not in self.languages:
            raise LanguageNotRecognised(f"{self.name} does not hear {language!r}")
        return SphinxStream(self._workers, await self._workers.take())

    async def close(self) -> None:
        """End the idle processes."""
        await self._workers.close()


def is_installed() -> bool:
    """True where the wheel is."""
    return find_spec("pocketsphinx") is not None
