"""The operator's figures: what the machine has been doing, as numbers for a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from live_translation.metrics import catalog
from live_translation.metrics.recorder import BUCKET_SECONDS
from live_translation.metrics.tally import Tally, together

HISTORY_BUCKETS: Final = 120
WINDOW_SECONDS: Final = 60
"""What the numbers at the top are about; those of the history are about a bucket each."""

Buckets = Mapping[int, Tally]
"""What all processes counted together, by when the span began, in seconds since 1970."""


def figures(buckets: Buckets, now: float, alarms: Sequence[str] = ()) -> dict[str, Any]:
    """The numbers of the last minute, the alarms in words, and each bucket of the last ten minutes."""
    starts = sorted(start for start in buckets if start > now - (HISTORY_BUCKETS + 1) * BUCKET_SECONDS)
    starts = starts[-HISTORY_BUCKETS:]
    window = together(buckets[start] for start in starts if start >= now - WINDOW_SECONDS - BUCKET_SECONDS)
    if starts:
        _as_of(window, buckets[starts[-1]])
    return {
        "at": int(now * 1000),
        "window": WINDOW_SECONDS,
        **_numbers(window),
        "alarms": list(alarms),
        "history": [{"at": start * 1000, **_numbers(buckets[start])} for start in starts],
    }


def _as_of(window: Tally, last: Tally) -> None:
    """How things are is what the last bucket says: neither their greatest nor their sum over the window."""
    window.gauges = last.gauges
    window.shares = last.shares


def _numbers(tally: Tally) -> dict[str, Any]:
    durations = tally.histogram(catalog.PROCESSING_DURATION)
    return {
        "sessions": int(tally.level(catalog.ACTIVE_SESSIONS) or 0),
        "listeners": int(tally.level(catalog.TOTAL_LISTENERS) or 0),
        "latencyMs": {f"p{percent}": _rounded(durations.percentile(percent)) for percent in (50, 95, 99)},
        "captions": int(tally.sum(catalog.CAPTIONS_DELIVERED)),
        "translations": int(tally.sum(catalog.TRANSLATIONS_MADE)),
        "cacheHitRate": _rounded(tally.ratio(catalog.CACHE_HIT_RATE)),
        "failures": {
            "translate": int(tally.sum(catalog.FAILED_TRANSLATIONS)),
            "synthesise": int(tally.sum(catalog.FAILED_SYNTHESES)),
            "broadcast": int(tally.sum(catalog.BROADCASTS_FAILED)),
            "released": int(tally.sum(catalog.LISTENERS_RELEASED)),
        },
        "overflowRate": _rounded(tally.ratio(catalog.BUFFER_OVERFLOW_RATE)),
        "cpu": _rounded(tally.level(catalog.CPU_UTILIZATION)) or 0.0,
        "memoryMb": _rounded((tally.level(catalog.MEMORY_BYTES) or 0) / 2**20) or 0.0,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
