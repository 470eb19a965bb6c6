"""Sound as numbers: 16-bit signed little-endian samples, one channel."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterator
from math import log10, sqrt
from operator import mul
from typing import Final

FULL_SCALE: Final = 32_768
SILENCE_DB: Final = -96.0
"""The level of nothing at all: less than 16 bits can say."""


def samples_of(pcm: bytes) -> array[int]:
    """The samples of an even number of bytes."""
    found = array("h")
    found.frombytes(pcm)
    if sys.byteorder == "big":
        found.byteswap()
    return found


def scaled(pcm: bytes, volume: float) -> bytes:
    """The same sound at another volume, 0.0 to 1.0."""
    if volume >= 1:
        return pcm
    found = array("h", [int(sample * volume) for sample in samples_of(pcm)])
    if sys.byteorder == "big":
        found.byteswap()
    return found.tobytes()


def decibels(samples: array[int]) -> float:
    """The root mean square in dB below full scale."""
    if not samples:
        return SILENCE_DB
    level = sqrt(sum(map(mul, samples, samples)) / len(samples)) / FULL_SCALE
    return max(SILENCE_DB, 20 * log10(level)) if level else SILENCE_DB


def clipped_percent(samples: array[int], threshold: int) -> float:
    """How many percent of the samples are at or over `threshold`, either way."""
    if not samples or (max(samples) < threshold and min(samples) > -threshold):
        return 0.0
    return 100 * sum(sample >= threshold or sample <= -threshold for sample in samples) / len(samples)


def windows(samples: array[int], length: int) -> Iterator[array[int]]:
    """The samples in pieces of `length`, the last one shorter."""
    return (samples[place : place + length] for place in range(0, len(samples), length))
