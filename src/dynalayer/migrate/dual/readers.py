"""A connection to the source for each thread that reads it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from threading import Lock, local

from dynalayer.migrate.reading import Reader
from dynalayer.migrate.source import Source


class Readers:
    """Gives each thread a reader of its own; one whose connection failed is thrown away."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._own = local()
        self._lock = Lock()
        self._all: list[Reader] = []

    @contextmanager
    def reader(self) -> Generator[Reader]:
        """The reader of this thread."""
        found: Reader | None = getattr(self._own, "reader", None)
        if found is None:
            found = Reader(self._source)
            self._own.reader = found
            with self._lock:
                self._all.append(found)
        try:
            yield found
        except Exception:
            self._own.reader = None
            with self._lock:
                self._all.remove(found)
            found.close()
            raise

    def close(self) -> None:
        """Close the readers of all threads."""
        with self._lock:
            every, self._all = self._all, []
        for reader in every:
            reader.close()
        self._own = local()
