"""The sound of translated sentences on its way to the listeners who want it, one sentence of a session after another.

Captions never wait for it: sound is made and posted beside them. A session that speaks faster than its sound can be
made or heard loses the oldest sentences that have not begun to be posted, never the order.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from live_translation.broadcasting.broadcast import Broadcaster
from live_translation.broadcasting.frames import CHUNK_SECONDS, Heading, audio_frames
from live_translation.clock import Clock, milliseconds
from live_translation.errors import hashed
from live_translation.metrics import NOTHING, Metrics, catalog
from live_translation.ports import SoundChunk
from live_translation.speech import NEUTRAL, EmotionDynamics, Synthesiser, SynthesisError

WAITING: Final = 4
"""Sentences of a session whose sound may be under way; of more, the oldest that is not heard yet is left out."""

LEAD_CHUNKS: Final = 10
"""Chunks of a sentence that are posted at once, 5 s of sound; the others at the pace at which they are heard."""

_log = logging.getLogger(__name__)

Sleep = Callable[[float], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence in one language, and who wants to hear it."""

    heading: Heading
    text: str
    listeners: Sequence[str]


@dataclass(slots=True, eq=False)
class _Sentence:
    task: asyncio.Task[None]
    is_heard: bool = False


@dataclass(slots=True)
class SoundQueue:
    """The sentences of one session whose sound is under way, oldest first."""

    sentences: deque[_Sentence] = field(default_factory=deque[_Sentence])
    left_out: int = 0


class Sound:
    """Makes sound of sentences and posts it, with `timeout` seconds for the engine."""

    def __init__(
        self,
        synthesiser: Synthesiser,
        broadcaster: Broadcaster,
        clock: Clock,
        *,
        timeout: float = 5.0,
        sleep: Sleep = asyncio.sleep,
        metrics: Metrics = NOTHING,
    ) -> None:
        self._synthesiser = synthesiser
        self._broadcaster = broadcaster
        self._clock = clock
        self._timeout = timeout
        self._sleep = sleep
        self._metrics = metrics
        self._running: set[asyncio.Task[None]] = set()

    def languages(self) -> frozenset[str]:
        """The languages that sound can be made in."""
        return self._synthesiser.languages()

    def start(
        self,
        queue: SoundQueue,
        turns: asyncio.Semaphore,
        lines: Sequence[Line],
        dynamics: EmotionDynamics = NEUTRAL,
    ) -> None:
        """Begin with a sentence; it is posted once all its languages are made and the one before has been posted."""
        wanted = [line for line in lines if line.listeners and line.heading.language in self.languages()]
        if not wanted:
            return
        before = queue.sentences[-1].task if queue.sentences else None
        task = asyncio.create_task(self._speak(queue, before, turns, wanted, dynamics))
        queue.sentences.append(_Sentence(task))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        self._make_room(queue)

    async def finish(self) -> None:
        """Wait until all sound that is under way has been posted."""
        while self._running:
            await asyncio.wait(set(self._running))

    async def stop(self) -> None:
        """Drop what is under way and close the engine."""
        for task in set(self._running):
            task.cancel()
        await self.finish()
        await self._synthesiser.close()

    def drop(self, queue: SoundQueue) -> None:
        """Drop what is under way for one session, which is over."""
        for sentence in queue.sentences:
            sentence.task.cancel()

    def _make_room(self, queue: SoundQueue) -> None:
        while len(queue.sentences) > WAITING:
            oldest = next((each for each in queue.sentences if not each.is_heard), None)
            if oldest is None:
                return
            queue.sentences.remove(oldest)
            oldest.task.cancel()
            queue.left_out += 1
            _log.warning("sound of a sentence left out: the session speaks faster than it can be heard")

    async def _speak(
        self,
        queue: SoundQueue,
        before: asyncio.Task[None] | None,
        turns: asyncio.Semaphore,
        lines: Sequence[Line],
        dynamics: EmotionDynamics,
    ) -> None:
        mine = next(each for each in queue.sentences if each.task is asyncio.current_task())
        try:
            made = await asyncio.gather(*(self._make(line, dynamics) for line in lines))
            if before is not None:
                await asyncio.wait({before})
            mine.is_heard = True
            await asyncio.gather(
                *(self._post(turns, line, sound) for line, sound in zip(lines, made, strict=True) if sound)
            )
        finally:
            if mine in queue.sentences:
                queue.sentences.remove(mine)

    async def _make(self, line: Line, dynamics: EmotionDynamics) -> bytes | None:
        """The sound of a sentence; None if it cannot be had, which costs the other languages nothing."""
        heading = line.heading
        try:
            async with asyncio.timeout(self._timeout):
                return await self._synthesiser.synthesise(line.text, heading.language, dynamics)
        except (SynthesisError, TimeoutError) as error:
            _log.warning(
                "no sound in %s for %s: %s", heading.language, hashed(heading.session_id), type(error).__name__
            )
        except Exception as error:
            # An engine promises no other errors; if it breaks its word, the other languages must not pay for it.
            _log.error(
                "sound in %s for %s broke: %s", heading.language, hashed(heading.session_id), type(error).__name__
            )
        self._metrics.count(catalog.FAILED_SYNTHESES)
        return None

    async def _post(self, turns: asyncio.Semaphore, line: Line, sound: bytes) -> None:
        for index, (text, size) in enumerate(audio_frames(line.heading, sound, milliseconds(self._clock))):
            # Even within the lead, the sockets get their turn: else the buffers of listeners who keep up overflow.
            await self._sleep(CHUNK_SECONDS if index >= LEAD_CHUNKS else 0)
            await self._broadcaster.send(turns, line.listeners, text, sound=SoundChunk(line.heading.session_id, size))
