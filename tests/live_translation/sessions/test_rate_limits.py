import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest
from live_translation.sessions.rate_limits import Limit, RateLimitsRepository
from live_translation.tables import TABLES

from dynalayer import (
    AsyncDatabase,
    ConnectionLost,
    DynalayerError,
    RetryPolicy,
    ServiceUnavailable,
    Throttled,
    ValidationError,
)
from dynalayer.testing import AsyncFaults
from tests.live_translation.doubles import ManualClock, interleaved

pytestmark = pytest.mark.anyio

JOIN = Limit("listener_join", "ip", 10, 60)
HEARTBEAT = Limit("heartbeat", "connection", 2, 60)
CREATE = Limit("session_create", "user", 50, 3_600)


@pytest.fixture
def limits(database: AsyncDatabase) -> RateLimitsRepository:
    return RateLimitsRepository(database)


async def admitted(limits: RateLimitsRepository, limit: Limit, times: int, value: str = "a") -> int:
    return sum([(await limits.check_rate_limit(limit, value))[0] for _ in range(times)])


@pytest.mark.parametrize("limit", [JOIN, HEARTBEAT, CREATE])
async def test_the_limit_is_reached_on_a_real_table(limits: RateLimitsRepository, limit: Limit) -> None:
    assert await admitted(limits, limit, limit.requests + 5) == limit.requests


async def test_no_window_boundary_lets_twice_the_limit_pass(limits: RateLimitsRepository, clock: ManualClock) -> None:
    clock.forward(59.9)
    assert await admitted(limits, JOIN, 10) == 10
    clock.forward(0.2)
    assert await admitted(limits, JOIN, 10) == 0


async def test_one_token_comes_back_after_its_part_of_the_window(
    limits: RateLimitsRepository, clock: ManualClock
) -> None:
    await admitted(limits, JOIN, 10)
    clock.forward(6)
    assert await admitted(limits, JOIN, 10) == 1


async def test_after_a_whole_window_the_bucket_is_full_and_no_fuller(
    limits: RateLimitsRepository, clock: ManualClock
) -> None:
    await admitted(limits, JOIN, 10)
    clock.forward(60)
    assert await admitted(limits, JOIN, 20) == 10
    clock.forward(6_000)
    assert await admitted(limits, JOIN, 20) == 10


async def test_the_time_to_wait_is_whole_seconds_rounded_up_and_enough(
    limits: RateLimitsRepository, clock: ManualClock
) -> None:
    await admitted(limits, CREATE, 50)
    clock.forward(71.5)
    assert await limits.check_rate_limit(CREATE, "a") == (False, 1)
    clock.forward(0.499)
    assert await limits.check_rate_limit(CREATE, "a") == (False, 1)
    clock.forward(0.001)
    assert await limits.check_rate_limit(CREATE, "a") == (True, 0)
    assert await limits.check_rate_limit(CREATE, "a") == (False, 72)


@pytest.mark.parametrize("interval", [29.9, 30.0, 30.1])
async def test_heartbeats_every_thirty_seconds_are_never_refused_for_jitter(
    limits: RateLimitsRepository, clock: ManualClock, interval: float
) -> None:
    for _ in range(240):
        assert (await limits.check_rate_limit(HEARTBEAT, "c"))[0]
        clock.forward(interval)


@pytest.mark.parametrize("seed", range(5))
async def test_of_many_at_once_exactly_the_limit_is_admitted(clock: ManualClock, seed: int) -> None:
    async with interleaved(clock, seed) as database:
        await database.create_tables(*TABLES)
        limits = RateLimitsRepository(database)
        answers = await asyncio.gather(*(limits.check_rate_limit(JOIN, "a") for _ in range(40)))
    assert sum(is_allowed for is_allowed, _ in answers) == 10


async def test_in_a_file_too(clock: ManualClock, tmp_path: object) -> None:
    async with AsyncDatabase(f"embedded:{tmp_path}/limits.db", clock=clock) as database:
        await database.create_tables(*TABLES)
        limits = RateLimitsRepository(database)
        answers = await asyncio.gather(*(limits.check_rate_limit(JOIN, "a") for _ in range(40)))
    assert sum(is_allowed for is_allowed, _ in answers) == 10


async def test_callers_and_operations_do_not_share_a_bucket(limits: RateLimitsRepository) -> None:
    await admitted(limits, JOIN, 20, "a")
    assert await admitted(limits, JOIN, 20, "b") == 10
    assert await admitted(limits, Limit("connection_attempt", "ip", 20, 60), 30, "a") == 20


async def test_a_clock_set_back_gives_no_token_twice(limits: RateLimitsRepository, clock: ManualClock) -> None:
    await admitted(limits, JOIN, 10)
    clock.forward(6)
    await admitted(limits, JOIN, 1)
    clock.forward(-6)
    assert await admitted(limits, JOIN, 1) == 0
    clock.forward(6)
    assert await admitted(limits, JOIN, 1) == 0


async def test_a_bucket_lies_under_its_identifier_until_an_hour_after_it_is_full(
    limits: RateLimitsRepository, database: AsyncDatabase, clock: ManualClock
) -> None:
    await limits.check_rate_limit(JOIN, "203.0.113.7")
    key = msgspec.json.encode({"identifier": {"S": "listener_join:ip:203.0.113.7"}}).decode()
    body = f'{{"TableName": "RateLimits", "Key": {key}}}'.encode()
    item = msgspec.json.decode(await database.connection.call("GetItem", body))["Item"]
    # What is left until the bucket is full again, the time that its whole contents take, and an hour.
    assert int(item["expiresAt"]["N"]) == int(clock()) + 6 + 60 + 3_600


@pytest.fixture
async def faults(clock: ManualClock) -> AsyncIterator[AsyncFaults]:
    faults = AsyncFaults(AsyncDatabase("memory:", clock=clock).connection)
    yield faults
    await faults.close()


async def behind(faults: AsyncFaults, clock: ManualClock) -> RateLimitsRepository:
    database = AsyncDatabase(faults, clock=clock, retry=RetryPolicy(attempts=1))
    await database.create_tables(*TABLES)
    return RateLimitsRepository(database)


@pytest.mark.parametrize("error", [Throttled("x"), ServiceUnavailable("x"), ConnectionLost("x")])
async def test_a_database_that_does_not_answer_admits(
    faults: AsyncFaults, clock: ManualClock, error: DynalayerError
) -> None:
    limits = await behind(faults, clock)
    faults.fail(error, operation="UpdateItem")
    assert await limits.check_rate_limit(JOIN, "a") == (True, 0)


async def test_a_request_of_ours_that_is_wrong_never_admits(faults: AsyncFaults, clock: ManualClock) -> None:
    limits = await behind(faults, clock)
    faults.fail(ValidationError("reserved word: count"), operation="UpdateItem")
    with pytest.raises(ValidationError):
        await limits.check_rate_limit(JOIN, "a")
