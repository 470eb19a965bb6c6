"""The circuits of a database: which of them a call needs, and what its end means for each."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from dynalayer.protocol import (
    READS,
    WRITES,
    CircuitOpen,
    ConnectionLost,
    DynalayerError,
    ServiceUnavailable,
    Throttled,
    TransactionCanceled,
)

from .breaker import Breaker, Circuit, Permit, State

if TYPE_CHECKING:
    from dynalayer.telemetry import BreakerChanged


class _Named(msgspec.Struct):
    """Where a request names its tables."""

    TableName: str | None = None
    RequestItems: dict[str, msgspec.Raw] = {}
    TransactItems: list[dict[str, _Action]] = []


class _Action(msgspec.Struct):
    TableName: str = ""


_decode = msgspec.json.Decoder(_Named).decode


def tables_of(body: bytes) -> list[str]:
    """The names of the tables that a request reads or writes, each once, in the order of the alphabet."""
    named = _decode(body)
    if named.TableName is not None:
        return [named.TableName]
    found = {action.TableName for item in named.TransactItems for action in item.values()}
    return sorted(found | named.RequestItems.keys())


def is_failure(error: BaseException) -> bool:
    """Whether the service, not the request, is at fault."""
    if isinstance(error, TransactionCanceled):
        return any(reason.code in _BUSY for reason in error.reasons)
    return isinstance(error, (Throttled, ServiceUnavailable, ConnectionLost))


_BUSY = frozenset({"ThrottlingError", "ProvisionedThroughputExceeded"})


class Circuits:
    """A circuit for the reads and one for the writes of each table, made when the first call needs it.

    `clock` gives seconds since 1970 and `watch` seconds that never run back. Calls that change tables have none.
    """

    def __init__(self, rule: Breaker, clock: Callable[[], float], watch: Callable[[], float]) -> None:
        self._rule = rule
        self._clock = clock
        self._watch = watch
        self._circuits: dict[tuple[str, str], Circuit] = {}
        self.listener: Callable[[BreakerChanged], object] | None = None
        """Who is told when a circuit opens or closes."""

    def states(self) -> dict[tuple[str, str], State]:
        """The state of each circuit by table and kind ("read" or "write")."""
        return {name: circuit.state for name, circuit in self._circuits.copy().items()}

    def enter(self, operation: str, body: bytes) -> list[Permit]:
        """Leave for one attempt; raises `CircuitOpen` if one of its tables has none to give."""
        kind = "read" if operation in READS else "write" if operation in WRITES else None
        permits: list[Permit] = []
        for table in tables_of(body) if kind is not None else ():
            circuit = self._circuit(table, kind or "")
            permit = circuit.admit(self._watch())
            if not isinstance(permit, Permit):
                for other in permits:
                    other.circuit.abandoned(other)
                raise self._open(circuit, permit)
            permits.append(permit)
        return permits

    def leave(self, permits: list[Permit], error: BaseException | None) -> None:
        """What became of the attempt: no error is a success, a cancelled task tells nothing."""
        now = self._watch()
        for permit in permits:
            if error is None:
                permit.circuit.succeeded(permit, now)
            elif not isinstance(error, DynalayerError):
                permit.circuit.abandoned(permit)
            elif is_failure(error) and _concerns(error, permit.circuit.table):
                permit.circuit.failed(permit, now, type(error).__name__)
            else:
                permit.circuit.succeeded(permit, now)

    def _circuit(self, table: str, kind: str) -> Circuit:
        found = self._circuits.get((table, kind))
        return found or self._circuits.setdefault((table, kind), self._make(table, kind))

    def _make(self, table: str, kind: str) -> Circuit:
        def told(before: State, after: State, now: float) -> None:
            if self.listener is not None:
                from dynalayer.telemetry import BreakerChanged  # who observes nothing does not load what that takes

                self.listener(BreakerChanged(table, kind, before, after, self._clock()))

        return Circuit(self._rule, table, kind, told)

    def _open(self, circuit: Circuit, seconds: float) -> CircuitOpen:
        rule = circuit.rule
        wait = f"for {seconds:.3g} s" if seconds else "but the one that tries whether it can be"
        return CircuitOpen(
            f"table {circuit.table!r}: no {circuit.kind} is made {wait}, because {rule.ratio:.0%} or more of those "
            f"within {rule.window:g} s failed, the last with {circuit.last or 'an error'}; nothing was done, try later",
            table=circuit.table,
            kind=circuit.kind,
            until=self._clock() + seconds,
            seconds=seconds,
        )


def _concerns(error: Any, table: str) -> bool:
    """Whether an error is that table's; where the service does not say, it is every table's of the call."""
    resources = [reason.resource for reason in getattr(error, "reasons", ()) if getattr(reason, "resource", "")]
    return not resources or any(f"table/{table}" in f"{resource}/" for resource in resources)
