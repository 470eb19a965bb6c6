"""Generated from `test_async_observing.py` by `scripts/generate_sync.py`; change that file."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from decimal import Decimal

import pytest
from msgspec.structs import replace

from dynalayer import (
    ON_DEMAND,
    Breaker,
    Called,
    ConditionFailed,
    Costs,
    Database,
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
from dynalayer.testing import Faults, FrozenClock

from .shop import Order, Visit, moment, shop

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
def faults(clock: FrozenClock) -> Iterator[Faults]:
    inner = Database("memory:", clock=clock)
    inner.create_tables(shop)
    yield Faults(inner.connection, clock=clock)
    inner.close()


def opened(faults: Faults, clock: FrozenClock, *observers: Observer, key_salt: bytes | None = None) -> Database:
    retry = RetryPolicy(base=1.0, random=lambda: 1.0)

    def wait(seconds: float) -> None:
        clock.advance(seconds)

    return Database(faults, clock=clock, retry=retry, sleep=wait, observers=observers, key_salt=key_salt)


@pytest.fixture
def db(faults: Faults, clock: FrozenClock, kept: Kept) -> Database:
    return opened(faults, clock, kept)


def test_a_call_is_told_with_its_names_and_figures(db: Database, kept: Kept, clock: FrozenClock) -> None:
    db.create(Order(customer="ada", id="1", state="new"))
    told = kept.last
    assert (told.operation, told.kind, told.table, told.index, told.entity) == (
        "PutItem",
        "Create",
        "shop",
        None,
        "Order",
    )
    assert (told.outcome, told.error, told.attempts, told.waits, told.at) == ("ok", None, 1, (), clock())


def test_a_query_is_told_with_its_index(db: Database, kept: Kept) -> None:
    assert list(db.query(Order.by_state("new"))) == []
    assert (kept.last.operation, kept.last.index, kept.last.entity) == ("Query", "GSI1", "Order")


def test_several_entities_are_told_together(db: Database, kept: Kept) -> None:
    both = collection(Order.key.partition("ada"), Visit.key.partition("ada"))
    assert list(db.query(both)) == []
    assert kept.last.entity == "Order + Visit"
    db.batch_write(put=[Order(customer="ada", id="1"), Visit(customer="ada", at=moment(1), page=1)])
    assert (kept.last.operation, kept.last.entity, kept.last.table) == ("BatchWriteItem", "Order + Visit", "shop")
    db.transact(Put(Order(customer="ada", id="2")), Update(ADA, (Order.lines.add(1),)))
    assert (kept.last.kind, kept.last.entity) == ("Transaction", "Order")
    assert list(db.scan(scan(Visit))) != []
    assert (kept.last.operation, kept.last.entity) == ("Scan", "Visit")


def test_every_attempt_and_wait_is_told(db: Database, kept: Kept, faults: Faults) -> None:
    faults.fail(Throttled("slow down"), times=2)
    db.get(ADA)
    assert (kept.last.attempts, kept.last.waits, kept.last.throttles) == (3, (2.0, 4.0), 2)
    assert (kept.last.seconds, kept.last.outcome) == (6.0, "ok")


def test_a_condition_that_does_not_hold_is_an_outcome_and_no_failure(db: Database, kept: Kept) -> None:
    db.create(Order(customer="ada", id="1"))
    with pytest.raises(ConditionFailed):
        db.create(Order(customer="ada", id="1"))
    assert (kept.last.outcome, kept.last.error, kept.last.failed) == ("condition failed", "ConditionFailed", False)
    with pytest.raises(TransactionCanceled):
        db.transact(Update(Order.key("ada", "9"), (Order.lines.add(1),)))
    assert (kept.last.outcome, kept.last.failed) == ("condition failed", False)


@pytest.mark.parametrize(
    ("error", "outcome", "attempts"),
    [
        (Throttled("slow down"), "throttled", 4),
        (ServiceUnavailable("down"), "ServiceUnavailable", 4),
    ],
)
def test_a_failure_is_told_by_its_class(
    error: DynalayerError, outcome: str, attempts: int, db: Database, kept: Kept, faults: Faults
) -> None:
    faults.fail(error, times=None)
    with pytest.raises(type(error)):
        db.get(ADA)
    assert (kept.last.outcome, kept.last.attempts, kept.last.failed) == (outcome, attempts, True)


def test_a_call_that_ends_by_its_deadline_is_told(db: Database, kept: Kept, faults: Faults) -> None:
    faults.fail(Throttled("slow down"), times=None)
    with pytest.raises(DeadlineExceeded):
        db.with_(deadline=3).get(ADA)
    assert (kept.last.error, kept.last.attempts) == ("DeadlineExceeded", 2)


def test_what_is_refused_before_it_is_sent_is_no_call(db: Database, kept: Kept) -> None:
    with pytest.raises(ItemTooLarge):
        db.put(Order(customer="ada", id="1", note="x" * 500_000))
    assert kept.calls == []


def test_a_key_is_told_as_a_hash_that_a_salt_keeps_the_same(faults: Faults, clock: FrozenClock) -> None:
    first, second, third = Kept(), Kept(), Kept()
    opened(faults, clock, first, key_salt=b"salt").get(ADA)
    opened(faults, clock, second, key_salt=b"salt").get(ADA)
    opened(faults, clock, third).get(ADA)
    assert first.last.key == second.last.key != third.last.key
    assert first.last.key is not None
    assert len(first.last.key) == 16
    opened(faults, clock, second, key_salt=b"salt").get(Order.key("ada", "2"))
    assert first.last.key != second.last.key


def test_a_put_and_a_get_of_one_item_have_the_same_hash(db: Database, kept: Kept) -> None:
    db.put(Order(customer="ada", id="1"))
    db.get(ADA)
    assert kept.calls[0].key == kept.calls[1].key


def test_the_line_that_calls_is_told(db: Database, kept: Kept) -> None:
    db.get(ADA)
    assert str(kept.last.site).startswith(__name__ + ":")
    db.get(ADA)
    assert len({each.site for each in kept.calls}) == 2


def test_the_calls_of_a_large_batch_come_from_its_line(db: Database, kept: Kept) -> None:
    db.batch_get([Order.key("ada", str(n)) for n in range(250)])
    assert len(kept.calls) == 3
    assert [str(each.site).startswith(__name__) for each in kept.calls] == [True] * 3


def test_calls_carry_the_correlation_id_that_is_set(db: Database, kept: Kept) -> None:
    with correlation("r-1"):
        db.get(ADA)
        with correlation("r-2"):
            db.get(ADA)
        db.batch_get([Order.key("ada", str(n)) for n in range(101)])
    db.get(ADA)
    assert [each.correlation for each in kept.calls] == ["r-1", "r-2", "r-1", "r-1", None]


def test_a_function_may_have_a_correlation_id_of_its_own(db: Database, kept: Kept) -> None:
    ids = iter(["a", "b"])

    @correlation(lambda: next(ids))
    def job() -> Order | None:
        return db.get(ADA)

    assert job() is None
    assert job() is None
    assert [each.correlation for each in kept.calls] == ["a", "b"]


def test_an_observer_that_fails_does_no_harm(
    faults: Faults, clock: FrozenClock, kept: Kept, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(event: object) -> None:
        raise ValueError("ada")

    db = opened(faults, clock, Hooks(before_sign=fail, after_response=fail, on_end=fail), kept)
    with caplog.at_level(logging.WARNING, "dynalayer"):
        db.put(Order(customer="ada", id="1"))
        db.put(Order(customer="ada", id="1"))
    assert len(kept.calls) == 2
    assert caplog.messages != []
    assert "ada" not in caplog.text


def test_hooks_see_each_attempt_its_answer_and_each_retry(faults: Faults, clock: FrozenClock) -> None:
    seen: list[Sending | Answered | Retrying | Called] = []
    hooks = Hooks(before_sign=seen.append, after_response=seen.append, on_retry=seen.append, on_end=seen.append)
    faults.fail(Throttled("slow down"), times=1)
    opened(faults, clock, hooks).get(ADA)
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


def test_nobody_who_wants_no_costs_makes_a_request_longer(faults: Faults, clock: FrozenClock) -> None:
    bodies: list[bytes] = []
    opened(faults, clock, Hooks(before_sign=lambda event: bodies.append(event.body))).get(ADA)
    assert b"ReturnConsumedCapacity" not in bodies[0]
    opened(faults, clock, Hooks(before_sign=lambda event: bodies.append(event.body)), Costs()).get(ADA)
    assert b'"ReturnConsumedCapacity":"INDEXES"' in bodies[1]


def test_a_raw_call_answers_as_if_nobody_asked_for_its_cost(db: Database, kept: Kept) -> None:
    request = {"TableName": shop.name, "Key": ADA.wire}
    assert db.run(Raw("GetItem", request)) == {}
    assert kept.last.read_units == Decimal("0.5")
    assert "ConsumedCapacity" in db.run(Raw("GetItem", {**request, "ReturnConsumedCapacity": "TOTAL"}))


def test_costs_are_summed_by_entity_index_and_line(faults: Faults, clock: FrozenClock) -> None:
    db = opened(faults, clock, Costs())
    for n in range(3):
        db.create(Order(customer="ada", id=str(n), state="new"))
    db.put(Visit(customer="ada", at=moment(1), page=1))
    found = list(db.query(Order.by_state("new")))
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


def test_costs_may_be_priced_and_begun_anew(faults: Faults, clock: FrozenClock) -> None:
    db = opened(faults, clock, Costs(sites=False))
    for _ in range(1000):
        db.get(ADA)
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


def test_what_is_told_later_is_what_is_told_at_once(faults: Faults, clock: FrozenClock) -> None:
    at_once, later, alone = Kept(), Later(), Later()
    both = opened(faults, clock, at_once, later)
    db = opened(faults, clock, alone)
    for each in (both, db):
        each.put(Order(customer="ada", id="1", state="new"))
        with pytest.raises(ConditionFailed):
            each.create(Order(customer="ada", id="1"))
        each.update(ADA, Order.lines.add(1))
        each.update(Order(customer="ada", id="1"), Order.lines.add(1))
        with correlation("r-1"):
            each.get(ADA)
        each.get(ADA.select(Order.lines))
        assert list(each.query(Order.by_state("new"))) != []
        assert list(each.query(collection(Order.key.partition("ada"), Visit.key.partition("ada")))) != []
        assert list(each.scan(scan(Order))) != []
        each.batch_get([ADA, Order.key("ada", "2")])
        each.batch_write(put=[Order(customer="bob", id="1")])
        each.transact(Update(ADA, (Order.lines.add(1),)))
        each.run(Raw("GetItem", {"TableName": shop.name, "Key": ADA.wire}))
        faults.fail(Throttled("slow down"), times=1)
        each.get(ADA)
        each.delete(ADA)
    gatherer.drain()
    assert later.calls == at_once.calls
    assert len(alone.calls) == len(at_once.calls) == 15
    for told, other in zip(alone.calls, at_once.calls, strict=True):
        assert told.site == other.site
        assert replace(told, at=0.0, consumed=()) == replace(other, at=0.0, consumed=())
        assert (told.read_units, told.write_units) == (other.read_units, other.write_units)


def test_what_is_written_is_named_as_it_was_though_it_has_changed_since(faults: Faults, clock: FrozenClock) -> None:
    later = Later()
    db = opened(faults, clock, later)
    order = Order(customer="ada", id="1")
    db.put(order)
    order.id = "2"
    db.get(ADA)
    db.put(Order(customer="ada", id="1", note="x" * 5000))
    gatherer.drain()
    assert len({each.key for each in later.calls}) == 1


def test_what_is_told_later_is_told_when_the_database_is_closed(faults: Faults, clock: FrozenClock) -> None:
    later = Later()
    db = opened(faults, clock, later)
    for _ in range(10):
        db.get(ADA)
    db.close()
    assert len(later.calls) == 10


def test_one_who_is_told_later_and_fails_does_no_harm(
    faults: Faults, clock: FrozenClock, caplog: pytest.LogCaptureFixture
) -> None:
    class Failing(Later):
        def ended(self, event: Called) -> None:
            raise ValueError("ada")

    later = Later()
    db = opened(faults, clock, Failing(), later)
    with caplog.at_level(logging.WARNING, "dynalayer"):
        for _ in range(3):
            db.get(ADA)
        gatherer.drain()
    assert len(later.calls) == 3
    assert caplog.text.count("Failing") == 1
    assert "ada" not in caplog.text


def test_one_who_is_idle_is_told_nothing(faults: Faults, clock: FrozenClock) -> None:
    class Sleepy(Kept):
        awake = False

        def is_idle(self) -> bool:
            return not self.awake

    sleepy = Sleepy()
    db = opened(faults, clock, sleepy)
    db.get(ADA)
    sleepy.awake = True
    db.get(ADA)
    assert len(sleepy.calls) == 1
    assert (sleepy.last.attempts, sleepy.last.outcome, sleepy.last.read_units) == (1, "ok", Decimal("0.5"))


def test_a_call_that_is_cancelled_is_told(faults: Faults, clock: FrozenClock) -> None:
    class Interrupting:
        def call(self, operation: str, body: bytes) -> bytes:
            raise KeyboardInterrupt

        def close(self) -> None:
            pass

    later = Later()
    db = Database(Interrupting(), clock=clock, observers=[later])
    with pytest.raises(KeyboardInterrupt):
        db.get(ADA)
    assert (later.last.error, later.last.attempts) == ("KeyboardInterrupt", 1)


def test_costs_that_nobody_sums_are_refused(db: Database) -> None:
    with pytest.raises(InvalidValue, match=r"observers=\[Costs\(\)\]"):
        db.costs()


def test_the_services_name_of_a_request_is_told(dynalayer_served: str, kept: Kept) -> None:
    with Database(dynalayer_served, observers=[kept]) as served:
        list(served.table_names())
    assert kept.last.request_id


def test_a_breaker_that_opens_is_told_and_what_it_stops_is_no_attempt(
    faults: Faults, clock: FrozenClock, kept: Kept
) -> None:
    changes: list[BreakerChanged] = []
    faults.fail(ServiceUnavailable("down"), times=2)
    db = Database(
        faults,
        clock=clock,
        retry=RetryPolicy(attempts=1),
        breaker=Breaker(ratio=1.0, volume=2, pause=5.0),
        observers=[kept, Hooks(on_breaker_change=changes.append)],
    )
    for _ in range(3):
        with pytest.raises(DynalayerError):
            db.get(ADA)
    assert [(each.error, each.attempts) for each in kept.calls] == [
        ("ServiceUnavailable", 1),
        ("ServiceUnavailable", 1),
        ("CircuitOpen", 0),
    ]
    clock.advance(6)
    db.get(ADA)
    told = [(each.table, each.operations, each.old, each.new) for each in changes]
    assert told == [
        (shop.name, "read", "closed", "open"),
        (shop.name, "read", "open", "half open"),
        (shop.name, "read", "half open", "closed"),
    ]


def test_every_engine_tells_what_calls_take(database: Database) -> None:
    db = Database(database.connection, observers=[Costs()])
    db.create(Order(customer="ada", id="1", state="new"))
    assert db.get(ADA) is not None
    assert [order.id for order in db.query(Order.by_state("new"))] == ["1"]
    assert {name: (row.read_units, row.write_units) for name, row in db.costs().by_index().items()} == {
        shop.name: (Decimal("0.5"), Decimal(1)),
        f"{shop.name} / GSI1": (Decimal("0.5"), Decimal(1)),
    }
