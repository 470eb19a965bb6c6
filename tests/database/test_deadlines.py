"""Generated from `test_async_deadlines.py` by `scripts/generate_sync.py`; change that file."""

from __future__ import annotations

import math

import pytest

from dynalayer import (
    ConnectionLost,
    Database,
    DeadlineExceeded,
    OutcomeUnknown,
    RetryPolicy,
    ServiceUnavailable,
    Throttled,
    UnreadableAnswer,
)
from dynalayer.statements import Get, Pause, Plan, Steps, Update, ask
from dynalayer.testing import Faults, FrozenClock, fresh_database

from .shop import Order, shop

ADA = Order.key("ada", "1")
ORDER = Order(customer="ada", id="1")
SECONDS_TWO_FOUR_EIGHT = RetryPolicy(base=1.0, random=lambda: 1.0, attempts=9)


@pytest.fixture
def faults(frozen_clock: FrozenClock) -> Faults:
    return Faults(fresh_database(shop, clock=frozen_clock).connection, clock=frozen_clock)


@pytest.fixture
def db(faults: Faults, frozen_clock: FrozenClock) -> Database:
    return Database(faults, clock=frozen_clock, sleep=frozen_clock.sleep, retry=SECONDS_TWO_FOUR_EIGHT, deadline=10)


def test_no_attempt_is_begun_past_the_deadline(db: Database, faults: Faults, frozen_clock: FrozenClock) -> None:
    begun = frozen_clock()
    faults.throttle(times=None)
    with pytest.raises(DeadlineExceeded, match=r"GetItem: the deadline of 10 s .* after 3; nothing was read") as caught:
        db.get(ADA)
    assert frozen_clock() - begun == 6
    assert len(faults.calls) == 3
    assert isinstance(caught.value.__cause__, Throttled)
    assert not caught.value.may_have_taken_effect


def test_a_call_that_is_answered_in_time_ends_well(db: Database, faults: Faults) -> None:
    faults.throttle(times=2)
    db.put(ORDER)
    assert db.get(ADA) == ORDER


def test_a_write_that_was_only_throttled_has_not_been_made(db: Database, faults: Faults) -> None:
    faults.throttle(times=None)
    with pytest.raises(DeadlineExceeded, match="nothing was written") as caught:
        db.create(ORDER)
    assert not caught.value.may_have_taken_effect
    faults.heal()
    assert db.get(ADA) is None


def test_a_write_without_an_answer_may_have_been_made(db: Database, faults: Faults) -> None:
    faults.time_out(after_commit=True, seconds=5)
    faults.throttle(times=None)
    with pytest.raises(DeadlineExceeded, match="may have taken effect; read before") as caught:
        db.batch_write(put=[ORDER])
    assert caught.value.may_have_taken_effect
    faults.heal()
    assert db.get(ADA) == ORDER


def test_a_slow_attempt_leaves_no_time_for_another(db: Database, faults: Faults) -> None:
    faults.time_out(seconds=9)
    with pytest.raises(DeadlineExceeded, match="after 1;"):
        db.get(ADA)


def test_a_deadline_is_given_for_one_call(db: Database, faults: Faults) -> None:
    faults.throttle(times=3)
    assert db.with_(deadline=20).get(ADA) is None
    faults.throttle(times=3)
    with pytest.raises(DeadlineExceeded):
        db.with_(deadline=1).get(ADA)
    faults.heal()
    faults.throttle(times=8)
    assert db.with_(deadline=math.inf).get(ADA) is None
    assert db.deadline == 10


def test_a_policy_is_given_for_one_call(db: Database, faults: Faults) -> None:
    faults.throttle()
    with pytest.raises(Throttled):
        db.with_(retry=RetryPolicy(attempts=1)).get(ADA)


def test_the_calls_of_a_plan_share_a_deadline(db: Database, faults: Faults, frozen_clock: FrozenClock) -> None:
    def steps(clock: object) -> Steps[int]:
        for _ in range(9):
            yield from ask(Update(ADA, (Order.lines.add(1),)))
            faults.slow(4)
        return 9

    db.put(ORDER)
    with pytest.raises(DeadlineExceeded, match="UpdateItem: the deadline of 10 s"):
        db.run(Plan("nine updates", steps))
    found = db.with_(deadline=math.inf).get(ADA)
    assert found is not None
    assert found.lines == 4


def test_a_plan_does_not_pause_past_its_deadline(db: Database, frozen_clock: FrozenClock) -> None:
    def steps(clock: object) -> Steps[None]:
        while True:
            yield from ask(Get(ADA))
            yield Pause(4)

    begun = frozen_clock()
    with pytest.raises(DeadlineExceeded, match="a pause of 4 s"):
        db.run(Plan("for ever", steps))
    assert frozen_clock() - begun == 8


def test_without_a_deadline_the_policy_decides_alone(faults: Faults, frozen_clock: FrozenClock) -> None:
    db = Database(faults, clock=frozen_clock, sleep=frozen_clock.sleep, retry=SECONDS_TWO_FOUR_EIGHT)
    faults.throttle(times=None)
    with pytest.raises(Throttled):
        db.get(ADA)
    assert len(faults.calls) == 9


def test_a_counter_that_got_no_answer_is_left_to_the_caller(db: Database, faults: Faults) -> None:
    db.put(ORDER)
    for error in (ConnectionLost("reset"), ServiceUnavailable("oops")):
        faults.fail(error, operation="UpdateItem", after_commit=True)
        with pytest.raises(OutcomeUnknown) as caught:
            db.update(ADA, Order.lines.add(1))
        assert caught.value.__cause__ is error


def test_a_broken_answer_to_a_read_is_asked_for_again(db: Database, faults: Faults) -> None:
    db.put(ORDER)
    faults.corrupt(operation="GetItem")
    assert db.get(ADA) == ORDER
    faults.corrupt(into=lambda answer: b"<html>502</html>")
    assert db.get(ADA) == ORDER


def test_a_broken_answer_to_a_write_is_not_taken_for_a_failure(db: Database, faults: Faults) -> None:
    db.put(ORDER)
    faults.corrupt(operation="UpdateItem")
    with pytest.raises(OutcomeUnknown, match="the answer to UpdateItem is not the API's JSON") as caught:
        db.update(ADA, Order.lines.add(1))
    assert isinstance(caught.value.__cause__, UnreadableAnswer)
    found = db.get(ADA)
    assert found is not None
    assert found.lines == 1
