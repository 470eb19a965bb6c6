from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynalayer import Database
from dynalayer.migrate import read_contract
from dynalayer.migrate.dual import last_beat
from dynalayer.migrate.reverse import CannotSync, Progress, Sync
from dynalayer.migrate.target import declared
from dynalayer.protocol import AccessDenied, CheckpointMoved, ConnectionLost
from dynalayer.schema.markers import MARKER_PREFIX
from dynalayer.statements import Raw
from dynalayer.testing import Faults
from tests.migrate.reverse.alone import Alone
from tests.migrate.small import CONTRACT

BOOKS = "SELECT author_id, number, title, price FROM books ORDER BY 1, 2"


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Alone]:
    found = Alone(tmp_path)
    yield found
    found.close()


def test_what_is_written_in_dynamodb_alone_is_in_sql_after_a_round(alone: Alone) -> None:
    alone.author(9, "Ada")
    alone.book(9, 1, "Notes", "9.90")
    alone.book(1, 1, "Anew")
    alone.unbook(2, 2)
    progress = alone.sync.once()
    assert (progress.restored, progress.left) == (4, 0)
    assert alone.rows("SELECT * FROM authors WHERE id = 9") == [(9, "Ada")]
    rows = alone.rows(BOOKS)
    assert (9, 1, "Notes", 9.9) in rows
    assert (1, 1, "Anew", None) in rows
    assert not [row for row in rows if row[:2] == (2, 2)]


def test_while_sql_is_written_nothing_is_brought_back_however_old_the_changes_are(tmp_path: Path) -> None:
    alone = Alone(tmp_path, number=4)
    alone.book(1, 1, "older than the row")
    assert alone.sync.once().skipped == 1
    alone.enter(5)
    alone.sync.once()
    alone.book(1, 2, "newer than the row")
    alone.sync.once()
    titles = dict(alone.rows("SELECT number, title FROM books WHERE author_id = 1"))
    assert (titles[1], titles[2]) == ("Title 1.1", "newer than the row")
    alone.close()


def test_an_older_change_that_comes_late_does_not_bring_back_what_was(alone: Alone) -> None:
    for title in ("one", "two", "three"):
        alone.book(1, 1, title)
    alone.sync.once()
    alone.change("UPDATE books SET price = 5 WHERE author_id = 1 AND number = 1")
    alone.book(1, 1, "three", "5")
    alone.begin_anew()
    assert alone.sync.once().restored > 12
    assert alone.rows(BOOKS)[4] == (1, 1, "three", 5)


def test_a_column_that_the_item_does_not_tell_stays_as_it_is(alone: Alone) -> None:
    alone.change("ALTER TABLE books ADD COLUMN shelf TEXT DEFAULT 'new'")
    alone.change("UPDATE books SET shelf = 'A1'")
    alone.book(1, 1, "Anew")
    alone.book(1, 7, "Seventh")
    alone.sync.once()
    shelves = dict(alone.rows("SELECT number, shelf FROM books WHERE author_id = 1"))
    assert (shelves[1], shelves[7]) == ("A1", "new")


def test_an_item_that_says_two_things_is_left_over_until_it_is_mended(alone: Alone) -> None:
    alone.book(1, 1, "wrong", more={"author_id": {"N": "2"}})
    assert alone.sync.once().left == 1
    (left,) = alone.left()
    assert (left.table, left.key, left.reason) == (
        "Library",
        {"PK": {"S": "AUTHOR#1"}, "SK": {"S": "BOOK#1"}},
        "'PK' does not agree with the rest of the item",
    )
    assert alone.rows(BOOKS)[7] == (2, 1, "Title 2.1", 1.9)
    alone.book(1, 1, "right")
    assert alone.sync.once().left == 0
    assert alone.left() == []
    assert alone.rows(BOOKS)[4] == (1, 1, "right", None)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"price": {"S": "free"}}, "'price': not a value of DECIMAL(10, 2)"),
        ({"price": {"BOOL": True}}, "'price': a value of type BOOL, which is not what DECIMAL(10, 2) makes"),
        ({"number": {"N": "1.5"}}, "'number': a number with decimals, for a column of whole numbers"),
    ],
)
def test_a_value_that_the_column_cannot_be_is_left_over_by_name(alone: Alone, wrong: Any, reason: str) -> None:
    alone.book(1, 1, "wrong", more=wrong)
    alone.sync.once()
    assert [each.reason for each in alone.left()] == [reason]


