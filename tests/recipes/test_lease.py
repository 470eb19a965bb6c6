from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynalayer import (
    AccessPattern,
    AsyncDatabase,
    Attr,
    ConnectionLost,
    Database,
    DefinitionError,
    Entity,
    Put,
    RetryPolicy,
    ServiceUnavailable,
    Table,
    TransactionCanceled,
    any_,
    attr,
    primary,
)
from dynalayer.recipes import HeldLease, Holding, Lease, LeaseLost, LeaseTaken, held
from dynalayer.testing import Faults, undeclared

from .conftest import NOW, Clock, single_table
from .interleaving import Running, start


def test_one_holder_at_a_time_and_the_other_learns_for_how_long(db: Database, table: Table, clock: Clock) -> None:
    lease = Lease(table, "job", seconds=30)
    first = db.run(lease.acquire("report"))
    clock.now += 10
    with pytest.raises(LeaseTaken, match=r"lease 'job' on 'report' is held by another for 20.000 s") as caught:
        db.run(lease.acquire("report"))
    assert caught.value.retry_after == 20
    assert db.run(lease.acquire("other")).fence == 1
    assert db.run(lease.holder("report")) == first == Holding("report", first.holder, 1, NOW + 30)


def test_the_fencing_token_only_grows(db: Database, table: Table, clock: Clock) -> None:
    lease = Lease(table, "job")
    fences: list[int] = []
    for round_ in range(4):
        holding = db.run(lease.acquire("report"))
        fences.append(holding.fence)
        if round_ % 2:
            clock.now += 31
        else:
            assert db.run(lease.release(holding))
    assert fences == [1, 2, 3, 4]


def test_what_ran_out_is_given_to_the_next_and_the_old_holder_cannot_touch_it(
    db: Database, table: Table, clock: Clock
) -> None:
    lease = Lease(table, "job", seconds=30)
    old = db.run(lease.acquire("report"))
    clock.now += 30
    assert db.run(lease.holder("report")) is None
    new = db.run(lease.acquire("report"))
    assert new.fence > old.fence
    with pytest.raises(LeaseLost, match="held by another by now"):
        db.run(lease.renew(old))
    assert not db.run(lease.release(old))
    assert db.run(lease.holder("report")) == new


def test_renewing_moves_the_end_and_keeps_the_token(db: Database, table: Table, clock: Clock) -> None:
    lease = Lease(table, "job", seconds=30)
    holding = db.run(lease.acquire("report"))
    clock.now += 29
    renewed = db.run(lease.renew(holding))
    assert (renewed.fence, renewed.until) == (holding.fence, NOW + 59)
    clock.now += 29
    with pytest.raises(LeaseTaken):
        db.run(lease.acquire("report"))


def test_skew_keeps_thieves_with_fast_clocks_away(db: Database, table: Table, clock: Clock) -> None:
    lease = Lease(table, "job", seconds=30, skew=2)
    db.run(lease.acquire("report"))
    clock.now += 31.9
    with pytest.raises(LeaseTaken):
        db.run(lease.acquire("report"))
    clock.now += 0.1
    assert db.run(lease.acquire("report")).fence == 2


def test_who_waits_gets_it_when_it_runs_out(db: Database, table: Table, clock: Clock) -> None:
    lease = Lease(table, "job", seconds=30)
    db.run(lease.acquire("report"))
    with pytest.raises(LeaseTaken):
        db.run(lease.acquire("report", wait=20))
    assert clock.now == pytest.approx(NOW + 20)
    assert db.run(lease.acquire("report", wait=20)).fence == 2
    assert clock.now == pytest.approx(NOW + 30)


class Report(Entity):
    id: Attr[str] = attr()
    text: Attr[str] = attr()
    key = primary(id, pk="REPORT#{id}")


def test_a_check_keeps_a_late_holder_from_writing(db: Database, table: Table, clock: Clock) -> None:
    class Document(Report, table=table): ...

    lease = Lease(table, "job", seconds=30)
    old = db.run(lease.acquire("report"))
    db.transact(Put(Document(id="1", text="old")), lease.check(old))
    clock.now += 31
    new = db.run(lease.acquire("report"))
    with pytest.raises(TransactionCanceled, match="LeaseItem: the check was not met"):
        db.transact(Put(Document(id="1", text="late")), lease.check(old))
    db.transact(Put(Document(id="1", text="new")), lease.check(new))
    found = db.get(Document.key("1"))
    assert found is not None
    assert found.text == "new"


@pytest.mark.parametrize("error", [ConnectionLost("reset"), ServiceUnavailable("oops")])
def test_calls_without_an_answer_are_made_again_and_take_effect_once(
    table: Table, clock: Clock, error: ConnectionLost
) -> None:
    faults = Faults(Database("memory:", clock=clock).connection)
    db = Database(faults, clock=clock, sleep=clock.sleep, retry=RetryPolicy(attempts=1))
    db.create_tables(table)
    lease = Lease(table, "job")
    faults.fail(error, operation="UpdateItem", after_commit=True)
    holding = db.run(lease.acquire("report"))
    assert db.run(lease.holder("report")) == holding
    faults.fail(error, operation="UpdateItem", after_commit=True)
    assert db.run(lease.release(holding))
    assert db.run(lease.holder("report")) is None


