"""Renewal: one at a time, in the background, and never expired credentials to anybody who could have good ones."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynalayer.engines.remote import Credentials, NoCredentials
from dynalayer.engines.remote.identity.renewal import ADVISORY, MANDATORY, Renewing
from dynalayer.protocol import ConnectionLost, InvalidValue

HOUR = 3600.0


@dataclass
class World:
    """A clock, a source that gives credentials of some life or fails, and threads that run when told to."""

    now: float = 1000.0
    life: float | None = HOUR
    failing: bool = False
    loads: int = 0
    waiting: list[Callable[[], None]] = field(default_factory=list)
    chance: float = 0.0

    def load(self) -> Credentials:
        self.loads += 1
        if self.failing:
            raise NoCredentials("the source is down")
        return Credentials(f"id{self.loads}", "secret", expiry=None if self.life is None else self.now + self.life)

    def provider(self, *, held: bool = False) -> Renewing:
        spawn = self.waiting.append if held else (lambda work: work())
        return Renewing(self.load, clock=lambda: self.now, chance=lambda: self.chance, spawn=spawn)

    def run(self) -> None:
        while self.waiting:
            self.waiting.pop(0)()


def test_credentials_are_loaded_when_first_asked_for_and_then_kept() -> None:
    world = World()
    provider = world.provider()
    assert (world.loads, provider.ready()) == (0, None)
    assert {provider.current().key_id for _ in range(5)} == {"id1"}
    assert provider.ready() is provider.current()


def test_credentials_without_an_expiry_are_never_renewed() -> None:
    world = World(life=None)
    provider = world.provider()
    provider.current()
    world.now += 1e9
    assert (provider.current().key_id, world.loads) == ("id1", 1)


def test_renewal_begins_between_fifteen_and_ten_minutes_before_expiry() -> None:
    for chance in (0.0, 0.5, 1.0):
        world = World(chance=chance)
        provider = world.provider()
        provider.current()
        begins = HOUR - MANDATORY - (ADVISORY - MANDATORY) * chance
        world.now += begins - 1
        provider.current()
        assert world.loads == 1
        world.now += 1
        provider.current()
        assert world.loads == 2


def test_callers_go_on_with_the_old_ones_while_others_are_fetched() -> None:
    world = World(chance=1.0)
    provider = world.provider(held=True)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(provider.current)
        while not world.waiting:
            pass
        world.run()
        assert first.result().key_id == "id1"
    world.now += HOUR - ADVISORY
    assert [provider.current().key_id for _ in range(3)] == ["id1"] * 3
    assert len(world.waiting) == 1
    world.run()
    assert provider.current().key_id == "id2"


def test_credentials_of_a_short_life_are_not_renewed_at_each_call() -> None:
    world = World(life=60.0, chance=1.0)
    provider = world.provider()
    assert [provider.current().key_id for _ in range(3)] == ["id1"] * 3
    world.now += 30
    assert provider.current().key_id == "id1"
    assert provider.current().key_id == "id2"


def test_a_failed_renewal_keeps_good_credentials_and_says_so_without_secrets(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    provider = world.provider()
    provider.current()
    world.failing = True
    world.now += HOUR - 300
    with caplog.at_level(logging.WARNING, "dynalayer.credentials"):
        assert provider.current().key_id == "id1"
        assert provider.current().key_id == "id1"
    assert "good for 300 s more: the source is down" in caplog.text
    assert "secret" not in caplog.text
    assert world.loads == 2
    world.now += 60
    provider.current()
    assert world.loads == 3


def test_once_they_have_expired_the_failure_is_told_and_every_call_tries_again() -> None:
    world = World()
    provider = world.provider()
    provider.current()
    world.failing = True
    world.now += HOUR
    for loads in (2, 3):
        with pytest.raises(NoCredentials, match="the source is down"):
            provider.current()
        assert world.loads == loads
    world.failing = False
    assert provider.current().key_id == "id4"


def test_a_pause_after_a_failure_does_not_outlast_the_credentials() -> None:
    world = World()
    provider = world.provider()
    provider.current()
    world.failing = True
    world.now += HOUR - 10
    assert provider.current().key_id == "id1"
    world.now += 10
    with pytest.raises(NoCredentials):
        provider.current()


def test_a_source_that_gives_expired_credentials_gives_none() -> None:
    with pytest.raises(NoCredentials, match="expired already"):
        World(life=0.0).provider().current()


def test_an_error_that_is_not_ours_is_told_by_name_alone() -> None:
    def broken() -> Credentials:
        raise RuntimeError("key=very-secret")

    def refused() -> Credentials:
        raise InvalidValue("a made-up key")

    with pytest.raises(NoCredentials, match="RuntimeError") as caught:
        Renewing(broken).current()
    assert "very-secret" not in str(caught.value)
    with pytest.raises(NoCredentials, match="a made-up key"):
        Renewing(refused).current()


def test_refused_credentials_are_renewed_at_once_and_only_once() -> None:
    world = World()
    provider = world.provider()
    old = provider.current()
    new = provider.renewed(old)
    assert (old.key_id, new.key_id) == ("id1", "id2")
    assert provider.renewed(old) is new
    assert world.loads == 2


def test_refused_credentials_come_back_if_there_are_no_others() -> None:
    world = World()
    provider = world.provider()
    old = provider.current()
    world.failing = True
    assert provider.renewed(old) == old
    assert asyncio.run(provider.async_renewed(old)) == old


def test_many_threads_ask_the_source_once() -> None:
    world = World()
    provider = Renewing(world.load, clock=lambda: world.now)
    barrier = threading.Barrier(8)

    def ask(_: int) -> str:
        barrier.wait()
        return provider.current().key_id

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(8))) == {"id1"}
    assert world.loads == 1


def test_tasks_wait_without_holding_the_event_loop() -> None:
    gate = threading.Event()
    world = World()

    def slow() -> Credentials:
        assert gate.wait(10)
        return world.load()

    async def main() -> list[str]:
        provider = Renewing(slow, clock=lambda: world.now)
        tasks = [asyncio.ensure_future(provider.async_current()) for _ in range(20)]
        await asyncio.sleep(0)
        tasks[0].cancel()
        # Only a loop that is free gets here, and lets the source answer.
        gate.set()
        return [found.key_id for found in await asyncio.gather(*tasks[1:])]

    assert asyncio.run(main()) == ["id1"] * 19
    assert world.loads == 1


def test_a_loop_that_has_ended_does_not_hinder_the_renewal() -> None:
    world = World()
    provider = world.provider(held=True)

    async def leave() -> None:
        task = asyncio.ensure_future(provider.async_current())
        await asyncio.sleep(0)
        task.cancel()

    asyncio.run(leave())
    world.run()
    assert provider.current().key_id == "id1"


def test_waiting_ends_with_the_time_of_the_call() -> None:
    provider = World().provider(held=True)
    with pytest.raises(ConnectionLost, match="within the time of the call") as caught:
        provider.current(0.0)
    assert not caught.value.may_have_taken_effect
    with pytest.raises(ConnectionLost):
        asyncio.run(provider.async_current(0.0))


def test_a_forked_process_does_not_wait_for_its_parents_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    provider = world.provider(held=True)
    with pytest.raises(ConnectionLost):
        provider.current(0.0)
    monkeypatch.setattr("os.getpid", lambda: -1)
    world.waiting.clear()
    with pytest.raises(ConnectionLost):
        provider.current(0.0)
    assert len(world.waiting) == 1


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("pass"), st.sampled_from([1.0, 30.0, 300.0, HOUR - 700, HOUR - 300, 2 * HOUR])),
        st.tuples(st.just("fail"), st.booleans()),
        st.tuples(st.just("life"), st.sampled_from([None, 1.0, 60.0, 900.0, HOUR])),
        st.tuples(st.just("ask"), st.integers(1, 4)),
        st.tuples(st.just("refuse"), st.integers(1, 4)),
        st.tuples(st.just("finish"), st.booleans()),
    ),
    min_size=10,
    max_size=60,
)


@settings(max_examples=300, deadline=None)
@given(STEPS, st.floats(0, 1))
def test_under_any_schedule_nobody_gets_expired_credentials_and_one_renewal_is_under_way(
    steps: list[tuple[str, float]], chance: float
) -> None:
    """Tasks ask while renewals are held back or let go, in any order, and the clock moves meanwhile."""
    asyncio.run(_schedule(steps, chance))


async def _schedule(steps: list[tuple[str, float]], chance: float) -> None:
    world = World(chance=chance)
    provider = world.provider(held=True)
    asked: list[asyncio.Task[None]] = []

    async def ask(rejected: Credentials | None) -> None:
        try:
            found = await (provider.async_current() if rejected is None else provider.async_renewed(rejected))
        except NoCredentials:
            # Only a source that fails leaves a caller without: nothing better was possible.
            assert world.failing or failed_since
            return
        assert found.expiry is None or world.now < found.expiry

    failed_since = False
    for step, amount in steps:
        if step == "pass":
            world.now += amount
        elif step == "fail":
            world.failing = bool(amount)
        elif step == "life":
            world.life = amount
        elif step == "finish":
            failed_since = failed_since or world.failing
            _finish_one(world)
        else:
            held = provider.ready() if step == "refuse" else None
            asked += [asyncio.ensure_future(ask(held)) for _ in range(int(amount))]
        assert len(world.waiting) <= 1
        for _ in range(5):
            await asyncio.sleep(0)
        assert len(world.waiting) <= 1
    world.failing, world.life = False, HOUR
    failed_since = True
    while not all(task.done() for task in asked):
        _finish_one(world)
        for _ in range(5):
            await asyncio.sleep(0)
    await asyncio.gather(*asked)
    last = asyncio.ensure_future(provider.async_current())
    while not last.done():
        await asyncio.sleep(0)
        _finish_one(world)
    assert (await last).key_id


def _finish_one(world: World) -> None:
    if world.waiting:
        world.waiting.pop(0)()
