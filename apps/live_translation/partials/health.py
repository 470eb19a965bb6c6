"""Whether the recogniser answers while it is spoken to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from live_translation.partials.decisions import Note

_GAP: Final = 2.0
"""Sound that comes after so many seconds without any is a new beginning."""


class Health:
    """Unwell after `limit` seconds of sound without a result, well again with the next result."""

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._spoken_since: float | None = None
        self._spoken_at = 0.0
        self.is_well = True

    def spoken_to(self, now: float) -> Iterator[Note]:
        """Sound has gone to the recogniser."""
        if self._spoken_since is None or now - self._spoken_at > _GAP:
            self._spoken_since = now
        self._spoken_at = now
        silent = now - self._spoken_since
        if self.is_well and silent >= self._limit:
            self.is_well = False
            yield Note("TRANSCRIBE_UNHEALTHY", figure=silent)

    def answered(self) -> Iterator[Note]:
        """A result came."""
        self._spoken_since = None
        if not self.is_well:
            self.is_well = True
            yield Note("TRANSCRIBE_RECOVERED")
