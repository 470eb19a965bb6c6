"""How a stream is followed, as the caller says it, and what a follower tells of changes that are lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypedDict

import msgspec

from dynalayer.protocol import InvalidValue
from dynalayer.protocol.limits import RECORDS_PER_PAGE
from dynalayer.streams import Position

from .checkpoints import Checkpoint


class Gap(msgspec.Struct, frozen=True):
    """Changes that nobody can give any more: those of `shard` after the record `after`, or of all of a stream."""

    stream: str
    shard: str | None
    after: str | None
    reason: str


class StreamOptions(TypedDict, total=False):
    """How a stream is followed.

    `from_`: where a consumer begins that has no checkpoint yet: "now", which is the first step of the iteration (the
    default); "start", the oldest change that the stream still has, up to 24 hours back; or after a `Position`.
    `checkpoint`: keeps the position after each page. `page_size`: the most changes of a page, 1 to 1,000.
    `until_idle`: end once every shard has answered with an empty page; `limit`: end after so many changes. Without
    either the iteration goes on until the stream is switched off. `wait`: the longest pause, in seconds, between two
    rounds of empty pages. `on_gap`: told of changes that are lost, after which the iteration goes on with what there
    is; without it `ChangesLost` is raised.
    """

    from_: Literal["now", "start"] | Position
    checkpoint: Checkpoint | None
    page_size: int
    until_idle: bool
    limit: int | None
    wait: float
    on_gap: Callable[[Gap], object] | None


def check(options: StreamOptions) -> None:
    """Refuse options that cannot be, with `InvalidValue`."""
    size, limit, wait = options.get("page_size", 1), options.get("limit"), options.get("wait", 1.0)
    place = options.get("from_", "now")
    if not 1 <= size <= RECORDS_PER_PAGE:
        raise InvalidValue(f"a page of a stream has 1 to {RECORDS_PER_PAGE} changes, got page_size={size}")
    if limit is not None and limit < 1:
        raise InvalidValue(f"limit must be at least 1, got {limit}")
    if wait <= 0:
        raise InvalidValue(f"wait must be above 0 seconds, got {wait}")
    if not isinstance(place, Position) and place not in ("now", "start"):
        raise InvalidValue('from_ is "now", "start" or a Position; Position.parse(text) makes one of its text')
