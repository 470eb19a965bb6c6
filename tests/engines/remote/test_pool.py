"""Which connection comes next, by a clock that the tests set."""

from __future__ import annotations

from dataclasses import dataclass

from dynalayer.engines.remote.transport.pool import ConnectionLimits, Pool

LIMITS = ConnectionLimits(connections=3, idle_seconds=90, life_seconds=900)


@dataclass(eq=False)
class Kept:
    born: float = 0.0
    idle_since: float = 0.0
    closed: bool = False

    def close(self) -> None:
        self.closed = True


def filled(*moments: float) -> tuple[Pool[Kept], list[Kept]]:
    pool: Pool[Kept] = Pool(LIMITS)
    connections = [Kept() for _ in moments]
    for connection, moment in zip(connections, moments, strict=True):
        pool.give(connection, moment)
    return pool, connections


def test_the_one_used_last_is_taken_first() -> None:
    pool, (a, b, c) = filled(0, 1, 2)
    assert [pool.take(3), pool.take(3), pool.take(3), pool.take(3)] == [c, b, a, None]
    assert not (a.closed)
    assert not (b.closed)
    assert not (c.closed)


def test_one_that_was_idle_for_too_long_is_closed_and_not_taken() -> None:
    pool, (a, b) = filled(0, 60)
    assert pool.take(149.9) is b
    pool.give(b, 149.9)
    assert a.closed
    assert pool.take(240) is None
    assert b.closed


def test_one_that_is_too_old_is_not_used_again_however_busy_it_is() -> None:
    pool, (a,) = filled(0)
    for moment in range(10, 900, 10):
        assert pool.take(moment) is a
        pool.give(a, moment)
    assert pool.take(900) is None
    assert a.closed


def test_the_ones_that_quiet_times_leave_over_are_closed_while_one_is_in_use() -> None:
    pool, (a, b, c) = filled(0, 0, 0)
    for moment in range(10, 130, 10):
        taken = pool.take(moment)
        assert taken is c
        pool.give(taken, moment)
    assert a.closed
    assert b.closed
    assert len(pool) == 1


def test_more_than_allowed_are_not_kept() -> None:
    pool, connections = filled(0, 0, 0, 0)
    assert [each.closed for each in connections] == [False, False, False, True]
    assert len(pool) == 3


def test_a_closed_pool_keeps_none() -> None:
    pool, (a, b) = filled(0, 0)
    lent = pool.take(1)
    pool.close()
    assert a.closed
    assert lent is b
    assert not b.closed
    pool.give(b, 2)
    assert b.closed
    assert pool.take(3) is None


def test_a_cleared_pool_goes_on() -> None:
    pool, (a,) = filled(0)
    pool.clear()
    assert a.closed
    pool.give(Kept(), 1)
    assert len(pool) == 1
