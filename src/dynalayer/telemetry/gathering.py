"""What calls leave for later: noted when they end, handed on many at a time, away from their path."""

from __future__ import annotations

import atexit
import logging
import os
from collections import deque
from collections.abc import Callable
from itertools import groupby
from operator import attrgetter
from threading import Event, RLock, Thread
from time import sleep
from typing import Any, Final, Protocol
from weakref import WeakSet

_logger: Final = logging.getLogger("dynalayer")
_REST: Final = 0.0005
"""Seconds between two chunks: a thread that only offers the interpreter's lock has it back before others wake up."""


class Receiver(Protocol):
    """Whoever the notes of its calls are handed to."""

    def receive(self, notes: list[Any]) -> None:
        """Take notes, in the order in which they were made."""
        ...


class Note(Protocol):
    """What is kept of one call until there is time for it."""

    @property
    def receiver(self) -> Receiver:
        """To whom it goes."""
        ...


class Forked(Protocol):
    """Whoever has to begin anew in a child process."""

    def forked(self) -> None:
        """Let go of what is the parent's."""
        ...


class Gatherer:
    """Keeps notes of calls, and hands them on `pause` seconds later, or when there are `many` of them.

    A daemon thread does that, started with the first note; it sleeps while there are none. It takes `chunk` notes at a
    time and lets other threads work in between. There are hardly ever more than `most` notes: from that number on
    whoever makes another hands on a chunk itself, and from twice that number on it waits for its turn to do so. Nothing
    is dropped.
    """

    def __init__(
        self,
        *,
        pause: float = 0.2,
        many: int = 256,
        most: int = 2048,
        chunk: int = 128,
        start: Callable[[Callable[[], None]], None] | None = None,
    ) -> None:
        self._pause = pause
        self._many = many
        self._most = most
        self._chunk = chunk
        self._start = start or _in_a_thread
        self.others: WeakSet[Forked] = WeakSet()
        """Who keeps something besides, that must be let go of in a child process as well."""
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._waiting: deque[Any] = deque()
        # A turn may be taken again by its owner: an observer may ask for figures, which hands on what is there.
        self.turn = RLock()
        self._waking = RLock()
        self._awake = Event()
        self._enough = Event()
        self._is_started = False
        # With more notes than this something is to be done: wake up, begin, help. One look for each call tells it all.
        self._limit = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, note: Note) -> None:
        """Keep a note; the end of every call that is observed comes by here."""
        waiting = self._waiting
        waiting.append(note)
        if len(waiting) > self._limit:
            self._relieve()

    def _relieve(self) -> None:
        with self._waking:
            limit, number = self._limit, len(self._waiting)
            if limit == 0:
                self._limit = self._many
                self._wake()
                return
            if limit == self._many:
                self._limit = self._most
                self._enough.set()
                return
        if number > self._most and self.turn.acquire(blocking=number > 2 * self._most):
            try:
                self._hand_on(self._chunk)
            finally:
                self.turn.release()

    def drain(self) -> None:
        """Hand on all that has been noted up to now; returns when that is done."""
        with self.turn:
            left = len(self._waiting)
            while left > 0 and (taken := self._hand_on(min(left, self._chunk))):
                left -= taken

    def _hand_on(self, most: int) -> int:
        """Hand on the oldest notes and tell how many there were; for who has the turn."""
        waiting = self._waiting
        notes = [waiting.popleft() for _ in range(min(most, len(waiting)))]
        for receiver, group in groupby(notes, key=_receiver):
            try:
                receiver.receive(list(group))
            except Exception as error:
                _logger.warning("notes of calls are lost, because of %s", type(error).__name__)
        return len(notes)

    def _wake(self) -> None:
        self._awake.set()
        if self._is_started:
            return
        self._is_started = True
        try:
            self._start(self._work)
        except RuntimeError:
            # There are no more threads: at the interpreter's end, or anyway.
            self._is_started, self._limit = False, 0
            self.drain()

    def _work(self) -> None:
        try:
            while True:
                self._awake.wait()
                self._awake.clear()
                self._enough.wait(self._pause)
                with self._waking:
                    self._enough.clear()
                    # Whoever adds from here on wakes this thread again; what was added before is handed on now.
                    self._limit = 0
                self._work_off()
        finally:
            self._is_started, self._limit = False, 0

    def _work_off(self) -> None:
        while True:
            with self.turn:
                taken = self._hand_on(self._chunk)
            if taken < self._chunk:
                return
            sleep(_REST)

    def stop(self) -> None:
        """Hand nothing on until `go_on`: a lock that is held when the process forks is held in the child for ever."""
        self.turn.acquire()
        self._waking.acquire()

    def go_on(self) -> None:
        """End what `stop` began."""
        self._waking.release()
        self.turn.release()

    def forked(self) -> None:
        """Begin anew in a child process: the notes are the parent's, and so is the thread."""
        self._begin_anew()
        for each in tuple(self.others):
            each.forked()


def _in_a_thread(work: Callable[[], None]) -> None:
    Thread(target=work, name="dynalayer-observers", daemon=True).start()


_receiver: Final = attrgetter("receiver")
gatherer: Final = Gatherer()
"""The one that all databases of this process share."""

atexit.register(gatherer.drain)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=gatherer.stop, after_in_parent=gatherer.go_on, after_in_child=gatherer.forked)


def is_frozen_between_requests() -> bool:
    """Whether this is a Lambda function, which does not run between its answers: what it puts off may never be done."""
    return "AWS_LAMBDA_FUNCTION_NAME" in os.environ
