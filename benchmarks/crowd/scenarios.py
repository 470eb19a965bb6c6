"""The scenarios: each starts a service and a crowd of its own, and comes to one or two rows."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.crowd.accounts import Said, in_source
from benchmarks.crowd.crowds import Crowds, Told, crowds
from benchmarks.crowd.results import Progress, Result
from benchmarks.crowd.serving import Service, Spent, serving
from benchmarks.crowd.talking import WORDS_PER_MINUTE, Speaker, sentences
from benchmarks.crowd.truth import settled

SOURCE = "es"
LANGUAGES = 5
_LONG = 4_500
_DIFFERENT = 5


@dataclass(frozen=True)
class Options:
    """How long, how fast, how many; `minutes` are of talk at speaking speed."""

    directory: Path
    minutes: float = 5.0
    speed: float = 20.0
    is_slow_too: bool = True
    listeners: int = 500
    sessions: int = 50
    listeners_each: int = 50
    processes: int = 1
    clients: int = 2
    engine: str | None = None

    def text(self, seed: int, minutes: float | None = None) -> list[str]:
        """What one speaker says."""
        return sentences(seed, minutes or self.minutes, as_they_are=self.engine == "phrasebook")


@dataclass
class Stage:
    """A service, a crowd, and speakers with their sessions."""

    service: Service
    crowd: Crowds
    speakers: list[Speaker]
    truth: dict[str, int]
    progress: Progress
    name: str

    def said(self) -> dict[str, list[Said]]:
        return {speaker.session: speaker.said for speaker in self.speakers}


@asynccontextmanager
async def staged(
    options: Options,
    progress: Progress,
    name: str,
    sessions: int,
    listeners: int,
    *,
    stalled: int = 0,
    returns: bool = False,
) -> AsyncGenerator[Stage]:
    """Let everybody in; `listeners` and `stalled` are for each session."""
    directory = options.directory / name.replace(" ", "-")
    directory.mkdir(parents=True, exist_ok=True)
    async with (
        serving(directory, options.processes, options.engine) as service,
        crowds(options.clients) as crowd,
    ):
        progress.say(name, "starting", listeners=sessions * (listeners + stalled))
        token = await asyncio.to_thread(service.token)
        speakers = [Speaker(service.sockets, token) for _ in range(sessions)]
        for speaker in speakers:
            await speaker.create(SOURCE)
        places = [place for each in speakers for place in _places(each, listeners, stalled)]
        stage = Stage(
            service, crowd, speakers, {each.session: listeners + stalled for each in speakers}, progress, name
        )
        await crowd.join(service.sockets, places, returns=returns)
        yield stage
        for speaker in speakers:
            await speaker.end()


def _places(speaker: Speaker, listeners: int, stalled: int) -> list[tuple[str, str, bool]]:
    """Everybody in turn in another of the languages, the speaker's own among them."""
    languages = [SOURCE, *(each for each in speaker.languages if each != SOURCE)][:LANGUAGES]
    return [
        (speaker.session, languages[number % len(languages)], number >= listeners)
        for number in range(listeners + stalled)
    ]


async def crowded_session(options: Options, progress: Progress) -> list[Result]:
    """(a) Many listeners in one session, at speaking speed and then the same text faster."""
    async with staged(options, progress, "a one session", 1, options.listeners) as stage:
        return await _at_both_speeds(stage, options)


async def many_sessions(options: Options, progress: Progress) -> list[Result]:
    """(b) Many sessions with some listeners each, at speaking speed and then the same text faster."""
    async with staged(options, progress, "b many sessions", options.sessions, options.listeners_each) as stage:
        return await _at_both_speeds(stage, options)


async def _at_both_speeds(stage: Stage, options: Options) -> list[Result]:
    results: list[Result] = []
    for speed in dict.fromkeys((1.0, options.speed) if options.is_slow_too else (options.speed,)):
        name = f"{stage.name} x{speed:g}"
        results.append(await measured(stage, name, lambda speed=speed: talk(stage, options, speed)))
    return results


async def talk(stage: Stage, options: Options, speed: float) -> None:
    """All speakers at once, each with a text of its own."""
    await asyncio.gather(
        *(speaker.talk(options.text(number), speed, f"x{speed:g}") for number, speaker in enumerate(stage.speakers))
    )


