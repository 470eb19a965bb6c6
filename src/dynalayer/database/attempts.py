"""The attempts at one call: what each failure leads to, within the policy, the budget and the deadline."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec
from msgspec import DecodeError, json

from dynalayer.protocol import (
    READS,
    WRITES,
    AccessDenied,
    CircuitOpen,
    ConditionFailed,
    DeadlineExceeded,
    DynalayerError,
    ServiceError,
    TransactionCanceled,
    UnreadableAnswer,
)
from dynalayer.statements import Delete, Statement, may_repeat, outcome_unknown

from .budget import RetryBudget
from .retry import RetryPolicy, may_have_taken_effect, may_pass

TOKEN_SECONDS: Final = 540.0
"""For how long a transaction may be sent again: the service knows its token for ten minutes after it ended (API
reference, TransactWriteItems), and a minute of that may be anyone's clock."""


class Deadline(msgspec.Struct):
    """The moment by the executor's clock after which no attempt is begun; one for a call, or for all of a plan."""

    seconds: float
    at: float

    def left(self, now: float) -> float:
        """Seconds that an attempt may last; never none at all, as nothing could be told of it then."""
        return max(self.at - now, 0.001)

    def refuse_pause(self, now: float, wait: float) -> None:
        """Raise `DeadlineExceeded` if a pause between the calls of a plan would end past the deadline."""
        if now + wait > self.at:
            raise DeadlineExceeded(
                f"the deadline of {self.seconds:g} s ends within a pause of {wait:g} s; what came before it was done",
                may_have_taken_effect=True,
            )


class Attempts:
    """The attempts at one call: how many there were, and whether one of them may have taken effect."""

    __slots__ = (
        "_budget",
        "_deadline",
        "_failed_at",
        "_last",
        "_made",
        "_policy",
        "_price",
        "_statement",
        "_timed",
        "_unsure",
    )

    def __init__(
        self, policy: RetryPolicy, budget: RetryBudget, statement: Statement[Any], deadline: Deadline | None
    ) -> None:
        self._policy = policy
        self._budget = budget
        self._statement = statement
        self._deadline = deadline
        self._made = 0
        self._last: DynalayerError | None = None
        self._unsure = False
        self._failed_at = 0.0
        self._price = 1.0
        self._timed = False

    def begin(self, now: float) -> None:
        """Raise `DeadlineExceeded` if the deadline has passed: a wait was longer than asked, or a plan has used it."""
        if self._deadline is not None and now > self._deadline.at:
            raise self._exceeded(self._deadline) from self._last

    def after(self, error: DynalayerError, watch: Callable[[], float]) -> float:
        """Seconds to wait before the next attempt; raises the error, in the statement's words, when there is none.

        Raises `OutcomeUnknown` for a write of which an attempt got no answer, and `DeadlineExceeded` if the wait would
        end past the deadline.
        """
        if isinstance(error, CircuitOpen) and self._last is not None:
            # Between two attempts others have opened the circuit: what this call met itself tells more.
            self._last.add_note(str(error))
            raise self._final(self._last) from None
        self._made += 1
        self._last = error
        now = watch()
        if self._made == 1:
            self._failed_at = now
        self._unsure = self._unsure or may_have_taken_effect(error)
        wait = self._wait_after(error, now)
        if wait is None:
            raise self._final(error) from (error if self._unsure else None)
        if self._deadline is not None and now + wait > self._deadline.at:
            raise self._exceeded(self._deadline) from error
        price = self._budget.take(error)
        if price is None:
            error.add_note(f"not tried again: the retry budget is used up ({self._budget!r}), as many calls fail")
            raise self._final(error) from (error if self._unsure else None)
        self._price = price
        return wait

    def is_refused(self, error: DynalayerError) -> bool:
        """True for a failed condition that an earlier attempt of the same call may have brought about."""
        return self._unsure and isinstance(error, ConditionFailed) and self._statement.operation in WRITES

    def succeeded(self, result: object) -> None:
        """Give back what the last retry cost; raises `OutcomeUnknown` for a deletion that found nothing any more."""
        if self._budget.spent:
            self._budget.give_back(self._price)
        if self._unsure and result is None and isinstance(self._statement, Delete):
            raise outcome_unknown(
                self._statement,
                "the item is gone, but no answer came to the first attempt: whether that one has deleted it, and what "
                "it was, nobody can tell; with_(exactly_once=True) would",
            ) from self._last

    def _wait_after(self, error: DynalayerError, now: float) -> float | None:
        if isinstance(error, AccessDenied) and (error.is_of_time or error.code == "IncompleteSignatureException"):
            # The connection has set its clock by the service's, or the request was hurt on its way: once more.
            timed, self._timed = self._timed, True
            return None if timed or self._made >= self._policy.attempts else 0.0
        wait = self._policy.after(error, self._made, repeatable=not self._unsure or may_repeat(self._statement))
        tokened = wait is not None and self._unsure and self._statement.operation == "TransactWriteItems"
        return None if tokened and now + (wait or 0.0) - self._failed_at > TOKEN_SECONDS else wait

    def _final(self, error: DynalayerError) -> DynalayerError:
        if not self._unsure or self._statement.operation not in WRITES or _is_of_token(error):
            return self._explained(error) if isinstance(error, ServiceError) else error
        if may_repeat(self._statement):
            made = f"{self._made} of {self._policy.attempts} attempts"
            advice = f"given up after {made}; read what is stored before you make it again"
        else:
            advice = (
                "it is not made again, as it would take effect twice: read what is stored before you do, or use "
                "with_(exactly_once=True)"
            )
        return outcome_unknown(self._statement, f"no answer tells whether it was done ({error}); {advice}")

    def _explained(self, error: ServiceError) -> ServiceError:
        explained = self._statement.explain_error(error)
        explained.request_id = error.request_id
        return explained

    def _exceeded(self, deadline: Deadline) -> DeadlineExceeded:
        if self._statement.operation in READS:
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


def _is_of_token(error: DynalayerError) -> bool:
    """True for a transaction that was refused for good: had an attempt at it been made, its token would say so."""
    return isinstance(error, TransactionCanceled) and not may_pass(error)


def failure_of(
    statement: Statement[Any], answer: bytes, error: DynalayerError | DecodeError
) -> DynalayerError | DecodeError:
    """What an attempt has failed with: `UnreadableAnswer` where the answer is no JSON, and else the error itself.

    A `DecodeError` of an answer that is sound tells of a value in it.
    """
    if isinstance(error, DynalayerError):
        return error
    try:
        sound = isinstance(json.decode(answer), dict)
    except DecodeError:
        sound = False
    return error if sound else UnreadableAnswer(f"the answer to {statement.operation} is not the API's JSON: {error}")
