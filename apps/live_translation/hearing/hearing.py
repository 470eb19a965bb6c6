"""One session's sound on its way to a recogniser, and what is heard on its way to the listeners."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final

from live_translation.errors import hashed
from live_translation.hearing.pcm import scaled
from live_translation.hearing.quality import QualityMeter
from live_translation.hearing.rate import AudioRate, Verdict
from live_translation.hearing.reorder import Reorder
from live_translation.metrics import Metrics, catalog
from live_translation.partials import AudioHeard
from live_translation.partials import Final as FinalResult
from live_translation.partials import Partial as PartialResult
from live_translation.partials.executor import Alarm, Processor, SetAlarm, Sleep
from live_translation.recognition import (
    Backlog,
    LanguageNotRecognised,
    Recognised,
    Recogniser,
    RecognitionError,
    Stream,
    StreamBroken,
)

OPEN_WAITS: Final = (0.5, 1.0)
"""Seconds before the second and the third attempt to open a stream."""

BREAKS_IN_A_ROW: Final = 3
"""So many streams may break before anything was heard; then the speaker has to begin anew."""

ANEW_AFTER: Final = 2.0
"""Seconds without a chunk after which the next one is a new beginning: the microphone was off and on again."""


_log = logging.getLogger(__name__)

Tell = Callable[[str, dict[str, Any]], Awaitable[None]]
"""Sends the speaker a message: its type and its fields."""


class Hearing:
    """Opens a stream with the first chunk and again after a break or an idle time of `idle` seconds.

    Where that has failed three times in a row it is deaf until the speaker begins anew: declares its sound, or turns
    the microphone off and on.
    """

    def __init__(
        self,
        language: str,
        recogniser: Recogniser,
        processor: Processor,
        tell: Tell,
        metrics: Metrics,
        *,
        per_second: int,
        idle: float,
        now: Callable[[], float],
        set_alarm: SetAlarm,
        sleep: Sleep,
    ) -> None:
        self._language = language
        self._recogniser = recogniser
        self._processor = processor
        self._tell = tell
        self._metrics = metrics
        self._per_second = per_second
        self._idle = idle
        self._now = now
        self._set_alarm = set_alarm
        self._sleep = sleep
        self._connection_id = ""
        self._rate = AudioRate(per_second)
        self._reorder = Reorder()
        self._meter = QualityMeter()
        self._waiting = Backlog()
        self._stream: Stream | None = None
        self._listening: asyncio.Task[None] | None = None
        self._telling: set[asyncio.Task[None]] = set()
        self._alarm: Alarm | None = None
        self._began = 0.0
        self._heard_at = 0.0
        self._chunk_at = 0.0
        self._is_deaf = False
        self._is_ending = False

    def is_declared_by(self, connection_id: str) -> bool:
        """True if this connection has said which format its sound has."""
        return self._connection_id == connection_id

    def declare(self, connection_id: str) -> None:
        """This connection speaks from now on, in the right format."""
        if self._connection_id != connection_id:
            self._connection_id = connection_id
            self._rate = AudioRate(self._per_second)
        self._is_deaf = False
        self._feed(self._reorder.flush())

    def take(self, number: int | None, pcm: bytes, volume: float, *, is_held: bool) -> Verdict:
        """Take a chunk in, without waiting; while the talk is held it is not listened to."""
        now = self._now()
        if now - self._chunk_at > ANEW_AFTER:
            self._is_deaf = False
        self._chunk_at = now
        verdict = self._rate.take(now)
        self._metrics.count(catalog.AUDIO_CHUNKS)
        if verdict is not Verdict.taken:
            self._metrics.count(catalog.RATE_LIMIT_VIOLATION)
            return verdict
        ready = self._reorder.put(number, pcm, now)
        if not (is_held or self._is_deaf or self._is_ending):
            self._feed([scaled(each, volume) for each in ready])
        return verdict

    async def finish(self, within: float) -> None:
        """Let what was said be heard to its end, for so many seconds at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                self._is_ending = True
                if self._stream is not None:
                    await self._stream.finish()
                if self._listening is not None:
                    await asyncio.wait([self._listening])
                await self._processor.finish()

    def close(self) -> None:
        """Stop listening at once."""
        if self._alarm is not None:
            self._alarm.cancel()
        if self._listening is not None:
            self._listening.cancel()

    def _feed(self, ready: list[bytes]) -> None:
        for pcm in ready:
            now = self._now()
            for warning in self._meter.feed(pcm, now):
                self._say(
                    "audio_quality_warning", issue=warning.issue, message=warning.message, details=warning.details
                )
            if self._meter.is_heard:
                self._processor.take(AudioHeard())
            self._put(pcm)
        if ready:
            self._heard_at = self._now()
            self._watch_idle()

    def _put(self, pcm: bytes) -> None:
        dropped = 0
        if self._stream is not None:
            dropped = self._stream.feed(pcm)
        else:
            dropped = self._waiting.put(pcm)
        if dropped:
            self._metrics.count(catalog.AUDIO_IN_OVERFLOW)
        if self._listening is None:
            self._listening = asyncio.get_running_loop().create_task(self._listen())

    async def _listen(self) -> None:
        broken = 0
        try:
            while True:
                stream = await self._open()
                if broken:
                    self._say("systemRecovered", message="The sound is heard again.")
                try:
                    async for result in stream.results():
                        broken = 0
                        self._result(result)
                    return
                except StreamBroken as error:
                    broken += 1
                    _log.warning("%s", error)
                    self._lost(error, is_tried_again=broken < BREAKS_IN_A_ROW)
                    if broken == BREAKS_IN_A_ROW:
                        return
                finally:
                    self._stream = None
                    await stream.abort()
        except RecognitionError as error:
            _log.warning("%s", error)
            self._lost(error, is_tried_again=False)
        finally:
            self._stream = self._listening = None
            self._waiting = Backlog()

    async def _open(self) -> Stream:
        for wait in (*OPEN_WAITS, None):
            try:
                stream = await self._recogniser.open(self._language)
                break
            except LanguageNotRecognised:
                raise
            except RecognitionError as error:
                if wait is None:
                    raise
                _log.warning("%s; tried again", error)
                await self._sleep(wait)
        else:  # pragma: no cover - the last attempt either breaks or raises
            raise AssertionError
        self._began = self._now()
        self._stream = stream
        while self._waiting:
            stream.feed(self._waiting.take())
        if self._is_ending:
            await stream.finish()
        return stream

    def _result(self, result: Recognised) -> None:
        # Several streams of a session follow one another on one clock.
        timestamp = self._began + result.start
        if result.is_partial:
            self._processor.take(PartialResult(result.result_id, result.text, result.stabilities or None, timestamp))
        else:
            self._processor.take(FinalResult(result.result_id, result.text, timestamp))
        self._say("transcript", segmentId=result.result_id, text=result.text, isPartial=result.is_partial)

    def _lost(self, error: RecognitionError, *, is_tried_again: bool) -> None:
        self._is_deaf = not is_tried_again
        what = "it is tried again" if is_tried_again else "turn the microphone off and on to try again"
        self._say("transcriptionError", message=f"The sound is not heard: {error}; {what}.", willRetry=is_tried_again)

    def _say(self, kind: str, **fields: Any) -> None:
        task = asyncio.get_running_loop().create_task(self._told(kind, fields))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _told(self, kind: str, fields: dict[str, Any]) -> None:
        try:
            await self._tell(kind, fields)
        except Exception as error:
            _log.warning("%s not told to %s: %s", kind, hashed(self._connection_id), type(error).__name__)

    def _watch_idle(self) -> None:
        if self._alarm is None:
            self._alarm = self._set_alarm(self._idle, self._perhaps_idle)

    def _perhaps_idle(self) -> None:
        self._alarm = None
        left = self._heard_at + self._idle - self._now()
        if left > 0:
            self._alarm = self._set_alarm(left, self._perhaps_idle)
        elif self._stream is not None:
            finishing = asyncio.get_running_loop().create_task(self._stream.finish())
            self._telling.add(finishing)
            finishing.add_done_callback(self._telling.discard)
