"""Generated from `test_async_streams.py` by `scripts/generate_sync.py`; change that file."""

from __future__ import annotations

from collections.abc import Iterator
from time import time
from uuid import uuid4

import pytest

from dynalayer import (
    Checkpoint,
    CheckpointMoved,
    Database,
    Inserted,
    InvalidValue,
    Modified,
    Position,
    StreamOff,
    Unknown,
)
from dynalayer.statements import DeleteTable, DescribeStream, ListStreams, Raw

from .journal import Book, Note, Word, journal, silent, told


class Pauses(list[float]):
    """Keeps how long a consumer wanted to wait, and does something in the meantime."""

    def __init__(self) -> None:
        super().__init__()
        self.db: Database | None = None

    def wait(self, seconds: float) -> None:
        self.append(seconds)
        if self.db is not None and len(self) % 3 == 0:
            self.db.put(Note(book="later", page=len(self)))


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


@pytest.fixture
def db(url: str, pauses: Pauses) -> Iterator[Database]:
    names = {table: table.name for table in (journal, silent)}
    for table, name in names.items():
        table.name = f"{name}-{uuid4().hex[:12]}"
    # On the real clock, because DynamoDB Local dates the records of its streams itself.
    with Database(url, clock=time, sleep=pauses.wait) as opened:
        opened.create_tables(journal, silent)
        yield opened
        for table in names:
            opened.run(DeleteTable(table.name))
    for table, name in names.items():
        table.name = name


def fill(db: Database, *pages: int) -> None:
    for page in pages:
        db.create(Note(book="b", page=page))


def test_every_change_is_given_in_order_and_with_its_types(db: Database) -> None:
    db.create(Book(name="b"))
    fill(db, 1)
    db.update(Note.key("b", 1), Note.text.set("x"))
    db.delete(Note.key("b", 1))
    changes = list(db.stream(Note, Book, from_="start", until_idle=True))
    assert [told(change) for change in changes] == ["+b", "+b/1", "~b/1", "-b/1"]
    modified = changes[2]
    assert isinstance(modified, Modified)
    assert modified.difference() == {"text": ("-", "x")}
    assert not any(change.expired for change in changes)


def test_what_was_not_asked_for_is_given_as_unknown(db: Database) -> None:
    fill(db, 1)
    db.run(Raw("PutItem", {"TableName": journal.name, "Item": {"PK": {"S": "odd"}, "SK": {"S": "odd"}}}))
    changes = list(db.stream(Book, from_="start", until_idle=True))
    assert all(isinstance(change, Unknown) for change in changes)
    assert [change.entity for change in changes if isinstance(change, Unknown)] == ["Note", None]


def test_a_consumer_from_now_sees_nothing_of_before(db: Database, pauses: Pauses) -> None:
    fill(db, 1, 2)
    assert list(db.stream(journal, until_idle=True)) == []
    pauses.db = db
    assert [told(change) for change in db.stream(journal, limit=1)] == ["+later/3"]


def test_pauses_grow_while_nothing_happens_and_begin_again(db: Database, pauses: Pauses) -> None:
    pauses.db = db
    seen = [told(change) for change in db.stream(journal, limit=2, wait=0.5)]
    assert seen == ["+later/3", "+later/6"]
    assert pauses == [0.5 / 16, 0.5 / 8, 0.5 / 4] * 2


def test_a_position_goes_on_after_its_change(db: Database) -> None:
    fill(db, *range(5))
    texts = [str(change.position) for change in db.stream(Note, from_="start", until_idle=True)]
    for number, text in enumerate(texts):
        rest = list(db.stream(Note, from_=Position.parse(text), until_idle=True))
        assert [told(change) for change in rest] == [f"+b/{page}" for page in range(number + 1, 5)]


def test_a_position_of_another_table_is_refused(db: Database) -> None:
    fill(db, 1)
    (change,) = list(db.stream(Note, from_="start", until_idle=True))
    with pytest.raises(InvalidValue, match="the position is in the stream of table 'journal-"):
        list(db.stream(Word, from_=change.position, until_idle=True))


