"""Reads as the phase says by the awaited executor; `test_reads.py` is generated from this file."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from dynalayer.migrate.dual import AsyncCounts, AsyncDualReader, Discrepancy, as_lines
from dynalayer.protocol import ConnectionLost, DynalayerError
from dynalayer.statements import Raw
from tests.migrate.dual.async_moved import AsyncWorld
from tests.migrate.dual.twins import AsyncLater

pytestmark = pytest.mark.anyio


class Reading:
    def __init__(self, world: AsyncWorld, **options: Any) -> None:
        self.world = world
        self.later = AsyncLater()
        self.told: list[Discrepancy] = []
        self.slept: list[float] = []
        self.asked = 0
        given: dict[str, Any] = {
            "counts": world.counts,
            "told": self.told.append,
            "sleep": self.wait,
            **options,
        }
        later: Any = self.later
        self.reader = AsyncDualReader(world.database, world.readers, world.plans, world.state, later, **given)

    async def wait(self, seconds: float) -> None:
        self.slept.append(seconds)

    async def title(self, author: int, number: int) -> Any:
        async def sql() -> str | None:
            self.asked += 1
            found = await self.world.rows(f"SELECT title FROM books WHERE author_id = {author} AND number = {number}")
            return f"sql {found[0][0]}" if found else None

        key = {"PK": f"AUTHOR#{author}", "SK": f"BOOK#{number}"}
        return await self.reader.read(
            "Library/BOOK", (author, number), sql=sql, item_key=key, dynamodb=lambda item: f"item {item['title']}"
        )

    def spoil(self, author: int, number: int, **values: Any) -> None:
        key = {"PK": {"S": f"AUTHOR#{author}"}, "SK": {"S": f"BOOK#{number}"}}
        item = self.world.item(f"AUTHOR#{author}", f"BOOK#{number}") or key
        self.world.plain.run(Raw("PutItem", {"TableName": "Library", "Item": {**item, **values}}))

    async def figures(self) -> tuple[int, int]:
        await self.world.counts.flush()
        self.world.now += 60
        found = await self.world.state.figures()
        return found.compared_ok, found.compared_failed


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[AsyncWorld]:
    async with AsyncWorld(tmp_path) as world:
        await world.enter(2)
        await world.backfill()
        yield world


async def enter(world: AsyncWorld, number: int) -> None:
    await world.enter(number)
    world.now += 60


async def test_each_phase_reads_what_it_says(world: AsyncWorld) -> None:
    reading = Reading(world)
    answers: dict[int, tuple[Any, int, int]] = {}
    for number in (2, 3, 4, 5):
        await world.enter(number)
        reading.asked, calls = 0, len(world.faults.calls)
        answer = await reading.title(1, 1)
        await reading.later.run()
        read = sum(call.operation == "GetItem" and "Library" in call.tables for call in world.faults.calls[calls:])
        answers[number] = (answer, reading.asked, read)
    assert answers == {
        2: ("sql Title 1.1", 1, 0),
        3: ("sql Title 1.1", 1, 1),
        4: ("item Title 1.1", 0, 1),
        5: ("item Title 1.1", 0, 1),
    }


async def test_a_difference_is_looked_at_again_before_it_counts(world: AsyncWorld) -> None:
    await enter(world, 3)
    reading = Reading(world)
    await world.change("UPDATE books SET title = 'Late' WHERE author_id = 1 AND number = 1")()
    mend = Reading(world, sleep=lambda seconds: world.dual.wrote("books", (1, 1)))
    assert await mend.title(1, 1) == "sql Late"
    await mend.later.run()
    assert (mend.told, await reading.figures()) == ([], (1, 0))


async def test_a_discrepancy_tells_names_and_no_values(world: AsyncWorld) -> None:
    await enter(world, 3)
    lines = io.StringIO()
    reading = Reading(world, told=as_lines(lines), redacted=("price",))
    reading.spoil(1, 1, title={"S": "secret words"}, price={"N": "4711"})
    assert await reading.title(1, 1) == "sql Title 1.1"
    await reading.later.run()
    told = json.loads(lines.getvalue())
    assert (told["entity"], told["kind"], told["attributes"], told["redacted"]) == (
        "Library/BOOK",
        "different",
        ["title"],
        1,
    )
    assert all(word not in lines.getvalue() for word in ("secret", "4711", "Title 1.1", "price"))
    assert (reading.slept, await reading.figures()) == ([2.0], (0, 1))


async def test_missing_and_orphaned_items_are_told_apart(world: AsyncWorld) -> None:
    await enter(world, 3)
    reading = Reading(world)
    reading.spoil(2, 9, title={"S": "nobody's"})
    await world.change("INSERT INTO books VALUES (1, 8, 'new', 1)")()
    assert [await reading.title(*key) for key in ((2, 9), (1, 8), (2, 7))] == [None, "sql new", None]
    await reading.later.run()
    assert sorted(each.kind for each in reading.told) == ["missing", "orphan"]


async def test_equal_numbers_are_equal_however_they_are_written(world: AsyncWorld) -> None:
    await enter(world, 3)
    reading = Reading(world)
    reading.spoil(1, 1, price={"N": "1.900"})
    await reading.title(1, 1)
    await reading.later.run()
    assert reading.told == []


async def test_a_comparison_neither_fails_nor_slows_the_caller(world: AsyncWorld) -> None:
    await enter(world, 3)

    def explode(found: Discrepancy) -> None:
        raise ZeroDivisionError

    reading = Reading(world, most=2, told=explode)
    assert await reading.title(1, 1)
    world.faults.fail(lambda call: ConnectionLost("gone"), table="Library", times=None)
    for _ in range(4):
        assert await reading.title(1, 1) == "sql Title 1.1"
    assert len(reading.later.waiting) == 2
    await reading.later.run()
    assert await reading.figures() == (0, 0)
    world.faults.heal()
    reading.spoil(1, 1, title={"S": "other"})
    await reading.title(1, 1)
    await reading.later.run()
    assert await reading.figures() == (0, 1)


async def test_a_comparison_that_cannot_be_counted_fails_nobody_either(world: AsyncWorld) -> None:
    await enter(world, 3)

    class Uncounted(AsyncCounts):
        async def note(self, what: str) -> None:
            raise ZeroDivisionError

    reading = Reading(world, counts=Uncounted(world.state))
    assert await reading.title(1, 1) == "sql Title 1.1"
    await reading.later.run()


async def test_only_a_share_of_reads_is_compared(world: AsyncWorld) -> None:
    await enter(world, 3)
    reading = Reading(world, share=0.0)
    await reading.title(1, 1)
    assert reading.later.waiting == []


async def test_phase_four_falls_back_to_sql_only_where_that_is_asked_for(world: AsyncWorld) -> None:
    await enter(world, 4)
    plain, falling = Reading(world), Reading(world, fallback=True)
    await world.state.phase()
    world.faults.fail(lambda call: ConnectionLost("gone"), table="Library", times=None)
    assert await falling.title(1, 1) == "sql Title 1.1"
    with pytest.raises(DynalayerError, match="gone"):
        await plain.title(1, 1)
    world.faults.heal()
    assert await plain.title(1, 9) is None


async def test_reads_go_on_while_the_phase_cannot_be_read(world: AsyncWorld) -> None:
    await enter(world, 3)
    reading = Reading(world)
    await reading.title(1, 1)
    world.now += 60
    world.faults.fail(lambda call: ConnectionLost("gone"), times=None)
    assert await reading.title(1, 1) == "sql Title 1.1"
    await reading.later.run()
