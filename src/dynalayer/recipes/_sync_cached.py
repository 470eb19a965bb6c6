"""Generated from `_async_cached.py` by `scripts/generate_sync.py`; change that file."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Generic, TypeVar, overload

from dynalayer import Database

from .binding import NO_ANSWER
from .cache import Cache, Found
from .flights import Flights

V = TypeVar("V")


class Cached(Generic[V]):
    """A cache on a database; make one and share it, because what is being loaded is known to it."""

    def __init__(self, database: Database, cache: Cache[V]) -> None:
        self._database = database
        self._cache = cache
        self._flights = Flights()

    def get(self, name: str) -> V | None:
        """The value, counted as a use; None if there is none."""
        return self._database.run(self._cache.get(name))

    def set(self, name: str, value: V | None, *, ttl: float | None = None) -> bool:
        """Keep a value, or with None that it does not exist; False if the cache was too busy to make room."""
        return self._database.run(self._cache.set(name, value, ttl=ttl))

    def delete(self, name: str) -> bool:
        """Forget a value; False if there was none."""
        return self._database.run(self._cache.delete(name))

    @overload
    def get_or_set(self, name: str, load: Callable[[], V]) -> V: ...
    @overload
    def get_or_set(self, name: str, load: Callable[[], V | None]) -> V | None: ...
    def get_or_set(self, name: str, load: Callable[[], V | None]) -> V | None:
        """The value, loaded if there is none: by one caller, here and in other processes, while the others wait.

        What `load` raises is raised to all who wait for it here, and not kept. None means that it does not exist, which
        is kept if the cache has `absent_for`.
        """
        try:
            found = self._database.run(self._cache.look(name))
        except NO_ANSWER:
            if self._cache.on_failure == "raise":
                raise
            found = None
        if found is not None:
            return found.value
        return self._flights.once(name, lambda: self._load(name, load))

    def _load(self, name: str, load: Callable[[], V | None]) -> V | None:
        try:
            begun = self._database.run(self._cache.begin_load(name))
        except NO_ANSWER:
            if self._cache.on_failure == "raise":
                raise
            return load()
        if isinstance(begun, Found):
            return begun.value
        try:
            value = load()
            if value is not None or self._cache.absent_for is not None:
                # The value is there: that it could not be kept is no reason to keep it from the caller.
                with suppress(*NO_ANSWER):
                    self._database.run(self._cache.set(name, value))
            return value
        finally:
            with suppress(*NO_ANSWER):
                self._database.run(self._cache.end_load(begun))
