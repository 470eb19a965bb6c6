"""Which shards of a stream are to be read now: parents before their children, none twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .position import ENDED


def ancestors(shards: Mapping[str, str | None], of: str) -> Iterator[str]:
    """The shards that a shard came out of, its parent first; `shards` is shard to parent."""
    seen = {of}
    parent = shards.get(of)
    while parent is not None and parent not in seen:
        yield parent
        seen.add(parent)
        parent = shards.get(parent)


def passed(shards: Mapping[str, str | None], places: Mapping[str, str]) -> set[str]:
    """The shards that have been read to their end because one that came out of them has been begun."""
    return {ancestor for shard in places for ancestor in ancestors(shards, shard)}


def ready(shards: Mapping[str, str | None], places: Mapping[str, str]) -> list[str]:
    """The shards that have not been begun and whose parent, if it is still there, has been read to its end."""
    done = passed(shards, places) | {shard for shard, place in places.items() if place == ENDED}
    return [
        shard
        for shard, parent in shards.items()
        if shard not in places and shard not in done and (parent is None or parent not in shards or parent in done)
    ]


def without_passed(shards: Mapping[str, str | None], places: Mapping[str, str]) -> dict[str, str]:
    """The places that a position needs: a shard that has ended is known to have from those that came out of it."""
    done = passed(shards, places)
    return {shard: place for shard, place in places.items() if shard not in done}


def childless(shards: Mapping[str, str | None], places: Mapping[str, str]) -> bool:
    """Whether a shard has ended whose children are not listed yet."""
    parents = set(shards.values())
    return any(place == ENDED and shard not in parents for shard, place in places.items())
