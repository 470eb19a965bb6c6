"""What the executors tell observers: one object for each call, asked for only when somebody observes."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from contextvars import ContextVar, Token
from hashlib import blake2b
from typing import Any, Final, TypeVar

import msgspec

from dynalayer.protocol import (
    REQUEST_IDS,
    CircuitOpen,
    Consumed,
    DefinitionError,
    Detail,
    DynalayerError,
    InvalidValue,
    Throttled,
    asking,
    consumed_of,
    without_capacity,
)
from dynalayer.schema import Definition, Entity, Key
from dynalayer.statements import (
    BatchGet,
    BatchWrite,
    CollectionPage,
    Delete,
    EncodedBatch,
    Get,
    GetRow,
    Put,
    QueryPage,
    Raw,
    ScanPage,
    Statement,
    TransactGet,
    Transaction,
    Update,
)
from dynalayer.telemetry import (
    OK,
    Answered,
    BreakerChanged,
    Called,
    Costs,
    Observer,
    Retrying,
    Sending,
    call_site,
    code_of,
    current_correlation,
    hashed,
    outcome_of,
)

V = TypeVar("V")

_logger: Final = logging.getLogger("dynalayer")
_SALT: Final = os.urandom(16)
_site: Final[ContextVar[str | None]] = ContextVar("dynalayer_site", default=None)
_About = tuple[str | None, str | None, str | None]
"""Table, index and entity of a statement."""


_Names = tuple[str, str, str | None, str | None, str | None, str | None, str | None, str | None]
"""The fields of a `Call`, in their order."""


class Observing:
    """The observers of a database, and what they want to know."""

    def __init__(
        self,
        observers: Sequence[Observer],
        clock: Callable[[], float],
        watch: Callable[[], float],
        salt: bytes | None,
    ) -> None:
        self.clock = clock
        self.watch = watch
        self.salt = None
        if any(o.wants_keys for o in observers):
            self.salt = _SALT if salt is None else blake2b(salt).digest()
        self.sites = any(o.wants_sites for o in observers)
        details = {o.wants_capacity for o in observers}
        self.detail: Detail | None = "INDEXES" if "INDEXES" in details else "TOTAL" if "TOTAL" in details else None
        self.costs = next((o for o in observers if isinstance(o, Costs)), None)
        self.sending = _filled_in(observers, "sending")
        self.answered = _filled_in(observers, "answered")
        self.retrying = _filled_in(observers, "retrying")
        self.ended = _filled_in(observers, "ended")
        self._breakers = _filled_in(observers, "breaker_changed")
        self._complained: set[str] = set()

    def call(self, statement: Statement[Any]) -> Observation:
        """A call that begins now."""
        return Observation(self, statement)

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


def _filled_in(observers: Iterable[Observer], name: str) -> list[Callable[[Any], object]]:
    """The methods of that name which are not the empty one of the interface."""
    methods = [getattr(observer, name) for observer in observers]
    return [method for method in methods if getattr(method, "__func__", method) is not getattr(Observer, name)]


class Observation:
    """One call as it is observed: entered when it begins, told of each attempt, left when it ends."""

    __slots__ = (
        "_asked",
        "_at",
        "_attempts",
        "_body",
        "_consumed",
        "_ids",
        "_names",
        "_observing",
        "_statement",
        "_throttles",
        "_token",
        "_waits",
    )

    def __init__(self, observing: Observing, statement: Statement[Any]) -> None:
        self._observing = observing
        self._statement = statement
        self._attempts = 0
        self._throttles = 0
        self._waits: tuple[float, ...] = ()
        self._consumed: tuple[Consumed, ...] = ()
        self._asked = False
        self._body = b""
        self._names: _Names | None = None
        self._ids: list[str] = []

    def __enter__(self) -> Observation:
        observing = self._observing
        self._token: Token[list[str] | None] = REQUEST_IDS.set(self._ids)
        self._at = observing.clock(), observing.watch()
        return self

    def body(self, body: bytes) -> bytes:
        """The request as it is sent: with the question for its cost, if an observer wants to know."""
        detail = self._observing.detail
        if detail is not None:
            body, self._asked = asking(self._statement.operation, body, detail)
        self._body = body
        return body

    def _named(self) -> _Names:
        """The names of the call, found out when they are first told."""
        if self._names is None:
            observing, statement = self._observing, self._statement
            table, index, entity = _about(statement, self._body)
            salt = observing.salt
            self._names = (
                statement.operation,
                "BatchWrite" if isinstance(statement, EncodedBatch) else type(statement).__name__,
                table,
                index,
                entity,
                (call_site() or _site.get()) if observing.sites else None,
                None if salt is None or table is None else _key(statement, salt, table),
                current_correlation(),
            )
        return self._names

    def sending(self) -> None:
        """An attempt is about to be made."""
        self._attempts += 1
        if self._observing.sending:
            self._observing.tell(self._observing.sending, Sending(*self._named(), self._attempts, self._body))

    def answered(self, answer: bytes) -> bytes:
        """An attempt was answered; gives the answer as its caller should see it."""
        observing = self._observing
        if observing.detail is not None:
            consumed = consumed_of(self._statement.operation, self._body, answer)
            self._consumed = self._consumed + consumed if self._consumed else consumed
            if self._asked and isinstance(self._statement, Raw):
                answer = without_capacity(answer)
        if observing.answered:
            observing.tell(observing.answered, Answered(*self._named(), self._attempts, answer))
        return answer

    def failed(self, error: DynalayerError) -> None:
        """An attempt ended with an error, or was not made because a circuit is open."""
        self._attempts -= isinstance(error, CircuitOpen)
        self._throttles += isinstance(error, Throttled)
        request_id = getattr(error, "request_id", None)
        if request_id is not None:
            self._ids.append(request_id)

    def retrying(self, error: DynalayerError, wait: float) -> None:
        """Another attempt is made after a wait."""
        self._waits += (wait,)
        observing = self._observing
        if observing.retrying:
            event = Retrying(*self._named(), self._attempts, wait, type(error).__name__, code_of(error))
            observing.tell(observing.retrying, event)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        REQUEST_IDS.reset(self._token)
        observing = self._observing
        # What was refused before anything was sent is no call, but a mistake of the caller's.
        if not observing.ended or (not self._attempts and isinstance(error, (InvalidValue, DefinitionError))):
            return
        at, start = self._at
        told: tuple[str, str | None, str | None] = (OK, None, None)
        if error is not None:
            told = outcome_of(error), type(error).__name__, code_of(error)
        event = Called(
            *self._named(),
            at,
            round(observing.watch() - start, 6),
            self._attempts,
            self._waits,
            self._throttles,
            *told,
            self._consumed,
            self._ids[-1] if self._ids else None,
        )
        observing.tell(observing.ended, event)


class _Named(msgspec.Struct):
    """The names in a request."""

    TableName: str | None = None
    IndexName: str | None = None
    RequestItems: dict[str, msgspec.Raw] = {}


_names_of = msgspec.json.Decoder(_Named).decode


def _about(statement: Statement[Any], body: bytes) -> _About:
    if isinstance(statement, Get):
        return _of(statement.key.definition)
    if isinstance(statement, (Put, Update, Delete)):
        return _of(statement.definition)
    if isinstance(statement, QueryPage):
        return _of(statement.query.definition, statement.query.path.index)
    if isinstance(statement, GetRow):
        return _of(statement.selected.source.definition)
    if isinstance(statement, CollectionPage):
        members = statement.collection.members
        return _of_all([member.definition for member in members], members[0].path.index)
    if isinstance(statement, ScanPage):
        scan = statement.scan
        return scan.table.name, scan.index, _joined([definition.name for definition in scan.entities])
    if isinstance(statement, (BatchGet, TransactGet)):
        return _of_all([key.definition for key in statement.keys])
    if isinstance(statement, (BatchWrite, EncodedBatch)):
        return _of_all([_definition(action) for action in statement.actions])
    if isinstance(statement, Transaction):
        return _of_all([action.definition for action in statement.actions])
    return _of_request(body)


def _of(definition: Definition, index: str | None = None) -> _About:
    return definition.table.name, index, definition.name


def _of_all(definitions: Sequence[Definition], index: str | None = None) -> _About:
    return _joined([each.table.name for each in definitions]), index, _joined([each.name for each in definitions])


def _of_request(body: bytes) -> _About:
    try:
        found = _names_of(body)
    except msgspec.DecodeError:
        return None, None, None
    return found.TableName or _joined(found.RequestItems), found.IndexName, None


def _joined(names: Iterable[str]) -> str | None:
    return " + ".join(sorted(set(names))) or None


def _definition(action: Entity | Key[Any]) -> Definition:
    return action.definition if isinstance(action, Key) else action.__definition__


def _key(statement: Statement[Any], salt: bytes, table: str) -> str | None:
    """The hash of the one key that a statement is about, or of the partition that it reads."""
    if isinstance(statement, (Get, Put, Update, Delete)):
        return hashed(salt, table, statement.key.wire)
    if isinstance(statement, GetRow):
        return hashed(salt, table, statement.selected.source.wire)
    if isinstance(statement, QueryPage):
        return hashed(salt, table, statement.query.partition)
    if isinstance(statement, CollectionPage):
        return hashed(salt, table, statement.collection.members[0].partition)
    return None
