"""How often and how long apart a call is tried again: the figures of the first data layer for the library."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from random import random
from typing import Final

from dynalayer import RetryPolicy

from .errors import ValidationError


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


@dataclass(frozen=True, slots=True)
class RetryOptions:
    """Figures of retries: at most `max_retries` after the first attempt, so `max_retries + 1` attempts in all.

    The wait before the n-th retry is `initial_delay_ms` times `backoff_multiplier` to the power n - 1, never above
    `max_delay_ms`; with `jitter` a random part of that. Raises `ValidationError` for figures that make no sense.
    """

    max_retries: int = 3
    initial_delay_ms: float = 100
    max_delay_ms: float = 5000
    backoff_multiplier: float = 2
    jitter: bool = True

    def __post_init__(self) -> None:
        if not _is_whole(self.max_retries) or self.max_retries < 0:
            raise ValidationError("max_retries is a whole number from 0 on")
        for name in ("initial_delay_ms", "max_delay_ms"):
            if not _is_number(getattr(self, name)) or getattr(self, name) < 0:
                raise ValidationError(f"{name} is a number of milliseconds from 0 on")
        if not _is_number(self.backoff_multiplier) or self.backoff_multiplier < 1:
            raise ValidationError("backoff_multiplier is a number from 1 on")
        if not isinstance(self.jitter, bool):  # pyright: ignore[reportUnnecessaryIsInstance] # callers without types
            raise ValidationError("jitter is True or False")


DEFAULT_RETRY_OPTIONS: Final = RetryOptions()


@dataclass(frozen=True, slots=True)
class Backoff(RetryPolicy):
    """The library's policy with another factor than two, and with waits that are not random where none are wanted."""

    multiplier: float = 2.0
    jitter: bool = True

    def wait(self, attempt: int) -> float:
        # From the exponent on whose power is above every cap, a float could overflow.
        growth = self.multiplier ** min(attempt - 1, 64.0 / math.log2(self.multiplier) if self.multiplier > 1 else 0)
        longest = min(self.cap, self.base * growth)
        return self.random() * longest if self.jitter else longest


def policy_of(options: RetryOptions = DEFAULT_RETRY_OPTIONS, random: Callable[[], float] = random) -> RetryPolicy:
    """The policy that a `Database` or an `AsyncDatabase` takes as `retry`: the one owner of all retries."""
    return Backoff(
        options.max_retries + 1,
        options.initial_delay_ms / 1000,
        options.max_delay_ms / 1000,
        random,
        options.backoff_multiplier,
        options.jitter,
    )
