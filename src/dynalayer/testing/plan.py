"""Which calls go wrong and how, decided without making any."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from dynalayer.protocol import (
    CancellationReason,
    ConnectionLost,
    DynalayerError,
    ServiceError,
    Throttled,
    ThrottlingReason,
    TransactionCanceled,
    TransactionConflict,
)

from . import batches, costs
from .calls import Call, Calls
from .clock import FrozenClock

Failure = DynalayerError | Callable[[Call], DynalayerError]
"""An error, or what makes one for a call."""


@dataclass(slots=True)
class Fault:
    """One way to go wrong, and the calls that do: `times` of them, or all when it is None.

    `error` is raised instead of the call, or after it when `after_commit`; `seconds` pass on the clock first;
    `undone` requests of a batch are left; `corrupt` makes another answer of the one that came.
    """

    error: Failure | None = None
    operation: str | None = None
    table: str | None = None
    times: int | None = 1
    probability: float = 1.0
    after_commit: bool = False
    seconds: float = 0.0
    undone: int = 0
    corrupt: Callable[[bytes], bytes] | None = None

    def meets(self, call: Call) -> bool:
        """Whether the call is one of those."""
        if self.operation not in (None, call.operation) or (self.undone and call.operation not in batches.UNDONE):
            return False
        return self.table is None or self.table in call.tables

    def error_of(self, call: Call) -> DynalayerError | None:
        """The error that the call's maker is told."""
        return self.error(call) if callable(self.error) else self.error


@dataclass(slots=True)
class Attempt:
    """One call on its way: what is sent for it, and what becomes of the answer."""

    call: Call
    fault: Fault
    body: bytes
    restore: Callable[[bytes], bytes]

    def fail(self, *, after_commit: bool) -> None:
        """Raise the fault's error if this is its moment."""
        error = self.fault.error_of(self.call) if self.fault.after_commit == after_commit else None
        if error is not None:
            self.failed(error)
            raise error

    def failed(self, error: DynalayerError) -> None:
        """Write the error down at the call."""
        self.call.error = getattr(error, "code", None) or type(error).__name__

    def answered(self, answer: bytes) -> bytes:
        """The answer that the call's maker gets; raises the error of a fault after the commit."""
        answer = self.restore(answer)
        self.fail(after_commit=True)
        return answer if self.fault.corrupt is None else self.fault.corrupt(answer)


