from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dynalayer import Database
from dynalayer.migrate import read_contract
from dynalayer.migrate.backfill import Backfill, Journal, Options, OtherMigration, Step, Summary, TooManyRejects
from dynalayer.migrate.reading import Reader
from dynalayer.migrate.source import Source
from dynalayer.migrate.target import declared
from dynalayer.statements import Raw
from dynalayer.testing import Faults
from tests.migrate.running import contents
from tests.migrate.small import CONTRACT, library, plans_of

TABLES = declared(read_contract(CONTRACT)[0])


class Killed(BaseException):
    """Stands for the end of the process: nothing catches it."""


def fill(
    database: Database, source: Source, folder: Path, *, kill_at: int | None = None, **options: Any
) -> Summary | None:
    """One run; with `kill_at` it ends at that step as if the process was killed."""
    steps = 0

    def told(step: Step) -> None:
        nonlocal steps
        steps += 1
        if steps == kill_at:
            raise Killed

    with closing(Reader(source)) as reader, closing(Journal(folder)) as journal:
        backfill = Backfill(
            database,
            journal,
            Options(page_rows=7, **options),
            clock=lambda: 0.0,
            sleep=lambda seconds: None,
            chance=random.Random(1),
        )
        try:
            return backfill.run(reader, plans_of(source), told)
        except Killed:
            return None


@pytest.fixture
def source(tmp_path: Path) -> Source:
    return library(tmp_path / "library.db", authors=10, books=6)


def fresh() -> Database:
    database = Database("memory:")
    database.create_tables(*TABLES)
    return database


def test_every_row_becomes_an_item(source: Source, tmp_path: Path) -> None:
    with fresh() as database:
        summary = fill(database, source, tmp_path / "state")
        found = contents(database, "Library")
    assert summary is not None
    assert {name: each.rows for name, each in summary.entities.items()} == {"Library/AUTHOR": 10, "Library/BOOK": 60}
    assert len(found) == 70
    assert found["AUTHOR#3", "BOOK#2"]["price"] == {"N": "2.9"}
    assert found["AUTHOR#3", "#META"]["books"] == {"N": "6"}


def test_a_second_run_writes_nothing(source: Source, tmp_path: Path) -> None:
    with fresh() as database:
        first = fill(database, source, tmp_path / "state")
        gone = {"TableName": "Library", "Key": {"PK": {"S": "AUTHOR#3"}, "SK": {"S": "BOOK#2"}}}
        database.run(Raw("DeleteItem", gone))
        second = fill(database, source, tmp_path / "state")
        assert len(contents(database, "Library")) == 69
    assert first == second


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kills=st.lists(st.integers(1, 11), max_size=6))
def test_a_run_that_is_stopped_anywhere_goes_on_to_the_same_table(
    source: Source, tmp_path_factory: pytest.TempPathFactory, kills: Sequence[int]
) -> None:
    folder = tmp_path_factory.mktemp("state")
    with fresh() as database, fresh() as other:
        for kill in kills:
            fill(database, source, folder, kill_at=kill)
        summary = fill(database, source, folder)
        fill(other, source, tmp_path_factory.mktemp("other"))
        assert contents(database, "Library") == contents(other, "Library")
    assert summary is not None
    assert sum(each.rows for each in summary.entities.values()) == 70
    assert sum(each.items for each in summary.entities.values()) == 70


def test_throttled_batches_are_written_in_the_end(source: Source, tmp_path: Path) -> None:
    with fresh() as database:
        faults = Faults(database.connection)
        faults.throttle(operation="BatchWriteItem", times=5)
        faults.leave_undone(3, times=4)
        with Database(faults, sleep=lambda seconds: None) as slow:
            assert fill(slow, source, tmp_path / "state") is not None
            assert len(contents(slow, "Library")) == 70


def test_what_is_there_already_is_left_alone_where_that_is_asked_for(source: Source, tmp_path: Path) -> None:
    mine = {"PK": {"S": "AUTHOR#3"}, "SK": {"S": "BOOK#2"}, "title": {"S": "newer"}}
    with fresh() as database:
        database.run(Raw("PutItem", {"TableName": "Library", "Item": mine}))
        summary = fill(database, source, tmp_path / "state", only_new=True)
        found = contents(database, "Library")
    assert summary is not None
    assert found["AUTHOR#3", "BOOK#2"] == mine
    assert (summary.entities["Library/BOOK"].kept, summary.entities["Library/BOOK"].items) == (1, 59)


def test_two_rows_of_one_key_are_told_and_the_second_is_not_written(tmp_path: Path) -> None:
    source = library(tmp_path / "library.db", authors=3, books=2)
    document = json.loads(json.dumps(CONTRACT))
    document["tables"][0]["entities"][1]["sk_template"] = "BOOK"
    with fresh() as database, closing(Reader(source)) as reader, closing(Journal(tmp_path / "s")) as journal:
        summary = Backfill(database, journal).run(reader, plans_of(source, document))
        found = contents(database, "Library")
    assert summary.rejects == 3
    lines = [json.loads(line) for line in (tmp_path / "s" / "rejects.jsonl").read_text().splitlines()]
    assert lines[0]["reason"] == "its key is that of row 0, 0 of Library/BOOK, which would be overwritten"
    assert {found[f"AUTHOR#{n}", "BOOK"]["number"]["N"] for n in range(3)} == {"0"}


def test_rows_that_cannot_become_items_stop_it_when_they_are_too_many(tmp_path: Path) -> None:
    source = library(tmp_path / "library.db", authors=5, books=4)
    with sqlite3.connect(tmp_path / "library.db") as connection:
        connection.execute("UPDATE books SET price = 'free'")
    connection.close()
    with fresh() as database, pytest.raises(TooManyRejects, match="more than the 3 allowed"):
        fill(database, source, tmp_path / "state", max_rejects=3)
    with fresh() as database:
        summary = fill(database, source, tmp_path / "other", max_rejects=100)
    assert summary is not None
    assert summary.rejects == 20
    reasons = {json.loads(line)["reason"] for line in (tmp_path / "other" / "rejects.jsonl").read_text().splitlines()}
    assert reasons == {"a text that is no number, for an attribute of type N"}


def test_the_state_of_another_migration_is_refused(tmp_path: Path) -> None:
    with closing(Journal(tmp_path / "state")) as journal:
        journal.begin("one")
    with closing(Journal(tmp_path / "state")) as journal, pytest.raises(OtherMigration, match="another migration"):
        journal.begin("two")
