"""Whatever is done to a table, its changes as a consumer gets them make the same table again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from time import time
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dynalayer import (
    ConditionFailed,
    Create,
    Database,
    Delete,
    Entity,
    Inserted,
    Modified,
    Position,
    Put,
    Removed,
    StreamRecord,
    TransactionCanceled,
)
from dynalayer.engines.embedded import EmbeddedConnection
from dynalayer.statements import DeleteTable, Raw

from .conftest import NOW, Clock
from .journal import Book, Note, journal

Content = dict[str, Entity]
Step = tuple[str, Any]

NOTES = st.builds(
    lambda book, page, text, tags, gone: Note(
        book=book, page=page, text=text, tags=tags, gone=None if gone is None else int(NOW) + gone
    ),
    st.sampled_from(["a", "b#", "ü"]),
    st.integers(-1, 1),
    st.sampled_from(["x", "y", "z"]),
    st.sets(st.sampled_from(["p", "q"])),
    st.none() | st.integers(-50, 100),
)
BOOKS = st.builds(
    lambda name, title: Book(name=name, title=title), st.sampled_from(["a", "b#", "ü"]), st.none() | st.just("t")
)


def writes(things: st.SearchStrategy[Entity], notes: st.SearchStrategy[Note]) -> st.SearchStrategy[Step]:
    return st.one_of(
        st.tuples(st.sampled_from(["create", "put", "delete"]), things),
        st.tuples(st.just("update"), notes),
        st.tuples(st.just("batch"), st.lists(things, max_size=4, unique_by=lambda thing: str(thing.key))),
        st.tuples(
            st.just("transact"), st.lists(things, min_size=1, max_size=4, unique_by=lambda thing: str(thing.key))
        ),
    )


WRITES = writes(st.one_of(NOTES, BOOKS), NOTES)
# Local expires by its own clock.
LASTING = NOTES.filter(lambda note: note.gone is None)
EXPIRY = st.tuples(st.just("expire"), st.integers(0, 60))
PROFILE = settings(deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow])


def carry_out(db: Database, step: Step) -> None:
    """One step of a history; a write that is refused leaves nothing behind, and no record."""
    kind, thing = step
    with suppress(ConditionFailed, TransactionCanceled):
        match kind:
            case "create":
                db.create(thing)
            case "put":
                db.put(thing)
            case "delete":
                db.delete(thing.key)
            case "update":
                db.update(thing.key, Note.text.set(thing.text), Note.tags.add(thing.tags or {"r"}), upsert=True)
            case "batch":
                db.batch_write(put=thing)
            case _:
                first, *rest = thing
                db.transact(Create(first), *map(Put, rest[:1]), *(Delete(other.key) for other in rest[1:]))


def take(content: Content, change: StreamRecord[Any]) -> None:
    match change:
        case Inserted() | Modified():
            content[repr(change.key)] = change.new
        case Removed():
            content.pop(repr(change.key), None)
        case _:
            raise AssertionError(change)


def stored(db: Database) -> Content:
    """What the table holds, with what has expired and is still there."""
    found: Content = {}
    for item in db.run(Raw("Scan", {"TableName": journal.name, "ConsistentRead": True}))["Items"]:
        entity = (Book if item["SK"]["S"] == "ABOUT" else Note).__definition__.decode(item)
        found[repr(entity.key)] = entity
    return found


def changes(db: Database, **options: Any) -> Iterator[StreamRecord[Note | Book]]:
    return db.stream(Note, Book, until_idle=True, **options)


@settings(PROFILE, max_examples=150)
@given(st.lists(st.one_of(WRITES, WRITES, EXPIRY), min_size=1, max_size=25), st.integers(1, 5))
def test_replaying_the_changes_rebuilds_the_table(history: list[Step], size: int) -> None:
    clock = Clock()
    connection = EmbeddedConnection.memory(clock=clock)
    with Database(connection, clock=clock) as db:
        db.create_tables(journal)
        content: Content = {}
        for step in history:
            if step[0] == "expire":
                clock.now += step[1]
                connection.expire(clock.now)
            else:
                carry_out(db, step)
        for change in changes(db, from_="start", page_size=size):
            assert not (change.expired and not isinstance(change, Removed))
            if isinstance(change, Modified | Removed):
                assert content[repr(change.key)] == change.old
            take(content, change)
        assert content == stored(db)


@settings(PROFILE, max_examples=150)
@given(
    st.lists(st.one_of(WRITES, EXPIRY), min_size=8, max_size=30),
    st.lists(st.tuples(st.integers(1, 5), st.integers(0, 2), st.integers(1, 5)), min_size=2, max_size=5),
)
def test_a_consumer_that_is_killed_and_resumed_anywhere_loses_nothing(
    history: list[Step], kills: list[tuple[int, int, int]]
) -> None:
    clock = Clock()
    connection = EmbeddedConnection.memory(clock=clock)
    with Database(connection, clock=clock) as db:
        db.create_tables(journal)
        content: Content = {}
        seen: set[str] = set()
        place: Any = "start"
        for number, (most, behind, size) in enumerate([*kills, (10_000, 0, 3)]):
            length = len(history) // len(kills) + 1
            for step in history[number * length :][:length]:
                if step[0] == "expire":
                    clock.now += step[1]
                    connection.expire(clock.now)
                else:
                    carry_out(db, step)
            positions: list[str] = []
            for change in changes(db, from_=place, page_size=size):
                take(content, change)
                seen.add(change.sequence_number)
                positions.append(str(change.position))
                if len(positions) == most:
                    break
            # What it kept last may be some changes behind what it did.
            if len(positions) > behind:
                place = Position.parse(positions[-1 - behind])
        assert content == stored(db)
        assert seen == {change.sequence_number for change in changes(db, from_="start")}


@pytest.fixture
def local(dynamodb_local: str) -> Iterator[Database]:
    name = journal.name
    with Database(dynamodb_local, clock=time) as db:
        yield db
    journal.name = name


def told(db: Database, history: list[Step]) -> list[tuple[str, str, Any, Any]]:
    """The changes of a history on a fresh table, without what differs from run to run."""
    journal.name = f"journal-{uuid4().hex[:12]}"
    db.create_tables(journal)
    for step in history:
        carry_out(db, step)
    content: Content = {}
    found: list[tuple[str, str, Any, Any]] = []
    for change in changes(db, from_="start"):
        take(content, change)
        assert isinstance(change, Inserted | Modified | Removed)
        old = change.old if isinstance(change, Modified | Removed) else None
        new = change.new if isinstance(change, Inserted | Modified) else None
        found.append((type(change).__name__, repr(change.key), old, new))
    assert content == stored(db)
    db.run(DeleteTable(journal.name))
    return found


def test_dynamodb_local_gives_the_same_changes(local: Database) -> None:
    @settings(PROFILE, max_examples=25)
    @given(st.lists(writes(st.one_of(LASTING, BOOKS), LASTING), min_size=1, max_size=15))
    def same(history: list[Step]) -> None:
        with Database("memory:", clock=time) as ours:
            name = journal.name
            expected = told(ours, history)
            journal.name = name
            assert sorted(told(local, history), key=repr) == sorted(expected, key=repr)

    same()
