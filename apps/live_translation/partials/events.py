"""What happens to a talk while it is heard: the inputs of the state machine."""

from __future__ import annotations

import math
from dataclasses import dataclass

Stability = float | tuple[float | None, ...] | None
"""How surely the text stays as it is: of the whole, of each word, or unknown."""


@dataclass(frozen=True, slots=True)
class Partial:
    """What was heard so far of one result; it replaces what the same result said before.

    `stability` is 0.0 to 1.0; anything else counts as unknown. `timestamp` is when the result began, in seconds on the
    recogniser's clock; it only orders results among each other, and None stands for the order of arrival.
    """

    result_id: str
    text: str
    stability: Stability = None
    timestamp: float | None = None


@dataclass(frozen=True, slots=True)
class Final:
    """The whole text of a result, which is not changed any more."""

    result_id: str
    text: str
    timestamp: float | None = None


@dataclass(frozen=True, slots=True)
class SpeakerPaused:
    """The recogniser heard the speaker fall silent: what a pause of two seconds says, said at once."""


@dataclass(frozen=True, slots=True)
class AudioHeard:
    """Sound, not silence, has gone to the recogniser: results are to be expected."""


@dataclass(frozen=True, slots=True)
class Hold:
    """The speaker paused or muted the talk: what was heard until now goes out, what is heard from now on never does."""


@dataclass(frozen=True, slots=True)
class Release:
    """The talk goes on."""


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed."""


Event = Partial | Final | SpeakerPaused | AudioHeard | Hold | Release | Tick


def known(stability: float | None) -> float | None:
    """The stability, or None for what is no number from 0 to 1."""
    if stability is None or not math.isfinite(stability) or not 0 <= stability <= 1:
        return None
    return stability
