"""What observers of the awaited executor are told; `test_observing.py` is generated from this file."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
from msgspec.structs import replace

from dynalayer import (
    ON_DEMAND,
    AsyncDatabase,
    Breaker,
    Called,
    ConditionFailed,
    Costs,
    DeadlineExceeded,
    DynalayerError,
    Hooks,
    InvalidValue,
    ItemTooLarge,
    Observer,
    Put,
    RetryPolicy,
    ServiceUnavailable,
    Throttled,
    TransactionCanceled,
    Update,
    collection,
    correlation,
    scan,
)
from dynalayer.statements import Raw
from dynalayer.telemetry import Answered, BreakerChanged, Retrying, Sending, gatherer
from dynalayer.testing import AsyncFaults, FrozenClock

from .shop import Order, Visit, moment, shop

pytestmark = pytest.mark.anyio

ADA = Order.key("ada", "1")


class Kept(Observer):
    """Keeps what it is told at the end of each call."""

    wants_capacity = "INDEXES"
    wants_sites = True
    wants_keys = True

    def __init__(self) -> None:
        self.calls: list[Called] = []

    def ended(self, event: Called) -> None:
        self.calls.append(event)

    @property
    def last(self) -> Called:
        return self.calls[-1]


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
async def faults(clock: FrozenClock) -> AsyncIterator[AsyncFaults]:
    inner = AsyncDatabase("memory:", clock=clock)
    await inner.create_tables(shop)
    yield AsyncFaults(inner.connection, clock=clock)
    await inner.close()


def opened(
    faults: AsyncFaults, clock: FrozenClock, *observers: Observer, key_salt: bytes | None = None
) -> AsyncDatabase:
    retry = RetryPolicy(base=1.0, random=lambda: 1.0)

    async def async_wait(seconds: float) -> None:
        clock.advance(seconds)

    return AsyncDatabase(faults, clock=clock, retry=retry, sleep=async_wait, observers=observers, key_salt=key_salt)


@pytest.fixture
def db(faults: AsyncFaults, clock: FrozenClock, kept: Kept) -> AsyncDatabase:
    return opened(faults, clock, kept)


async def test_a_call_is_told_with_its_names_and_figures(db: AsyncDatabase, kept: Kept, clock: FrozenClock) -> None:
    await db.create(Order(customer="ada", id="1", state="new"))
    told = kept.last
    assert (told.operation, told.kind, told.table, told.index, told.entity) == (
        "PutItem",
        "Create",
        "shop",
        None,
        "Order",
    )
    assert (told.outcome, told.error, told.attempts, told.waits, told.at) == ("ok", None, 1, (), clock())


async def test_a_query_is_told_with_its_index(db: AsyncDatabase, kept: Kept) -> None:
    assert [order async for order in db.query(Order.by_state("new"))] == []
    assert (kept.last.operation, kept.last.index, kept.last.entity) == ("Query", "GSI1", "Order")


async def test_several_entities_are_told_together(db: AsyncDatabase, kept: Kept) -> None:
    both = collection(Order.key.partition("ada"), Visit.key.partition("ada"))
    assert [each async for each in db.query(both)] == []
    assert kept.last.entity == "Order + Visit"
    await db.batch_write(put=[Order(customer="ada", id="1"), Visit(customer="ada", at=moment(1), page=1)])
    assert (kept.last.operation, kept.last.entity, kept.last.table) == ("BatchWriteItem", "Order + Visit", "shop")
    await db.transact(Put(Order(customer="ada", id="2")), Update(ADA, (Order.lines.add(1),)))
    assert (kept.last.kind, kept.last.entity) == ("Transaction", "Order")
    assert [each async for each in db.scan(scan(Visit))] != []
    assert (kept.last.operation, kept.last.entity) == ("Scan", "Visit")


async def test_every_attempt_and_wait_is_told(db: AsyncDatabase, kept: Kept, faults: AsyncFaults) -> None:
    faults.fail(Throttled("slow down"), times=2)
    await db.get(ADA)
    assert (kept.last.attempts, kept.last.waits, kept.last.throttles) == (3, (2.0, 4.0), 2)
    assert (kept.last.seconds, kept.last.outcome) == (6.0, "ok")


async def test_a_condition_that_does_not_hold_is_an_outcome_and_no_failure(db: AsyncDatabase, kept: Kept) -> None:
    await db.create(Order(customer="ada", id="1"))
    with pytest.raises(ConditionFailed):
        await db.create(Order(customer="ada", id="1"))
    assert (kept.last.outcome, kept.last.error, kept.last.failed) == ("condition failed", "ConditionFailed", False)
    with pytest.raises(TransactionCanceled):
        await db.transact(Update(Order.key("ada", "9"), (Order.lines.add(1),)))
    assert (kept.last.outcome, kept.last.failed) == ("condition failed", False)


@pytest.mark.parametrize(
    ("error", "outcome", "attempts"),
    [
        (Throttled("slow down"), "throttled", 4),
        (ServiceUnavailable("down"), "ServiceUnavailable", 4),
    ],
)
async def test_a_failure_is_told_by_its_class(
    error: DynalayerError, outcome: str, attempts: int, db: AsyncDatabase, kept: Kept, faults: AsyncFaults
) -> None:
    faults.fail(error, times=None)
    with pytest.raises(type(error)):
        await db.get(ADA)
    assert (kept.last.outcome, kept.last.attempts, kept.last.failed) == (outcome, attempts, True)


async def test_a_call_that_ends_by_its_deadline_is_told(db: AsyncDatabase, kept: Kept, faults: AsyncFaults) -> None:
    faults.fail(Throttled("slow down"), times=None)
    with pytest.raises(DeadlineExceeded):
        await db.with_(deadline=3).get(ADA)
    assert (kept.last.error, kept.last.attempts) == ("DeadlineExceeded", 2)


async def test_what_is_refused_before_it_is_sent_is_no_call(db: AsyncDatabase, kept: Kept) -> None:
    with pytest.raises(ItemTooLarge):
        await db.put(Order(customer="ada", id="1", note="x" * 500_000))
    assert kept.calls == []


async def test_a_key_is_told_as_a_hash_that_a_salt_keeps_the_same(faults: AsyncFaults, clock: FrozenClock) -> None:
    first, second, third = Kept(), Kept(), Kept()
    await opened(faults, clock, first, key_salt=b"salt").get(ADA)
    await opened(faults, clock, second, key_salt=b"salt").get(ADA)
    await opened(faults, clock, third).get(ADA)
    assert first.last.key == second.last.key != third.last.key
    assert first.last.key is not None
    assert len(first.last.key) == 16
    await opened(faults, clock, second, key_salt=b"salt").get(Order.key("ada", "2"))
    assert first.last.key != second.last.key


async def test_a_put_and_a_get_of_one_item_have_the_same_hash(db: AsyncDatabase, kept: Kept) -> None:
    await db.put(Order(customer="ada", id="1"))
    await db.get(ADA)
    assert kept.calls[0].key == kept.calls[1].key


async def test_the_line_that_calls_is_told(db: AsyncDatabase, kept: Kept) -> None:
    await db.get(ADA)
    assert str(kept.last.site).startswith(__name__ + ":")
    await db.get(ADA)
    assert len({each.site for each in kept.calls}) == 2


async def test_the_calls_of_a_large_batch_come_from_its_line(db: AsyncDatabase, kept: Kept) -> None:
    await db.batch_get([Order.key("ada", str(n)) for n in range(250)])
    assert len(kept.calls) == 3
    assert [str(each.site).startswith(__name__) for each in kept.calls] == [True] * 3


async def test_calls_carry_the_correlation_id_that_is_set(db: AsyncDatabase, kept: Kept) -> None:
    with correlation("r-1"):
        await db.get(ADA)
        with correlation("r-2"):
            await db.get(ADA)
        await db.batch_get([Order.key("ada", str(n)) for n in range(101)])
    await db.get(ADA)
    assert [each.correlation for each in kept.calls] == ["r-1", "r-2", "r-1", "r-1", None]


async def test_a_function_may_have_a_correlation_id_of_its_own(db: AsyncDatabase, kept: Kept) -> None:
    ids = iter(["a", "b"])

    @correlation(lambda: next(ids))
    async def job() -> Order | None:
        return await db.get(ADA)

    assert await job() is None
    assert await job() is None
    assert [each.correlation for each in kept.calls] == ["a", "b"]


async def test_an_observer_that_fails_does_no_harm(
    faults: AsyncFaults, clock: FrozenClock, kept: Kept, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(event: object) -> None:
        raise ValueError("ada")

    db = opened(faults, clock, Hooks(before_sign=fail, after_response=fail, on_end=fail), kept)
    with caplog.at_level(logging.WARNING, "dynalayer"):
        await db.put(Order(customer="ada", id="1"))
        await db.put(Order(customer="ada", id="1"))
    assert len(kept.calls) == 2
    assert caplog.messages != []
    assert "ada" not in caplog.text


async def test_hooks_see_each_attempt_its_answer_and_each_retry(faults: AsyncFaults, clock: FrozenClock) -> None:
    seen: list[Sending | Answered | Retrying | Called] = []
    hooks = Hooks(before_sign=seen.append, after_response=seen.append, on_retry=seen.append, on_end=seen.append)
    faults.fail(Throttled("slow down"), times=1)
    await opened(faults, clock, hooks).get(ADA)
    assert [type(each) for each in seen] == [Sending, Retrying, Sending, Answered, Called]
    first, again, second, answer, end = seen
    assert isinstance(first, Sending)
    assert b"CUSTOMER#ada" in first.body
    assert "ada" not in repr(first)
    assert isinstance(again, Retrying)
    assert (again.wait, again.error, again.attempt) == (2.0, "Throttled", 1)
    assert isinstance(second, Sending)
    assert second.attempt == 2
    assert isinstance(answer, Answered)
    assert answer.body == b"{}"
    assert isinstance(end, Called)


async def test_nobody_who_wants_no_costs_makes_a_request_longer(faults: AsyncFaults, clock: FrozenClock) -> None:
    bodies: list[bytes] = []
    await opened(faults, clock, Hooks(before_sign=lambda event: bodies.append(event.body))).get(ADA)
    assert b"ReturnConsumedCapacity" not in bodies[0]
    await opened(faults, clock, Hooks(before_sign=lambda event: bodies.append(event.body)), Costs()).get(ADA)
    assert b'"ReturnConsumedCapacity":"INDEXES"' in bodies[1]


async def test_a_raw_call_answers_as_if_nobody_asked_for_its_cost(db: AsyncDatabase, kept: Kept) -> None:
    request = {"TableName": shop.name, "Key": ADA.wire}
    assert await db.run(Raw("GetItem", request)) == {}
    assert kept.last.read_units == Decimal("0.5")
    assert "ConsumedCapacity" in await db.run(Raw("GetItem", {**request, "ReturnConsumedCapacity": "TOTAL"}))


async def test_costs_are_summed_by_entity_index_and_line(faults: AsyncFaults, clock: FrozenClock) -> None:
    db = opened(faults, clock, Costs())
    for n in range(3):
        await db.create(Order(customer="ada", id=str(n), state="new"))
    await db.put(Visit(customer="ada", at=moment(1), page=1))
    found = [order async for order in db.query(Order.by_state("new"))]
    assert len(found) == 3
    costs = db.costs()
    assert {name: (row.read_units, row.write_units) for name, row in costs.by_entity().items()} == {
        "Order": (Decimal("0.5"), Decimal(6)),
        "Visit": (Decimal(0), Decimal(1)),
    }
    assert {name: (row.read_units, row.write_units) for name, row in costs.by_index().items()} == {
        f"{shop.name} / GSI1": (Decimal("0.5"), Decimal(3)),
        shop.name: (Decimal(0), Decimal(4)),
    }
    assert sorted(row.calls for row in costs.rows) == [1, 1, 3, 3]
    assert len(costs.by_site()) == 3


async def test_costs_may_be_priced_and_begun_anew(faults: AsyncFaults, clock: FrozenClock) -> None:
    db = opened(faults, clock, Costs(sites=False))
    for _ in range(1000):
        await db.get(ADA)
    costs = db.costs(ON_DEMAND, reset=True)
    assert (costs.read_units, costs.money) == (Decimal(500), Decimal("0.0000625"))
    assert str(costs).splitlines() == [
        "entity  table / index  call site  calls  RCU  WCU        USD",
        "Order   shop                      1,000  500    0  0.0000625",
        "total                                    500    0  0.0000625",
    ]
    assert db.costs().rows == ()


class Later(Kept):
    """Keeps the same, and is told of it later."""

    immediate = False

    @property
    def last(self) -> Called:
        gatherer.drain()
        return super().last


async def test_what_is_told_later_is_what_is_told_at_once(faults: AsyncFaults, clock: FrozenClock) -> None:
    at_once, later, alone = Kept(), Later(), Later()
    both = opened(faults, clock, at_once, later)
    db = opened(faults, clock, alone)
    for each in (both, db):
        await each.put(Order(customer="ada", id="1", state="new"))
        with pytest.raises(ConditionFailed):
            await each.create(Order(customer="ada", id="1"))
        await each.update(ADA, Order.lines.add(1))
        await each.update(Order(customer="ada", id="1"), Order.lines.add(1))
        with correlation("r-1"):
            await each.get(ADA)
        await each.get(ADA.select(Order.lines))
        assert [order async for order in each.query(Order.by_state("new"))] != []
        assert [
            order async for order in each.query(collection(Order.key.partition("ada"), Visit.key.partition("ada")))
        ] != []
        assert [order async for order in each.scan(scan(Order))] != []
        await each.batch_get([ADA, Order.key("ada", "2")])
        await each.batch_write(put=[Order(customer="bob", id="1")])
        await each.transact(Update(ADA, (Order.lines.add(1),)))
        await each.run(Raw("GetItem", {"TableName": shop.name, "Key": ADA.wire}))
        faults.fail(Throttled("slow down"), times=1)
        await each.get(ADA)
        await each.delete(ADA)
    gatherer.drain()
    assert later.calls == at_once.calls
    assert len(alone.calls) == len(at_once.calls) == 15
    for told, other in zip(alone.calls, at_once.calls, strict=True):
        assert told.site == other.site
        assert replace(told, at=0.0, consumed=()) == replace(other, at=0.0, consumed=())
        assert (told.read_units, told.write_units) == (other.read_units, other.write_units)


async def test_what_is_written_is_named_as_it_was_though_it_has_changed_since(
    faults: AsyncFaults, clock: FrozenClock
) -> None:
    later = Later()
    db = opened(faults, clock, later)
    order = Order(customer="ada", id="1")
    await db.put(order)
    order.id = "2"
    await db.get(ADA)
    await db.put(Order(customer="ada", id="1", note="x" * 5000))
    gatherer.drain()
    assert len({each.key for each in later.calls}) == 1


async def test_what_is_told_later_is_told_when_the_database_is_closed(faults: AsyncFaults, clock: FrozenClock) -> None:
    later = Later()
    db = opened(faults, clock, later)
    for _ in range(10):
        await db.get(ADA)
    await db.close()
    assert len(later.calls) == 10


async def test_one_who_is_told_later_and_fails_does_no_harm(
    faults: AsyncFaults, clock: FrozenClock, caplog: pytest.LogCaptureFixture
) -> None:
    class Failing(Later):
        def ended(self, event: Called) -> None:
            raise ValueError("ada")

    later = Later()
    db = opened(faults, clock, Failing(), later)
    with caplog.at_level(logging.WARNING, "dynalayer"):
        for _ in range(3):
            await db.get(ADA)
        gatherer.drain()
    assert len(later.calls) == 3
    assert caplog.text.count("Failing") == 1
    assert "ada" not in caplog.text


async def test_one_who_is_idle_is_told_nothing(faults: AsyncFaults, clock: FrozenClock) -> None:
    class Sleepy(Kept):
        awake = False

        def is_idle(self) -> bool:
            return not self.awake

    sleepy = Sleepy()
    db = opened(faults, clock, sleepy)
    await db.get(ADA)
    sleepy.awake = True
    await db.get(ADA)
    assert len(sleepy.calls) == 1
    assert (sleepy.last.attempts, sleepy.last.outcome, sleepy.last.read_units) == (1, "ok", Decimal("0.5"))


async def test_a_call_that_is_cancelled_is_told(faults: AsyncFaults, clock: FrozenClock) -> None:
    class Interrupting:
        async def call(self, operation: str, body: bytes) -> bytes:
            raise KeyboardInterrupt

        async def close(self) -> None:
            pass

    later = Later()
    db = AsyncDatabase(Interrupting(), clock=clock, observers=[later])
    with pytest.raises(KeyboardInterrupt):
        await db.get(ADA)
    assert (later.last.error, later.last.attempts) == ("KeyboardInterrupt", 1)


async def test_costs_that_nobody_sums_are_refused(db: AsyncDatabase) -> None:
    with pytest.raises(InvalidValue, match=r"observers=\[Costs\(\)\]"):
        db.costs()


async def test_the_services_name_of_a_request_is_told(dynalayer_served: str, kept: Kept) -> None:
    async with AsyncDatabase(dynalayer_served, observers=[kept]) as served:
        [name async for name in served.table_names()]
    assert kept.last.request_id


async def test_a_breaker_that_opens_is_told_and_what_it_stops_is_no_attempt(
    faults: AsyncFaults, clock: FrozenClock, kept: Kept
) -> None:
    changes: list[BreakerChanged] = []
    faults.fail(ServiceUnavailable("down"), times=2)
    db = AsyncDatabase(
        faults,
        clock=clock,
        retry=RetryPolicy(attempts=1),
        breaker=Breaker(ratio=1.0, volume=2, pause=5.0),
        observers=[kept, Hooks(on_breaker_change=changes.append)],
    )
    for _ in range(3):
        with pytest.raises(DynalayerError):
            await db.get(ADA)
    assert [(each.error, each.attempts) for each in kept.calls] == [
        ("ServiceUnavailable", 1),
        ("ServiceUnavailable", 1),
        ("CircuitOpen", 0),
    ]
    clock.advance(6)
    await db.get(ADA)
    told = [(each.table, each.operations, each.old, each.new) for each in changes]
    assert told == [
        (shop.name, "read", "closed", "open"),
        (shop.name, "read", "open", "half open"),
        (shop.name, "read", "half open", "closed"),
    ]


async def test_every_engine_tells_what_calls_take(async_database: AsyncDatabase) -> None:
    db = AsyncDatabase(async_database.connection, observers=[Costs()])
    await db.create(Order(customer="ada", id="1", state="new"))
    assert await db.get(ADA) is not None
    assert [order.id async for order in db.query(Order.by_state("new"))] == ["1"]
    assert {name: (row.read_units, row.write_units) for name, row in db.costs().by_index().items()} == {
        shop.name: (Decimal("0.5"), Decimal(1)),
        f"{shop.name} / GSI1": (Decimal("0.5"), Decimal(1)),
    }
