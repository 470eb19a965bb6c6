from __future__ import annotations

import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import msgspec
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
    DynalayerError,
    Entity,
    Index,
    InvalidValue,
    RetryPolicy,
    ServiceUnavailable,
    Table,
    Throttled,
    ValidationError,
    any_,
    attr,
    primary,
)
from dynalayer.recipes import Decision, RateLimiter
from dynalayer.testing import Faults, undeclared

from .conftest import NOW, Clock, single_table
from .interleaving import Running, start


def ten_a_minute(table: Table, **options: bool) -> RateLimiter:
    return RateLimiter(table, "join", capacity=10, refill=10, per=60, **options)


def allowed(db: Database, limiter: RateLimiter, times: int, subject: str = "ada") -> int:
    return sum(bool(db.run(limiter.take(subject))) for _ in range(times))


@pytest.mark.parametrize("read_first", [False, True])
def test_the_bucket_holds_its_capacity_and_fills_at_its_rate(
    db: Database, table: Table, clock: Clock, read_first: bool
) -> None:
    limiter = ten_a_minute(table, read_first=read_first)
    assert allowed(db, limiter, 15) == 10
    clock.now += 5.999
    assert allowed(db, limiter, 1) == 0
    clock.now += 0.001
    assert allowed(db, limiter, 2) == 1
    clock.now += 60_000
    assert allowed(db, limiter, 15) == 10


def test_the_time_to_wait_is_exact(db: Database, table: Table, clock: Clock) -> None:
    limiter = ten_a_minute(table)
    allowed(db, limiter, 10)
    clock.now += 2
    refused = db.run(limiter.take("ada", 3))
    assert refused == Decision(False, retry_after=16.0, remaining=0)
    clock.now += 16
    assert db.run(limiter.take("ada", 3)) == Decision(True, remaining=0)


def test_thirds_of_a_second_are_not_rounded_away(memory: Database, table: Table, clock: Clock) -> None:
    limiter = RateLimiter(table, "third", capacity=3, refill=3)
    assert allowed(memory, limiter, 4) == 3
    clock.now = NOW + 1
    assert allowed(memory, limiter, 4) == 3
    clock.now = NOW + 1_000_000
    assert allowed(memory, limiter, 4) == 3


def test_a_microsecond_before_its_time_there_is_no_token(memory: Database, table: Table, clock: Clock) -> None:
    single = RateLimiter(table, "single", capacity=1, refill=10, per=60)
    limiters = [(single, 1), (ten_a_minute(table), 10)]
    for limiter, capacity in limiters:
        assert allowed(memory, limiter, capacity + 1) == capacity
    clock.now = NOW + 5.999999
    assert [allowed(memory, limiter, 1) for limiter, _ in limiters] == [0, 0]
    assert allowed(memory, RateLimiter(table, "single", capacity=1, refill=10, per=60), 1) == 0
    clock.now = NOW + 6
    assert [allowed(memory, limiter, 2) for limiter, _ in limiters] == [1, 1]


def test_a_time_to_wait_that_is_no_whole_microsecond_is_rounded_up(
    memory: Database, table: Table, clock: Clock
) -> None:
    limiter = RateLimiter(table, "third", capacity=3, refill=3)
    allowed(memory, limiter, 3)
    assert memory.run(limiter.take("ada")).retry_after == 0.333334
    clock.now = NOW + 0.333333
    assert allowed(memory, limiter, 1) == 0
    clock.now = NOW + 0.333334
    assert allowed(memory, limiter, 1) == 1


def test_what_a_limiter_remembers_of_a_bucket_that_was_deleted_gives_nobody_a_token(
    memory: Database, table: Table, clock: Clock
) -> None:
    ours, theirs = ten_a_minute(table), ten_a_minute(table)
    memory.run(ours.spend("ada", 100))
    memory.delete(ours.key("ada"))
    assert allowed(memory, theirs, 11) == 10
    clock.now += 300
    assert allowed(memory, ours, 11) == 10


def test_an_answer_tells_what_is_left(db: Database, table: Table) -> None:
    limiter = ten_a_minute(table)
    assert db.run(limiter.take("ada", 4)).remaining == 6
    assert db.run(limiter.take("ada")).remaining == 5
    assert db.run(limiter.peek("ada")).remaining == 5
    assert not db.run(limiter.peek("ada", 6))
    assert not db.run(limiter.take("ada", 6))
    assert db.run(limiter.take("ada", 5))


def test_subjects_and_limiters_do_not_share_a_bucket(db: Database, table: Table) -> None:
    allowed(db, ten_a_minute(table), 10)
    assert allowed(db, ten_a_minute(table), 11, "a#b") == 10
    assert allowed(db, RateLimiter(table, "join#a", capacity=1, refill=1), 2, "b") == 1