def test_an_item_of_no_entity_is_left_over_and_nothing_else_waits_for_it(alone: Alone) -> None:
    alone.put("Library", {"PK": {"S": "PRESS#1"}, "SK": {"S": "#META"}})
    alone.book(1, 1, "Anew")
    assert alone.sync.once().left == 1
    assert alone.left()[0].reason == "no entity that is brought back has items of such a key"
    assert alone.rows(BOOKS)[4][2] == "Anew"
    assert alone.sync.forget() == 1


def test_items_of_entities_that_are_left_out_and_markers_of_unique_values_are_passed_over(alone: Alone) -> None:
    alone.sync.close()
    authors, books = alone.reversals
    sync = Sync(alone.database, alone.source, alone.tables, [books], alone.state, without=[authors.plan])
    alone.author(1, "Ada")
    alone.put("Library", {"PK": {"S": f"{MARKER_PREFIX}a"}, "SK": {"S": "b"}})
    alone.book(1, 1, "Anew")
    assert sync.once().left == 0
    assert alone.rows("SELECT name FROM authors WHERE id = 1") == [("Author 1",)]
    assert alone.rows(BOOKS)[4][2] == "Anew"
    sync.close()


def test_a_row_that_others_refer_to_is_deleted_after_them(alone: Alone) -> None:
    alone.delete("Library", {"PK": {"S": "AUTHOR#1"}, "SK": {"S": "#META"}})
    assert alone.sync.once().left == 1
    assert alone.left()[0].reason == "rows of 'books' refer to it"
    for number in range(3):
        alone.unbook(1, number)
    assert alone.sync.once().left == 0
    assert [row[0] for row in alone.rows("SELECT id FROM authors")] == [0, 2]


def test_a_second_synchronisation_is_told_that_another_runs(alone: Alone) -> None:
    other = alone.another()
    other.once()
    alone.book(1, 1, "one")
    with pytest.raises(CheckpointMoved):
        alone.sync.once()
    other.close()


def test_it_tells_that_it_runs_how_far_it_is_and_what_it_covers(alone: Alone) -> None:
    alone.now += 7
    alone.book(1, 1, "Anew")
    alone.sync.once()
    beat = last_beat(alone.database, alone.state.table)
    assert beat is not None
    assert (beat.at, beat.caught_up, beat.restored) == (alone.now, alone.now, 1)
    assert beat.covers == ("Library/AUTHOR", "Library/BOOK")


def test_tables_without_a_stream_are_refused_with_what_to_do(alone: Alone) -> None:
    with Database("memory:") as database:
        tables = declared(read_contract(CONTRACT)[0])
        database.create_tables(*tables)
        with pytest.raises(CannotSync, match="create --protected"):
            Sync(database, alone.source, tables, alone.reversals, alone.state)


def test_a_database_that_is_busy_takes_nothing_away_from_what_comes_next(alone: Alone) -> None:
    alone.book(1, 1, "Anew")
    with sqlite3.connect(alone.source.database) as blocker:
        blocker.execute("BEGIN IMMEDIATE")
        alone.sync._rows._connection.execute("PRAGMA busy_timeout = 1")  # pyright: ignore
        with pytest.raises(sqlite3.OperationalError):
            alone.sync.once()
        blocker.rollback()
    blocker.close()
    assert alone.sync.once().restored >= 1
    assert alone.rows(BOOKS)[4][2] == "Anew"


def test_trouble_is_waited_out_and_anything_else_ends_it(alone: Alone) -> None:
    faults = Faults(alone.database.connection)
    alone.sync.close()
    with Database(faults, clock=alone.clock, sleep=lambda seconds: None) as database:
        sync = Sync(database, alone.source, alone.tables, alone.reversals, alone.state)
        sync.once()
        alone.book(1, 1, "Anew")
        faults.fail(ConnectionLost("no answer"), operation="BatchGetItem", times=8)
        told: list[int] = []

        def hear(progress: Progress) -> None:
            told.append(progress.left)
            sync.stop()

        sync.run(lambda progress: hear(progress), every=0.001)
        assert told == [0]
        assert alone.rows(BOOKS)[4][2] == "Anew"
        faults.fail(AccessDenied("no"), operation="GetRecords", times=50)
        with pytest.raises(AccessDenied):
            Sync(database, alone.source, alone.tables, alone.reversals, alone.state).run(every=0.001)


