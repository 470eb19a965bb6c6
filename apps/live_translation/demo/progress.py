"""Tells how far the run is: one line that changes for a person, a plain line every few seconds for a pipe."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import IO

PERSON_EVERY = 0.25
PIPE_EVERY = 5.0
_CLEAR_LINE = "\r\x1b[2K"


class Progress:
    """Writes to `stream`; `describe` gives the line of the moment."""

    def __init__(self, stream: IO[str], describe: Callable[[], str]) -> None:
        self._stream = stream
        self._describe = describe
        self._for_person = stream.isatty()
        self._shown = False

    def say(self, words: str) -> None:
        """Write a line that stays."""
        self._write(f"{self._cleared()}{words}\n")

    async def run(self) -> None:
        """Show the moment's line again and again until cancelled."""
        try:
            while True:
                await asyncio.sleep(PERSON_EVERY if self._for_person else PIPE_EVERY)
                self._show()
        finally:
            self._write(self._cleared())

    def _show(self) -> None:
        if self._for_person:
            self._write(f"{_CLEAR_LINE}{self._describe()}")
            self._shown = True
        else:
            self._write(f"{self._describe()}\n")

    def _cleared(self) -> str:
        was_shown, self._shown = self._shown, False
        return _CLEAR_LINE if was_shown else ""

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