def test_a_penalty_is_owed_and_no_more_is_given_until_it_is_paid(db: Database, table: Table, clock: Clock) -> None:
    limiter = ten_a_minute(table)
    assert db.run(limiter.spend("ada", 25))
    assert db.run(limiter.take("ada")).retry_after == 96.0
    clock.now += 96
    assert allowed(db, limiter, 2) == 1


def test_who_waits_is_given_a_token_in_advance_and_sleeps_until_it_is_there(
    db: Database, table: Table, clock: Clock
) -> None:
    limiter = ten_a_minute(table)
    allowed(db, limiter, 10)
    assert db.run(limiter.wait("ada", at_most=6)) == Decision(True, delay=6.0)
    assert clock.now == NOW + 6
    assert not db.run(limiter.wait("ada", at_most=5.9))
    assert clock.now == NOW + 6


def test_a_changed_rate_keeps_what_was_taken(db: Database, table: Table, clock: Clock) -> None:
    allowed(db, ten_a_minute(table), 10)
    faster = RateLimiter(table, "join", capacity=10, refill=7, per=3)
    assert allowed(db, faster, 1) == 0
    clock.now += 60
    assert allowed(db, faster, 11) == 10


def test_a_clock_set_back_gives_no_token_twice(db: Database, table: Table, clock: Clock) -> None:
    limiter = ten_a_minute(table)
    allowed(db, limiter, 10)
    clock.now += 6
    assert allowed(db, limiter, 1) == 1
    clock.now -= 6
    assert allowed(db, limiter, 1) == 0
    clock.now += 6
    assert allowed(db, limiter, 1) == 0


def test_a_refusal_that_reads_first_writes_nothing(table: Table, clock: Clock) -> None:
    faults = Faults(Database("memory:", clock=clock).connection)
    db = Database(faults, clock=clock)
    db.create_tables(table)
    limiter = ten_a_minute(table, read_first=True)
    allowed(db, limiter, 10)
    faults.calls.clear()
    assert allowed(db, limiter, 5) == 0
    assert [call.operation for call in faults.calls] == ["GetItem"] * 5


def test_an_admission_is_one_call_once_the_limiter_knows_the_bucket(table: Table, clock: Clock) -> None:
    faults = Faults(Database("memory:", clock=clock).connection)
    db = Database(faults, clock=clock)
    db.create_tables(table)
    limiter = ten_a_minute(table)
    faults.calls.clear()
    assert allowed(db, limiter, 10) == 10
    clock.now += 600
    assert allowed(db, limiter, 10) == 10
    assert [call.operation for call in faults.calls] == ["UpdateItem"] * 20


def test_a_bucket_is_cleaned_up_an_hour_after_it_can_be_full(memory: Database, table: Table) -> None:
    limiter = ten_a_minute(table)
    memory.run(limiter.take("ada"))
    bucket = memory.get(limiter.key("ada"))
    assert bucket is not None
    assert bucket.expires_at is not None
    assert NOW + 3_600 + 60 <= bucket.expires_at <= NOW + 3_600 + 67


@pytest.mark.parametrize(("limit", "per"), [(50, 3600), (10, 60), (20, 60), (2, 60), (50, 1), (5, 1), (10, 1)])
def test_the_limits_of_a_live_service_are_kept_from_window_to_window(
    memory: Database, table: Table, clock: Clock, limit: int, per: float
) -> None:
    limiter = RateLimiter(table, "live", capacity=limit, refill=limit, per=per)
    for _ in range(3):
        assert allowed(memory, limiter, limit + 5) == limit
        clock.now += per
    assert allowed(memory, limiter, limit) == limit
    clock.now += per / limit
    assert allowed(memory, limiter, 2) == 1


@pytest.mark.parametrize("interval", [29.9, 30.0, 30.1])
def test_heartbeats_every_thirty_seconds_are_never_refused_for_jitter(
    memory: Database, table: Table, clock: Clock, interval: float
) -> None:
    limiter = RateLimiter(table, "heartbeat", capacity=2, refill=2, per=60)
    for _ in range(240):
        assert allowed(memory, limiter, 1) == 1
        clock.now += interval


def test_deleting_a_bucket_fills_it(db: Database, table: Table) -> None:
    limiter = ten_a_minute(table)
    allowed(db, limiter, 10)
    db.delete(limiter.key("ada"))
    assert allowed(db, limiter, 11) == 10


class Moved:
    """A clock that is off from another one, and keeps what it told last."""

    def __init__(self, clock: Clock, by: float) -> None:
        self.clock, self.by, self.told = clock, by, 0.0

    def __call__(self) -> float:
        self.told = self.clock.now + self.by
        return self.told