async def measured(
    stage: Stage, name: str, act: Callable[[], Awaitable[object]], *, heard_by: int | None = None
) -> Result:
    """Do something and account for it: what was said, heard and spent, and what the tables say then."""
    _, _, client_cpu = await stage.crowd.count()
    for speaker in stage.speakers:
        speaker.forget()
    with stage.service.watched() as spent:
        showing = asyncio.create_task(_show(stage, name))
        begun = time.monotonic()
        try:
            await act()
            unreported = sum(await asyncio.gather(*(each.all_reported() for each in stage.speakers)))
            await _heard_out(stage, heard_by)
        finally:
            showing.cancel()
        client_cpu = (await stage.crowd.count())[2] - client_cpu
        passed = time.monotonic() - begun
    told = await stage.crowd.account(stage.said())
    result = _result(name, told, spent)
    result.client_cpu_percent = 100 * client_cpu / passed
    result.wrong_text += sum(in_source(told.account, s.session, s.texts, SOURCE) for s in stage.speakers)
    if told.back_after:
        back = sorted(told.back_after)
        result.notes.append(
            f"{len(back)} listeners lost their connection and were back after {back[len(back) // 2]:.2f} s "
            f"(at most {back[-1]:.2f} s); of what was said meanwhile {told.account.missed_away:,} captions were missed"
        )
    if told.cut_off:
        result.notes.append(f"{told.cut_off} listeners were cut off")
    failed = {language for speaker in stage.speakers for language in speaker.failed}
    if failed:
        result.notes.append(f"finals were not translated to {', '.join(sorted(failed))}")
    if unreported:
        result.failures.append(f"{unreported} finals were never reported as processed")
    errors = told.errors | {code for speaker in stage.speakers for code in speaker.errors}
    if errors:
        result.failures.append(f"errors were told: {', '.join(sorted(errors))}")
    wrong, _ = await settled(stage.service.database, stage.truth)
    result.tables = "right" if not wrong else "WRONG"
    result.failures += wrong[:3]
    stage.progress.done(result)
    return result


async def _show(stage: Stage, name: str) -> None:
    while True:
        captions, here, _ = await stage.crowd.count()
        said = sum(len(speaker.said) for speaker in stage.speakers)
        stage.progress.say(name, "talking", finals=said, captions=captions, listeners=here)
        await asyncio.sleep(2.0)


async def _heard_out(stage: Stage, heard_by: int | None) -> None:
    """Wait until every listener has heard all that was said, or nothing more comes for a while."""
    said = {speaker.session: len(speaker.said) for speaker in stage.speakers}
    expected = sum(said[session] * (heard_by or count) for session, count in stage.truth.items())
    last, quiet = -1, 0
    while quiet < 20:
        captions, _, _ = await stage.crowd.count()
        if captions >= expected:
            return
        last, quiet = captions, quiet + 1 if captions == last else 0
        await asyncio.sleep(0.1)


def _result(name: str, told: Told, spent: Spent) -> Result:
    account = told.account
    return Result(
        scenario=name,
        listeners=account.listeners,
        heard=account.heard,
        lost=account.lost,
        doubled=account.doubled,
        misordered=account.misordered,
        wrong_text=account.differing + account.unknown,
        p50=account.milliseconds.percentile(50),
        p95=account.milliseconds.percentile(95),
        p99=account.milliseconds.percentile(99),
        cpu_seconds=spent.cpu,
        peak_mb=spent.megabytes,
        engine_mb=spent.engine_megabytes,
        microseconds_each=1e6 * spent.cpu / account.heard if account.heard else None,
        client_lag_p99=told.lag.percentile(99),
        seconds=spent.seconds,
    )


