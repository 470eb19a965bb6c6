"""Slow reads that are made twice, by tasks and by threads."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest

from dynalayer import AsyncDatabase, ConnectionLost, Database, DynalayerError, Hedge, InvalidValue, RetryPolicy
from dynalayer.database.hedging import BURST, Hedges
from dynalayer.protocol import AsyncConnection, Connection
from dynalayer.testing import FrozenClock, fresh_async_database, fresh_database

from .shop import Order, shop

ADA = Order.key("ada", "1")
ONCE = RetryPolicy(attempts=1)
Outcome = Callable[[int], DynalayerError | None]


class Slow:
    """Holds back the answers to the reads of these numbers until a test lets them go."""

    def __init__(self, connection: AsyncConnection, *held: int) -> None:
        self.connection = connection
        self.held = held
        self.errors: dict[int, DynalayerError] = {}
        self.reads = 0
        self.cancelled: list[int] = []
        self.free = asyncio.Event()

    async def call(self, operation: str, body: bytes) -> bytes:
        self.reads += 1
        number = self.reads
        if number in self.held:
            try:
                await self.free.wait()
            except asyncio.CancelledError:
                self.cancelled.append(number)
                raise
        if number in self.errors:
            raise self.errors[number]
        return await self.connection.call(operation, body)

    async def close(self) -> None:
        await self.connection.close()


def hedged(*held: int, share: float = 1.0) -> tuple[AsyncDatabase, Slow]:
    clock = FrozenClock()
    slow = Slow(fresh_async_database(shop).connection, *held)
    hedge = Hedge(after=0.05, share=share)
    return AsyncDatabase(slow, hedge=hedge, clock=clock, sleep=clock.async_sleep, retry=ONCE), slow


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.mark.anyio
async def test_a_read_that_is_slow_is_made_twice_and_the_slow_one_is_cancelled() -> None:
    db, slow = hedged(1)
    assert await db.get(ADA) is None
    assert (slow.reads, slow.cancelled) == (2, [1])


@pytest.mark.anyio
async def test_a_write_is_never_made_twice() -> None:
    db, slow = hedged(1)
    writing = asyncio.ensure_future(db.put(Order(customer="ada", id="1")))
    await asyncio.sleep(0.001)
    assert slow.reads == 1
    slow.free.set()
    await writing


@pytest.mark.anyio
async def test_if_the_second_fails_the_first_is_waited_for() -> None:
    db, slow = hedged(1)
    slow.errors[2] = ConnectionLost("reset")
    reading = asyncio.ensure_future(db.get(ADA))
    await asyncio.sleep(0.001)
    assert not reading.done()
    slow.free.set()
    assert await reading is None


@pytest.mark.anyio
async def test_if_both_fail_the_error_is_that_of_the_first() -> None:
    db, slow = hedged(1)
    slow.errors = {1: ConnectionLost("first"), 2: ConnectionLost("second")}
    slow.free.set()
    with pytest.raises(ConnectionLost, match="first"):
        await db.get(ADA)


@pytest.mark.anyio
async def test_a_cancelled_read_cancels_both() -> None:
    db, slow = hedged(1, 2)
    reading = asyncio.ensure_future(db.get(ADA))
    await asyncio.sleep(0.001)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert sorted(slow.cancelled) == [1, 2]


def test_no_more_than_their_share_of_reads_is_made_twice() -> None:
    hedges = Hedges(Hedge(after=0.0, share=0.1))
    made = 0
    for _ in range(1000):
        hedges.earn()
        made += hedges.spend()
    assert made == BURST + 99 or made == BURST + 100


@pytest.mark.parametrize(("after", "share"), [(-1.0, 0.1), (float("nan"), 0.1), (1.0, 1.1), (1.0, -0.1)])
def test_figures_that_make_no_hedge_are_refused(after: float, share: float) -> None:
    with pytest.raises(InvalidValue, match="a hedge takes"):
        Hedge(after=after, share=share)


class SlowThread:
    """Holds the first read back, and lets it go when the second has been answered."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.reads = 0
        self.lock = threading.Lock()
        self.free = threading.Event()
        self.ended = threading.Event()
        self.fails = False

    def call(self, operation: str, body: bytes) -> bytes:
        with self.lock:
            self.reads += 1
            number = self.reads
        if number == 1:
            assert self.free.wait(10)
            self.ended.set()
        elif self.fails:
            self.free.set()
            raise ConnectionLost("second")
        return self.connection.call(operation, body)

    def close(self) -> None:
        self.connection.close()


def test_a_thread_takes_the_first_answer_too() -> None:
    slow = SlowThread(fresh_database(shop).connection)
    db = Database(slow, hedge=Hedge(after=0.0), retry=ONCE)
    assert db.get(ADA) is None
    assert slow.reads == 2
    slow.free.set()
    assert slow.ended.wait(10)
    db.close()


def test_a_thread_waits_for_the_first_if_the_second_fails() -> None:
    slow = SlowThread(fresh_database(shop).connection)
    slow.fails = True
    db = Database(slow, hedge=Hedge(after=0.0), retry=ONCE)
    assert db.get(ADA) is None
    db.close()


class Timed:
    """A connection whose calls may be given a time."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.within: list[float | None] = []

    def call(self, operation: str, body: bytes, *, within: float | None = None) -> bytes:
        self.within.append(within)
        return self.connection.call(operation, body)

    def close(self) -> None:
        self.connection.close()


def test_an_attempt_lasts_no_longer_than_the_deadline_where_the_connection_can_see_to_it() -> None:
    clock = FrozenClock()
    timed = Timed(fresh_database(shop).connection)
    db = Database(timed, clock=clock, sleep=clock.sleep)
    db.get(ADA)
    db.with_(deadline=3).get(ADA)
    db.with_(deadline=3).with_(retry=ONCE).batch_get([ADA])
    assert timed.within == [None, 3.0, 3.0]