@settings(max_examples=150, deadline=None)
@given(
    capacity=st.integers(1, 6),
    refill=st.integers(1, 7),
    per=st.sampled_from([0.5, 1.0, 3.0]),
    costs=st.lists(st.integers(1, 3), min_size=4, max_size=25),
    moves=st.lists(st.sampled_from([0.0, 0.05, 0.3, 1.0, -0.4]), min_size=1, max_size=12),
    offsets=st.lists(st.sampled_from([0.0, 0.0, -0.7, -2.0]), min_size=1, max_size=3),
    seed=st.integers(0, 2**32),
    read_first=st.booleans(),
)
def test_no_window_ever_has_more_than_the_capacity_and_what_was_refilled(
    capacity: int,
    refill: int,
    per: float,
    costs: list[int],
    moves: list[float],
    offsets: list[float],
    seed: int,
    read_first: bool,
) -> None:
    clock, table, choose = Clock(), single_table(), random.Random(seed)
    db = Database("memory:", clock=clock)
    db.create_tables(table)
    limiters = [
        RateLimiter(table, "x", capacity=capacity, refill=refill, per=per, read_first=read_first) for _ in range(2)
    ]
    waiting: list[tuple[Running[Decision], Moved, int]] = []
    for cost in costs:
        view = Moved(clock, choose.choice(offsets))
        plan = choose.choice(limiters).take("ada", min(cost, capacity))
        waiting.append((start(plan, db, view), view, min(cost, capacity)))
    grants: list[tuple[Fraction, int]] = []
    while waiting:
        if choose.random() < 0.3:
            clock.now += choose.choice(moves)
        running, view, cost = choose.choice(waiting)
        running.advance()
        if running.done:
            waiting.remove((running, view, cost))
            if running.result:
                grants.append((Fraction(round(view.told * 1_000_000), 1_000_000), cost))
    rate = Fraction(refill) / Fraction(per)
    for first, (since, _) in enumerate(grants):
        for last in range(first, len(grants)):
            spent = sum(cost for _, cost in grants[first : last + 1])
            assert spent <= capacity + rate * (grants[last][0] - since)


def test_of_many_threads_exactly_the_capacity_is_let_through(clock: Clock, table: Table, tmp_path: Path) -> None:
    with Database(f"embedded:{tmp_path / 'x.db'}?durability=relaxed", clock=clock) as db:
        db.create_tables(table)
        limiter = ten_a_minute(table)
        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(lambda _: db.run(limiter.take("ada")), range(60)))
    assert sum(map(bool, answers)) == 10


PROCESS = """
import sys
from dynalayer import Database, Table
from dynalayer.recipes import RateLimiter
limiter = RateLimiter(Table("limits", pk="id", ttl="expires"), "join", capacity=50, refill=1, per=3600)
with Database(sys.argv[1]) as db:
    print(sum(bool(db.run(limiter.take("ada"))) for _ in range(40)))
"""


def test_of_several_processes_on_a_file_exactly_the_capacity_is_let_through(tmp_path: Path) -> None:
    url = f"embedded:{tmp_path / 'x.db'}?durability=relaxed"
    with Database(url) as db:
        db.create_tables(Table("limits", pk="id", ttl="expires"))
    command = [sys.executable, "-c", PROCESS, url]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert sum(int(process.communicate()[0]) for process in running) == 50


@pytest.mark.anyio
async def test_the_same_plan_runs_on_an_event_loop(clock: Clock, table: Table) -> None:
    async with AsyncDatabase("memory:", clock=clock, sleep=clock.async_sleep) as db:
        await db.create_tables(table)
        limiter = ten_a_minute(table)
        assert [bool(await db.run(limiter.take("ada", 5))) for _ in range(3)] == [True, True, False]


@pytest.mark.parametrize("error", [Throttled("x"), ServiceUnavailable("x"), ConnectionLost("x")])
@pytest.mark.parametrize("answer", ["allow", "deny", "raise"])
def test_what_is_answered_while_the_database_does_not(
    table: Table, error: DynalayerError, answer: str, clock: Clock
) -> None:
    faults = Faults(Database("memory:", clock=clock).connection)
    db = Database(faults, retry=RetryPolicy(attempts=1))
    db.create_tables(table)
    limiter = RateLimiter(table, "x", capacity=1, refill=1, on_failure=answer)  # type: ignore[arg-type]
    faults.fail(error)
    if answer == "raise":
        with pytest.raises((Throttled, ConnectionLost)):
            db.run(limiter.take("ada"))
    else:
        assert bool(db.run(limiter.take("ada"))) is (answer == "allow")


def test_a_mistake_never_admits(table: Table) -> None:
    faults = Faults(Database("memory:").connection)
    db = Database(faults)
    db.create_tables(table)
    faults.fail(ValidationError("wrong"))
    with pytest.raises(ValidationError):
        db.run(RateLimiter(table, "x", capacity=1, refill=1, on_failure="allow").take("ada"))


