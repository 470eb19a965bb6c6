"""Tasks that write and read at once, and are cancelled anywhere, while phases change and calls go wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dynalayer.migrate.dual import DualWriteFailed, RepairNotNoted
from dynalayer.migrate.verify import shown
from dynalayer.protocol import ConnectionLost, DynalayerError
from tests.migrate.dual.interleaved import Interleaved, change

pytestmark = pytest.mark.anyio

Statement = tuple[str, str, tuple[int, ...], tuple[Any, ...]]


def statement(kind: str, author: int, number: int, text: str) -> Statement:
    match kind:
        case "book":
            sql = "INSERT OR REPLACE INTO books VALUES (?, ?, ?, '1.50')"
            return "books", sql, (author, number), (author, number, text)
        case "remove":
            sql = "DELETE FROM books WHERE author_id = ? AND number = ?"
            return "books", sql, (author, number), (author, number)
        case _:
            return "authors", "UPDATE authors SET name = ? WHERE id = ?", (author,), (text, author)


class Requests:
    """Requests to the application, each of them a task."""

    def __init__(self, world: Interleaved, group: asyncio.TaskGroup) -> None:
        self.world = world
        self.group = group
        self.running: list[asyncio.Task[None]] = []
        self.readers = [world.reader(instance, group) for instance in (0, 1)]

    def begin(self, call: Callable[[], Awaitable[Any]]) -> None:
        async def request() -> None:
            try:
                await call()
            except DualWriteFailed:
                """Whoever asked is told that it is undone."""

        self.running.append(self.group.create_task(request()))

    async def write(self, instance: int, kind: str, author: int, number: int, text: str, *, together: bool) -> None:
        """As an application does, on a connection of the request's own; `together` in one transaction with the note."""
        table, sql, key, given = statement(kind, author, number, text)
        undoing = statement("rename" if table == "authors" else "remove", author, number, "undone")
        async with self.world.connected() as connection:

            def act() -> Awaitable[None]:
                return change(connection, sql, given, commits=not together)

            def undo() -> Awaitable[None]:
                return change(connection, undoing[1], undoing[3], commits=True)

            await self.world.writers[instance].write(
                table, act, key=key, undo=undo, connection=connection if together else None
            )

    async def read(self, instance: int, author: int, number: int) -> None:
        async def sql() -> str | None:
            async with self.world.connected() as connection, connection.cursor() as cursor:
                await cursor.execute(f"SELECT title FROM books WHERE author_id = {author} AND number = {number}")
                rows = await cursor.fetchall()
                return rows[0][0] if rows else None

        key = {"PK": f"AUTHOR#{author}", "SK": f"BOOK#{number}"}
        try:
            await self.readers[instance].read(
                "Library/BOOK", (author, number), sql=sql, item_key=key, dynamodb=lambda item: item.get("title")
            )
        except DynalayerError:
            """In phase 4 DynamoDB may be away."""


INSTANCE, AUTHOR, NUMBER = st.integers(0, 1), st.integers(0, 1), st.integers(0, 3)
KIND = st.sampled_from(["book", "book", "remove", "rename"])
WRITE = st.tuples(st.just("write"), INSTANCE, KIND, AUTHOR, NUMBER, st.booleans())
STEPS = st.integers(1, 90)
ACTION = st.one_of(
    WRITE,
    st.tuples(st.just("cut"), WRITE, STEPS),
    st.tuples(st.just("step"), STEPS),
    st.tuples(st.just("read"), INSTANCE, AUTHOR, NUMBER),
    st.tuples(st.just("cancel"), st.integers(0, 5)),
    st.tuples(st.just("phase"), st.sampled_from([-1, 1])),
    st.tuples(st.just("throttle"), st.integers(1, 9)),
    st.tuples(st.just("lose"), st.integers(1, 9), st.booleans()),
    st.just(("repair",)),
)
ACTIONS = st.lists(ACTION, min_size=6, max_size=14)


async def perform(world: Interleaved, requests: Requests, action: tuple[Any, ...], number: int) -> None:
    match action:
        case ("write", instance, kind, author, book, together):
            requests.begin(partial(requests.write, instance, kind, author, book, f"text {number}", together=together))
        case ("read", instance, author, book):
            requests.begin(partial(requests.read, instance, author, book))
        case ("cut", write, count):
            await perform(world, requests, write, number)
            task = requests.running[-1]
            await perform(world, requests, ("step", count), number)
            task.cancel()
        case ("step", count):
            for _ in range(count):
                await asyncio.sleep(0)
        case ("cancel", which) if requests.running:
            requests.running[which % len(requests.running)].cancel()
        case ("phase", direction):
            now = world.operator.held().phase.number
            if 2 <= now + direction <= 4:
                world.enter(now + direction)
        case ("throttle", times):
            world.faults.throttle(table="Library", times=times)
        case ("lose", times, is_done):
            world.faults.fail(ConnectionLost("no answer"), table="Library", times=times, after_commit=is_done)
        case ("backfill",):
            world.backfill()
        case ("alone",):
            world.enter(1)
        case ("mend",):
            requests.begin(partial(world.writers[0].mend, world.report().differences))
        case ("repair",):
            requests.begin(world.writers[0].repair)
        case _:
            """Nobody to cancel."""


