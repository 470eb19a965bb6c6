"""How something was said: the one schema that everything from the microphone to the voice agrees on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from typing import Final


class Volume(Enum):
    """How loud it was said."""

    whisper = "whisper"
    soft = "soft"
    normal = "normal"
    loud = "loud"


@dataclass(frozen=True, slots=True)
class EmotionDynamics:
    """How something was said: `intensity` from 0 to 1, `rate_wpm` in words a minute, never negative.

    `emotion` is a word such as `angry` or `neutral`; unknown ones count as neutral. Raises `ValueError` for numbers
    outside their range, so that a wrong schema is heard of where it enters.
    """

    emotion: str = "neutral"
    intensity: float = 0.5
    rate_wpm: float = 150.0
    volume: Volume = Volume.normal

    def __post_init__(self) -> None:
        if not 0 <= self.intensity <= 1:
            raise ValueError(f"intensity must be from 0 to 1, got {self.intensity}")
        if not (math.isfinite(self.rate_wpm) and self.rate_wpm >= 0):
            raise ValueError(f"rate_wpm must be a number of words a minute, not negative, got {self.rate_wpm}")


NEUTRAL: Final = EmotionDynamics()
"""How something was said of which nothing is known."""