def test_pages_and_limits_bound_what_is_read(db: Database) -> None:
    fill(db, *range(7))
    seen = [told(change) for change in db.stream(Note, from_="start", page_size=2, until_idle=True)]
    assert seen == [f"+b/{page}" for page in range(7)]
    assert len(list(db.stream(Note, from_="start", page_size=2, limit=3))) == 3


def test_a_table_without_a_stream_is_told_how_to_get_one(db: Database) -> None:
    with pytest.raises(StreamOff, match=r"UpdateTable and the StreamSpecification .* stream='NEW_AND_OLD_IMAGES'"):
        list(db.stream(silent))


def test_a_checkpoint_goes_on_where_the_last_consumer_was(db: Database) -> None:
    checkpoint = Checkpoint(silent, "index")
    fill(db, 1, 2, 3)
    seen: list[str] = []
    for change in db.stream(Note, from_="start", page_size=2, checkpoint=checkpoint, until_idle=True):
        seen.append(told(change))
        if len(seen) == 3:
            break
    # The page that was not gone through to its end is given again.
    again = db.stream(Note, from_="start", checkpoint=checkpoint, until_idle=True)
    assert [told(change) for change in again] == ["+b/3"]
    fill(db, 4)
    again = db.stream(Note, from_="start", checkpoint=checkpoint, until_idle=True)
    assert [told(change) for change in again] == ["+b/4"]


def test_a_consumer_does_not_follow_its_own_checkpoints(db: Database) -> None:
    checkpoint = Checkpoint(journal, "index")
    fill(db, 1)
    for expected in (["+b/1"], [], []):
        following = db.stream(journal, from_="start", checkpoint=checkpoint, until_idle=True)
        assert [told(change) for change in following] == expected
    everything = [told(change) for change in db.stream(journal, from_="start", until_idle=True)]
    assert everything == ["+b/1"]


def test_a_second_consumer_of_a_checkpoint_is_noticed(db: Database) -> None:
    checkpoint = Checkpoint(silent, "index")
    fill(db, 1, 2)
    first = db.stream(Note, from_="start", page_size=1, checkpoint=checkpoint, until_idle=True)
    assert told(next(first)) == "+b/1"
    assert [told(c) for c in db.stream(Note, from_="start", checkpoint=checkpoint, until_idle=True)]
    with pytest.raises(CheckpointMoved, match="another consumer has saved its position as 'index'"):
        next(first)


def test_a_stream_that_was_switched_off_is_read_to_its_end(db: Database) -> None:
    fill(db, 1, 2)
    seen: list[str] = []
    for change in db.stream(Note, from_="start", page_size=1):
        seen.append(told(change))
        if len(seen) == 1:
            off = {"TableName": journal.name, "StreamSpecification": {"StreamEnabled": False}}
            db.run(Raw("UpdateTable", off))
            fill(db, 3)
    assert seen == ["+b/1", "+b/2"]


def test_the_streams_of_a_table_are_listed_with_their_shards(db: Database) -> None:
    (name,), following = db.run(ListStreams(journal.name))
    assert (name.table, following) == (journal.name, None)
    page = db.run(DescribeStream(name.arn))
    assert (page.status, page.view, page.table) == ("ENABLED", "NEW_AND_OLD_IMAGES", journal.name)
    (shard,) = page.shards
    assert (shard.last, page.next) == (None, None)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"page_size": 0}, "page_size=0"),
        ({"page_size": 1001}, "page_size=1001"),
        ({"limit": 0}, "limit must be at least 1"),
        ({"wait": 0}, "wait must be above 0"),
        ({"from_": "yesterday"}, "Position.parse"),
    ],
)
def test_options_that_cannot_be_are_refused(db: Database, options: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidValue, match=message):
        list(db.stream(Note, **options))  # type: ignore[call-overload]


def test_a_stream_is_of_one_table(db: Database) -> None:
    with pytest.raises(InvalidValue, match="a stream is of one table"):
        list(db.stream(Note, Word))
    fill(db, 1)
    (change,) = list(db.stream(Note, from_="start", until_idle=True))
    assert isinstance(change, Inserted)
    assert change.key == Note.key("b", 1)