def test_a_forgotten_lease_is_cleaned_up_and_an_unforgotten_one_never(memory: Database, table: Table) -> None:
    kept, forgotten = Lease(table, "kept"), Lease(table, "forgotten", forget_after=3_600)
    for lease in (kept, forgotten):
        memory.run(lease.acquire("report"))
    found = [memory.get(lease.key("report"), expired=True) for lease in (kept, forgotten)]
    assert [each and each.expires_at for each in found] == [None, NOW + 30 + 3_600]
    with pytest.raises(DefinitionError, match="forget_after needs a table with ttl"):
        Lease(Table("plain", pk="id"), "job", forget_after=1)


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32), holders=st.integers(2, 4), faulty=st.booleans())
def test_of_two_holders_only_the_last_can_ever_do_anything(seed: int, holders: int, faulty: bool) -> None:
    choose, clock, table = random.Random(seed), Clock(), single_table()
    db = Database("memory:", clock=clock)
    db.create_tables(table)
    lease = Lease(table, "job", seconds=1.0)
    given_out: list[int] = []
    holdings: list[Holding | None] = [None] * holders
    plans: list[Running[object] | None] = [None] * holders
    acting = [""] * holders

    def begin(number: int) -> None:
        holding = holdings[number]
        acting[number] = choose.choice(["renew", "release"]) if holding else "acquire"
        plan = {
            "acquire": lambda: lease.acquire("x"),
            "renew": lambda: lease.renew(holding or given_out_never()),
            "release": lambda: lease.release(holding or given_out_never()),
        }[acting[number]]()
        running: Running[object] = start(plan, db, clock)  # type: ignore[arg-type]
        if faulty:
            running.fault = lambda: ConnectionLost("x") if choose.random() < 0.15 else None
        plans[number] = running

    def given_out_never() -> Holding:
        raise AssertionError

    for _ in range(80):
        clock.now += choose.choice([0, 0, 0.2, 0.6])
        number = choose.randrange(holders)
        running = plans[number]
        if running is None:
            begin(number)
            continue
        running.advance()
        if not running.done:
            continue
        plans[number] = None
        if acting[number] == "acquire" and isinstance(running.result, Holding):
            assert running.result.fence > max(given_out, default=0)
            given_out.append(running.result.fence)
            holdings[number] = running.result
        elif acting[number] == "renew" and isinstance(running.result, Holding):
            assert running.result.fence == max(given_out)
            holdings[number] = running.result
        elif acting[number] == "release" and running.result:
            assert holdings[number] is not None
            holdings[number] = None
        elif not isinstance(running.error, ConnectionLost):
            holdings[number] = None
        current = [each for each in holdings if each and _passes(db, lease, each)]
        assert len(current) <= 1


def _passes(db: Database, lease: Lease, holding: Holding) -> bool:
    try:
        db.transact(lease.check(holding))
    except TransactionCanceled:
        return False
    return True


PROCESS = """
import sys
from dynalayer import Database, Table
from dynalayer.recipes import Lease, held
lease = Lease(Table("leases", pk="id"), "job", seconds=60)
with Database(sys.argv[1]) as db:
    for _ in range(10):
        with held(db, lease, "report", wait=60) as block:
            with open(sys.argv[2], "a") as log:
                log.write(f"in {block.fence}\\n")
                log.flush()
                log.write(f"out {block.fence}\\n")
"""


def test_several_processes_on_a_file_take_turns(tmp_path: Path) -> None:
    url, log = f"embedded:{tmp_path / 'x.db'}?durability=relaxed", tmp_path / "log"
    with Database(url) as db:
        db.create_tables(Table("leases", pk="id"))
    command = [sys.executable, "-c", PROCESS, url, str(log)]
    for process in [subprocess.Popen(command) for _ in range(3)]:
        assert process.wait() == 0
    assert log.read_text().split() == " ".join(f"in {n} out {n}" for n in range(1, 31)).split()


def test_a_block_holds_the_lease_and_gives_it_back(db: Database, table: Table) -> None:
    lease = Lease(table, "job")
    with held(db, lease, "report") as block:
        assert db.run(lease.holder("report")) == block.holding
        with pytest.raises(LeaseTaken), held(db, lease, "report"):
            pass
    assert db.run(lease.holder("report")) is None
    with pytest.raises(ZeroDivisionError), held(db, lease, "report"):
        raise ZeroDivisionError
    assert db.run(lease.holder("report")) is None


class Turns:
    """Lets the keeper of a block go on when a test says so."""

    def __init__(self) -> None:
        self.go = threading.Semaphore(0)
        self.came = threading.Semaphore(0)

    def wait(self, stop: threading.Event, seconds: float) -> bool:
        self.came.release()
        self.go.acquire()
        return stop.is_set()

    def renew(self) -> None:
        self.came.acquire()
        self.go.release()
        self.came.acquire()
        self.came.release()


