"""Data keys kept for a while, so that sealing a value does not take a call to who holds the operator's keys."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Final, NamedTuple

from .ciphers import Cipher
from .errors import InvalidKeys
from .keys import Context, WrappingKeys

MOST_USES: Final = 2**32
"""With random nonces a key of GCM may be used so often (NIST SP 800-38D, 8.3)."""


class Use(NamedTuple):
    """A data key ready to seal with."""

    key: str
    wrapped: bytes
    cipher: Cipher


class _Sealing:
    __slots__ = ("left", "until", "use")

    def __init__(self, use: Use, left: int, until: float) -> None:
        self.use = use
        self.left = left
        self.until = until


class DataKeys:
    """The data keys of one process: one to seal with for each context, and the last ones that opened something.

    None is used after `max_age` seconds or to seal more than `max_uses` values, and at most `capacity` of those that
    open are kept. Safe for threads; two that ask at once may each make a key, which does no harm.
    """

    def __init__(
        self, keys: WrappingKeys, *, max_uses: int, max_age: float, capacity: int, clock: Callable[[], float]
    ) -> None:
        if not 1 <= max_uses <= MOST_USES:
            raise InvalidKeys(f"a data key seals 1 to 2**32 values, not {max_uses}")
        if not max_age >= 0 or capacity < 0:
            raise InvalidKeys("max_age is a number of seconds and capacity of data keys, neither below 0")
        self._keys = keys
        self._max_uses = max_uses
        self._max_age = max_age
        self._capacity = capacity
        self._clock = clock
        self._lock = Lock()
        self._sealing: dict[frozenset[tuple[str, str]], _Sealing] = {}
        self._opening: OrderedDict[tuple[str, bytes, frozenset[tuple[str, str]]], tuple[Cipher, float]] = OrderedDict()

    def to_seal(self, context: Context) -> Use:
        """A data key for this context, counted as used once more."""
        place = frozenset(context.items())
        with self._lock:
            kept = self._sealing.get(place)
            if kept is not None and kept.left > 0 and self._clock() < kept.until and self._is_current(kept):
                kept.left -= 1
                return kept.use
        made = self._keys.generate(context)
        use = Use(made.key, made.wrapped, Cipher(made.plain))
        with self._lock:
            self._sealing[place] = _Sealing(use, self._max_uses - 1, self._clock() + self._max_age)
        return use

    def to_open(self, key: str, wrapped: bytes, context: Context) -> Cipher:
        """The cipher of a stored data key; raises what the operator's keys say of it."""
        place = (key, wrapped, frozenset(context.items()))
        with self._lock:
            kept = self._opening.get(place)
            if kept is not None and self._clock() < kept[1]:
                self._opening.move_to_end(place)
                return kept[0]
        cipher = Cipher(self._keys.unwrap(key, wrapped, context))
        with self._lock:
            self._opening[place] = (cipher, self._clock() + self._max_age)
            self._opening.move_to_end(place)
            while len(self._opening) > self._capacity:
                self._opening.popitem(last=False)
        return cipher

    def forget(self) -> None:
        """Let go of all data keys: the next value is sealed with a new one."""
        with self._lock:
            self._sealing.clear()
            self._opening.clear()

    def _is_current(self, kept: _Sealing) -> bool:
        return kept.use.key == self._keys.current
