"""What is counted of partial results."""

from __future__ import annotations

from live_translation.metrics import Metrics, catalog
from live_translation.partials.decisions import Decision, Drop, Note, Reason
from live_translation.partials.events import Event, Final, Partial


def received(metrics: Metrics, event: Event) -> None:
    """Count a result that came."""
    if isinstance(event, Partial):
        metrics.count(catalog.PARTIAL_RESULTS_RECEIVED)
    elif isinstance(event, Final):
        metrics.count(catalog.FINAL_RESULTS_RECEIVED)


def decided(metrics: Metrics, decision: Decision) -> None:
    """Count what was decided about it."""
    match decision:
        case Drop(reason=Reason.rate):
            metrics.count(catalog.PARTIAL_RESULTS_DROPPED)
        case Drop(reason=Reason.duplicate):
            metrics.count(catalog.DUPLICATES_DETECTED)
        case Note(code="ORPHAN_TIMEOUT"):
            metrics.count(catalog.ORPHANED_RESULTS_FLUSHED)
        case _:
            pass
