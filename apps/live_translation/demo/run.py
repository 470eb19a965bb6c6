"""One run from an empty file to the report: the service, the speaker, the listeners and the audit together."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from dynalayer import AsyncDatabase
from live_translation.demo.accounting import account
from live_translation.demo.audit import Audit
from live_translation.demo.choreography import LANGUAGES, Part, choreograph
from live_translation.demo.files import size
from live_translation.demo.listener import all_told, attend
from live_translation.demo.progress import Progress
from live_translation.demo.report import Report
from live_translation.demo.room import DemoFailed, Room
from live_translation.demo.service import LIFTED_LIMITS, Running, service
from live_translation.demo.soundcheck import sound_check
from live_translation.demo.speaker import Speaker
from live_translation.talk import Talk, load_talk

SECONDS_PER_SENTENCE = 0.3
MOMENTS = (0.2, 0.4, 0.6, 0.8)
"""When the counts are compared, as shares of the talk."""

LIMIT = 85.0
"""Seconds after which a run is given up."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the person chose; `talk_limit` None is the whole talk."""

    database: str
    path: Path
    listeners: int
    seed: int
    talk_limit: int | None = None


async def run(options: Options, stream: IO[str]) -> Report:
    """Run the demo and give its report; raises `DemoFailed` if it cannot be carried through."""
    began = time.monotonic()
    try:
        async with asyncio.timeout(LIMIT), service(options.database) as running:
            show = _Show(options, running, stream)
            await show.play()
    except TimeoutError:
        raise DemoFailed(f"the run did not finish within {LIMIT:.0f} s") from None
    return show.report(time.monotonic() - began)


class _Show:
    def __init__(self, options: Options, running: Running, stream: IO[str]) -> None:
        self._options = options
        self._running = running
        self._room = Room(running.sockets)
        self._progress = Progress(stream, self._describe)
        talk = load_talk()
        self._talk = Talk(talk.title, talk.language, talk.sentences[: options.talk_limit])
        self._seconds = SECONDS_PER_SENTENCE * len(self._talk.sentences)
        self._parts = choreograph(options.listeners, self._seconds, options.seed)
        self._speaker: Speaker | None = None
        self._audit: Audit | None = None

    async def play(self) -> None:
        self._say_what_runs()
        async with AsyncDatabase(self._options.database) as database:
            try:
                await self._check_sound()
                await self._perform(database)
            except* DemoFailed as group:
                raise _first(group) from None

    async def _check_sound(self) -> None:
        languages = LANGUAGES[: len(self._parts)]
        seconds = await sound_check(self._running.sockets, self._talk, languages)
        self._progress.say(f"Sound check: after {seconds:.1f} s all of {', '.join(languages)} answer.")

    async def _perform(self, database: AsyncDatabase) -> None:
        audit = self._audit = Audit(database, self._room)
        speaker = self._speaker = await Speaker.join(self._room, self._talk.language)
        try:
            await self._together(speaker, audit)
        finally:
            speaker.leave()

    async def _together(self, speaker: Speaker, audit: Audit) -> None:
        progress = asyncio.create_task(self._progress.run())
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(speaker.listen())
                attending = [tasks.create_task(attend(part, self._room)) for part in self._parts]
                await self._talk_through(speaker, audit, tasks)
                await all_told(attending)
        finally:
            progress.cancel()
            await asyncio.gather(progress, return_exceptions=True)
        await audit.after_the_end()

    async def _talk_through(self, speaker: Speaker, audit: Audit, tasks: asyncio.TaskGroup) -> None:
        await self._room.full(sum(_is_there_first(part) for part in self._parts))
        await audit.during("before the talk")
        self._room.begin()
        checks = tasks.create_task(self._check_now_and_then(audit))
        await speaker.read(self._talk.sentences, self._seconds, self._options.seed)
        await speaker.all_processed()
        await checks
        await self._room.full(len(self._parts))
        await audit.during("after the talk")
        await speaker.end()

    async def _check_now_and_then(self, audit: Audit) -> None:
        for moment in MOMENTS:
            await self._room.until(moment * self._seconds)
            await audit.during(f"at {moment:.0%} of the talk")

    def _say_what_runs(self) -> None:
        limits = ", ".join(f"{name}={value}" for name, value in LIFTED_LIMITS.items())
        self._progress.say(f"The service runs as process {self._running.process_id} on {self._options.database}.")
        self._progress.say(f"All listeners share one address, so its limits are lifted: {limits}")
        self._progress.say(self._running.engine_note)
        self._progress.say(
            f"“{self._talk.title}”: {len(self._talk.sentences)} sentences, {len(self._parts)} listeners."
        )

    def _describe(self) -> str:
        said = len(self._speaker.finals) if self._speaker else 0
        captions = sum(len(stay.captions) for stay in self._room.stays)
        return (
            f"{self._room.elapsed:5.1f} s  {said}/{len(self._talk.sentences)} sentences  "
            f"{len(self._room.sockets)} listening  {captions:,} captions  {self._room.leaves} leaves"
        )

    def report(self, seconds: float) -> Report:
        if self._speaker is None or self._audit is None:
            raise DemoFailed("the demo has not been played")
        return Report(
            session_id=self._room.session_id,
            listeners=len(self._parts),
            languages=min(len(self._parts), len(LANGUAGES)),
            seed=self._options.seed,
            segments=len(self._speaker.finals),
            partials=self._speaker.partials_sent,
            translated=self._speaker.translated,
            from_cache=self._speaker.from_cache,
            untranslated=tuple(self._speaker.failed),
            leaves=self._room.leaves,
            stays=len(self._room.stays),
            account=account(self._speaker.finals, self._room.stays),
            checks=tuple(self._audit.checks),
            file_size=size(self._options.path),
            engine=self._running.engine,
            seconds=seconds,
        )


def _is_there_first(part: Part) -> bool:
    return part.arrive_at == 0


def _first(group: BaseExceptionGroup[DemoFailed]) -> DemoFailed:
    failure: BaseExceptionGroup[DemoFailed] | DemoFailed = group
    while isinstance(failure, BaseExceptionGroup):
        failure = failure.exceptions[0]
    return failure
