"""What the executors tell observers, asked for only when somebody observes."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from hashlib import blake2b
from typing import Any, Final, TypeVar

from dynalayer.protocol import WRITES, Consumed, Detail, NamesRequests, asking, consumed_shortly, questions, reckoned
from dynalayer.protocol.limits import READ_UNIT_BYTES
from dynalayer.schema import Definition
from dynalayer.statements import Get, Statement
from dynalayer.telemetry import (
    BreakerChanged,
    Called,
    Costs,
    Observer,
    call_site,
    caller,
    current_correlations,
    gatherer,
    site_of,
)

from .counting import Counting
from .naming import IMMUTABLE, KINDS, What, kept
from .observation import Head, Note, Observation, Place, Told

V = TypeVar("V")

_logger: Final = logging.getLogger("dynalayer")
_SALT: Final = os.urandom(16)
_site: Final[ContextVar[str | None]] = ContextVar("dynalayer_site", default=None)
_FRAMES: Final = 4
"""How many frames of this library are at least between a call's caller and `caller`."""
_SHORT: Final = 2048
"""Longer answers are not kept, so that notes do not fill the memory."""


class _Nameless:
    """Stands for a connection that does not tell the heads of its answers."""

    last_head: Head = (0, {})


class Observing:
    """The observers of a database, and what they want to know."""

    def __init__(
        self,
        observers: Sequence[Observer],
        clock: Callable[[], float],
        watch: Callable[[], float],
        salt: bytes | None,
        connection: object,
    ) -> None:
        self.clock = clock
        self.watch = watch
        self.salt = None
        if any(o.wants_keys for o in observers):
            self.salt = _SALT if salt is None else blake2b(salt, digest_size=len(_SALT)).digest()
        self.sites = any(o.wants_sites for o in observers)
        details = {o.wants_capacity for o in observers}
        self.detail: Detail | None = "INDEXES" if "INDEXES" in details else "TOTAL" if "TOTAL" in details else None
        self.costs = next((o for o in observers if isinstance(o, Costs)), None)
        self.sending = _filled_in(observers, "sending")
        self.answered = _filled_in(observers, "answered")
        self.retrying = _filled_in(observers, "retrying")
        at_once = [o for o in observers if o.immediate and _filled_in([o], "ended")]
        self._always: list[Callable[[Called], object]] = [o.ended for o in at_once if not _filled_in([o], "is_idle")]
        self._at_times = [o for o in at_once if _filled_in([o], "is_idle")]
        later = [o for o in observers if not o.immediate]
        self._together = [o.gathered for o in later if _filled_in([o], "gathered")]
        self._one_by_one: list[Callable[[Called], object]] = [o.ended for o in later if not _filled_in([o], "gathered")]
        self.later = bool(later)
        self._has_immediate = bool(at_once)
        choosing = [o for o in later if o.chooses and _is_whole(o, "chosen")]
        counting = [o for o in later if o.counts and _is_whole(o, "counted")]
        self._counting: Counting | None = None
        if later and len(choosing) + len(counting) == len(later):
            self._counting = Counting(partial(self.tell, [o.counted for o in counting]))
        self._choosing = [(o.wants, Addressed(self, [o.chosen])) for o in choosing]
        self._uncounted = Addressed(self, [o.gathered for o in counting])
        self._all = Addressed(self, self._together, self._one_by_one)
        self._large: set[Definition] = set()
        self._breakers = _filled_in(observers, "breaker_changed")
        self._complained: set[str] = set()
        self._connection = connection if isinstance(connection, NamesRequests) else _Nameless()
        # Of calls of these kinds a note may be taken: what goes in place of the last byte of their requests.
        self.endings: dict[type[Any], bytes] = {}
        if not (self.sending or self.answered):
            asked = {} if self.detail is None else questions(self.detail)
            self.endings = {kind: asked.get(kind.operation, b"}") for kind in KINDS}
            # What reading a whole item takes is reckoned; while all of them are small, nothing has to be asked for it.
            self.endings[Get] = b""

    def body(self, statement: Statement[Any], now: float, ending: bytes) -> bytes:
        """The request of a call of which a note may be taken; `ending` is that of its kind."""
        body = statement.body(now)
        if ending:
            return body[:-1] + ending
        if (
            self._large
            and self.detail is not None
            and isinstance(statement, Get)
            and statement.key.definition in self._large
        ):
            return asking("GetItem", body, self.detail)[0]
        return body

    def note(self, statement: Statement[Any], start: float, body: bytes, answer: bytes) -> None:
        """A call has succeeded at its first attempt; called by `_make` of the executors."""
        end = self.watch()
        at_once = self.at_once() if self._has_immediate else None
        if not at_once and not self.later:
            return
        place = (caller(_FRAMES), _site.get()) if self.sites else None
        if self._counting is not None and not at_once:
            for wants, address in self._choosing:
                if wants(end - start):
                    gatherer.add(self._note(address, statement, start, end, body, answer, place))
            site = None if place is None else site_of(place[0]) or place[1]
            if self._counting.add(
                statement, body, end - start, self.taken(statement, statement.operation, answer), site
            ):
                return
            # More kinds than are counted: those that choose have chosen, the others get this one by itself.
            gatherer.add(self._note(self._uncounted, statement, start, end, body, answer, place))
            return
        note = self._note(self._all, statement, start, end, body, answer, place)
        if at_once:
            event = note.called(self.at(start))
            self.tell(at_once, event)
            self.later_told(event)
        else:
            gatherer.add(note)

    def _note(
        self,
        receiver: Addressed,
        statement: Statement[Any],
        start: float,
        end: float,
        body: bytes,
        answer: bytes,
        place: Place | None,
    ) -> Note:
        head = self._connection.last_head
        taken: Any = answer
        if len(answer) > _SHORT:
            taken = self.taken(statement, statement.operation, answer)
            head = (id(taken), head[1]) if head[0] == id(answer) else _Nameless.last_head
        what = statement if type(statement) in IMMUTABLE else kept(statement, body, self.salt)
        return Note(receiver, what, start, end, taken, head, current_correlations(), place)

    def taken(self, what: What, operation: str, answer: bytes) -> tuple[Consumed, ...]:
        """The units that a call took, as the service tells them or as they are reckoned; none if nobody wants them."""
        if self.detail is None:
            return ()
        if type(what) is not Get:
            return consumed_shortly(operation in WRITES, answer)
        definition = what.key.definition
        if definition in self._large and (told := consumed_shortly(False, answer)):
            return told
        if len(answer) > READ_UNIT_BYTES:
            # To read all of such an answer takes longer than to ask: from now on that is done.
            self._large.add(definition)
        return reckoned(definition.table.name, what.consistent, answer)

    def begin(self, statement: Statement[Any]) -> Observation:
        """A call that begins now, and is to be followed; called by `_with_care` of the executors."""
        return self._observation(statement, self.clock(), self.watch())

    def begun(self, statement: Statement[Any], start: float, body: bytes) -> Observation:
        """A call that was begun before, and has failed at its first attempt; called by `_make` of the executors."""
        seen = self._observation(statement, self.at(start), start)
        seen.attempts = 1
        seen.request = body
        return seen

    def _observation(self, statement: Statement[Any], at: float, start: float) -> Observation:
        place = (caller(_FRAMES + 1), _site.get()) if self.sites else None
        return Observation(self, statement, at, start, current_correlations(), place)

    def at(self, moment: float) -> float:
        """A moment of the watch, by the clock."""
        return moment if self.watch is self.clock else self.clock() - (self.watch() - moment)

    def head(self) -> Head:
        """The head of the answer that came last."""
        return self._connection.last_head

    def at_once(self) -> list[Callable[[Called], object]]:
        """Whom to tell of the end of a call at once."""
        if not self._at_times:
            return self._always
        return [*self._always, *[o.ended for o in self._at_times if not o.is_idle()]]

    def later_told(self, event: Called) -> None:
        """Tell those that are told later of a call that has ended, when there is time."""
        if self.later:
            gatherer.add(Told(self._all, event))

    def drain(self) -> None:
        """Tell those that are told later of all calls that have ended up to now."""
        if self.later:
            gatherer.drain()

    @contextmanager
    def one_site(self) -> Generator[None]:
        """Calls made within, also in tasks that are started within, are told to come from where this one does."""
        token = _site.set(_site.get() or call_site()) if self.sites else None
        try:
            yield
        finally:
            if token is not None:
                _site.reset(token)

    def breaker_changed(self, event: BreakerChanged) -> None:
        """Tell that a breaker went from one state to another."""
        self.tell(self._breakers, event)

    def tell(self, methods: Iterable[Callable[[V], object]], event: V) -> None:
        """Call the observers; an error of one is logged once, without its text, and does no harm to the call."""
        for method in methods:
            try:
                method(event)
            except Exception as error:
                name = getattr(method, "__qualname__", type(method).__name__)
                if name not in self._complained:
                    self._complained.add(name)
                    _logger.warning("the observer %s fails with %s", name, type(error).__name__)


