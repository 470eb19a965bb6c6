import asyncio
import random
from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from live_translation.broadcasting.broadcast import RETRY_WAITS, Broadcaster, Outcome
from live_translation.ports import Busy, Gone, SoundChunk, post_each

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

    async def post_many(
        self, connection_ids: Sequence[str], text: str, turns: asyncio.Semaphore, *, sound: SoundChunk | None = None
    ) -> dict[str, Exception]:
        return await post_each(lambda connection_id: self.post(connection_id, text), connection_ids, turns)

    async def welcome(self, connection_id: str, text: str, close: int | None = None) -> None:
        return

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


class Chaotic:
    """Posts that are taken, refused or break as chance wants, each after some turns of the loop."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.taken: Counter[str] = Counter()
        self.under_way = self.most = 0

    async def post(self, connection_id: str) -> None:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            for _ in range(self.chance.randint(0, 3)):
                await asyncio.sleep(0)
            fault = self.chance.choice([None, None, None, Busy(), Gone(), PermissionError("no"), TimeoutError()])
            if fault is not None:
                raise fault
            self.taken[connection_id] += 1
        finally:
            self.under_way -= 1

    async def post_many(
        self, connection_ids: Sequence[str], text: str, turns: asyncio.Semaphore, *, sound: SoundChunk | None = None
    ) -> dict[str, Exception]:
        return await post_each(self.post, connection_ids, turns)

    async def welcome(self, connection_id: str, text: str, close: int | None = None) -> None:
        return

    async def close(self, connection_id: str, code: int) -> None:
        return


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32), languages=st.lists(st.integers(0, 60), min_size=1, max_size=4), turns=st.integers(1, 9)
)
def test_whatever_fails_a_broadcast_ends_and_every_listener_has_one_outcome(
    seed: int, languages: list[int], turns: int
) -> None:
    poster, released = Chaotic(seed), Counter[str]()

    async def release(connection_id: str) -> None:
        released[connection_id] += 1
        if poster.chance.random() < 0.2:
            raise RuntimeError

    async def session() -> list[Counter[Outcome]]:
        permits, broadcaster = asyncio.Semaphore(turns), Broadcaster(poster, release, no_sleep)
        audiences = [[f"{number}-{each}" for each in range(size)] for number, size in enumerate(languages)]
        async with asyncio.timeout(20):
            return await asyncio.gather(*(broadcaster.send(permits, each, "hola") for each in audiences))

    outcomes = asyncio.run(session())
    assert [sum(each.values()) for each in outcomes] == languages
    assert poster.most <= turns
    assert set(poster.taken.values()) <= {1}
    assert sum(each[Outcome.delivered] for each in outcomes) == len(poster.taken)
    assert set(released.values()) <= {1}
    assert not released.keys() & poster.taken.keys()