def test_of_two_entities_of_one_row_one_writes_each_column_and_the_row_goes_with_the_last(tmp_path: Path) -> None:
    lookup = {
        "entity_type": "NAME",
        "source_table": "authors",
        "pk_template": "NAME#{name}",
        "sk_template": "#NAME",
        "attributes": [{"name": "id", "type": "N", "source_column": "id"}],
    }
    document = json.loads(json.dumps(CONTRACT))
    document["tables"][0]["entities"].append(lookup)
    alone = Alone(tmp_path, document)
    old = {"PK": {"S": "NAME#Author 1"}, "SK": {"S": "#NAME"}}
    alone.author(1, "Ada")
    alone.put("Library", {"PK": {"S": "NAME#Ada"}, "SK": {"S": "#NAME"}, "id": {"N": "1"}})
    alone.delete("Library", old)
    assert alone.sync.once().left == 0
    assert alone.rows("SELECT name FROM authors WHERE id = 1") == [("Ada",)]
    for number in range(3):
        alone.unbook(1, number)
    alone.delete("Library", {"PK": {"S": "AUTHOR#1"}, "SK": {"S": "#META"}})
    alone.sync.once()
    assert alone.rows("SELECT name FROM authors WHERE id = 1") == [("Ada",)]
    alone.delete("Library", {"PK": {"S": "NAME#Ada"}, "SK": {"S": "#NAME"}})
    assert alone.sync.once().left == 0
    assert alone.rows("SELECT name FROM authors WHERE id = 1") == []
    alone.close()


def test_a_stream_that_is_switched_off_ends_it_with_what_to_do(alone: Alone) -> None:
    alone.now += 60
    off = {"TableName": "Library", "StreamSpecification": {"StreamEnabled": False}}
    alone.database.run(Raw("UpdateTable", off))
    alone.now += 60
    with pytest.raises(CannotSync, match="no stream with both images"):
        alone.sync.once()


def test_changes_that_nobody_can_give_any_more_keep_the_way_back_shut(alone: Alone) -> None:
    alone.begin_anew()
    alone.now += 25 * 3600
    assert alone.sync.once().left == 1
    assert alone.left()[0].reason.startswith("changes are lost: DynamoDB alone is written for more than 24 hours")
    assert alone.sync.once().left == 1


def test_what_is_written_without_end_neither_keeps_other_rows_waiting_nor_hides_that_it_runs(alone: Alone) -> None:
    sync = Sync(alone.database, alone.source, alone.tables, alone.reversals, alone.state, page=5)
    begun = sync.once().restored
    for number in range(300):
        alone.book(0, number, "many")
        alone.now += 0.1
    alone.unbook(2, 0)
    told: list[tuple[int, float]] = []

    def hear(progress: Progress) -> None:
        told.append((progress.restored, progress.behind))
        # It is told before all is done, and never ends while there is more.
        alone.book(1, len(told), "more")
        if progress.restored > begun + 310:
            sync.stop()

    sync.run(hear, every=0.001)
    assert len(told) > 2
    assert told[0][0] == begun + 100
    assert told[0][1] > 15
    assert told[-1][1] <= 1
    assert (2, 0) not in [row[:2] for row in alone.rows(BOOKS)]
    sync.close()


writes = st.lists(
    st.tuples(
        st.sampled_from(["book", "unbook", "author"]),
        st.integers(0, 2),
        st.integers(0, 3),
        st.one_of(st.none(), st.text(alphabet="ab#\x01", max_size=3).map(lambda text: f"t{text}")),
        st.one_of(st.none(), st.decimals(0, 99, places=2).map(str)),
    ),
    max_size=25,
)


@settings(max_examples=10, deadline=None)
@given(writes=writes, seed=st.integers(0, 1_000))
def test_whatever_is_written_and_however_often_it_begins_anew_rows_and_items_agree(
    tmp_path_factory: pytest.TempPathFactory, writes: list[Any], seed: int
) -> None:
    chance = random.Random(seed)
    alone = Alone(tmp_path_factory.mktemp("alone"))
    for what, author, number, title, price in writes:
        if what == "book":
            alone.book(author, number, title, price)
        elif what == "unbook":
            alone.unbook(author, number)
        else:
            alone.author(author, f"Author {number}")
        if chance.random() < 0.2:
            alone.sync.once()
        if chance.random() < 0.2:
            alone.begin_anew()
    assert alone.sync.once().left == 0
    # How many books an author has is reckoned from the rows; nobody did that in DynamoDB.
    assert [each for each in alone.differences() if not each.endswith(": books")] == []
    alone.close()
