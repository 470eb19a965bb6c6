"""Closes a bucket every few seconds, shares it, and answers what the operator asks."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, Protocol

from live_translation.clock import Clock
from live_translation.metrics import catalog
from live_translation.metrics.figures import figures
from live_translation.metrics.recorder import BUCKET_SECONDS, Recorder
from live_translation.metrics.resources import CpuMeter
from live_translation.metrics.shared import SharedFigures
from live_translation.metrics.tally import Tally

_GRACE_SECONDS: Final = 1.0
"""The processes of a machine publish a bucket at about the same time; this long after its end it is complete."""

_log = logging.getLogger(__name__)


class Sink(Protocol):
    """Where closed buckets go besides the operator's page."""

    def tell(self, at: float, tally: Tally) -> None:
        """Take a bucket that was closed at `at`, in seconds since 1970."""
        ...


Census = Callable[[], Awaitable[tuple[int, int]]]
"""Counts the sessions that are running and the listeners in them, as the tables have them."""

Judge = Callable[[dict[int, Tally], float], Sequence[str]]
"""The alarms that are on, in words."""


class FiguresKeeper:
    """Looks after the figures of this process and reads those of all."""

    def __init__(
        self,
        recorder: Recorder,
        shared: SharedFigures,
        census: Census,
        judge: Judge,
        clock: Clock,
        *,
        sinks: Sequence[Sink] = (),
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._recorder = recorder
        self._shared = shared
        self._census = census
        self._judge = judge
        self._clock = clock
        self._sinks = sinks
        self._sleep = sleep
        self._meter = CpuMeter(clock())

    async def run(self) -> None:
        """Close bucket after bucket until cancelled; figures that cannot be shared are lost, and nothing else is."""
        while True:
            await self._sleep(BUCKET_SECONDS - self._clock() % BUCKET_SECONDS)
            try:
                await self.close_bucket()
            except Exception as error:
                _log.warning("figures not published: %s", type(error).__name__)

    async def close_bucket(self) -> None:
        """Measure what is so now, and give the bucket away."""
        await self._measure()
        start, bucket = self._recorder.roll()
        for sink in self._sinks:
            sink.tell(self._clock(), bucket)
        await self._shared.publish(start, bucket, self._recorder.since_start)

    async def _measure(self) -> None:
        cpu, memory = self._meter.read(self._clock())
        self._recorder.level(catalog.CPU_UTILIZATION, cpu)
        self._recorder.level(catalog.MEMORY_BYTES, memory)
        sessions, listeners = await self._census()
        self._recorder.level(catalog.ACTIVE_SESSIONS, sessions)
        self._recorder.level(catalog.TOTAL_LISTENERS, listeners)

    async def figures(self) -> dict[str, Any]:
        """The operator's figures, of all processes."""
        now = self._clock()
        buckets = await self._shared.buckets()
        complete = {start: each for start, each in buckets.items() if start + BUCKET_SECONDS + _GRACE_SECONDS <= now}
        return figures(complete, now, self._judge(complete, now))

    async def processes(self) -> dict[str, Tally]:
        """What each process has counted since it began."""
        return await self._shared.processes()
