"""Identifiers whose text order is the order in which they were made."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from threading import Lock
from typing import Final

from dynalayer.protocol import InvalidValue

DIGITS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter that could be taken for a digit."""

LENGTH: Final = 26
_RANDOM_BITS: Final = 80
_LAST_MOMENT: Final = int(datetime.max.replace(tzinfo=UTC).timestamp() * 1000)


class SortableIds:
    """Makes identifiers of 26 characters: 48 bits of milliseconds since 1970, then 80 random bits (a ULID).

    Those of one maker only go up, also within a millisecond and when the clock goes back; those of several makers are
    in the order of their clocks. `clock` gives seconds since 1970, `random` as many bytes as it is asked for.
    """

    def __init__(self, clock: Callable[[], float], random: Callable[[int], bytes]) -> None:
        self._clock = clock
        self._random = random
        self._last = 0
        self._lock = Lock()

    def __call__(self) -> str:
        """The next identifier."""
        moment = int(self._clock() * 1000)
        chance = int.from_bytes(self._random(_RANDOM_BITS // 8))
        with self._lock:
            if moment > self._last >> _RANDOM_BITS:
                self._last = (moment << _RANDOM_BITS) | chance
            else:
                # A random step keeps what comes next from being guessed.
                self._last += 1 + (chance >> 40)
            return _text(self._last)


def moment_of_id(identifier: str) -> datetime:
    """When an identifier of `SortableIds` was made, to the millisecond; raises `InvalidValue` for any other text."""
    number = 0
    for character in identifier:
        digit = DIGITS.find(character)
        if digit < 0 or len(identifier) != LENGTH:
            break
        number = number * 32 + digit
    else:
        if identifier and number >> _RANDOM_BITS <= _LAST_MOMENT:
            return datetime.fromtimestamp((number >> _RANDOM_BITS) / 1000, UTC)
    raise InvalidValue(f"not an identifier of {LENGTH} characters of {DIGITS}")


def _text(number: int) -> str:
    return "".join(DIGITS[(number >> shift) & 31] for shift in range(5 * (LENGTH - 1), -1, -5))
