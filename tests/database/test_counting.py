"""What observers are told that count calls: the sums of all of them, and exactly what the service says they took."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from dynalayer import (
    Called,
    Costs,
    Database,
    JsonLog,
    Metrics,
    Prometheus,
    RetryPolicy,
    ServiceUnavailable,
    correlation,
)
from dynalayer.database import counting
from dynalayer.protocol import Connection, asking, consumed_of, without_capacity
from dynalayer.telemetry import Counted, MetricSink, Observer, gatherer
from dynalayer.testing import Faults, FrozenClock

from .shop import Order, shop

ADA = Order.key("ada", "1")
GET = {"operation": "GetItem", "table": shop.name, "entity": "Order"}


class Meter:
    """Asks the service what each call takes, and hides it from who has not asked."""

    def __init__(self, inner: Connection) -> None:
        self._inner = inner
        self.bodies: list[bytes] = []
        self.taken: Counter[tuple[str, str | None]] = Counter()

    def call(self, operation: str, body: bytes) -> bytes:
        self.bodies.append(body)
        longer, is_added = asking(operation, body, "INDEXES")
        answer = self._inner.call(operation, longer)
        for part in consumed_of(operation, longer, answer):
            self.taken[part.table, part.index] += part.read + 1000 * part.write  # type: ignore[assignment]
        return without_capacity(answer) if is_added else answer

    def close(self) -> None:
        pass

    @property
    def asked(self) -> list[bool]:
        return [b"ReturnConsumedCapacity" in body for body in self.bodies]


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def inner(clock: FrozenClock) -> Iterator[Database]:
    with Database("memory:", clock=clock) as inner:
        inner.create_tables(shop)
        yield inner


@pytest.fixture
def meter(inner: Database) -> Meter:
    return Meter(inner.connection)


numbers = st.integers(0, 3).map(str)
notes = st.sampled_from([0, 10, 1500, 3900, 4096, 5000, 9000]).map(lambda size: "x" * size)
states = st.sampled_from([None, "new", "paid"])
steps: st.SearchStrategy[Callable[[Database], object]] = st.one_of(
    st.builds(
        lambda id, note, state: lambda db: db.put(Order(customer="ada", id=id, note=note, state=state)),
        numbers,
        notes,
        states,
    ),
    st.builds(
        lambda id, consistent: lambda db: db.get(Order.key("ada", id), consistent=consistent), numbers, st.booleans()
    ),
    st.builds(lambda id: lambda db: db.get(Order.key("ada", id).select(Order.state)), numbers),
    st.builds(
        lambda id, state: lambda db: db.update(Order.key("ada", id), Order.state.set(state), upsert=True),
        numbers,
        st.sampled_from(["new", "paid"]),
    ),
    st.builds(lambda id: lambda db: db.delete(Order.key("ada", id)), numbers),
    st.builds(lambda state: lambda db: list(db.query(Order.by_state(state))), st.sampled_from(["new", "paid"])),
    st.just(lambda db: db.batch_get([Order.key("ada", str(n)) for n in range(4)])),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(steps, max_size=25))
def test_the_sums_are_exactly_what_the_service_tells(work: list[Callable[[Database], object]]) -> None:
    with Database("memory:") as inner:
        inner.create_tables(shop)
        meter = Meter(inner.connection)
        db = Database(meter, observers=[Costs(), Metrics(Prometheus(CollectorRegistry())), JsonLog(sample=0.0)])
        for step in work:
            step(db)
        found = {
            (row.table, row.index): row.read_units + 1000 * row.write_units for row in db.costs().by_index().values()
        }
        assert found == {place: units for place, units in meter.taken.items() if place in found or units}


def test_a_get_asks_for_nothing_until_items_are_seen_to_be_large(meter: Meter) -> None:
    db = Database(meter, observers=[Costs()])
    db.put(Order(customer="ada", id="1", note="x" * 6000))
    db.get(Order.key("ada", "2"))
    db.get(ADA)
    db.get(ADA)
    db.get(Order.key("ada", "2"))
    assert meter.asked == [True, False, False, True, True]
    assert db.costs().read_units == Decimal(3)


def test_what_is_reckoned_is_asked_for_by_nobody_who_does_not_want_it(meter: Meter) -> None:
    registry = CollectorRegistry()
    db = Database(meter, observers=[Metrics(Prometheus(registry), capacity=False)])
    db.get(ADA)
    assert registry.get_sample_value("dynalayer_calls_total", {**GET, "outcome": "ok"}) == 1
    assert registry.get_sample_value("dynalayer_read_units_total", GET) == 0
    assert meter.asked == [False]


def test_a_get_that_is_tried_again_has_its_units_reckoned(inner: Database, clock: FrozenClock) -> None:
    faults = Faults(inner.connection, clock=clock)
    db = Database(faults, clock=clock, observers=[Costs()], sleep=clock.advance)
    faults.throttle(times=1)
    db.get(ADA)
    assert db.costs().read_units == Decimal("0.5")


def test_calls_are_counted_with_their_outcomes_times_and_lines(inner: Database, clock: FrozenClock) -> None:
    faults, registry = Faults(inner.connection, clock=clock), CollectorRegistry()
    retry = RetryPolicy(attempts=2)
    observers = [Costs(), Metrics(Prometheus(registry))]
    db = Database(faults, clock=clock, retry=retry, observers=observers, sleep=clock.advance)
    for _ in range(3):
        db.get(ADA)
    db.get(ADA)
    faults.fail(ServiceUnavailable("down"), times=2)
    with pytest.raises(ServiceUnavailable):
        db.get(ADA)
    assert registry.get_sample_value("dynalayer_calls_total", {**GET, "outcome": "ok"}) == 4
    assert registry.get_sample_value("dynalayer_calls_total", {**GET, "outcome": "ServiceUnavailable"}) == 1
    assert registry.get_sample_value("dynalayer_retries_total", GET) == 1
    assert registry.get_sample_value("dynalayer_call_seconds_bucket", {**GET, "le": "0.001"}) == 4
    assert sorted(row.calls for row in db.costs().rows) == [1, 3]
    assert all(str(row.site).startswith(__name__) for row in db.costs().rows)


def test_of_a_sample_of_calls_lines_are_made_and_of_failures_all(inner: Database, clock: FrozenClock) -> None:
    lines: list[str] = []
    draws = iter([0.5, 0.005, 0.7, 0.3])
    faults = Faults(inner.connection, clock=clock)
    log = JsonLog(write=lines.append, sample=0.01, random=lambda: next(draws))
    db = Database(faults, clock=clock, observers=[log, Costs(sites=False)], sleep=clock.advance)
    for number in range(3):
        with correlation(f"r-{number}"):
            db.get(Order.key("ada", str(number)))
    db.put(Order(customer="ada", id="1"))
    faults.throttle(times=1)
    db.get(ADA)
    gatherer.drain()
    told = [msgspec.json.decode(line) for line in "".join(lines).splitlines()]
    assert [(each["level"], each["attempts"], each.get("correlation")) for each in told] == [
        ("INFO", 1, "r-1"),
        ("WARNING", 2, None),
    ]
    assert told[0]["consumed"] == [{"table": shop.name, "read": 0.5}]
    assert len(told[0]["key"]) == 16
    assert sum(row.calls for row in db.costs().rows) == 5


def test_a_slow_call_is_always_logged(inner: Database, clock: FrozenClock) -> None:
    class Slow(Meter):
        def call(self, operation: str, body: bytes) -> bytes:
            clock.advance(0.3)
            return super().call(operation, body)

    lines: list[str] = []
    log = JsonLog(write=lines.append, sample=0.0, slow=0.2)
    db = Database(Slow(inner.connection), clock=clock, observers=[log])
    db.get(ADA)
    gatherer.drain()
    [line] = lines
    assert msgspec.json.decode(line)["level"] == "WARNING"


def test_one_derived_from_it_that_wants_single_calls_is_told_of_each(inner: Database) -> None:
    class Mine(Costs):
        def __init__(self) -> None:
            super().__init__(sites=False)
            self.seen: list[Called] = []

        def ended(self, event: Called) -> None:
            self.seen.append(event)

        def gathered(self, events: Sequence[Called]) -> None:
            for event in events:
                self.ended(event)

    mine = Mine()
    db = Database(inner.connection, observers=[mine, Metrics(Prometheus(CollectorRegistry()))])
    db.get(ADA)
    gatherer.drain()
    assert [call.operation for call in mine.seen] == ["GetItem"]


def test_a_sink_that_only_knows_single_calls_is_given_them(inner: Database) -> None:
    class Sink:
        def __init__(self) -> None:
            self.seen: list[Called] = []

        def call(self, event: Called) -> None:
            self.seen.append(event)

        def breaker(self, event: object) -> None:
            pass

    sink: MetricSink = Sink()
    db = Database(inner.connection, observers=[Metrics(Prometheus(CollectorRegistry()), sink), Costs(sites=False)])
    db.get(ADA)
    assert db.costs().read_units == Decimal("0.5")
    assert isinstance(sink, Sink)
    assert len(sink.seen) == 1


class Summing(Observer):
    """Keeps how many calls it is told of, as counts and as single ones."""

    immediate = False
    counts = True

    def __init__(self) -> None:
        self.turns: list[int] = []
        self.single = 0

    def counted(self, calls: Sequence[Counted]) -> None:
        self.turns += [len(kind.seconds) for kind in calls]

    def gathered(self, events: Sequence[Called]) -> None:
        self.single += len(events)


def test_threads_lose_no_call_and_whoever_makes_many_tells_them(inner: Database) -> None:
    summing = Summing()
    db = Database(inner.connection, observers=[summing])

    def work() -> None:
        for _ in range(1500):
            db.get(ADA)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    gatherer.drain()
    assert (sum(summing.turns), summing.single) == (4500, 0)


def test_calls_of_more_kinds_than_are_counted_are_told_one_by_one(
    inner: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "_MOST_KINDS", 1)
    summing, costs = Summing(), Costs(sites=False)
    db = Database(inner.connection, observers=[summing, costs])
    db.put(Order(customer="ada", id="1"))
    db.get(ADA)
    db.get(ADA)
    assert sum(row.calls for row in db.costs().rows) == 3
    assert (sum(summing.turns), summing.single) == (1, 2)
