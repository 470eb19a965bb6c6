from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dynalayer import Attr, Database, DefinitionError, Entity, InvalidValue, Table, attr, primary

table = Table("bounded", pk="id")


class Note(Entity, table=table):
    id: Attr[str] = attr(max_bytes=8)
    text: Attr[str] = attr(default="", max_bytes=20)
    nick: Attr[str | None] = attr(default=None, max_bytes=5)
    blob: Attr[bytes] = attr(default=b"", max_bytes=3)
    key = primary(id)


@pytest.fixture
def db() -> Database:
    database = Database("memory:")
    database.create_tables(table)
    return database


@pytest.mark.parametrize("given", [{"text": "x" * 20}, {"text": "é" * 10}, {"nick": "12345"}, {"blob": b"123"}])
def test_a_value_within_its_bound_is_stored(db: Database, given: dict[str, object]) -> None:
    note = Note(id="1", **given)  # type: ignore[arg-type]
    db.put(note)
    assert db.get(Note.key("1")) == note


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"text": "x" * 21}, "Note.text: the value has 21 bytes, max_bytes allows 20"),
        ({"text": "é" * 11}, "Note.text: the value has 22 bytes"),
        ({"nick": "123456"}, "Note.nick: the value has 6 bytes"),
        ({"blob": b"1234"}, "Note.blob: the value has 4 bytes"),
    ],
)
def test_a_value_past_its_bound_is_refused_before_it_is_sent(
    db: Database, given: dict[str, object], words: str
) -> None:
    with pytest.raises(InvalidValue, match=words):
        db.put(Note(id="1", **given))  # type: ignore[arg-type]
    assert db.get(Note.key("1")) is None


def test_a_change_past_the_bound_is_refused_when_it_is_built() -> None:
    with pytest.raises(InvalidValue, match="max_bytes allows 20"):
        Note.text.set("x" * 21)


@pytest.mark.parametrize(("annotation", "bound"), [(int, 8), (list[str], 8), (str, 0)])
def test_a_bound_that_cannot_be_held_is_refused_when_the_class_is_made(annotation: type, bound: int) -> None:
    with pytest.raises(DefinitionError, match="max_bytes"):

        class Wrong(Entity, table=table):
            id: Attr[str] = attr()
            value: Attr[annotation] = attr(max_bytes=bound)  # type: ignore[valid-type]
            key = primary(id)


def _even(value: int) -> None:
    if value % 2:
        raise ValueError("expected an even number")


class Pair(Entity, table=Table("checked", pk="id")):
    id: Attr[str] = attr()
    count: Attr[int] = attr(default=0, check=_even)
    spare: Attr[int | None] = attr(default=None, check=_even)
    key = primary(id)


@pytest.fixture
def pairs() -> Database:
    database = Database("memory:")
    database.create_tables(Pair.__definition__.table)
    return database


def test_a_value_that_passes_its_check_is_stored_and_read(pairs: Database) -> None:
    pairs.put(Pair(id="1", count=2))
    assert pairs.update(Pair.key("1"), Pair.count.set(4), Pair.spare.set(6)) == Pair(id="1", count=4, spare=6)
    assert list(pairs.query(Pair.key.partition("1"))) == [Pair(id="1", count=4, spare=6)]


def test_a_value_that_fails_its_check_is_refused_before_anything_is_written(pairs: Database) -> None:
    with pytest.raises(InvalidValue, match=r"^Pair\.count: expected an even number$"):
        pairs.put(Pair(id="1", count=3))
    with pytest.raises(InvalidValue, match=r"^Pair\.spare: expected an even number$"):
        pairs.update(Pair.key("1"), Pair.spare.set(3), upsert=True)
    assert pairs.get(Pair.key("1")) is None


def test_a_stored_value_that_fails_its_check_is_not_read(pairs: Database) -> None:
    pairs.put(Pair(id="1", count=2))
    with pytest.raises(InvalidValue, match=r"Pair\.count: the stored value cannot be read: expected an even number"):
        pairs.update(Pair.key("1"), Pair.count.add(1), if_=Pair.count < 3)
    with pytest.raises(InvalidValue, match=r"Pair\.count: the stored value cannot be read: expected an even number"):
        pairs.get(Pair.key("1"))


def test_an_expiry_is_checked_as_well() -> None:
    def soon(value: datetime) -> None:
        if value.year > 2100:
            raise ValueError("expected an expiry in this century")

    class Ticket(Entity, table=Table("tickets", pk="id", ttl="ends")):
        id: Attr[str] = attr()
        ends: Attr[datetime] = attr(ttl=True, check=soon)
        key = primary(id)

    with Database("memory:") as database:
        database.create_tables(Ticket.__definition__.table)
        database.put(Ticket(id="1", ends=datetime(2090, 1, 1, tzinfo=UTC)))
        assert list(database.query(Ticket.key.partition("1"))) == [
            Ticket(id="1", ends=datetime(2090, 1, 1, tzinfo=UTC))
        ]
        with pytest.raises(InvalidValue, match=r"Ticket\.ends: expected an expiry in this century"):
            database.put(Ticket(id="1", ends=datetime(2190, 1, 1, tzinfo=UTC)))


def test_a_check_sees_values_of_its_type_alone(pairs: Database) -> None:
    with pytest.raises(InvalidValue, match=r"Pair\.count: expected int, got str"):
        pairs.put(Pair(id="1", count="2"))  # type: ignore[arg-type]
