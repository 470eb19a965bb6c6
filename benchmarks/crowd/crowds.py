"""The processes full of listeners, seen from the one that leads them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from live_translation.metrics.histogram import Histogram

from benchmarks.crowd.accounts import Account, Said

_PROGRAM = Path(__file__).with_name("listeners.py")
_LINE = 2**28


class CrowdFailed(Exception):
    """The listeners could not do what was asked."""


@dataclass
class Told:
    """What all listeners together have told."""

    account: Account = field(default_factory=Account)
    lag: Histogram = field(default_factory=Histogram)
    cut_off: int = 0
    stalled_heard: int = 0
    over: int = 0
    back_after: list[float] = field(default_factory=list[float])
    errors: set[str] = field(default_factory=set[str])


class _Part:
    """One process full of listeners: asked and answered in turn, even if who asked does not wait."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._turn = asyncio.Lock()

    async def ask(self, **command: Any) -> dict[str, Any]:
        answer = await asyncio.shield(asyncio.ensure_future(self._ask(command)))
        if "failed" in answer:
            raise CrowdFailed(answer["failed"])
        return answer

    async def _ask(self, command: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        async with self._turn:
            self._process.stdin.write(msgspec.json.encode(command) + b"\n")
            await self._process.stdin.drain()
            answer: dict[str, Any] = msgspec.json.decode(
                await self._process.stdout.readline() or b'{"failed":"it ended"}'
            )
        return answer


class Crowds:
    """Listeners in several processes, dealt out in turn."""

    def __init__(self, parts: Sequence[_Part]) -> None:
        self._parts = parts

    async def _ask_all(self, **command: Any) -> list[dict[str, Any]]:
        return await asyncio.gather(*(each.ask(**command) for each in self._parts))

    async def join(self, url: str, places: Sequence[tuple[str, str, bool]], *, returns: bool = False) -> Histogram:
        """Let them all in; gives back how long each took, in ms. Raises `CrowdFailed` if one is refused."""
        dealt = [places[start :: len(self._parts)] for start in range(len(self._parts))]
        answers = await asyncio.gather(
            *(
                part.ask(
                    do="join",
                    url=url,
                    returns=returns,
                    places=[{"session": s, "language": lang, "stalled": stalled} for s, lang, stalled in some],
                )
                for part, some in zip(self._parts, dealt, strict=True)
            )
        )
        whole = Histogram()
        for answer in answers:
            whole.merge(msgspec.convert(answer["milliseconds"], Histogram, strict=False))
        return whole

    async def count(self) -> tuple[int, int, float]:
        """Captions heard so far, listeners that are connected, and CPU seconds of their processes."""
        answers = await self._ask_all(do="count")
        return (
            sum(each["captions"] for each in answers),
            sum(each["here"] for each in answers),
            sum(each["cpu"] for each in answers),
        )

    async def account(self, said: dict[str, list[Said]]) -> Told:
        told = Told()
        for answer in await self._ask_all(do="account", said=said):
            told.account.merge(msgspec.convert(answer["account"], Account, strict=False))
            told.lag.merge(msgspec.convert(answer["lag"], Histogram, strict=False))
            told.cut_off += answer["cutOff"]
            told.stalled_heard += answer["stalledHeard"]
            told.over += answer["over"]
            told.back_after += answer["backAfter"]
            told.errors.update(answer["errors"])
        return told

    async def abort(self) -> int:
        """Drop all connections at once."""
        return sum(each["aborted"] for each in await self._ask_all(do="abort"))


@asynccontextmanager
async def crowds(processes: int) -> AsyncGenerator[Crowds]:
    """Start so many processes of listeners; they end with this."""
    started = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, str(_PROGRAM)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_LINE,
            start_new_session=True,
        )
        for _ in range(processes)
    ]
    try:
        yield Crowds([_Part(process) for process in started])
    finally:
        for process in started:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            transport: Any = getattr(process, "_transport", None)
            if transport is not None:
                transport.close()
