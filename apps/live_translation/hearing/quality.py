"""What is wrong with the speaker's sound: nothing comes, too little comes, or it is overdriven."""

from __future__ import annotations

from array import array
from collections import deque
from dataclasses import dataclass
from typing import Final

from live_translation.hearing.pcm import FULL_SCALE, clipped_percent, decibels, samples_of, windows

WINDOW_SECONDS: Final = 0.1
_WINDOW_SAMPLES: Final = 1_600
_LOOKING_BACK: Final = 5.0
_WINDOWS: Final = round(_LOOKING_BACK / WINDOW_SECONDS)

SILENT_DB: Final = -50.0
HEARD_DB: Final = -40.0
"""Silence begins below the one and ends above the other."""

QUIET_DB: Final = -35.0
"""Speech whose loudest tenth of a second stays below this is hard to recognise."""

SPOKEN_SHARE: Final = 0.3
"""Of five seconds so much has to be over silence to be taken for speech and not for a noise."""

CLIPPING_SAMPLE: Final = round(0.98 * FULL_SCALE)
CLIPPING_PERCENT: Final = 1.0
AT_MOST_EVERY: Final = 60.0
"""Seconds between two warnings of the same issue."""


@dataclass(frozen=True, slots=True)
class Warning:
    """One issue, the words for it, and its figures."""

    issue: str
    message: str
    details: dict[str, float]


class QualityMeter:
    """Looks at each tenth of a second of one speaker's sound."""

    def __init__(self) -> None:
        self._rest = array("h")
        self._levels: deque[float] = deque(maxlen=_WINDOWS)
        self._silent_windows = 0
        self._warned_at: dict[str, float] = {}
        self.level = -96.0

    @property
    def is_heard(self) -> bool:
        """True if there was sound in the last tenth of a second."""
        return self.level > HEARD_DB

    def feed(self, pcm: bytes, now: float) -> list[Warning]:
        """Take sound in and give what is to be told; at most once a minute for each issue."""
        samples = self._rest + samples_of(pcm)
        whole = len(samples) - len(samples) % _WINDOW_SAMPLES
        self._rest = samples[whole:]
        found: dict[str, Warning] = {}
        for window in windows(samples[:whole], _WINDOW_SAMPLES):
            found |= {each.issue: each for each in self._look(window)}
        return [each for each in found.values() if self._may_tell(each.issue, now)]

    def _look(self, window: array[int]) -> list[Warning]:
        self.level = decibels(window)
        self._levels.append(self.level)
        found = [*self._clipping(window), *self._silence()]
        return found or self._quiet()

    def _clipping(self, window: array[int]) -> list[Warning]:
        percent = clipped_percent(window, CLIPPING_SAMPLE)
        if percent <= CLIPPING_PERCENT:
            return []
        words = "The sound is overdriven: turn the microphone down or move away from it."
        return [Warning("clipping", words, {"clippedPercent": round(percent, 1)})]

    def _silence(self) -> list[Warning]:
        if self.level < SILENT_DB:
            self._silent_windows += 1
        elif self.level > HEARD_DB:
            self._silent_windows = 0
        seconds = self._silent_windows * WINDOW_SECONDS
        if self.level >= SILENT_DB or seconds <= _LOOKING_BACK:
            return []
        words = "Nothing is heard: is the microphone on, and is it the right one?"
        return [Warning("silence", words, {"silentSeconds": round(seconds, 1), "levelDb": round(self.level, 1)})]

    def _quiet(self) -> list[Warning]:
        loudest = max(self._levels)
        if len(self._levels) < _WINDOWS or loudest >= QUIET_DB:
            return []
        if sum(level >= SILENT_DB for level in self._levels) < _WINDOWS * SPOKEN_SHARE:
            return []
        words = "The sound is very low: turn the microphone up or move closer to it."
        return [Warning("low_level", words, {"levelDb": round(loudest, 1)})]

    def _may_tell(self, issue: str, now: float) -> bool:
        told = self._warned_at.get(issue)
        if told is not None and now - told < AT_MOST_EVERY:
            return False
        self._warned_at[issue] = now
        return True