class Addressed:
    """Those of the observers that notes are for, which are told when they are handed on."""

    def __init__(
        self,
        observing: Observing,
        together: Sequence[Callable[[list[Called]], object]],
        one_by_one: Sequence[Callable[[Called], object]] = (),
    ) -> None:
        self.observing = observing
        self._together = together
        self._one_by_one = one_by_one

    def receive(self, notes: list[Note | Told]) -> None:
        """Tell them of calls that have ended."""
        observing = self.observing
        # The clock's distance from the watch is the same for all of them: a look at it for each would be one too many.
        ahead = observing.at(0.0)
        events = [note.called(ahead + note.start) if isinstance(note, Note) else note.event for note in notes]
        observing.tell(self._together, events)
        for event in events if self._one_by_one else ():
            observing.tell(self._one_by_one, event)


def _is_whole(observer: Observer, name: str) -> bool:
    """Whether a method is of the same class as those it stands in for: a class derived from it may fill in these."""
    ways = {name, "gathered", "ended"}
    return name in next(kind.__dict__ for kind in type(observer).__mro__ if ways & kind.__dict__.keys())


def _filled_in(observers: Iterable[Observer], name: str) -> list[Callable[[Any], object]]:
    """The methods of that name which are not the empty one of the interface."""
    methods = [getattr(observer, name) for observer in observers]
    return [method for method in methods if getattr(method, "__func__", method) is not getattr(Observer, name)]
