"""Figures of all processes in one table: whichever of them is asked answers for the machine, and for the dead."""

from __future__ import annotations

from typing import Final

import msgspec

from dynalayer import AsyncDatabase, Attr, BatchWrite, Entity, Table, attr, primary
from live_translation.clock import Clock, seconds
from live_translation.metrics.recorder import BUCKET_SECONDS
from live_translation.metrics.tally import Tally

figures = Table("OperatorFigures", pk="kind", sk="part", ttl="ttl")

KEPT_SECONDS: Final = 1_260
"""How long a bucket is kept: what alarms and the operator's page look back to, and a little more."""

_BUCKETS: Final = "buckets"
_PROCESSES: Final = "processes"
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Tally).decode


class Published(Entity, table=figures, camel_case=True):
    """What one process counted, in one bucket or since it began; `ttl` in seconds since 1970."""

    kind: Attr[str] = attr(max_bytes=16)
    part: Attr[str] = attr(max_bytes=64)
    content: Attr[bytes] = attr()
    ttl: Attr[int] = attr(ttl=True)
    key = primary(kind, part)


class SharedFigures:
    """Publishes what `process` counted and reads what all have; the name says nothing about the machine."""

    def __init__(self, database: AsyncDatabase, clock: Clock, process: str) -> None:
        self._database = database
        self._clock = clock
        self._process = process
        self._read: dict[int, dict[str, Tally]] = {}

    async def publish(self, start: int, bucket: Tally, since_start: Tally) -> None:
        """Give the bucket that began at `start` to the others, and what this process has counted in all."""
        ttl = seconds(self._clock) + KEPT_SECONDS
        await self._database.run(
            BatchWrite(
                (
                    Published(kind=_BUCKETS, part=_part(start, self._process), content=_encode(bucket), ttl=ttl),
                    Published(kind=_PROCESSES, part=self._process, content=_encode(since_start), ttl=ttl),
                )
            )
        )

    async def buckets(self) -> dict[int, Tally]:
        """What all processes counted in each bucket that is kept and complete; only new ones are read."""
        now = seconds(self._clock)
        for start in [start for start in self._read if start < now - KEPT_SECONDS]:
            del self._read[start]
        # A process that is late publishes within one more bucket, or it has died.
        since = max(self._read, default=now - KEPT_SECONDS) - 2 * BUCKET_SECONDS
        async for found in self._database.query(Published.key.partition(_BUCKETS).at_least(_part(since, ""))):
            began, _, process = found.part.partition("#")
            self._read.setdefault(int(began), {})[process] = _decode(found.content)
        return {start: _together(by_process) for start, by_process in sorted(self._read.items())}

    async def processes(self) -> dict[str, Tally]:
        """What each process has counted since it began, those included that ended in the last minutes."""
        query = Published.key.partition(_PROCESSES)
        return {found.part: _decode(found.content) async for found in self._database.query(query)}


def _together(by_process: dict[str, Tally]) -> Tally:
    whole = Tally()
    for tally in by_process.values():
        whole.merge(tally)
    return whole


def _part(start: int, process: str) -> str:
    return f"{start:012d}#{process}"