def test_costs_and_rates_that_make_no_sense_are_refused(table: Table) -> None:
    with pytest.raises(InvalidValue, match="a cost is 1 to its capacity of 10, got 11"):
        ten_a_minute(table).take("ada", 11)
    with pytest.raises(DefinitionError, match="capacity and refill are at least 1"):
        RateLimiter(table, "x", capacity=0, refill=1)


def test_it_shares_a_table_with_the_users_entities_but_not_their_keys(table: Table) -> None:
    class Order(Entity, table=table):
        id: Attr[str] = attr()
        key = primary(id, pk="ORDER#{id}")

    ten_a_minute(table)
    with pytest.raises(DefinitionError, match="overlap"):

        class Limit(Entity, table=table):  # pyright: ignore[reportUnusedClass]
            id: Attr[str] = attr()
            key = primary(id, pk="LIMIT#{id}", sk="Bucket")

    with pytest.raises(DefinitionError, match="has an attribute 'subject', which is a key of the table or of one"):
        ten_a_minute(Table("limits", pk="id", indexes=[Index("GSI", pk="subject")]))


def test_with_a_prefix_a_bucket_lies_under_the_key_that_others_know_it_by(clock: Clock) -> None:
    table = Table("limits", pk="identifier", ttl="until")
    with Database("memory:", clock=clock) as db:
        db.create_tables(table)
        joins = RateLimiter(table, "join", capacity=1, refill=1, prefix="listener_join:ip:")
        beats = RateLimiter(table, "beat", capacity=1, refill=1, prefix="heartbeat:connection:")
        plain = RateLimiter(table, "join", capacity=1, refill=1)
        for limiter in (joins, beats, plain):
            assert db.run(limiter.take("2001:db8::1"))
            assert not db.run(limiter.take("2001:db8::1"))
        keys = sorted(item["identifier"]["S"] for item in raw(db, "limits"))
        assert keys == ["LIMIT#join#2001:db8::1", "heartbeat:connection:2001:db8::1", "listener_join:ip:2001:db8::1"]
        db.delete(joins.key("2001:db8::1"))
        assert db.run(joins.take("2001:db8::1"))


def raw(db: Database, table: str) -> list[dict[str, dict[str, str]]]:
    return list(msgspec.json.decode(db.connection.call("Scan", msgspec.json.encode({"TableName": table})))["Items"])


def test_a_rate_that_was_changed_counts_what_was_taken_under_a_prefix_too(clock: Clock) -> None:
    table = Table("limits", pk="identifier")
    with Database("memory:", clock=clock) as db:
        db.create_tables(table)
        before = RateLimiter(table, "join", capacity=2, refill=2, per=60, prefix="join:")
        after = RateLimiter(table, "join", capacity=7, refill=7, per=60, prefix="join:")
        assert db.run(before.take("a"))
        assert db.run(after.take("a"))
        assert not db.run(after.take("a", 6))


@pytest.mark.parametrize("prefix", ["", "a{b}", "a}"])
def test_a_prefix_is_a_text_without_braces(prefix: str) -> None:
    with pytest.raises(DefinitionError, match="without braces"):
        RateLimiter(Table("limits", pk="identifier"), "join", capacity=1, refill=1, prefix=prefix)


def test_limiters_of_one_prefix_are_one_kind_and_overlapping_ones_are_refused() -> None:
    table = Table("limits", pk="identifier")
    RateLimiter(table, "join", capacity=1, refill=1, prefix="join:")
    RateLimiter(table, "join", capacity=2, refill=1, prefix="join:")
    with pytest.raises(DefinitionError, match="overlap"):
        RateLimiter(table, "late", capacity=1, refill=1, prefix="join:late:")


@pytest.mark.parametrize("prefix", [None, "join:"])
def test_all_that_a_limiter_asks_is_among_its_statements(clock: Clock, prefix: str | None) -> None:
    table = Table("limits", pk="identifier", ttl="until")
    faults = Faults(Database("memory:", clock=clock).connection)
    with Database(faults, clock=clock) as db:
        db.create_tables(table)
        declared: list[AccessPattern] = []
        for rate in (2, 3, 7):
            limiter = RateLimiter(table, "join", capacity=rate, refill=rate, per=60, prefix=prefix)
            declared += [AccessPattern(f"{rate}", statement) for statement in limiter.statements(any_(str))]
            for _ in range(rate + 2):
                db.run(limiter.take("a"))
            db.run(limiter.peek("a"))
            db.run(limiter.spend("a"))
        assert undeclared(faults.calls, declared) == []
        assert undeclared(faults.calls, declared[1:2]) != []
