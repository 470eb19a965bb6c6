from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from dynalayer import Database
from dynalayer.migrate import read_contract
from dynalayer.migrate.backfill import Backfill, Journal
from dynalayer.migrate.queries import EntityPlan
from dynalayer.migrate.reading import Reader
from dynalayer.migrate.source import Source
from dynalayer.migrate.target import declared
from dynalayer.migrate.verify import CannotTellOrphans, Report, Verifier, shown
from dynalayer.statements import Raw
from tests.migrate.small import CONTRACT, library, plans_of


class World:
    """A library that has been copied."""

    def __init__(self, source: Source, database: Database, folder: Path) -> None:
        self.source = source
        self.database = database
        self.plans: tuple[EntityPlan, ...] = plans_of(source)
        self.verifier = Verifier(database, folder, sleep=lambda seconds: None)

    def verify(self) -> Report:
        with closing(Reader(self.source)) as reader:
            return self.verifier.verify(reader, self.plans)

    def repair(self, report: Report, *, orphans: bool = False) -> dict[Any, int]:
        with closing(Reader(self.source)) as reader:
            return self.verifier.repair(reader, self.plans, report.differences, orphans=orphans)

    def put(self, item: dict[str, Any]) -> None:
        self.database.run(Raw("PutItem", {"TableName": "Library", "Item": item}))

    def get(self, pk: str, sk: str) -> dict[str, Any]:
        key = {"PK": {"S": pk}, "SK": {"S": sk}}
        found: dict[str, Any] = self.database.run(Raw("GetItem", {"TableName": "Library", "Key": key}))["Item"]
        return found

    def delete(self, pk: str, sk: str) -> None:
        key = {"PK": {"S": pk}, "SK": {"S": sk}}
        self.database.run(Raw("DeleteItem", {"TableName": "Library", "Key": key}))

    def sql(self, statement: str) -> None:
        with closing(sqlite3.connect(self.source.database)) as connection:
            connection.execute(statement)
            connection.commit()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    source = library(tmp_path / "library.db", authors=6, books=5)
    with Database("memory:") as database:
        database.create_tables(*declared(read_contract(CONTRACT)[0]))
        made = World(source, database, tmp_path / "state")
        with closing(Reader(source)) as reader, closing(Journal(tmp_path / "state")) as journal:
            Backfill(database, journal).run(reader, made.plans)
        yield made


def kinds(report: Report) -> list[str]:
    return [shown(each) for each in report.differences]


def test_what_was_copied_agrees(world: World) -> None:
    report = world.verify()
    assert report.is_clean
    assert (report.stored, report.orphans) == (36, 0)
    assert {name: (count.rows, count.equal) for name, count in report.counts.items()} == {
        "Library/AUTHOR": (6, 6),
        "Library/BOOK": (30, 30),
    }


def test_a_missing_item_is_told_and_mended(world: World) -> None:
    world.delete("AUTHOR#2", "BOOK#3")
    report = world.verify()
    assert kinds(report) == ["missing Library/BOOK row 2, 3"]
    assert world.repair(report) == {"missing": 1, "different": 0, "orphan": 0}
    assert world.verify().is_clean


def test_a_different_item_is_told_by_its_attributes_without_their_values(world: World) -> None:
    item = world.get("AUTHOR#2", "BOOK#3")
    world.put(item | {"title": {"S": "secret"}, "price": {"N": "1"}})
    report = world.verify()
    assert kinds(report) == ["different Library/BOOK row 2, 3: price, title"]
    assert "secret" not in str(report)
    world.repair(report)
    assert world.get("AUTHOR#2", "BOOK#3") == item


def test_an_item_of_no_row_is_told_and_only_deleted_if_that_is_asked_for(world: World) -> None:
    world.sql("DELETE FROM books WHERE author_id = 1 AND number = 1")
    world.sql("INSERT INTO books VALUES (1, 9, 'x', 1)")
    world.put(world.get("AUTHOR#1", "BOOK#2") | {"SK": {"S": "BOOK#9"}, "number": {"N": "9"}})
    report = world.verify()
    assert sorted(kinds(report)) == ["different Library/BOOK row 1, 9: price, title", "orphan Library"]
    world.repair(report)
    assert kinds(world.verify()) == ["orphan Library"]
    assert world.repair(world.verify(), orphans=True)["orphan"] == 1
    assert world.verify().is_clean


def test_a_change_of_the_source_is_seen_in_what_is_calculated_of_it(world: World) -> None:
    world.sql("INSERT INTO books VALUES (1, 9, 'x', 1)")
    assert sorted(kinds(world.verify())) == ["different Library/AUTHOR row 1: books", "missing Library/BOOK row 1, 9"]


def test_equal_numbers_and_what_the_application_adds_are_no_difference(world: World) -> None:
    world.put(world.get("AUTHOR#2", "BOOK#3") | {"price": {"N": "3.900"}, "seen_by": {"SS": ["a"]}})
    assert world.verify().is_clean


def test_a_row_that_cannot_become_an_item_is_told(world: World) -> None:
    world.sql("UPDATE books SET price = 'free' WHERE author_id = 0 AND number = 1")
    report = world.verify()
    assert [(each.kind, each.attributes) for each in report.differences] == [("rejected", ("price",)), ("orphan", ())]
    with pytest.raises(CannotTellOrphans, match="may be theirs"):
        world.repair(report, orphans=True)


def test_what_was_written_in_between_is_read_again_before_it_counts(world: World) -> None:
    def told(what: str, count: int) -> None:
        if what.startswith("reading"):
            world.sql("UPDATE books SET title = 'new' WHERE author_id = 2 AND number = 3")
            world.put(world.get("AUTHOR#2", "BOOK#3") | {"title": {"S": "new"}})

    world.verifier = Verifier(world.database, Path(world.source.database).parent / "other", told=told)
    assert world.verify().is_clean


def test_what_is_under_way_is_no_difference_once_it_has_arrived(world: World) -> None:
    def arrive(seconds: float) -> None:
        world.put(world.get("AUTHOR#2", "BOOK#3") | {"title": {"S": "under way"}})
        world.delete("AUTHOR#9", "#META")

    world.sql("UPDATE books SET title = 'under way' WHERE author_id = 2 AND number = 3")
    world.put(world.get("AUTHOR#1", "#META") | {"PK": {"S": "AUTHOR#9"}})
    world.verifier = Verifier(world.database, Path(world.source.database).parent / "other", sleep=arrive)
    report = world.verify()
    assert kinds(report) == []
    assert {count.equal for count in report.counts.values()} == {6, 30}
