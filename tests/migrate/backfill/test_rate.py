from dynalayer.migrate.backfill import WriteRate
from dynalayer.testing import FrozenClock


def test_without_a_limit_nothing_waits() -> None:
    rate = WriteRate(FrozenClock(), None)
    assert [rate.reserve(1_000) for _ in range(10)] == [0.0] * 10


def test_a_limit_holds_over_time() -> None:
    clock = FrozenClock()
    rate, units = WriteRate(clock, 100), 0
    start = clock()
    while clock() - start < 20:
        clock.advance(rate.reserve(25))
        units += 25
    assert 100 * 20 <= units <= 100 * 20 + 200


def test_throttling_lowers_the_rate_once_a_second_and_calm_restores_it() -> None:
    clock = FrozenClock()
    rate = WriteRate(clock, 100)
    for _ in range(10):
        clock.advance(rate.reserve(100))
    clock.advance(1)
    rate.throttled()
    rate.throttled()
    assert rate.rate == 70
    clock.advance(3)
    rate.reserve(1)
    assert rate.rate is not None
    assert 80 < rate.rate < 82
    clock.advance(1_000)
    rate.reserve(1)
    assert rate.rate == 100


def test_without_a_limit_throttling_starts_from_what_was_reached() -> None:
    clock = FrozenClock()
    rate = WriteRate(clock, None)
    for _ in range(40):
        rate.reserve(10)
        clock.advance(0.1)
    rate.throttled()
    assert rate.rate is not None
    assert 60 <= rate.rate <= 80
    assert rate.throttles == 1


def test_the_rate_never_falls_to_nothing() -> None:
    clock = FrozenClock()
    rate = WriteRate(clock, 10)
    for _ in range(100):
        rate.throttled()
        clock.advance(1)
    assert rate.rate is not None
    assert rate.rate >= 5