async def played(world: Interleaved, actions: list[tuple[Any, ...]]) -> None:
    async with asyncio.TaskGroup() as group:
        requests = Requests(world, group)
        for number, action in enumerate(actions):
            requests.running = [task for task in requests.running if not task.done()]
            await perform(world, requests, action, number)
            if number % 7 == 6:
                world.now += 3


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32), alone=ACTIONS, before=ACTIONS, after=ACTIONS)
async def test_nothing_is_lost_or_stale_whichever_task_is_cut_off_where(
    tmp_path_factory: pytest.TempPathFactory,
    seed: int,
    alone: list[tuple[Any, ...]],
    before: list[tuple[Any, ...]],
    after: list[tuple[Any, ...]],
) -> None:
    world = Interleaved(tmp_path_factory.mktemp("tasks"), seed)
    await world.queue.create()
    # In phase 1 until all that began in it has ended, as the operators are told.
    await played(world, [action for action in alone if action[0] != "phase"])
    world.enter(2)
    world.now += 6
    await played(world, [*before, ("backfill",), *after])
    world.faults.heal()
    for writer in world.writers:
        assert (await writer.repair()).left == 0
        assert (await writer.settle()).left == 0
    assert await world.writers[0].waiting() == (0, 0)
    assert [shown(each) for each in world.report().differences] == []
    await world.close()


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32), before=ACTIONS, alone=ACTIONS, after=ACTIONS)
async def test_what_a_time_back_in_phase_one_left_out_is_found_and_mended_while_others_write(
    tmp_path_factory: pytest.TempPathFactory,
    seed: int,
    before: list[tuple[Any, ...]],
    alone: list[tuple[Any, ...]],
    after: list[tuple[Any, ...]],
) -> None:
    world = Interleaved(tmp_path_factory.mktemp("tasks"), seed)
    await world.queue.create()
    world.enter(2)
    world.now += 6
    # Back to phase 1 while writes of phases before are under way.
    await played(world, [("backfill",), *before, ("alone",), *(each for each in alone if each[0] != "phase")])
    world.enter(2)
    world.now += 6
    await played(world, [("mend",), *after])
    world.faults.heal()
    for writer in world.writers:
        assert (await writer.repair()).left == 0
        assert (await writer.settle()).left == 0
    assert (await world.writers[0].mend(world.report().differences)).left == 0
    # Rows that were deleted in phase 1: nobody but a verification with all rows at hand can tell.
    assert {each.kind for each in world.report().differences} <= {"orphan"}
    await world.close()


@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize("kind", ["book", "remove", "rename"])
@pytest.mark.parametrize("instance", [0, 1])
async def test_a_write_that_is_cut_off_at_any_step_waits_for_repair(
    tmp_path: Path, instance: int, kind: str, together: bool
) -> None:
    world = Interleaved(tmp_path, seed=7)
    await world.queue.create()
    world.enter(2)
    world.now += 6
    world.backfill()
    world.enter(3)
    world.now += 6
    was_cut, was_noted, count, is_cut = 0, 0, 0, True
    while is_cut:
        count += 1
        if instance == 1:
            world.faults.throttle(operation="PutItem", times=4)
        write = world_request(world, instance, kind, count, together=together)
        for _ in range(count):
            await asyncio.sleep(0)
        is_cut = write.cancel()
        await asyncio.gather(write, return_exceptions=True)
        world.faults.heal()
        was_cut += is_cut
        was_noted += (await world.writers[0].waiting())[0] > 0
        assert (await world.writers[0].repair()).left == 0
        assert [shown(each) for each in world.report().differences] == []
    assert was_cut > was_noted > 3
    await world.close()


def world_request(world: Interleaved, instance: int, kind: str, count: int, *, together: bool) -> asyncio.Task[None]:
    requests = Requests(world, asyncio.TaskGroup())
    return asyncio.create_task(requests.write(instance, kind, 1, count % 3, f"text {count}", together=together))


async def test_a_cancelled_write_that_cannot_be_noted_tells_that_rather_than_its_cancellation(tmp_path: Path) -> None:
    world = Interleaved(tmp_path, seed=7)
    world.enter(2)
    world.now += 6
    await world.states[0].phase()
    # There is no table for the queue; without faults nobody would have needed it.
    write = world_request(world, 0, "book", 1, together=False)
    for _ in range(8):
        await asyncio.sleep(0)
    write.cancel()
    with pytest.raises(RepairNotNoted, match="verify and repair"):
        await write
    await world.close()
