"""The clock that stands still."""

from datetime import UTC, datetime

import pytest

from dynalayer import Database
from dynalayer.testing import START, FrozenClock

from .shop import Order


def test_it_stands_still_until_it_is_moved() -> None:
    clock = FrozenClock()
    assert clock() == clock() == START
    clock.advance(1.5)
    assert clock() == START + 1.5


def test_it_is_put_to_a_moment() -> None:
    clock = FrozenClock(datetime(2026, 11, 21, tzinfo=UTC))
    assert clock() == 1_795_219_200.0
    clock.set(datetime(2020, 1, 1, tzinfo=UTC))
    assert clock.moment == datetime(2020, 1, 1, tzinfo=UTC)
    clock.set(0)
    assert clock() == 0


def test_time_does_not_run_back_by_itself() -> None:
    with pytest.raises(ValueError, match=r"use set\(\)"):
        FrozenClock().advance(-1)


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        FrozenClock(datetime(2026, 11, 21))


def test_who_sleeps_on_it_goes_on_later_at_once() -> None:
    clock = FrozenClock(0)
    clock.sleep(60)
    assert clock() == 60
    assert clock.slept == [60]


def test_items_expire_as_it_moves(dynalayer_db: Database, frozen_clock: FrozenClock) -> None:
    dynalayer_db.put(Order(customer="ada", id="1", expires=int(frozen_clock()) + 60))
    assert dynalayer_db.get(Order.key("ada", "1")) is not None
    frozen_clock.advance(61)
    assert dynalayer_db.get(Order.key("ada", "1")) is None
