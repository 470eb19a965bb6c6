from collections.abc import Awaitable, Callable

import pytest
from live_translation.errors import ServiceProblem
from live_translation.sessions.admission import Admission
from live_translation.sessions.rate_limits import RateLimitsRepository
from live_translation.settings import Settings

from dynalayer import AsyncDatabase
from tests.live_translation.doubles import ManualClock

pytestmark = pytest.mark.anyio


@pytest.fixture
def admission(database: AsyncDatabase) -> Admission:
    return Admission(RateLimitsRepository(database), Settings())


async def admitted(take: Callable[[], Awaitable[None]], times: int) -> int:
    """How many of so many requests pass before the first that does not."""
    for number in range(times):
        try:
            await take()
        except ServiceProblem as problem:
            return number if problem.code == "RATE_LIMIT_EXCEEDED" else -1
    return times


async def test_each_operation_has_the_figure_of_the_contract(admission: Admission) -> None:
    assert await admitted(lambda: admission.creation("ada", "ip"), 60) == 50
    assert await admitted(lambda: admission.creation(None, "ip"), 60) == 50
    assert await admitted(lambda: admission.join("ip"), 20) == 10
    assert await admitted(lambda: admission.attempt("ip"), 30) == 20
    assert await admitted(lambda: admission.heartbeat("c"), 5) == 2
    assert await admitted(lambda: admission.token("ip"), 20) == 10


async def test_creations_are_counted_for_the_user_wherever_they_come_from(admission: Admission) -> None:
    addresses = iter(range(60))
    assert await admitted(lambda: admission.creation("ada", f"192.0.2.{next(addresses)}"), 60) == 50
    await admission.creation("bob", "192.0.2.1")


@pytest.mark.parametrize("interval", [29.9, 30.1])
async def test_two_hours_of_heartbeats_that_are_a_little_early_or_late_are_all_taken(
    admission: Admission, clock: ManualClock, interval: float
) -> None:
    async def beat() -> None:
        await admission.heartbeat("c")
        clock.forward(interval)

    assert await admitted(beat, 240) == 240


async def test_a_refusal_tells_in_how_many_whole_seconds_to_come_back(admission: Admission, clock: ManualClock) -> None:
    assert await admitted(lambda: admission.join("ip"), 20) == 10
    clock.forward(5.5)
    with pytest.raises(ServiceProblem) as refused:
        await admission.join("ip")
    assert (refused.value.status, refused.value.details) == (429, {"retryAfter": 1})


async def test_the_settings_are_what_counts(database: AsyncDatabase) -> None:
    admission = Admission(RateLimitsRepository(database), Settings(limit_listener_join_per_minute=3))
    assert await admitted(lambda: admission.join("ip"), 20) == 3
