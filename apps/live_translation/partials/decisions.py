"""What the state machine decides: its outputs. None but `Forward` holds any text."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Reason(Enum):
    """Why words go out, or do not."""

    final = "final"
    sentence = "sentence"
    """A sentence ended in what is stable."""
    pause = "pause"
    """The speaker fell silent."""
    timeout = "timeout"
    """Stable words have waited for as long as the session lets them."""
    no_stability = "no_stability"
    """The engine does not say how stable its words are, and they have waited for three seconds."""
    orphan = "orphan"
    """No final came."""
    overtaken = "overtaken"
    """Something said later is complete."""
    capacity = "capacity"
    """More waits than may wait."""
    held = "held"
    """The speaker paused or muted the talk."""
    rate = "rate"
    """A better partial result came within the same window."""
    superseded = "superseded"
    """The result's final came first."""
    after_final = "after_final"
    duplicate = "duplicate"
    empty = "empty"
    disabled = "disabled"


@dataclass(frozen=True, slots=True)
class Forward:
    """Words to translate and broadcast now, after all that were forwarded before.

    `start` and `stop` are the span of words in the result.
    """

    result_id: str
    start: int
    stop: int
    text: str
    reason: Reason
    is_final: bool = False


@dataclass(frozen=True, slots=True)
class Completed:
    """A final that had nothing left to say; `last` is the span of words that went out last, if any did."""

    result_id: str
    last: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Drop:
    """A result that is not used, and why."""

    result_id: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Note:
    """Something for the log and the metrics: `code`, and a figure if there is one.

    Codes: `CORRECTION` (percent by which a final differs from what had gone out), `REWRITTEN` (percent by which a
    partial result changed), `ORPHAN_TIMEOUT` and `BUFFER_OVERFLOW` (words that were waiting),
    `STABILITY_UNAVAILABLE`, `TRANSCRIBE_UNHEALTHY` (seconds without a result), `TRANSCRIBE_RECOVERED`.
    """

    code: str
    result_id: str | None = None
    figure: float | None = None


Decision = Forward | Completed | Drop | Note
