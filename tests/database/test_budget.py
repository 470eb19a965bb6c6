"""The store of tokens that retries are paid from."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynalayer import ConnectionLost, InvalidValue, RetryBudget, Throttled


def test_a_retry_costs_five_tokens_and_one_after_silence_ten() -> None:
    budget = RetryBudget()
    assert budget.take(Throttled("slow")) == 5
    assert budget.take(ConnectionLost("reset")) == 10
    assert budget.tokens == 485


def test_a_service_that_is_down_takes_a_hundred_retries_and_no_more() -> None:
    budget = RetryBudget()
    assert sum(budget.take(Throttled("slow")) is not None for _ in range(1000)) == 100


def test_success_gives_back_but_never_more_than_there_was() -> None:
    budget = RetryBudget(10)
    budget.take(Throttled("slow"))
    budget.give_back()
    assert budget.tokens == 6
    budget.give_back(99)
    assert budget.tokens == 10


def test_a_budget_may_be_endless_or_nothing() -> None:
    assert RetryBudget(0).take(Throttled("slow")) is None
    endless = RetryBudget(math.inf)
    assert all(endless.take(Throttled("slow")) for _ in range(1000))


@pytest.mark.parametrize("figures", [{"tokens": -1.0}, {"cost": float("nan")}, {"silence_cost": -0.1}])
def test_numbers_that_make_no_budget_are_refused(figures: dict[str, float]) -> None:
    with pytest.raises(InvalidValue, match="from 0 on"):
        RetryBudget(**figures)


@given(st.lists(st.sampled_from(["throttled", "silent", "ended"]), max_size=200), st.integers(0, 60))
def test_the_tokens_are_those_of_the_rule(events: list[str], tokens: int) -> None:
    budget, left = RetryBudget(tokens), float(tokens)
    for event in events:
        if event == "ended":
            budget.give_back()
            left = min(tokens, left + 1)
        else:
            price = 5 if event == "throttled" else 10
            taken = budget.take(Throttled("slow") if event == "throttled" else ConnectionLost("reset"))
            assert (taken is not None) == (left >= price)
            left -= price if taken is not None else 0
        assert budget.tokens == left >= 0


def test_threads_share_it_exactly() -> None:
    budget = RetryBudget(1000)
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: budget.take(Throttled("slow")), range(400)))
    assert sum(price is not None for price in taken) == 200
    assert budget.tokens == 0
