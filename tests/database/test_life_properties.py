"""Whatever several writers do in whatever order: values stay unique, revisions count, moments do not go back."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynalayer import ConditionFailed, Create, Database, Delete, InvalidValue, Put, TransactionCanceled, Update
from dynalayer.protocol import Connection, ConnectionLost
from dynalayer.statements import Raw, scan

from .conftest import Clock
from .people import Document, Person, people

EMAILS = st.sampled_from(["a", "b", "c"])
PHONES = st.none() | st.integers(1, 3)
WRITES = st.tuples(
    st.sampled_from(["create", "put", "update", "delete", "transact"]),
    st.sampled_from(["1", "2", "3"]),
    EMAILS,
    PHONES,
    st.none() | st.integers(-50, 50),
)


class Intruder:
    """A connection on which someone else acts between the calls of a write."""

    def __init__(self, connection: Connection, acts: list[Any]) -> None:
        self.connection = connection
        self.acts = acts

    def call(self, operation: str, body: bytes) -> bytes:
        if self.acts:
            act = self.acts.pop(0)
            if act is not None:
                write(Database(self.connection, clock=Clock()), act)
        return self.connection.call(operation, body)

    def close(self) -> None:
        self.connection.close()


def write(db: Database, act: Any) -> None:
    kind, identifier, email, phone, expires = act
    moment = None if expires is None else int(Clock().now) + expires
    person = Person(org="o", id=identifier, email=email, phone=phone, expires=moment)
    key = Person.key("o", identifier)
    try:
        if kind == "create":
            db.create(person)
        elif kind == "put":
            db.put(person)
        elif kind == "update":
            db.update(key, Person.email.set(email), Person.phone.set(phone))
        elif kind == "delete":
            db.delete(key)
        else:
            others = [other for other in ("1", "2", "3") if other != identifier]
            db.transact(Put(person), Delete(Person.key("o", others[0])))
    except (ConditionFailed, TransactionCanceled):
        pass


def markers_and_people(db: Database) -> tuple[dict[str, Any], list[Person]]:
    items = db.run(Raw("Scan", {"TableName": people.name}))["Items"]
    markers = {item["PK"]["S"]: item for item in items if item["PK"]["S"].startswith("UNIQUE#")}
    return markers, list(db.scan(scan(Person).expired()))


@settings(max_examples=120, deadline=None)
@given(st.lists(WRITES, max_size=6), st.lists(st.none() | WRITES, max_size=12))
def test_each_value_has_one_holder_and_each_holder_its_marker(acts: list[Any], intrusions: list[Any]) -> None:
    plain = Database("memory:", clock=Clock())
    plain.create_tables(people)
    db = Database(Intruder(plain.connection, list(intrusions)), clock=Clock())
    for act in acts:
        write(db, act)
    markers, persons = markers_and_people(plain)
    alive = [each for each in persons if each.expires is None or each.expires > Clock().now]
    wanted = {f"UNIQUE#Person#email#{each.email}": each.id for each in alive}
    assert len(wanted) == len(alive)
    phones = {f"UNIQUE#Person#phone#{each.phone}": each.id for each in alive if each.phone is not None}
    assert len(phones) == len([each for each in alive if each.phone is not None])
    for text, holder in (wanted | phones).items():
        assert markers[text]["owner"]["M"]["SK"] == {"S": f"PERSON#{holder}"}
    # A marker of no one would keep a value from everyone for ever.
    for text in set(markers) - set(wanted | phones):
        assert int(markers[text]["expires"]["N"]) <= Clock().now


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["put", "update", "key", "read"]), st.integers(-9, 9))))
def test_of_writers_that_read_the_same_revision_one_wins(acts: list[Any]) -> None:
    clock = Clock()
    db = Database("memory:", clock=clock)
    db.create_tables(people)
    db.create(Document(id="d"))
    read = [db.get(Document.key("d")) for _ in range(3)]
    done, last = 1, clock.now
    for writer, kind, seconds in acts:
        clock.now += seconds
        document = read[writer]
        assert document is not None
        newest = db.get(Document.key("d"))
        assert newest is not None
        may = document.revision == newest.revision
        try:
            if kind == "put":
                db.put(document)
            elif kind == "update":
                read[writer] = db.update(document, Document.words.add(1))
            elif kind == "key":
                db.update(Document.key("d"), Document.words.add(1))
                may = True
            else:
                read[writer] = newest
                continue
        except ConditionFailed:
            assert not may
        else:
            assert may
            done += 1
        found = db.get(Document.key("d"))
        assert found is not None
        assert found.revision == done
        assert found.updated_at.timestamp() >= last
        assert found.created_at.timestamp() <= found.updated_at.timestamp()
        last = found.updated_at.timestamp()


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["create", "put", "update", "delete"]), st.integers(0, 4))
def test_a_write_that_is_cut_off_leaves_all_of_it_or_nothing(kind: str, after: int) -> None:
    plain = Database("memory:", clock=Clock())
    plain.create_tables(people)
    if kind != "create":
        write(plain, ("create", "1", "a", 1, None))

    class Cut:
        def __init__(self) -> None:
            self.left = after

        def call(self, operation: str, body: bytes) -> bytes:
            if self.left == 0:
                raise ConnectionLost("cut off")
            self.left -= 1
            return plain.connection.call(operation, body)

        def close(self) -> None:
            pass

    db = Database(Cut(), clock=Clock(), sleep=lambda seconds: None)
    with suppress(ConnectionLost):
        write(db, (kind, "1", "b", 2, None))
    markers, persons = markers_and_people(plain)
    assert set(markers) == {
        text for each in persons for text in (f"UNIQUE#Person#email#{each.email}", f"UNIQUE#Person#phone#{each.phone}")
    }


def test_a_transaction_counts_the_markers_into_its_bound() -> None:
    db = Database("memory:")
    db.create_tables(people)
    creations = [Create(Person(org="o", id=str(n), email=str(n))) for n in range(60)]
    with pytest.raises(InvalidValue, match="60 statements and 60 more that keep values unique"):
        db.transact(*creations)
    assert list(db.scan(scan(Person))) == []
    db.transact(*creations[:50])
    assert len(list(db.scan(scan(Person)))) == 50
    db.transact(Update(Person.key("o", "1"), (Person.name.set("x"),)))