class FaultPlan:
    """The faults that are still to come, and the calls made so far with their cost.

    Faults wait in the order in which they were planned; a call meets the first that fits it, and at most one.
    `clock` is what slow calls take time of; `seed` decides which calls a fault with a probability meets.
    With `like` the plan and the calls of another one are shared. Safe to share among threads.
    """

    def __init__(self, *, clock: FrozenClock | None = None, seed: int = 0, like: FaultPlan | None = None) -> None:
        self.clock: FrozenClock | None = like.clock if like else clock
        self.faults: list[Fault] = like.faults if like else []
        self.calls: Calls = like.calls if like else Calls()
        self._random: Random = like._random if like else Random(seed)
        self._lock: threading.Lock = like._lock if like else threading.Lock()

    def fail(
        self,
        error: Failure,
        *,
        operation: str | None = None,
        table: str | None = None,
        times: int | None = 1,
        probability: float = 1.0,
        after_commit: bool = False,
    ) -> None:
        """Let the next `times` calls (of one operation or on one table, if named; None is all) raise `error`.

        With `after_commit` the call is made first, so that its effect is there although no answer came.
        """
        self.faults.append(Fault(error, operation, table, times, probability, after_commit))

    def throttle(
        self,
        *,
        operation: str | None = None,
        table: str | None = None,
        times: int | None = 1,
        probability: float = 1.0,
        reason: str | None = None,
        resource: str = "",
    ) -> None:
        """Let calls be throttled, as a table over its capacity does; nothing is done.

        `reason` is the service's, such as "TableWriteKeyRangeThroughputExceeded" (API reference, ThrottlingReason).
        """
        reasons = [] if reason is None else [ThrottlingReason(reason, resource)]

        def throttled(call: Call) -> Throttled:
            return Throttled(
                "Throughput exceeds the current capacity of your table or index.",
                code="ThrottlingException",
                reasons=reasons,
            )

        self.fail(throttled, operation=operation, table=table, times=times, probability=probability)

    def time_out(
        self,
        *,
        after_commit: bool = False,
        seconds: float = 0.0,
        operation: str | None = None,
        table: str | None = None,
        times: int | None = 1,
        probability: float = 1.0,
    ) -> None:
        """Let calls end without an answer once so many seconds have passed, before or after they took effect."""
        self._needs_clock(seconds)
        error = ConnectionLost(f"no answer within {seconds:g} seconds")
        self.faults.append(Fault(error, operation, table, times, probability, after_commit, seconds))

    def refuse_connections(self, *, times: int | None = 1, probability: float = 1.0) -> None:
        """Let calls find nobody who listens."""
        refused = ConnectionLost("connection refused", may_have_taken_effect=False)
        self.faults.append(Fault(refused, times=times, probability=probability))

    def conflict(
        self,
        *,
        operation: str | None = None,
        table: str | None = None,
        times: int | None = 1,
        probability: float = 1.0,
    ) -> None:
        """Let writes and transactions meet another transaction on their items; nothing is done."""
        self.fail(_conflict, operation=operation, table=table, times=times, probability=probability)

    def slow(
        self,
        seconds: float,
        *,
        operation: str | None = None,
        table: str | None = None,
        times: int | None = 1,
        probability: float = 1.0,
    ) -> None:
        """Let so many seconds pass on the clock before calls are made; raises `ValueError` if there is no clock."""
        self._needs_clock(seconds)
        self.faults.append(Fault(None, operation, table, times, probability, seconds=seconds))

    def corrupt(
        self,
        *,
        into: Callable[[bytes], bytes] = lambda answer: answer[: len(answer) // 2],
        operation: str | None = None,
        table: str | None = None,
        times: int | None = 1,
        probability: float = 1.0,
    ) -> None:
        """Let calls take effect and their answers come broken: the first half of them, or what `into` makes."""
        self.faults.append(Fault(None, operation, table, times, probability, corrupt=into))

    def leave_undone(self, count: int, *, times: int | None = 1) -> None:
        """Let the next `times` batch writes and batch reads leave their last `count` requests undone."""
        self.faults.append(Fault(undone=count, times=times))

    def heal(self) -> None:
        """Forget all faults that are still to come; the calls are kept."""
        self.faults.clear()

    def begin(self, operation: str, body: bytes) -> Attempt:
        """Record a call and decide what becomes of it."""
        call = Call(operation, body)
        with self._lock:
            self.calls.append(call)
            fault = self._fault_of(call) or Fault()
        sent, added = costs.asking(operation, body)

        def priced(answer: bytes) -> bytes:
            return costs.note(call, answer, added)

        if not fault.undone:
            return Attempt(call, fault, sent, priced)
        part, with_rest = batches.cut(operation, sent, fault.undone)
        return Attempt(call, fault, part, lambda answer: with_rest(priced(answer)))

    def _fault_of(self, call: Call) -> Fault | None:
        """The fault of this call, if it has one; it is used up."""
        for fault in self.faults:
            if fault.meets(call) and (fault.probability >= 1 or self._random.random() < fault.probability):
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self.faults.remove(fault)
                return fault
        return None

    def _needs_clock(self, seconds: float) -> None:
        if seconds and self.clock is None:
            raise ValueError("slow calls take the time of a FrozenClock; give one as clock=")


def _conflict(call: Call) -> ServiceError:
    if call.operation.startswith("Transact"):
        actions = call.request["TransactItems"]
        return TransactionCanceled(reasons=[CancellationReason("TransactionConflict", _ONGOING) for _ in actions])
    return TransactionConflict(_ONGOING)


_ONGOING = "Transaction is ongoing for the item"
