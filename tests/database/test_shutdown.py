"""How a database ends: what is under way is finished, and whoever waits for nothing is let go."""

from __future__ import annotations

import asyncio
import threading

import pytest

from dynalayer import AsyncDatabase, Attr, Database, DatabaseClosed, Entity, Table, attr, primary
from dynalayer.protocol import AsyncConnection, Connection
from dynalayer.testing import FrozenClock, fresh_async_database, fresh_database

from .shop import Order, shop

ADA = Order.key("ada", "1")
ORDER = Order(customer="ada", id="1")
news = Table("news", pk="id", stream="NEW_AND_OLD_IMAGES")


class Item(Entity, table=news):
    id: Attr[str] = attr()
    key = primary(id)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Held:
    """A connection whose writes wait for a test."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection
        self.begun, self.free = asyncio.Event(), asyncio.Event()
        self.closed = False

    async def call(self, operation: str, body: bytes) -> bytes:
        self.begun.set()
        await self.free.wait()
        assert not self.closed
        return await self.connection.call(operation, body)

    async def close(self) -> None:
        self.closed = True


@pytest.mark.anyio
async def test_a_task_that_writes_is_waited_for() -> None:
    held = Held(fresh_async_database(shop).connection)
    db = AsyncDatabase(held)
    writing = asyncio.ensure_future(db.put(ORDER))
    await held.begun.wait()
    closing = asyncio.ensure_future(db.close())
    await asyncio.sleep(0.003)
    assert not held.closed
    with pytest.raises(DatabaseClosed):
        await db.get(ADA)
    held.free.set()
    await writing
    await closing
    assert held.closed


@pytest.mark.anyio
async def test_who_does_not_end_is_waited_for_as_long_as_was_said() -> None:
    clock = FrozenClock()
    held = Held(fresh_async_database(shop).connection)
    db = AsyncDatabase(held, clock=clock, sleep=clock.async_sleep)
    writing = asyncio.ensure_future(db.put(ORDER))
    await held.begun.wait()
    begun = clock()
    await db.close(within=5)
    assert 5 <= clock() - begun < 5.06
    assert held.closed
    writing.cancel()


@pytest.mark.anyio
async def test_who_follows_a_stream_is_let_go() -> None:
    db = fresh_async_database(news)
    seen: list[object] = []

    async def follow() -> None:
        async for change in db.stream(Item, from_="start", wait=0.001):
            seen.append(change)
            first.set()

    first = asyncio.Event()
    following = asyncio.ensure_future(follow())
    await db.put(Item(id="1"))
    await first.wait()
    await db.close()
    await following
    assert len(seen) == 1


class HeldThread:
    """The same for threads."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.begun, self.free = threading.Event(), threading.Event()
        self.closed = False

    def call(self, operation: str, body: bytes) -> bytes:
        self.begun.set()
        assert self.free.wait(10)
        assert not self.closed
        return self.connection.call(operation, body)

    def close(self) -> None:
        self.closed = True


def test_a_thread_that_writes_is_waited_for() -> None:
    held = HeldThread(fresh_database(shop).connection)
    looks: list[float] = []

    def sleep(seconds: float) -> None:
        looks.append(seconds)
        assert not held.closed
        held.free.set()
        writing.join(10)

    db = Database(held, sleep=sleep)
    writing = threading.Thread(target=db.put, args=(ORDER,))
    writing.start()
    assert held.begun.wait(10)
    db.close()
    assert held.closed
    assert len(looks) == 1
    with pytest.raises(DatabaseClosed):
        db.get(ADA)
