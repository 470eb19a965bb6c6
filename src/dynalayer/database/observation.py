"""What is known of one call that somebody observes: a note of one that went well, and all of one that did not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from dynalayer.protocol import (
    REQUEST_ID,
    CircuitOpen,
    Consumed,
    DefinitionError,
    DynalayerError,
    InvalidValue,
    Throttled,
    asking,
    consumed_of,
    without_capacity,
)
from dynalayer.statements import Raw, Statement
from dynalayer.telemetry import (
    OK,
    Answered,
    Called,
    Caller,
    Retrying,
    Sending,
    code_of,
    outcome_of,
    site_of,
)

from .naming import What, named

if TYPE_CHECKING:
    from .observing import Addressed, Observing

Head = tuple[int, Mapping[bytes, bytes]]
"""The identity of an answer, and the head that came with it."""
Place = tuple[Caller | None, str | None]
"""Who calls, and who has started the task that does."""
_CallNames = tuple[str, str, str | None, str | None, str | None, str | None, str | None, str | None]
"""The fields of a `Call`, in their order."""


class Note(msgspec.Struct, gc=False):
    """What is kept of a call that succeeded at its first attempt: all that is told of it is made of this, later."""

    receiver: Addressed
    what: What
    start: float
    end: float
    answer: bytes | tuple[Consumed, ...]
    """What it took, or the whole answer if it is short: then there is time to look for that later."""
    head: Head
    correlations: tuple[str, ...]
    place: Place | None

    def called(self, at: float) -> Called:
        """What is told of a call that began at that moment."""
        observing = self.receiver.observing
        operation, kind, table, index, entity, key = named(self.what, b"", observing.salt)
        ids, place, answer, head = self.correlations, self.place, self.answer, self.head
        request_id = None
        if head[0] == id(answer):
            name = head[1].get(REQUEST_ID)
            request_id = _name_in(head[1]) if name is None else name.decode("ascii", "replace")
        return Called(
            operation,
            kind,
            table,
            index,
            entity,
            None if place is None else site_of(place[0]) or place[1],
            key,
            ids[-1] if ids else None,
            at,
            int((self.end - self.start) * 1e6 + 0.5) / 1e6,
            1,
            (),
            0,
            OK,
            None,
            None,
            answer if isinstance(answer, tuple) else observing.taken(self.what, operation, answer),
            request_id,
        )


class Told(msgspec.Struct, gc=False):
    """A call of which all is known."""

    receiver: Addressed
    event: Called


class Observation(msgspec.Struct, gc=False):
    """A call that is followed step by step: made when it begins, told of its attempts and of its end."""

    receiver: Observing
    statement: Statement[Any]
    at: float
    start: float
    correlations: tuple[str, ...]
    place: Place | None
    request: bytes = b""
    is_asked: bool = False
    attempts: int = 0
    throttles: int = 0
    waits: tuple[float, ...] = ()
    consumed: tuple[Consumed, ...] = ()
    request_id: str | None = None
    names: _CallNames | None = None

    def asking(self, body: bytes) -> bytes:
        """The request as it is sent: with the question for its cost, if an observer wants to know."""
        detail = self.receiver.detail
        if detail is not None:
            body, self.is_asked = asking(self.statement.operation, body, detail)
        self.request = body
        return body

    def sending(self) -> None:
        """An attempt is about to be made."""
        self.attempts += 1
        receiver = self.receiver
        if receiver.sending:
            receiver.tell(receiver.sending, Sending(*self._call(), self.attempts, self.request))

    def answered(self, answer: bytes) -> bytes:
        """An attempt was answered; gives the answer as its caller should see it."""
        receiver = self.receiver
        head = receiver.head()
        if head[0] == id(answer):
            self.request_id = _name_in(head[1])
        if receiver.detail is not None:
            told = consumed_of(self.statement.operation, self.request, answer)
            # Of a call that was begun like all others, and has failed at first, nothing may have been asked.
            self.consumed += told or receiver.taken(self.statement, self.statement.operation, answer)
            if self.is_asked and isinstance(self.statement, Raw):
                answer = without_capacity(answer)
        if receiver.answered:
            receiver.tell(receiver.answered, Answered(*self._call(), self.attempts, answer))
        return answer

    def failed(self, error: DynalayerError) -> None:
        """An attempt ended with an error, or was not made because a circuit is open."""
        self.attempts -= isinstance(error, CircuitOpen)
        self.throttles += isinstance(error, Throttled)
        self.request_id = getattr(error, "request_id", None) or self.request_id

    def retrying(self, error: DynalayerError, wait: float) -> None:
        """Another attempt is made after a wait."""
        self.waits += (wait,)
        receiver = self.receiver
        if receiver.retrying:
            event = Retrying(*self._call(), self.attempts, wait, type(error).__name__, code_of(error))
            receiver.tell(receiver.retrying, event)

    def ended(self, error: BaseException | None = None) -> None:
        """The call has ended: tell who is told at once, and leave a note for the others."""
        receiver = self.receiver
        seconds = receiver.watch() - self.start
        # What was refused before anything was sent is no call, but a mistake of the caller's.
        if not self.attempts and isinstance(error, (InvalidValue, DefinitionError)):
            return
        event = Called(
            *self._call(),
            self.at,
            round(seconds, 6),
            self.attempts,
            self.waits,
            self.throttles,
            OK if error is None else outcome_of(error),
            None if error is None else type(error).__name__,
            code_of(error),
            self.consumed,
            self.request_id,
        )
        receiver.tell(receiver.at_once(), event)
        receiver.later_told(event)

    def _call(self) -> _CallNames:
        """The fields of a `Call`, found out when they are first told."""
        if self.names is None:
            place, ids = self.place, self.correlations
            operation, kind, table, index, entity, key = named(self.statement, self.request, self.receiver.salt)
            site = None if place is None else site_of(place[0]) or place[1]
            self.names = operation, kind, table, index, entity, site, key, ids[-1] if ids else None
        return self.names


def _name_in(head: Mapping[bytes, bytes]) -> str | None:
    """The service's name for a request, in the head of the answer to it."""
    name = head.get(REQUEST_ID)
    if name is None:
        name = next((value for each, value in head.items() if each.lower() == REQUEST_ID.lower()), None)
    return None if name is None else name.decode("ascii", "replace")
