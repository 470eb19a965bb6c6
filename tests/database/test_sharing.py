"""Threads share one `Database`, tasks one `AsyncDatabase`: totals are right, nothing hangs, cancelling harms none."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence

import pytest

from dynalayer import AsyncDatabase, BatchIncomplete, ConditionFailed, Create, Database, Table, Update
from dynalayer.protocol import AsyncConnection
from dynalayer.testing import FaultPlan, FrozenClock

from .shop import Order, shop

pytestmark = pytest.mark.dynalayer_engines("memory", "file", "served")

ADA = Order.key("ada", "1")
WORKERS, ROUNDS = 6, 15
PATIENCE = 60


@pytest.fixture
def dynalayer_tables() -> Sequence[Table]:
    return (shop,)


def in_threads(work: Callable[[int], None]) -> None:
    """Let threads do the work all at once; raises what any of them raised, and fails if one hangs."""
    failed: list[BaseException] = []
    start = threading.Barrier(WORKERS)

    def run(number: int) -> None:
        start.wait()
        try:
            work(number)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive(), "a thread hangs"
    if failed:
        raise failed[0]


def test_threads_count_together_without_losing_any(dynalayer_db: Database) -> None:
    dynalayer_db.create(Order(customer="ada", id="1"))

    def work(number: int) -> None:
        for _ in range(ROUNDS):
            dynalayer_db.update(ADA, Order.lines.add(1))

    in_threads(work)
    found = dynalayer_db.get(ADA)
    assert found is not None
    assert found.lines == WORKERS * ROUNDS


def test_of_threads_that_create_one_item_one_succeeds(dynalayer_db: Database) -> None:
    created: list[int] = []

    def work(number: int) -> None:
        for id in range(ROUNDS):
            try:
                dynalayer_db.create(Order(customer="ada", id=str(id), lines=number))
                created.append(id)
            except ConditionFailed:
                pass

    in_threads(work)
    assert sorted(created) == list(range(ROUNDS))


def test_threads_that_move_things_by_transactions_neither_make_nor_lose_any(dynalayer_db: Database) -> None:
    ids = ["1", "2", "3"]
    dynalayer_db.batch_write(put=[Order(customer="ada", id=id, lines=100) for id in ids])

    def work(number: int) -> None:
        for turn in range(ROUNDS):
            here, there = ids[(number + turn) % 3], ids[(number + turn + 1) % 3]
            take = Update(Order.key("ada", here), (Order.lines.add(-1),), Order.lines > 0)
            dynalayer_db.transact(take, Update(Order.key("ada", there), (Order.lines.add(1),)))
            assert sum(order.lines for order in dynalayer_db.query(Order.key.partition("ada"))) == 300

    in_threads(work)


def test_threads_that_read_see_whole_items(dynalayer_db: Database) -> None:
    dynalayer_db.put(Order(customer="ada", id="1", note="0", state="0"))

    def work(number: int) -> None:
        for turn in range(ROUNDS):
            dynalayer_db.put(Order(customer="ada", id="1", note=f"{number}.{turn}", state=f"{number}.{turn}"))
            found = dynalayer_db.get(ADA)
            assert found is not None
            assert found.note == found.state

    in_threads(work)


@pytest.mark.anyio
async def test_tasks_count_together_without_losing_any(dynalayer_async_db: AsyncDatabase) -> None:
    await dynalayer_async_db.create(Order(customer="ada", id="1"))

    async def work() -> None:
        for _ in range(ROUNDS):
            await dynalayer_async_db.update(ADA, Order.lines.add(1))

    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*(work() for _ in range(WORKERS)))
    found = await dynalayer_async_db.get(ADA)
    assert found is not None
    assert found.lines == WORKERS * ROUNDS


@pytest.mark.anyio
async def test_tasks_that_transact_on_one_item_each_have_their_turn(dynalayer_async_db: AsyncDatabase) -> None:
    await dynalayer_async_db.create(Order(customer="ada", id="1"))

    async def work(number: int) -> None:
        for turn in range(ROUNDS):
            made = Create(Order(customer="bob", id=f"{number}-{turn}"))
            await dynalayer_async_db.transact(Update(ADA, (Order.lines.add(1),)), made)

    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*(work(number) for number in range(WORKERS)))
    found = await dynalayer_async_db.get(ADA)
    assert found is not None
    assert found.lines == WORKERS * ROUNDS
    assert len([order async for order in dynalayer_async_db.query(Order.key.partition("bob"))]) == WORKERS * ROUNDS


class Gate:
    """A connection that holds calls until it is opened, before or after they were made."""

    def __init__(self, inner: AsyncConnection, *, after: bool) -> None:
        self.inner = inner
        self.after = after
        self.holds = True
        self.came = asyncio.Event()
        self.open = asyncio.Event()

    async def call(self, operation: str, body: bytes) -> bytes:
        if not self.holds:
            return await self.inner.call(operation, body)
        answer = await self.inner.call(operation, body) if self.after else b""
        self.came.set()
        await self.open.wait()
        return answer if self.after else await self.inner.call(operation, body)

    async def close(self) -> None:
        await self.inner.close()


@pytest.mark.anyio
@pytest.mark.parametrize("after", [False, True], ids=["before it takes effect", "after it took effect"])
async def test_a_cancelled_call_leaves_the_database_usable(dynalayer_async_db: AsyncDatabase, after: bool) -> None:
    await dynalayer_async_db.create(Order(customer="ada", id="1"))
    gate = Gate(dynalayer_async_db.connection, after=after)
    db = AsyncDatabase(gate)
    task = asyncio.create_task(db.update(ADA, Order.lines.add(1)))
    await gate.came.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    gate.holds = False
    assert (await db.update(ADA, Order.lines.add(10))).lines == (11 if after else 10)


@pytest.mark.anyio
async def test_calls_cancelled_at_random_moments_are_whole_or_absent(dynalayer_async_db: AsyncDatabase) -> None:
    """Each cancelled transaction has written both of its items or neither, and those after it go on."""
    for number in range(30):
        pair = (Create(Order(customer="ada", id=f"{number}")), Create(Order(customer="bob", id=f"{number}")))
        task = asyncio.create_task(dynalayer_async_db.transact(*pair))
        for _ in range(number % 5):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await dynalayer_async_db.put(Order(customer="cy", id="1"))
    ada = {order.id async for order in dynalayer_async_db.query(Order.key.partition("ada"))}
    bob = {order.id async for order in dynalayer_async_db.query(Order.key.partition("bob"))}
    assert ada == bob


@pytest.mark.anyio
async def test_a_cancelled_batch_ends_in_the_error_and_what_it_wrote_is_whole(
    dynalayer_async_db: AsyncDatabase, frozen_clock: FrozenClock
) -> None:
    orders = [Order(customer="ada", id=f"{n:03}", note="x" * 50) for n in range(60)]
    gate = Gate(dynalayer_async_db.connection, after=True)
    task = asyncio.create_task(AsyncDatabase(gate).batch_write(put=orders))
    await gate.came.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    gate.open.set()
    there = [order async for order in dynalayer_async_db.query(Order.key.partition("ada"))]
    assert there
    assert all(order in orders for order in there)
    await dynalayer_async_db.batch_write(put=orders)
    assert [order async for order in dynalayer_async_db.query(Order.key.partition("ada"))] == orders


@pytest.mark.anyio
async def test_a_batch_that_is_never_done_names_all_that_is_missing(
    dynalayer_async_db: AsyncDatabase, dynalayer_faults: FaultPlan
) -> None:
    orders = [Order(customer="ada", id=f"{n:03}") for n in range(60)]
    dynalayer_faults.leave_undone(24, times=None)
    with pytest.raises(BatchIncomplete) as caught:
        await dynalayer_async_db.batch_write(put=orders)
    there = [order async for order in dynalayer_async_db.query(Order.key.partition("ada"))]
    missing = sorted(order.id for order in caught.value.undone)
    assert missing
    assert sorted([*(order.id for order in there), *missing]) == [order.id for order in orders]
