"""Calls that nobody wants told apart: counted where they end, by what they are about, and told in sums."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, cast

import msgspec

from dynalayer.protocol import Consumed
from dynalayer.statements import Create, Delete, Get, Put, Statement, Update
from dynalayer.telemetry import Counted, gatherer

from .naming import named

_MANY: Final = 1024
"""With so many calls of a kind, whoever made the last of them tells them; else the gatherer's thread does."""
_MOST_KINDS: Final = 1024
_ABOUT_ONE: Final[frozenset[Any]] = frozenset({Put, Create, Update, Delete})


class Kind(msgspec.Struct, gc=False):
    """Calls of one kind that are still to be told."""

    names: tuple[str, str, str | None, str | None, str | None, str | None]
    """The first fields of a `Call`: operation, kind, table, index, entity, site."""
    seconds: list[float] = []
    consumed: list[tuple[Consumed, ...]] = []


class Mark(msgspec.Struct, gc=False):
    """Stands among the notes for all that is counted here."""

    receiver: Counting


class Counting:
    """Counts calls that succeed at their first attempt; `tell` is given them a moment later.

    What a call leaves is a number and a reference: nothing of it is kept, so that its memory serves the next one.
    """

    def __init__(self, tell: Callable[[list[Counted]], object]) -> None:
        self._tell = tell
        self._mark = Mark(self)
        gatherer.others.add(self)
        self.forked()

    def forked(self) -> None:
        """Begin anew: what was counted before the fork is the parent's."""
        self._kinds: dict[Any, Kind] = {}
        self._is_marked = False

    def add(
        self, statement: Statement[Any], body: bytes, seconds: float, consumed: tuple[Consumed, ...], site: str | None
    ) -> bool:
        """Count a call; False if there are too many kinds to count another one."""
        name: object
        kind_of = type(statement)
        if kind_of is Get:
            name = cast("Get[Any]", statement).key.definition, site
        elif kind_of in _ABOUT_ONE:
            name = kind_of, cast("Put[Any]", statement).definition, site
        else:
            name = named(statement, body, None), site
        kind = self._kinds.get(name)
        if kind is None:
            if len(self._kinds) >= _MOST_KINDS:
                return False
            operation, what, table, index, entity, _ = named(statement, body, None)
            kind = self._kinds.setdefault(name, Kind((operation, what, table, index, entity, site)))
        kind.seconds.append(seconds)
        kind.consumed.append(consumed)
        # Only now: whoever takes the mark away after this takes what was counted as well.
        if not self._is_marked:
            self._is_marked = True
            gatherer.add(self._mark)
        elif len(kind.seconds) >= _MANY:
            self._help(len(kind.seconds))
        return True

    def _help(self, number: int) -> None:
        if gatherer.turn.acquire(blocking=number >= 2 * _MANY):
            try:
                self._hand_on()
            finally:
                gatherer.turn.release()

    def receive(self, notes: list[Any]) -> None:
        """Tell what was counted up to now; called by the gatherer."""
        self._is_marked = False
        self._hand_on()

    def _hand_on(self) -> None:
        """Tell what was counted; for who has the gatherer's turn."""
        counted: list[Counted] = []
        for kind in tuple(self._kinds.values()):
            seconds, consumed = _taken(kind.seconds), _taken(kind.consumed)
            if seconds or consumed:
                counted.append(Counted(*kind.names, seconds=seconds, consumed=consumed))
        if counted:
            self._tell(counted)


def _taken(entries: list[Any]) -> list[Any]:
    """Take what is in a list to which others go on adding."""
    found = entries[:]
    del entries[: len(found)]
    return found
