"""A consumer meets what happens to the streams of large tables and of long-lived consumers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dynalayer import (
    ChangesLost,
    Checkpoint,
    Database,
    Gap,
    Inserted,
    Modified,
    Position,
    Removed,
    StreamOff,
    Throttled,
)
from dynalayer.database import Follower
from dynalayer.engines.embedded import EmbeddedConnection
from dynalayer.statements import DeleteTable, Raw
from dynalayer.testing import Faults

from .conftest import NOW, Clock
from .journal import Note, journal, silent, told
from .sharded import Sharded


def opened(connection: Any, clock: Clock | None = None, pauses: list[float] | None = None) -> Database:
    waits: list[float] = [] if pauses is None else pauses
    db = Database(connection, clock=clock or Clock(), sleep=waits.append)
    db.create_tables(journal, silent)
    return db


@pytest.fixture
def sharded() -> Iterator[Sharded]:
    connection = Sharded(EmbeddedConnection.memory(clock=Clock()))
    yield connection
    connection.close()


@pytest.fixture
def db(sharded: Sharded) -> Database:
    return opened(sharded)


def fill(db: Database, first: int, last: int) -> None:
    for page in range(first, last):
        db.put(Note(book="b", page=page % 10, text=str(page)))


def everything(db: Database, **options: Any) -> list[Any]:
    return list(db.stream(Note, **{"from_": "start", "until_idle": True, **options}))


def per_item(changes: list[Any]) -> dict[int, list[str]]:
    texts: dict[int, list[str]] = {}
    for change in changes:
        texts.setdefault(change.new.page, []).append(change.new.text)
    return texts


def written(first: int, last: int) -> dict[int, list[str]]:
    texts: dict[int, list[str]] = {}
    for page in range(first, last):
        texts.setdefault(page % 10, []).append(str(page))
    return texts


def test_shards_that_split_are_read_before_their_children(db: Database, sharded: Sharded) -> None:
    for part in range(6):
        fill(db, part * 20, part * 20 + 20)
        sharded.split(part)
    assert per_item(everything(db, page_size=3)) == written(0, 120)


def test_a_split_while_a_consumer_is_at_work_loses_nothing(db: Database, sharded: Sharded) -> None:
    fill(db, 0, 20)
    seen: list[Any] = []
    for change in db.stream(Note, from_="start", page_size=7, until_idle=True):
        seen.append(change)
        if len(seen) in (3, 15, 30):
            sharded.split(len(seen))
            fill(db, len(seen) + 100, len(seen) + 110)
    assert len(seen) == len({change.sequence_number for change in seen}) == 50
    numbers: dict[int, int] = {}
    for change in seen:
        assert int(change.sequence_number) > numbers.get(change.new.page, 0)
        numbers[change.new.page] = int(change.sequence_number)


def test_children_that_are_listed_late_are_waited_for(db: Database, sharded: Sharded) -> None:
    fill(db, 0, 5)
    sharded.split(0)
    fill(db, 5, 12)
    sharded.hides_children = 3
    assert per_item(list(db.stream(Note, from_="start", limit=12))) == written(0, 12)


def test_a_consumer_from_now_passes_over_closed_shards(db: Database, sharded: Sharded) -> None:
    fill(db, 0, 5)
    sharded.split(0)
    fill(db, 5, 10)
    following = db.stream(Note, limit=4, wait=0.1)
    sharded.call("DescribeTable", b'{"TableName": "journal"}')
    db._sleep = lambda seconds: fill(db, 10, 14) if sharded.calls["PutItem"] == 10 else None
    assert per_item(list(following)) == written(10, 14)


def test_an_expired_iterator_is_renewed_after_the_last_change(db: Database, sharded: Sharded) -> None:
    fill(db, 0, 10)
    seen: list[Any] = []
    for change in db.stream(Note, from_="start", page_size=2, until_idle=True):
        seen.append(change)
        sharded.expire_iterators()
    assert per_item(seen) == written(0, 10)
    assert len(seen) == 10


def test_an_iterator_that_expires_before_the_first_change_of_now_loses_none() -> None:
    clock = Clock()
    sharded = Sharded(EmbeddedConnection.memory(clock=clock))
    with opened(sharded, clock) as db:
        fill(db, 0, 3)
        clock.now += 10_000

        def later(seconds: float) -> None:
            if sharded.calls["PutItem"] == 3:
                fill(db, 3, 5)
                sharded.expire_iterators()

        db._sleep = later
        assert per_item(list(db.stream(Note, limit=2))) == written(3, 5)


def test_a_checkpoint_from_now_holds_although_nothing_has_happened(db: Database) -> None:
    checkpoint = Checkpoint(silent, "watch")
    assert list(db.stream(Note, checkpoint=checkpoint, until_idle=True)) == []
    fill(db, 0, 3)
    for expected in (written(0, 3), {}):
        assert per_item(list(db.stream(Note, checkpoint=checkpoint, until_idle=True))) == expected


def test_what_came_first_of_a_shard_that_was_never_read_may_be_gone_after_a_day() -> None:
    clock = Clock()
    with opened(EmbeddedConnection.memory(clock=clock), clock) as db:
        checkpoint = Checkpoint(silent, "late")
        assert list(db.stream(Note, checkpoint=checkpoint, until_idle=True)) == []
        clock.now += 90_000
        fill(db, 0, 3)
        with pytest.raises(ChangesLost, match="the position is older than 24 hours"):
            list(db.stream(Note, checkpoint=checkpoint, until_idle=True))
        gaps: list[Gap] = []
        following = db.stream(Note, checkpoint=checkpoint, until_idle=True, on_gap=gaps.append)
        assert (per_item(list(following)), len(gaps)) == (written(0, 3), 1)


def test_a_consumer_that_ends_when_idle_goes_on_with_what_has_happened_since(db: Database) -> None:
    follower = Follower([Note], {"from_": "start", "until_idle": True})
    for first in (0, 5, 10):
        fill(db, first, first + 5)
        texts: list[str] = []
        while page := db.run(follower.next_page()):
            texts += [change.new.text for change in page]
        assert texts == [str(number) for number in range(first, first + 5)]


def test_the_place_of_a_consumer_that_finds_nothing_for_days_does_not_grow_old() -> None:
    clock = Clock()
    connection = EmbeddedConnection.memory(clock=clock)
    db = opened(connection, clock)
    checkpoint = Checkpoint(silent, "quiet")
    follower = Follower([Note], {"from_": "start", "until_idle": True, "checkpoint": checkpoint})
    fill(db, 0, 1)
    assert db.run(follower.next_page())
    for _ in range(300):
        clock.now += 600
        assert not db.run(follower.next_page())
    fill(db, 1, 2)
    found = everything(db, checkpoint=checkpoint)
    assert [change.new.text for change in found] == ["1"]
    connection.close()


def test_too_many_readers_of_a_shard_are_waited_for(sharded: Sharded) -> None:
    pauses: list[float] = []
    db = opened(sharded, pauses=pauses)
    fill(db, 0, 3)
    sharded.busy = 2
    assert len(everything(db, wait=0.5)) == 3
    assert pauses == [0.5, 0.5]


def test_changes_that_are_gone_are_told_of_and_not_passed_over_in_silence(db: Database, sharded: Sharded) -> None:
    fill(db, 0, 10)
    position = everything(db, limit=2)[-1].position
    sharded.trim(6)
    with pytest.raises(ChangesLost, match=r"changes of table 'journal' are lost: .* older than 24 hours"):
        everything(db, from_=position)
    gaps: list[Gap] = []
    assert per_item(everything(db, from_=position, on_gap=gaps.append)) == written(6, 10)
    (gap,) = gaps
    assert (gap.shard, gap.after) == ("shard-0", position.places["shard-0"])


def test_a_shard_that_has_vanished_is_told_of_and_its_children_are_read(db: Database, sharded: Sharded) -> None:
    fill(db, 0, 4)
    position = everything(db, limit=2)[-1].position
    sharded.split(0)
    fill(db, 4, 9)
    sharded.trim(4)
    with pytest.raises(ChangesLost, match="the shard is older than 24 hours"):
        everything(db, from_=position)
    gaps: list[Gap] = []
    assert per_item(everything(db, from_=position, on_gap=gaps.append)) == written(4, 9)
    assert [gap.shard for gap in gaps] == ["shard-0"]


def test_a_shard_that_vanishes_under_a_slow_consumer_is_told_of(db: Database, sharded: Sharded) -> None:
    fill(db, 0, 4)
    gaps: list[Gap] = []
    seen: list[Any] = []
    for change in db.stream(Note, from_="start", page_size=2, until_idle=True, on_gap=gaps.append):
        seen.append(change)
        if len(seen) == 1:
            sharded.split(0)
            fill(db, 4, 9)
            sharded.trim(4)
            sharded.expire_iterators()
    assert per_item(seen) == {**written(0, 2), **written(4, 9)}
    assert [(gap.shard, gap.after) for gap in gaps] == [("shard-0", seen[1].sequence_number)]


def test_a_position_after_many_splits_names_only_what_is_needed(db: Database, sharded: Sharded) -> None:
    for part in range(5):
        fill(db, part * 10, part * 10 + 10)
        sharded.split(0)
    fill(db, 50, 60)
    changes = everything(db)
    there = {part.name for part in sharded.parts if part.last is None}
    assert set(changes[-1].position.places) <= there
    assert everything(db, from_=Position.parse(str(changes[-1].position))) == []


def test_throttling_is_waited_out_by_the_executor() -> None:
    faults = Faults(EmbeddedConnection.memory(clock=Clock()))
    pauses: list[float] = []
    db = opened(faults, pauses=pauses)
    fill(db, 0, 2)
    faults.fail(Throttled("slow down"), operation="GetRecords", times=2)
    assert len(everything(db)) == 2
    assert len(pauses) == 2


def test_a_stream_that_was_switched_off_and_on_is_told_of_as_a_gap() -> None:
    with opened(EmbeddedConnection.memory(clock=(clock := Clock())), clock) as db:
        fill(db, 0, 2)
        position = everything(db, limit=1)[-1].position
        for number, stream in enumerate(({}, {"StreamViewType": "NEW_AND_OLD_IMAGES"})):
            specification = {"StreamEnabled": bool(stream), **stream}
            db.run(Raw("UpdateTable", {"TableName": journal.name, "StreamSpecification": specification}))
            fill(db, 2 + number, 3 + number)
        gaps: list[Gap] = []
        assert [told(change) for change in everything(db, from_=position, on_gap=gaps.append)] == ["+b/1", "+b/3"]
        assert [gap.reason for gap in gaps] == ["it was switched off, and the table's present stream is another"]
        with pytest.raises(ChangesLost):
            everything(db, from_=position)
        clock.now += 90_000
        assert [told(change) for change in everything(db, from_=position, on_gap=gaps.append)] == []
        assert gaps[-1].reason.startswith("it ended more than 24 hours ago")


def test_a_position_in_the_stream_of_a_deleted_table_ends_or_is_told_of() -> None:
    with opened(EmbeddedConnection.memory(clock=(clock := Clock())), clock) as db:
        fill(db, 0, 3)
        position = everything(db, limit=1)[-1].position
        db.run(DeleteTable(journal.name))
        assert len(everything(db, from_=position)) == 2
        db.run(Raw("CreateTable", {**journal.create_request(), "StreamSpecification": {"StreamEnabled": False}}))
        clock.now += 90_000
        with pytest.raises(StreamOff, match="that is followed is gone"):
            everything(db, from_=position)


def test_a_deletion_by_time_to_live_is_told_as_expired() -> None:
    clock = Clock()
    connection = EmbeddedConnection.memory(clock=clock)
    with opened(connection, clock) as db:
        db.put(Note(book="b", page=1, gone=int(NOW) + 10))
        db.put(Note(book="b", page=2))
        clock.now += 100
        connection.expire(clock.now)
        db.delete(Note.key("b", 2))
        assert [(told(change), change.expired) for change in everything(db)] == [
            ("+b/1", False),
            ("+b/2", False),
            ("-b/1", True),
            ("-b/2", False),
        ]


STEPS = st.one_of(
    st.tuples(st.just("put"), st.integers(0, 5), st.integers(0, 3)),
    st.tuples(st.just("update"), st.integers(0, 5), st.integers(0, 9)),
    st.tuples(st.just("delete"), st.integers(0, 5), st.none()),
    st.tuples(st.just("split"), st.integers(0, 9), st.none()),
    st.tuples(st.just("expire iterators"), st.none(), st.none()),
    st.tuples(st.just("read"), st.integers(1, 6), st.integers(1, 4)),
)


def do(db: Database, sharded: Sharded, step: tuple[str, Any, Any]) -> None:
    kind, number, value = step
    if kind == "put":
        db.put(Note(book="b", page=number, text=str(value)))
    elif kind == "update":
        db.update(Note.key("b", number), Note.text.set(str(value)), upsert=True)
    elif kind == "delete":
        db.delete(Note.key("b", number))
    elif kind == "split":
        sharded.split(number)
    elif kind == "expire iterators":
        sharded.expire_iterators()


def apply(content: dict[int, str], change: Any) -> None:
    match change:
        case Inserted(new=Note() as new) | Modified(new=Note() as new):
            content[new.page] = new.text
        case Removed(old=Note() as old):
            content.pop(old.page, None)
        case _:
            raise AssertionError(change)


@settings(
    max_examples=150, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
@given(st.lists(STEPS, min_size=5, max_size=40))
def test_a_consumer_that_is_killed_again_and_again_while_shards_split_loses_nothing(
    history: list[tuple[str, Any, Any]],
) -> None:
    sharded = Sharded(EmbeddedConnection.memory(clock=Clock()))
    with opened(sharded) as db:
        checkpoint, content, seen = Checkpoint(silent, "copy"), dict[int, str](), set[str]()
        for kind, number, value in history:
            if kind != "read":
                do(db, sharded, (kind, number, value))
                continue
            # It takes so many changes and is killed, having kept its place only after whole pages.
            following = db.stream(
                Note, from_="start", page_size=value, checkpoint=checkpoint, until_idle=True, limit=number + 1
            )
            for change, _ in zip(following, range(number), strict=False):
                apply(content, change)
                seen.add(change.sequence_number)
        for change in db.stream(Note, from_="start", page_size=3, checkpoint=checkpoint, until_idle=True):
            apply(content, change)
            seen.add(change.sequence_number)
        assert seen == {change.sequence_number for change in everything(db)}
        assert content == {note.page: note.text for note in db.query(Note.key.partition("b"))}
