"""The names under which words are processed once, and what these tell another process of a result."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from live_translation.broadcasting.turns import segment_digest
from live_translation.partials.decisions import Forward

LONGEST: Final = 64
"""Words in a piece that is looked for: only finals go out in longer ones, and after these nothing comes."""


def name_of(forward: Forward) -> str:
    """The result's own id for one that goes out whole, else with the span of words: `s7.0-5`."""
    if forward.start == 0 and forward.is_final:
        return forward.result_id
    return span_name(forward.result_id, (forward.start, forward.stop))


def span_name(result_id: str, span: tuple[int, int] | None) -> str:
    """The name of the piece with this span."""
    return result_id if span is None else f"{result_id}.{span[0]}-{span[1]}"


def last_of(result_id: str, processed: Collection[str]) -> tuple[int, int] | None:
    """The last piece of a result among the digests of what was processed, here or elsewhere; None without."""
    last: tuple[int, int] | None = None
    start = 0
    while True:
        stops = range(start + 1, start + 1 + LONGEST)
        found = next((stop for stop in stops if segment_digest(span_name(result_id, (start, stop))) in processed), None)
        if found is None:
            return last
        last, start = (start, found), found


def is_whole(result_id: str, processed: Collection[str]) -> bool:
    """True if the result has gone out whole."""
    return segment_digest(result_id) in processed
