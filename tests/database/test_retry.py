import pytest

from dynalayer import (
    CancellationReason,
    ConditionFailed,
    ConnectionLost,
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
