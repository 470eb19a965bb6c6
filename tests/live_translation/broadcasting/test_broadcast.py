import asyncio
from collections import Counter

import pytest
from live_translation.broadcasting.broadcast import RETRY_WAITS, Broadcaster, Outcome
from live_translation.ports import Busy, Gone

from tests.live_translation.doubles import no_sleep

pytestmark = pytest.mark.anyio


class Scripted:
    """Posts as each listener's script says; an empty script takes the post."""

    def __init__(self, **scripts: list[Exception]) -> None:
        self.scripts = scripts
        self.posts: Counter[str] = Counter()
        self.under_way = self.most = 0

    async def post(self, connection_id: str, text: str) -> None:
        self.posts[connection_id] += 1
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        await asyncio.sleep(0)
        self.under_way -= 1
        script = self.scripts.get(connection_id)
        if script:
            raise script.pop(0)

    async def close(self, connection_id: str, code: int) -> None:
        return


async def broadcast(poster: Scripted, listeners: list[str], turns: int = 100) -> tuple[Counter[Outcome], list[str]]:
    released: list[str] = []

    async def release(connection_id: str) -> None:
        released.append(connection_id)

    outcomes = await Broadcaster(poster, release, no_sleep).send(asyncio.Semaphore(turns), listeners, "hola")
    return outcomes, released


async def test_everybody_gets_it_once_and_never_over_a_hundred_at_once() -> None:
    poster = Scripted()
    outcomes, _ = await broadcast(poster, [str(number) for number in range(500)])
    assert outcomes == {Outcome.delivered: 500}
    assert poster.most == 100
    assert set(poster.posts.values()) == {1}


async def test_nobody_is_no_trouble() -> None:
    assert await broadcast(Scripted(), []) == (Counter(), [])


@pytest.mark.parametrize("count", [50, 100, 500])
async def test_many_who_fail_together_do_not_wait_for_each_other(count: int) -> None:
    scripts = {str(number): [Busy(), Busy(), Busy()] for number in range(count)}
    async with asyncio.timeout(10):
        outcomes, _ = await broadcast(Scripted(**scripts), list(scripts))
    assert outcomes == {Outcome.failed: count}


@pytest.mark.parametrize(("failures", "outcome"), [(1, Outcome.delivered), (2, Outcome.delivered), (3, Outcome.failed)])
async def test_what_may_pass_is_tried_three_times(failures: int, outcome: Outcome) -> None:
    poster = Scripted(a=[Busy()] * failures)
    outcomes, _ = await broadcast(poster, ["a"])
    assert outcomes == {outcome: 1}
    assert poster.posts["a"] == min(failures + 1, 3)


async def test_the_waits_are_those_of_the_specification() -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    async def release(connection_id: str) -> None:
        return

    poster = Scripted(a=[Busy()] * 3)
    await Broadcaster(poster, release, sleep).send(asyncio.Semaphore(1), ["a"], "hola")
    assert tuple(waits) == RETRY_WAITS == (0.1, 0.2)


async def test_what_cannot_pass_is_not_tried_again() -> None:
    poster = Scripted(a=[PermissionError("no")])
    outcomes, _ = await broadcast(poster, ["a", "b"])
    assert outcomes == {Outcome.failed: 1, Outcome.delivered: 1}
    assert poster.posts["a"] == 1


async def test_who_is_gone_is_released_and_the_others_hear() -> None:
    outcomes, released = await broadcast(Scripted(a=[Gone()]), ["a", "b"], turns=1)
    assert outcomes == {Outcome.released: 1, Outcome.delivered: 1}
    assert released == ["a"]


async def test_a_release_that_fails_does_not_break_the_broadcast() -> None:
    async def release(connection_id: str) -> None:
        raise RuntimeError

    broadcaster = Broadcaster(Scripted(a=[Gone()]), release, no_sleep)
    outcomes = await broadcaster.send(asyncio.Semaphore(1), ["a", "b"], "hola")
    assert outcomes == {Outcome.failed: 1, Outcome.delivered: 1}
