"""Writes to both databases as the awaited executor makes them; `test_writes.py` is generated from this file."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiosqlite
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dynalayer.migrate.backfill import Step
from dynalayer.migrate.dual import (
    AsyncSqlQueue,
    DualWriteFailed,
    RepairNotNoted,
    SqlIsOver,
)
from dynalayer.migrate.dual.driving import async_opened
from dynalayer.protocol import ConnectionLost
from tests.migrate.dual.async_moved import AsyncWorld

pytestmark = pytest.mark.anyio


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[AsyncWorld]:
    async with AsyncWorld(tmp_path) as world:
        await world.enter(2)
        await world.backfill()
        yield world


async def test_a_write_brings_up_the_item_and_those_that_are_made_of_it(world: AsyncWorld) -> None:
    await world.book(1, 9, "Notes")
    assert (world.item("AUTHOR#1", "BOOK#9") or {})["title"] == {"S": "Notes"}
    assert (world.item("AUTHOR#1", "#META") or {})["books"] == {"N": "4"}
    assert world.events[-1].items == 2
    await world.remove(1, 9)
    assert world.item("AUTHOR#1", "BOOK#9") is None
    assert world.differences() == []


async def test_a_row_that_moves_to_another_parent_is_seen_by_both(world: AsyncWorld) -> None:
    await world.dual.write(
        "books",
        world.change("UPDATE books SET author_id = 2, number = 7 WHERE author_id = 1 AND number = 0"),
        key=lambda result: (2, 7),
    )
    assert len(world.differences()) == 2
    before = await world.dual.before("books", (2, 7))
    await world.change("UPDATE books SET author_id = 0, number = 8 WHERE author_id = 2 AND number = 7")()
    await world.dual.wrote("books", (0, 8), before)
    assert [each for each in world.differences() if "row 2" in each or "row 0" in each] == []


async def test_in_phase_one_dynamodb_is_neither_written_nor_counted(tmp_path: Path) -> None:
    async with AsyncWorld(tmp_path) as world:
        await world.book(1, 9, "Notes")
        assert world.item("AUTHOR#1", "BOOK#9") is None
        assert {call.operation for call in world.faults.calls} <= {"GetItem", "CreateTable", "DescribeTable"}


async def test_the_queue_in_sql_is_seen_by_operators_and_is_no_table_of_the_source(world: AsyncWorld) -> None:
    assert [table.name for table in world.source.schema().tables] == ["authors", "books"]
    world.faults.throttle(table="Library", times=None)
    await world.book(1, 1, "Waiting")
    world.faults.heal()
    move = world.move()
    assert move.status().figures.pending == 0, "what was written just now is under way"
    world.now += 61
    assert move.status().figures.pending == 1
    assert "1 keys wait for repair" in str(move.status())


async def test_operators_settle_what_waits_in_either_queue(world: AsyncWorld) -> None:
    world.faults.throttle(table="Library", times=None)
    await world.book(1, 1, "Waiting")
    beside = world.change("DELETE FROM books WHERE author_id = 2 AND number = 2")
    await world.writer(None).write("books", beside, key=(2, 2))
    world.faults.heal()
    world.now += 61
    move = world.move()
    assert (move.status().figures.pending, move.status().figures.settling) == (2, 0)
    assert move.settle(world.plans).left == 0
    assert (move.status().figures.pending, move.status().figures.settling) == (0, 0)
    assert world.differences() == []


@pytest.mark.parametrize(("now", "to"), [(2, 1), (3, 2), (3, 1), (4, 3), (4, 1)])
async def test_after_a_rollback_nothing_is_lost_in_either_database(world: AsyncWorld, now: int, to: int) -> None:
    await world.enter(now)
    await world.book(1, 1, "Before")
    await world.remove(2, 2)
    await world.enter(to)
    await world.book(1, 2, "After")
    rows = await world.rows("SELECT title FROM books WHERE author_id = 1 AND number IN (1, 2) ORDER BY number")
    assert rows == [("Before",), ("After",)]
    await world.enter(max(to, 2))
    assert (await world.dual.mend(world.report().differences)).left == 0
    assert world.differences() == []


async def test_a_delete_is_undone_as_well(world: AsyncWorld) -> None:
    dual = world.writer(world.queue, "fail-and-compensate")
    (row,) = await world.rows("SELECT * FROM books WHERE author_id = 1 AND number = 1")
    world.faults.throttle(table="Library", times=None)
    delete = world.change("DELETE FROM books WHERE author_id = 1 AND number = 1")
    with pytest.raises(DualWriteFailed):
        await dual.write("books", delete, key=(1, 1), undo=world.change("INSERT INTO books VALUES (?, ?, ?, ?)", *row))
    world.faults.heal()
    await dual.repair()
    assert world.item("AUTHOR#1", "BOOK#1") is not None
    assert world.differences() == []


async def test_what_sql_refuses_is_not_written_to_dynamodb(world: AsyncWorld) -> None:
    with pytest.raises(aiosqlite.IntegrityError):
        await world.dual.write("books", world.change("INSERT INTO books VALUES (1, 1, 'twice', 1)"), key=(1, 1))
    await world.sql.rollback()
    assert world.differences() == []
    assert world.events == []


async def test_a_write_that_dynamodb_does_not_take_waits_and_is_repaired(world: AsyncWorld) -> None:
    world.faults.throttle(table="Library", times=None)
    await world.book(1, 1, "Mended")
    assert world.events[-1].stage == "failed"
    assert await world.dual.waiting() == (1, 0)
    assert world.differences() == ["different Library/BOOK row 1, 1: price, title"]
    assert (await world.dual.repair()).left == 1
    world.faults.heal()
    assert (await world.dual.repair()).done == 1
    assert (await world.dual.repair()).done == 0
    assert world.differences() == []
    world.now += 120
    await world.counts.flush()
    assert await world.counts.flush()


@pytest.mark.parametrize("now", [1.0, 1_800_000_000.0, 9_000_000_000.0])
@pytest.mark.parametrize("in_sql", [True, False])
async def test_what_waits_is_counted_at_any_date(world: AsyncWorld, now: float, in_sql: bool) -> None:
    world.now = now
    world.faults.throttle(table="Library", times=None)
    dual = world.writer(world.queue if in_sql else None)
    await dual.write("books", world.change("UPDATE books SET title = 'Late' WHERE author_id = 1"), key=(1, 1))
    assert await dual.waiting() == (1, 0)


async def test_a_process_killed_between_the_two_writes_loses_nothing(world: AsyncWorld) -> None:
    class Killed(BaseException):
        pass

    def kill(call: Any) -> Any:
        raise Killed

    async def act() -> None:
        await world.sql.execute("UPDATE books SET title = 'Late' WHERE author_id = 1 AND number = 1")

    world.faults.fail(kill, operation="PutItem", table="Library")
    with pytest.raises(Killed):
        await world.dual.write("books", act, key=(1, 1), connection=world.sql)
    assert world.differences() == ["different Library/BOOK row 1, 1: title"]
    assert (await world.writer(world.queue).repair()).done == 1
    assert world.differences() == []


async def test_a_note_is_rolled_back_with_the_write_that_it_is_of(world: AsyncWorld) -> None:
    async def act() -> None:
        await world.sql.execute("UPDATE books SET title = 'Never' WHERE author_id = 1 AND number = 1")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await world.dual.write("books", act, key=(1, 1), connection=world.sql)
    await world.sql.rollback()
    assert await world.dual.waiting() == (0, 0)
    assert world.differences() == []


async def test_a_note_is_taken_away_when_the_item_is_written(world: AsyncWorld) -> None:
    async def act() -> None:
        await world.sql.execute("UPDATE books SET title = 'Now' WHERE author_id = 1 AND number = 1")

    await world.dual.write("books", act, key=(1, 1), connection=world.sql)
    assert await world.dual.waiting() == (0, 0)
    assert world.differences() == []


async def test_a_write_in_a_transaction_of_its_own_opens_no_connection(world: AsyncWorld) -> None:
    def connect() -> Any:
        raise AssertionError("a connection for each write costs more than the write")

    async def act() -> None:
        await world.sql.execute("UPDATE books SET title = 'Soon' WHERE author_id = 1 AND number = 1")

    await world.writer(AsyncSqlQueue(connect, "sqlite")).write("books", act, key=(1, 1), connection=world.sql)
    assert await world.dual.waiting() == (0, 0)


async def test_a_note_that_cannot_be_taken_away_waits_and_fails_nobody(world: AsyncWorld) -> None:
    async def act() -> None:
        await world.sql.execute("UPDATE books SET title = 'Twice' WHERE author_id = 1 AND number = 1")

    guard = "CREATE TRIGGER guard BEFORE DELETE ON dynalayer_repairs BEGIN SELECT RAISE(ABORT, 'no'); END"
    await world.change(guard)()
    await world.dual.write("books", act, key=(1, 1), connection=world.sql)
    assert not world.sql.in_transaction
    assert await world.dual.waiting() == (1, 0)
    await world.change("DROP TRIGGER guard")()
    assert (await world.dual.repair()).done == 1
    assert world.differences() == []


async def test_the_other_policy_undoes_the_sql_write_and_fails(world: AsyncWorld) -> None:
    dual = world.writer(world.queue, "fail-and-compensate")
    change = world.change("UPDATE books SET title = 'New' WHERE author_id = 1 AND number = 1")
    with pytest.raises(ValueError, match="needs 'undo'"):
        await dual.write("books", change, key=(1, 1))
    world.faults.throttle(table="Library", times=None)
    undo = world.change("UPDATE books SET title = 'Title 1.1' WHERE author_id = 1 AND number = 1")
    with pytest.raises(DualWriteFailed, match="which is undone"):
        await dual.write("books", change, key=(1, 1), undo=undo)
    world.faults.heal()
    await dual.repair()
    assert world.differences() == []


async def test_a_row_that_is_undone_leaves_nothing_although_dynamodb_took_it_without_an_answer(
    world: AsyncWorld,
) -> None:
    dual = world.writer(world.queue, "fail-and-compensate")
    world.faults.fail(ConnectionLost("no answer"), operation="PutItem", table="Library", times=9, after_commit=True)
    insert = world.change("INSERT INTO books VALUES (1, 9, 'Never', 1)")
    with pytest.raises(DualWriteFailed):
        await dual.write("books", insert, key=(1, 9), undo=world.change("DELETE FROM books WHERE number = 9"))
    world.faults.heal()
    await dual.repair()
    assert world.item("AUTHOR#1", "BOOK#9") is None
    assert world.differences() == []


async def test_a_write_that_cannot_be_undone_waits_for_repair(world: AsyncWorld) -> None:
    dual = world.writer(world.queue, "fail-and-compensate")
    world.faults.throttle(table="Library", times=None)
    change = world.change("UPDATE books SET title = 'New' WHERE author_id = 1 AND number = 1")
    with pytest.raises(aiosqlite.OperationalError, match="no such table"):
        await dual.write("books", change, key=(1, 1), undo=world.change("UPDATE nowhere SET title = 'Old'"))
    world.faults.heal()
    assert world.differences() == ["different Library/BOOK row 1, 1: title"]
    await dual.repair()
    assert world.differences() == []


async def test_what_is_repaired_before_it_is_undone_is_repaired_again(world: AsyncWorld) -> None:
    dual = world.writer(world.queue, "fail-and-compensate")

    async def undo() -> None:
        world.faults.heal()
        await world.dual.repair()
        await world.change("UPDATE books SET title = 'Title 1.1' WHERE author_id = 1 AND number = 1")()

    async def act() -> None:
        await world.sql.execute("UPDATE books SET title = 'New' WHERE author_id = 1 AND number = 1")

    world.faults.throttle(table="Library", times=None)
    with pytest.raises(DualWriteFailed):
        await dual.write("books", act, key=(1, 1), undo=undo, connection=world.sql)
    await world.dual.repair()
    assert world.differences() == []


async def test_writes_go_on_while_dynamodb_cannot_even_tell_the_phase(world: AsyncWorld) -> None:
    await world.state.phase()
    world.now += 60
    world.faults.fail(lambda call: ConnectionLost("gone"), times=None)
    await world.book(1, 1, "In the dark")
    world.faults.heal()
    assert (await world.dual.repair()).done == 1
    assert world.differences() == []


async def test_a_key_that_cannot_be_noted_anywhere_is_told_loudly(world: AsyncWorld) -> None:
    dual = world.writer(None)
    await world.state.phase()
    world.faults.fail(lambda call: ConnectionLost("gone"), times=None)
    change = world.change("UPDATE books SET title = 'New' WHERE author_id = 1 AND number = 1")
    with pytest.raises(RepairNotNoted, match="verify and repair"):
        await dual.write("books", change, key=(1, 1))
    world.faults.heal()


async def test_the_queue_beside_the_state_does_the_same(world: AsyncWorld) -> None:
    dual = world.writer(None)
    world.faults.throttle(table="Library", times=None)
    await dual.write("books", world.change("DELETE FROM books WHERE author_id = 1 AND number = 1"), key=(1, 1))
    assert await dual.waiting() == (1, 0)
    world.faults.heal()
    assert (await dual.repair()).done == 1
    assert world.differences() == []


async def test_of_two_writers_of_one_row_the_last_state_wins_in_any_order(world: AsyncWorld) -> None:
    async def meanwhile() -> None:
        await world.book(1, 1, "second")

    # The second write happens wholly between the first one's reading of the row and its writing of the item.
    world.meanwhile.before("PutItem", meanwhile, after=1)
    await world.book(1, 1, "first")
    assert (world.item("AUTHOR#1", "BOOK#1") or {})["title"] == {"S": "second"}
    assert world.differences() == []


async def test_a_row_deleted_while_its_item_is_written_does_not_come_back(world: AsyncWorld) -> None:
    async def meanwhile() -> None:
        await world.remove(1, 1)

    world.meanwhile.before("PutItem", meanwhile, after=1)
    await world.book(1, 1, "first")
    assert world.item("AUTHOR#1", "BOOK#1") is None
    assert world.differences() == []


async def test_what_was_deleted_during_the_backfill_does_not_come_back_once_settled(tmp_path: Path) -> None:
    async with AsyncWorld(tmp_path) as world:
        await world.enter(2)
        removed: list[Step] = []

        async def told(step: Step) -> None:
            if not removed:
                removed.append(step)
                await world.remove(2, 2)

        await world.backfill(told)
        assert await world.dual.waiting() == (0, 1)
        assert [each for each in world.differences() if "orphan" in each]
        assert (await world.dual.settle()).done == 1
        assert world.differences() == []


async def test_in_the_last_phase_sql_is_not_written(world: AsyncWorld) -> None:
    await world.enter(5)
    with pytest.raises(SqlIsOver, match="in_dynamodb"):
        await world.book(1, 1, "New")

    async def act() -> int:
        return 1

    async def in_dynamodb() -> int:
        return 2

    assert await world.dual.write("books", act, key=(1, 1), in_dynamodb=in_dynamodb) == 2
    assert world.differences() == []


async def test_what_happened_while_back_in_phase_one_is_mended_after_a_verification(world: AsyncWorld) -> None:
    await world.enter(1)
    await world.book(1, 1, "Alone")
    await world.book(1, 9, "New")
    await world.enter(2)
    found = world.report()
    assert {each.kind for each in found.differences} == {"different", "missing"}
    assert (await world.dual.mend(found.differences)).left == 0
    assert world.differences() == []


async def test_a_row_that_another_writer_moved_meanwhile_leaves_nothing_where_it_was_in_between(
    world: AsyncWorld,
) -> None:
    async def act() -> None:
        # Another writer moves the book wholly before this one's statement takes the row's lock.
        async with async_opened(world.connect) as other:
            dual = world.writer(world.queue)

            async def move() -> None:
                await other.execute("UPDATE books SET number = 20 WHERE author_id = 1 AND number = 1")

            await dual.write("books", move, key=lambda result: (1, 20), connection=other)
            await world.dual.wrote(
                "books",
                (1, 1),
                {
                    ("Library/BOOK", (1, 1)): {
                        "PK": {"S": "AUTHOR#1"},
                        "SK": {"S": "BOOK#1"},
                        "author_id": {"N": "1"},
                        "number": {"N": "1"},
                    }
                },
            )
        await world.sql.execute("DELETE FROM books WHERE author_id = 1 AND number = 20")

    await world.dual.write("books", act, key=(1, 20), connection=world.sql)
    assert world.differences() == []


OPERATION = st.tuples(
    st.sampled_from(["book", "remove", "rename", "move", "throttle", "lose", "repair"]),
    st.integers(0, 2),
    st.integers(0, 4),
    st.integers(0, 2),
)


async def perform(world: AsyncWorld, operation: tuple[str, int, int, int]) -> None:
    kind, author, number, other = operation
    match kind:
        case "book":
            await world.book(author, number, f"{number} {other}")
        case "remove":
            await world.remove(author, number)
        case "rename":
            await world.rename(author, f"Author {number}")
        case "move":
            before = await world.dual.before("books", (author, number))
            sql = "UPDATE OR IGNORE books SET author_id = ? WHERE author_id = ? AND number = ?"
            await world.change(sql, other, author, number)()
            await world.dual.wrote("books", (author, number), before)
            await world.dual.wrote("books", (other, number))
        case "throttle":
            world.faults.throttle(table="Library", times=30)
        case "lose":
            lost = ConnectionLost("no answer")
            world.faults.fail(lost, table="Library", times=4, after_commit=number % 2 == 0)
        case _:
            await world.dual.repair()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    during=st.lists(OPERATION, max_size=8),
    nested=st.lists(OPERATION, max_size=4),
    phases=st.lists(st.tuples(st.integers(2, 4), st.lists(OPERATION, max_size=4)), max_size=4),
)
async def test_no_row_is_lost_or_stale_whatever_is_written_and_whatever_fails(
    tmp_path_factory: pytest.TempPathFactory,
    during: list[tuple[str, int, int, int]],
    nested: list[tuple[str, int, int, int]],
    phases: list[tuple[int, list[tuple[str, int, int, int]]]],
) -> None:
    async with AsyncWorld(tmp_path_factory.mktemp("world")) as world:
        await world.enter(2)
        left = list(during)

        async def interleave() -> None:
            if nested:
                await perform(world, nested.pop())

        async def told(step: Step) -> None:
            if left:
                world.meanwhile.before(None, interleave)
                await perform(world, left.pop())

        await world.backfill(told)
        # What waits for a call that never came must not spoil the repair.
        nested.clear()
        world.faults.heal()
        await world.dual.repair()
        await world.dual.settle()
        assert world.differences() == []
        for number, operations in phases:
            now = (await world.state.held()).phase.number
            if number > now or number == now - 1:
                await world.enter(number)
            for operation in operations:
                await perform(world, operation)
        world.faults.heal()
        await world.dual.repair()
        await world.dual.settle()
        assert await world.dual.waiting() == (0, 0)
        assert world.differences() == []