def test_a_long_block_is_renewed(memory: Database, table: Table, clock: Clock) -> None:
    lease, turns = Lease(table, "job", seconds=30), Turns()
    with HeldLease(memory, lease, "report", 0, turns.wait) as block:
        for _ in range(5):
            clock.now += 20
            turns.renew()
            assert not block.lost
            with pytest.raises(LeaseTaken):
                memory.run(lease.acquire("report"))
        turns.go.release()


def test_a_block_that_lost_its_lease_is_told_and_ends_with_an_error(
    memory: Database, table: Table, clock: Clock
) -> None:
    lease, turns = Lease(table, "job", seconds=30), Turns()

    def lose() -> None:
        with HeldLease(memory, lease, "report", 0, turns.wait) as block:
            clock.now += 31
            thieves.append(memory.run(lease.acquire("report")))
            turns.came.acquire()
            turns.go.release()
            assert block._keeper is not None
            block._keeper.join()
            assert block.lost
            with pytest.raises(LeaseLost):
                block.raise_if_lost()

    thieves: list[Holding] = []
    with pytest.raises(LeaseLost, match="ran out while the block was running"):
        lose()
    assert memory.run(lease.holder("report")) == thieves[0]


@pytest.mark.anyio
async def test_an_awaited_block_is_cancelled_when_its_lease_is_lost(table: Table, clock: Clock) -> None:
    renewing, asked = asyncio.Event(), asyncio.Event()

    async def sleep(seconds: float) -> None:
        asked.set()
        await renewing.wait()

    async with AsyncDatabase("memory:", clock=clock, sleep=sleep) as db:
        await db.create_tables(table)
        lease = Lease(table, "job", seconds=30)
        thieves: list[Holding] = []

        async def lose() -> None:
            async with held(db, lease, "report"):
                await asked.wait()
                clock.now += 31
                thieves.append(await db.run(lease.acquire("report")))
                renewing.set()
                await asyncio.Event().wait()

        with pytest.raises(LeaseLost):
            await lose()
        assert await db.run(lease.holder("report")) == thieves[0]
        task = asyncio.current_task()
        assert task is not None
        assert task.cancelling() == 0
        await asyncio.sleep(0)


def test_a_block_that_ends_before_it_was_told_of_its_loss_ends_with_an_error(
    memory: Database, table: Table, clock: Clock
) -> None:
    lease = Lease(table, "job", seconds=30)

    def lose() -> None:
        with held(memory, lease, "report"):
            clock.now += 31
            memory.run(lease.acquire("report"))

    with pytest.raises(LeaseLost):
        lose()


def test_a_keeper_that_breaks_down_counts_as_a_lost_lease(memory: Database, table: Table) -> None:
    def break_down(stop: threading.Event, seconds: float) -> bool:
        raise OSError("no clock")

    def lose() -> None:
        with HeldLease(memory, Lease(table, "job"), "report", 0, break_down) as block:
            assert block._keeper is not None
            block._keeper.join()

    with pytest.raises(LeaseLost) as caught:
        lose()
    assert isinstance(caught.value.__cause__, OSError)


@pytest.mark.anyio
async def test_an_awaited_block_is_renewed_and_given_back(table: Table, clock: Clock) -> None:
    async def sleep(seconds: float) -> None:
        clock.now += seconds
        await asyncio.sleep(0)

    async with AsyncDatabase("memory:", clock=clock, sleep=sleep) as db:
        await db.create_tables(table)
        lease = Lease(table, "job", seconds=30)
        async with held(db, lease, "report") as block:
            for _ in range(20):
                await asyncio.sleep(0)
            assert clock.now > NOW + 60
            assert await db.run(lease.holder("report")) == block.holding
            assert block.fence == 1
        assert await db.run(lease.holder("report")) is None


@pytest.mark.anyio
async def test_a_cancellation_from_outside_stays_one_and_gives_the_lease_back(table: Table) -> None:
    async with AsyncDatabase("memory:") as db:
        await db.create_tables(table)
        lease, inside = Lease(table, "job"), asyncio.Event()

        async def work() -> None:
            async with held(db, lease, "report"):
                inside.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(work())
        await inside.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await db.run(lease.holder("report")) is None


def test_all_that_a_lease_asks_is_among_its_statements(clock: Clock) -> None:
    table = Table("leases", pk="name", ttl="until")
    faults = Faults(Database("memory:", clock=clock).connection)
    with Database(faults, clock=clock) as db:
        db.create_tables(table)
        lease = Lease(table, "job", forget_after=60)
        declared = [AccessPattern("a lease", statement) for statement in lease.statements(any_(str))]
        holding = db.run(lease.acquire("report"))
        with pytest.raises(LeaseTaken):
            db.run(lease.acquire("report"))
        holding = db.run(lease.renew(holding))
        db.run(lease.holder("report"))
        db.run(lease.release(holding))
        db.run(lease.forget(db.run(lease.acquire("report"))))
        assert undeclared(faults.calls, declared) == []
        assert undeclared(faults.calls, declared[1:]) != []
