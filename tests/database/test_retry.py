from dataclasses import replace
from typing import Any

import pytest

from dynalayer import (
    CancellationReason,
    CircuitOpen,
    ConditionFailed,
    ConnectionLost,
    DatabaseClosed,
    InvalidValue,
    OutcomeUnknown,
    RetryPolicy,
    ServiceUnavailable,
    Throttled,
    TransactionCanceled,
    TransactionConflict,
)
from dynalayer.protocol import DynalayerError


@pytest.mark.parametrize("chance", [0.0, 0.5, 1.0])
def test_the_wait_is_a_random_part_of_a_doubling_bound(chance: float) -> None:
    policy = RetryPolicy(attempts=9, base=0.1, cap=1.0, random=lambda: chance)
    waits = [policy.wait(attempt) for attempt in range(1, 7)]
    assert waits == pytest.approx([chance * bound for bound in (0.2, 0.4, 0.8, 1.0, 1.0, 1.0)])


@pytest.mark.parametrize("error", [Throttled("x"), TransactionConflict("x")])
def test_what_did_nothing_is_always_tried_again(error: DynalayerError) -> None:
    assert RetryPolicy().after(error, 1, repeatable=False) is not None


@pytest.mark.parametrize("error", [ServiceUnavailable("x"), ConnectionLost("x")])
def test_what_may_have_happened_is_tried_again_only_if_twice_is_as_good_as_once(error: DynalayerError) -> None:
    assert RetryPolicy().after(error, 1, repeatable=False) is None
    assert RetryPolicy().after(error, 1, repeatable=True) is not None


def test_a_failed_condition_is_final() -> None:
    assert RetryPolicy().after(ConditionFailed(), 1, repeatable=True) is None


def cancelled(*codes: str) -> TransactionCanceled:
    return TransactionCanceled(reasons=[CancellationReason(code) for code in codes])


def test_a_transaction_that_met_another_is_tried_again() -> None:
    assert RetryPolicy().after(cancelled("None", "TransactionConflict"), 1, repeatable=True) is not None


def test_a_transaction_with_a_failed_condition_is_final() -> None:
    assert RetryPolicy().after(cancelled("ConditionalCheckFailed", "TransactionConflict"), 1, repeatable=True) is None


def test_there_is_a_last_attempt() -> None:
    policy = RetryPolicy(attempts=3)
    assert policy.after(Throttled("x"), 2, repeatable=True) is not None
    assert policy.after(Throttled("x"), 3, repeatable=True) is None


def bounds(policy: RetryPolicy, retries: int) -> list[float]:
    return [replace(policy, random=lambda: 1.0).wait(attempt) for attempt in range(1, retries + 1)]


def test_the_presets_have_the_figures_that_were_asked_for() -> None:
    assert bounds(RetryPolicy.one_two_four(), 5) == [1, 2, 4, 4, 4]
    assert bounds(RetryPolicy.interactive(), 8) == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5, 5])
    assert bounds(RetryPolicy.background(), 7) == [1, 2, 4, 8, 16, 30, 30]
    assert {p.attempts for p in (RetryPolicy.one_two_four(), RetryPolicy.interactive(), RetryPolicy.background())} == {
        4
    }


def test_the_wait_is_never_above_the_cap_however_many_attempts() -> None:
    assert bounds(RetryPolicy.background(5000), 5000)[-1] == 30


@pytest.mark.parametrize("figures", [{"attempts": 0}, {"attempts": -1}, {"base": -0.1}, {"cap": float("nan")}])
def test_figures_that_would_make_no_call_at_all_are_refused(figures: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue):
        RetryPolicy(**figures)


def test_what_the_service_asks_for_is_waited_but_never_longer_than_the_cap() -> None:
    policy = RetryPolicy(base=0.5, cap=5.0, random=lambda: 1.0)
    error = Throttled("slow down")
    for asked, waited in ((0.2, 1.0), (3.0, 3.0), (60.0, 5.0)):
        error.retry_after = asked
        assert policy.after(error, 1, repeatable=True) == waited


@pytest.mark.parametrize(
    "error",
    [
        CircuitOpen("open", table="shop", kind="read", until=0.0, seconds=0.0),
        DatabaseClosed(),
        OutcomeUnknown("unknown"),
    ],
)
def test_what_says_that_no_call_will_help_is_final(error: DynalayerError) -> None:
    assert RetryPolicy().after(error, 1, repeatable=True) is None


def test_what_was_never_sent_is_tried_again_whatever_it_is() -> None:
    refused = ConnectionLost("refused", may_have_taken_effect=False)
    assert RetryPolicy().after(refused, 1, repeatable=False) is not None
