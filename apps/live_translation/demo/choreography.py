"""Who listens in which language, and who comes, goes and comes back when; the same seed gives the same."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

LANGUAGES = ("ca", "it", "pt", "fr", "en")
LEAVES_PER_LISTENER = 0.75
_LATE_SHARE = 1 / 6
_VANISHING_SHARE = 1 / 3


@dataclass(frozen=True, slots=True)
class Absence:
    """A listener leaves and comes back, both in seconds after the talk began; `vanishes` without a word if so."""

    leave_at: float
    back_at: float
    vanishes: bool


@dataclass(frozen=True, slots=True)
class Part:
    """What one listener does; 0 seconds is before the talk begins."""

    listener: int
    language: str
    arrive_at: float
    absences: tuple[Absence, ...]


def choreograph(listeners: int, seconds: float, seed: int) -> list[Part]:
    """Plan the comings and goings of a talk of so many seconds: three leaves for every four listeners.

    Each half of the talk is one occasion for every listener who is there to leave and be back in it.
    """
    chance = random.Random(seed)
    late = set(chance.sample(range(listeners), int(listeners * _LATE_SHARE)))
    occasions = [(each, half) for each in range(listeners) for half in (0, 1) if not (half == 0 and each in late)]
    chosen = set(chance.sample(occasions, math.ceil(listeners * LEAVES_PER_LISTENER)))
    return [
        Part(
            listener=each,
            language=LANGUAGES[each % len(LANGUAGES)],
            arrive_at=chance.uniform(0.03, 0.4) * seconds if each in late else 0.0,
            absences=tuple(_absence(half, seconds, chance) for half in (0, 1) if (each, half) in chosen),
        )
        for each in range(listeners)
    ]


def _absence(half: int, seconds: float, chance: random.Random) -> Absence:
    leave_at = seconds * (half / 2 + chance.uniform(0.03, 0.3))
    back_at = leave_at + seconds * chance.uniform(0.02, 0.15)
    return Absence(leave_at, back_at, chance.random() < _VANISHING_SHARE)
