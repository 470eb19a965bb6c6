"""What listeners heard against what was said: pure, so that tests can lie to it.

Times are seconds of the clock that all processes of a machine share (`time.monotonic`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from typing import Any, TypeVar
from zlib import crc32

import msgspec
from live_translation.metrics.histogram import Histogram

T = TypeVar("T")


class Said(msgspec.Struct, array_like=True):
    """A final as the speaker said it: when it was due, not when the socket took it."""

    segment: str
    at: float


class Heard(msgspec.Struct, array_like=True):
    """A caption as a listener got it; `mark` is a checksum of its text."""

    segment: str
    number: int
    at: float
    mark: int


class Account(msgspec.Struct):
    """What became of the captions of many listeners; all but `heard` and `missed_away` should be nought."""

    listeners: int = 0
    heard: int = 0
    lost: int = 0
    doubled: int = 0
    misordered: int = 0
    unknown: int = 0
    differing: int = 0
    missed_away: int = 0
    milliseconds: Histogram = msgspec.field(default_factory=Histogram)
    marks: dict[str, int] = msgspec.field(default_factory=dict[str, int])

    @property
    def is_good(self) -> bool:
        return not (self.lost or self.doubled or self.misordered or self.unknown or self.differing)

    def merge(self, other: Account) -> None:
        for name in ("listeners", "heard", "lost", "doubled", "misordered", "unknown", "differing", "missed_away"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.milliseconds.merge(other.milliseconds)
        for key, mark in other.marks.items():
            self.note(key, mark)

    def note(self, key: str, mark: int) -> None:
        """All who hear a sentence in one language hear the same text."""
        if self.marks.setdefault(key, mark) != mark:
            self.differing += 1

    def add(
        self, said: Sequence[Said], heard: Iterable[Heard], session: str, language: str, away: Sequence[Away] = ()
    ) -> None:
        """Take in one listener, who was there for all that was said but while it was `away`."""
        places = {each.segment: place for place, each in enumerate(said)}
        got: set[str] = set()
        last_place, last_number = -1, -1
        self.listeners += 1
        for caption in heard:
            self.heard += 1
            place = places.get(caption.segment)
            if place is None:
                self.unknown += 1
                continue
            if caption.segment in got:
                self.doubled += 1
                continue
            got.add(caption.segment)
            if place < last_place or caption.number <= last_number:
                self.misordered += 1
            last_place, last_number = max(place, last_place), max(caption.number, last_number)
            self.milliseconds.add((caption.at - said[place].at) * 1000)
            self.note(f"{session} {caption.segment} {language}", caption.mark)
        for each in said:
            if each.segment not in got:
                if any(gap.covers(each.at) for gap in away):
                    self.missed_away += 1
                else:
                    self.lost += 1


class Away(msgspec.Struct, array_like=True):
    """A listener without a connection: from its loss (less what may have been on its way) until it was in again."""

    since: float
    until: float

    def covers(self, at: float) -> bool:
        return self.since - 2.0 <= at <= self.until


async def answered(answer: asyncio.Future[T], gone: Awaitable[object], within: float) -> T:
    """The first message over a connection; raises `OSError` if that is lost before, or in so many seconds."""
    watching = asyncio.ensure_future(gone)
    await asyncio.wait({answer, watching}, timeout=within, return_when=asyncio.FIRST_COMPLETED)
    watching.cancel()
    if not answer.done():
        raise ConnectionResetError("nothing was said over the connection")
    return await answer


def mark_of(text: str) -> int:
    return crc32(text.encode())


def in_source(account: Account, session: str, texts: Mapping[str, str], source: str) -> int:
    """How many segments were not heard word for word by those who listen in the language that is spoken."""
    wrong = 0
    for segment, text in texts.items():
        mark = account.marks.get(f"{session} {segment} {source}")
        wrong += mark is not None and mark != mark_of(text)
    return wrong


def encoded(value: Any) -> bytes:
    return msgspec.json.encode(value)
