"""Rows that are written all the time are no discrepancies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from dynalayer.migrate import read_contract
from dynalayer.migrate.dual import Discrepancy, DualReader
from dynalayer.migrate.target import declared
from tests.migrate.dual.moved import World
from tests.migrate.small import plans_of

KEY = {"PK": "AUTHOR#1", "SK": "BOOK#1"}
SHELVED: dict[str, Any] = {
    "tables": [
        {
            "table": "Shelves",
            "type": "single-entity",
            "source_table": "titled",
            "pk": "shelf",
            "attributes": [
                {"name": "shelf", "type": "S", "source_column": "shelf"},
                {"name": "id", "type": "N", "source_column": "id"},
            ],
        }
    ]
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path) as world:
        world.enter(2)
        world.backfill()
        world.enter(3)
        world.now += 60
        yield world


def rename(world: World, title: str) -> None:
    """As seen between the two writes of a writer: SQL has it and DynamoDB not yet."""
    world.change("UPDATE books SET title = ? WHERE author_id = 1 AND number = 1", title)()


def reader_of(world: World, executor: Executor, sleep: Callable[[float], None]) -> DualReader:
    return DualReader(
        world.database, world.readers, world.plans, world.state, executor, counts=world.counts, sleep=sleep
    )


def compared(
    world: World, sleep: Callable[[float], None], row: tuple[int, int] = (1, 1)
) -> tuple[Discrepancy | None, int, int]:
    with ThreadPoolExecutor(1) as executor:
        found = reader_of(world, executor, sleep).compare("Library/BOOK", row, KEY)
    world.counts.flush()
    world.now += 60
    figures = world.state.figures()
    return found, figures.compared_ok, figures.compared_failed


def test_a_row_that_is_written_again_between_two_looks_is_waited_for(world: World) -> None:
    titles = iter(["second", "third"])

    def write_again(seconds: float) -> None:
        title = next(titles, None)
        if title is None:
            world.dual.wrote("books", (1, 1))
        else:
            rename(world, title)

    rename(world, "first")
    assert compared(world, write_again) == (None, 1, 0)


def test_a_row_that_is_written_all_the_time_is_not_counted(world: World) -> None:
    numbers = iter(range(100))
    rename(world, "first")
    assert compared(world, lambda seconds: rename(world, f"title {next(numbers)}")) == (None, 0, 0)


def test_a_difference_that_stays_while_the_row_stays_is_counted(world: World) -> None:
    rename(world, "first")
    found, ok, failed = compared(world, lambda seconds: None)
    assert (found is not None, ok, failed) == (True, 0, 1)


def test_a_row_that_gets_another_key_between_two_looks_is_not_counted(world: World) -> None:
    def move(seconds: float) -> None:
        world.change("UPDATE titled SET shelf = 'B' WHERE id = 1")()

    # A row keeps its key in SQL while its item's key changes: as an order does whose customer has a new address.
    contract = read_contract(SHELVED)[0]
    world.change("CREATE TABLE titled (id INTEGER PRIMARY KEY, shelf TEXT NOT NULL)")()
    world.change("INSERT INTO titled VALUES (1, 'A')")()
    (plan,) = plans_of(world.source, SHELVED)
    world.plain.create_tables(*declared(contract))
    with ThreadPoolExecutor(1) as executor:
        reader = DualReader(
            world.database, world.readers, (plan,), world.state, executor, counts=world.counts, sleep=move
        )
        assert reader.compare(plan.name, (1,), {"shelf": "A"}) is None
    world.counts.flush()
    world.now += 60
    assert world.state.figures().compared == 0


def test_an_item_under_the_key_of_a_deleted_row_may_be_of_another_row(world: World) -> None:
    world.change("DELETE FROM books WHERE author_id = 1 AND number = 2")()
    assert compared(world, lambda seconds: None, row=(1, 2)) == (None, 1, 0)


def test_a_comparison_that_comes_too_late_is_not_made(world: World) -> None:
    class Busy(Executor):
        """Has so much to do that a minute passes."""

        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
            world.now += 60
            fn()
            return Future()

    reader = reader_of(world, Busy(), lambda seconds: None)
    found = reader.read("Library/BOOK", (1, 1), item_key=KEY, sql=lambda: "row", dynamodb=lambda item: "item")
    world.counts.flush()
    world.now += 60
    assert (found, world.state.figures().compared) == ("row", 0)