async def all_leave_at_once(options: Options, progress: Progress) -> list[Result]:
    """(c) All listeners of a session lose their connections in the same moment."""
    async with staged(options, progress, "c all leave", 1, options.listeners) as stage:
        [speaker] = stage.speakers
        asking = asyncio.create_task(speaker.measure_answers(0.05))
        await asyncio.sleep(0.5)
        speaker.acknowledgements.clear()
        with stage.service.watched() as spent:
            gone = await stage.crowd.abort()
            stage.truth = {speaker.session: 0}
            wrong, seconds = await settled(stage.service.database, stage.truth, 60)
        asking.cancel()
        result = Result(stage.name, listeners=gone, cpu_seconds=spent.cpu, peak_mb=spent.megabytes, seconds=seconds)
        result.tables = "right" if not wrong else "WRONG"
        result.failures += wrong[:3]
        slowest = max(speaker.acknowledgements, default=0) * 1000
        result.notes.append(
            f"{gone} connections were gone from the tables after {seconds:.1f} s; "
            f"meanwhile a heartbeat was answered within {slowest:.0f} ms"
        )
        progress.done(result)
        return [result]


async def one_stalls(options: Options, progress: Progress) -> list[Result]:
    """(d) One listener does not read, and all others hear everything."""
    listeners = options.listeners - 1
    async with staged(options, progress, "d one stalls", 1, listeners, stalled=1) as stage:
        [speaker] = stage.speakers

        async def talked() -> None:
            # Many and long ones, so that what nobody reads is soon more than the machine holds back for a socket.
            talk = options.text(0, 2.0)
            long = [" ".join(talk[start:] + talk[:start])[:_LONG] for start in range(_DIFFERENT)]
            long = talk if options.engine == "phrasebook" else long
            finals = max(40, round(200 * options.minutes))
            texts = [long[number % len(long)] for number in range(finals)]
            words = sum(len(text.split()) for text in texts)
            await speaker.talk(texts, words / WORDS_PER_MINUTE * 60 / (finals / options.speed), "long")

        stage.truth = {speaker.session: listeners + 1}
        result = await measured_with_stalled(stage, talked, listeners)
        progress.done(result)
        return [result]


async def measured_with_stalled(stage: Stage, act: Callable[[], Awaitable[object]], listeners: int) -> Result:
    """As `measured`, but whoever stalls may or may not have been cut off in the end."""
    [speaker] = stage.speakers
    session, before = speaker.session, dict(stage.truth)
    with_it = await measured(stage, stage.name, act, heard_by=listeners)
    if with_it.tables != "right":
        stage.truth = {session: listeners}
        wrong, _ = await settled(stage.service.database, stage.truth)
        with_it.failures = [each for each in with_it.failures if "listeners counts" not in each] + wrong
        with_it.tables = "right" if not wrong else "WRONG"
        with_it.notes.append("the listener that did not read was cut off, and the others heard everything")
    else:
        stage.truth = before
        with_it.notes.append("the listener that did not read was kept: the machine held back all that was sent to it")
    return with_it


async def a_process_dies(options: Options, progress: Progress) -> list[Result]:
    """(e) A process of the gateway is killed in the middle of a talk, and another one later."""
    options = replace(options, minutes=max(options.minutes, 0.5))
    async with staged(options, progress, "e kill -9", 1, options.listeners, returns=True) as stage:
        speed = options.speed / 4
        length = options.minutes * 60 / speed

        async def struck() -> None:
            talking = asyncio.create_task(talk(stage, options, speed))
            for _ in range(2):
                await asyncio.sleep(length / 3)
                await _all_serve(stage)
                await stage.service.kill(stage.service.workers()[0])
                progress.say(stage.name, "killed a process")
            await talking
            await _all_here(stage)

        result = await measured(stage, stage.name, struck)
        progress.done(result)
        return [result]


async def _all_serve(stage: Stage) -> None:
    """Who was killed last serves again: somebody has to be left."""
    for _ in range(300):
        if stage.service.listening() >= stage.service.processes:
            return
        await asyncio.sleep(0.1)


async def _all_here(stage: Stage) -> None:
    for _ in range(300):
        if (await stage.crowd.count())[1] == sum(stage.truth.values()):
            return
        await asyncio.sleep(0.1)


SCENARIOS: dict[str, Callable[[Options, Progress], Awaitable[list[Result]]]] = {
    "a": crowded_session,
    "b": many_sessions,
    "c": all_leave_at_once,
    "d": one_stalls,
    "e": a_process_dies,
}


def summary(results: list[Result]) -> dict[str, Any]:
    return {"ok": all(result.is_good for result in results), "scenarios": len(results)}
