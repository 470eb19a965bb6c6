"""When to try a call again, decided without doing anything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import random
from typing import Any

from msgspec import DecodeError, json

from dynalayer.protocol import (
    ConnectionLost,
    DeadlineExceeded,
    DynalayerError,
    ServiceError,
    ServiceUnavailable,
    TransactionCanceled,
    UnreadableAnswer,
)
from dynalayer.statements import Statement

_PASSING_REASONS = frozenset({"None", "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})
"""Why a transaction may be cancelled although the same one may pass later (API reference, TransactWriteItems)."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how long apart a call is tried again.

    The wait before the n-th retry is a random part (full jitter) of `base` seconds doubled n times, at most `cap`.
    """

    attempts: int = 4
    base: float = 0.05
    cap: float = 5.0
    random: Callable[[], float] = random

    def wait(self, attempt: int) -> float:
        """Seconds to wait after the given attempt, counted from 1."""
        return self.random() * min(self.cap, self.base * 2.0**attempt)

    def after(self, error: DynalayerError, attempt: int, *, repeatable: bool) -> float | None:
        """Seconds to wait before trying again; None when the error must be raised.

        A call that may have taken effect (no answer, a failure of the service) is only made again if `repeatable`.
        """
        if attempt >= self.attempts or not self._may_pass(error):
            return None
        if not repeatable and _unsure(error):
            return None
        return self.wait(attempt)

    @staticmethod
    def _may_pass(error: DynalayerError) -> bool:
        if isinstance(error, TransactionCanceled):
            codes = {reason.code for reason in error.reasons}
            return codes <= _PASSING_REASONS and codes != {"None"} and bool(codes)
        return isinstance(error, ConnectionLost) or (isinstance(error, ServiceError) and error.retryable)


_READS = frozenset({"GetItem", "BatchGetItem", "TransactGetItems", "Query", "Scan"})


def _unsure(error: DynalayerError) -> bool:
    """Whether a call may have taken effect although it ended in this error."""
    if isinstance(error, ConnectionLost):
        return error.may_have_taken_effect
    return isinstance(error, ServiceUnavailable)


@dataclass(slots=True)
class Deadline:
    """The moment by the executor's clock after which no attempt is begun; one for a call, or for all of a plan."""

    seconds: float
    at: float

    def refuse_pause(self, now: float, wait: float) -> None:
        """Raise `DeadlineExceeded` if a pause between the calls of a plan would end past the deadline."""
        if now + wait > self.at:
            raise DeadlineExceeded(
                f"the deadline of {self.seconds:g} s ends within a pause of {wait:g} s; what came before it was done",
                may_have_taken_effect=True,
            )


class Attempts:
    """The attempts at one call: how many there were, and whether one of them may have taken effect."""

    __slots__ = ("_deadline", "_last", "_made", "_policy", "_statement", "_unsure")

    def __init__(self, policy: RetryPolicy, statement: Statement[Any], deadline: Deadline | None) -> None:
        self._policy = policy
        self._statement = statement
        self._deadline = deadline
        self._made = 0
        self._last: DynalayerError | None = None
        self._unsure = False

    def begin(self, now: float) -> None:
        """Raise `DeadlineExceeded` if the deadline has passed: a wait was longer than asked, or a plan has used it."""
        if self._deadline is not None and now > self._deadline.at:
            raise self._exceeded(self._deadline) from self._last

    def after(self, error: DynalayerError, watch: Callable[[], float]) -> float:
        """Seconds to wait before the next attempt; raises the error, in the statement's words, when there is none.

        Raises `DeadlineExceeded` if the wait would end past the deadline.
        """
        self._made += 1
        self._last = error
        self._unsure = self._unsure or _unsure(error)
        wait = self._policy.after(error, self._made, repeatable=self._statement.repeatable)
        if wait is None:
            raise (self._statement.explain_error(error) if isinstance(error, ServiceError) else error) from None
        if self._deadline is not None and watch() + wait > self._deadline.at:
            raise self._exceeded(self._deadline) from error
        return wait

    def _exceeded(self, deadline: Deadline) -> DeadlineExceeded:
        if self._statement.operation in _READS:
            unsure, effect = False, "nothing was read"
        elif self._unsure:
            unsure, effect = True, "an attempt got no answer, so it may have taken effect; read before you try again"
        else:
            unsure, effect = False, "nothing was written"
        return DeadlineExceeded(
            f"{self._statement.operation}: the deadline of {deadline.seconds:g} s leaves no time for another attempt "
            f"after {self._made}; {effect}",
            may_have_taken_effect=unsure,
        )


def unreadable(statement: Statement[Any], answer: bytes, error: DecodeError) -> UnreadableAnswer:
    """The error of an answer that is no JSON; raises `error` itself if it is, and a value in it is at fault."""
    try:
        sound = isinstance(json.decode(answer), dict)
    except DecodeError:
        sound = False
    if sound:
        raise error
    return UnreadableAnswer(f"the answer to {statement.operation} is not the API's JSON: {error}")
